use proptest::prelude::*;

use super::{
    Marker::{Failure, Output, Structure},
    *,
};
use crate::read::{Limits, Lines};

type Summary = (String, (u64, u64), End);

fn segment(log: &str) -> (Vec<Marker>, Steps) {
    let mut lines = Lines::open(log.as_bytes(), &Limits::default()).unwrap();
    let (mut segmenter, mut markers) = (Segmenter::new(), Vec::new());
    while let Some(line) = lines.next().unwrap() {
        markers.push(segmenter.push(&line).marker);
    }
    (markers, segmenter.finish())
}

fn check(log: &str, expected: &[(&str, (u64, u64), End)]) {
    let steps = segment(log).1.steps.into_iter();
    let found: Vec<Summary> = steps
        .map(|step| (step.name, step.lines, step.end))
        .collect();
    let expected: Vec<Summary> = expected
        .iter()
        .map(|(name, lines, end)| ((*name).to_owned(), *lines, *end))
        .collect();
    assert_eq!(found, expected);
}

fn failed(exit_code: i32) -> End {
    End::Failed {
        exit_code: Some(exit_code),
    }
}

const SILENT: End = End::Failed { exit_code: None };

#[test]
fn steps_of_github_are_named_by_what_they_run() {
    let log = "\
2026-01-02T03:04:05.1234567Z Requested labels: ubuntu-latest
2026-01-02T03:04:05.1234567Z Current runner version: '2.330.0'
2026-01-02T03:04:05.1234567Z ##[group]Operating System
2026-01-02T03:04:05.1234567Z ##[endgroup]
2026-01-02T03:04:05.1234567Z ##[group]Run actions/checkout@v4
2026-01-02T03:04:05.1234567Z with:
2026-01-02T03:04:05.1234567Z ##[endgroup]
2026-01-02T03:04:05.1234567Z Syncing
2026-01-02T03:04:05.1234567Z ##[group]Run make test
2026-01-02T03:04:05.1234567Z \x1b[36;1mmake test\x1b[0m
2026-01-02T03:04:05.1234567Z ##[endgroup]
2026-01-02T03:04:05.1234567Z make: *** [test] Error 1
2026-01-02T03:04:05.1234567Z ##[error]Process completed with exit code 2.
2026-01-02T03:04:05.1234567Z Post job cleanup.
2026-01-02T03:04:05.1234567Z Cleaning up orphan processes
";
    check(
        log,
        &[
            ("Set up job", (1, 4), End::Unknown),
            ("Run actions/checkout@v4", (5, 8), End::Unknown),
            ("Run make test", (9, 13), failed(2)),
            ("Post job cleanup", (14, 14), End::Unknown),
            ("Complete job", (15, 15), End::Unknown),
        ],
    );
    let markers = segment(log).0;
    assert_eq!(
        markers[8..13],
        [Structure, Structure, Structure, Output, Failure]
    );
}

/// A step of a log as `gh run view --log` prints it.
fn gh(job: &str, step: &str, texts: &[&str]) -> String {
    let line = |text: &&str| format!("{job}\t{step}\t2026-01-02T03:04:05.1Z {text}\n");
    texts.iter().map(line).collect::<Vec<_>>().concat()
}

const ENDED: &str = "##[error]Process completed with exit code 1.";

#[test]
fn a_failure_after_which_the_job_went_on_was_tolerated() {
    let log = [
        gh("test", "Set up job", &["Current runner version: '2.330.0'"]),
        gh("test", "Try the beta", &["no", ENDED]),
        gh("test", "Test", &["no", ENDED]),
        gh("test", "Upload report", &["3 files"]),
        gh("test", "Post Check out", &["Post job cleanup."]),
        gh("test", "Complete job", &["Cleaning up orphan processes"]),
    ];
    check(
        &log.concat(),
        &[
            ("Set up job", (1, 1), End::Unknown),
            ("Try the beta", (2, 3), End::Tolerated),
            ("Test", (4, 5), failed(1)),
            ("Upload report", (6, 6), End::Unknown),
            ("Post Check out", (7, 7), End::Unknown),
            ("Complete job", (8, 8), End::Unknown),
        ],
    );
}

#[test]
fn a_step_that_runs_always_may_fail_too() {
    let log = [
        gh("test", "Set up job", &["x"]),
        gh("test", "Test", &["no", ENDED]),
        gh(
            "test",
            "Upload report",
            &["##[error]No files were found", ENDED],
        ),
    ];
    check(
        &log.concat(),
        &[
            ("Set up job", (1, 1), End::Unknown),
            ("Test", (2, 3), failed(1)),
            ("Upload report", (4, 5), failed(1)),
        ],
    );
}

#[test]
fn of_the_failed_steps_alone_each_failed_also_without_a_word() {
    let log = [
        gh("build", "Build", &["no", ENDED]),
        gh(
            "build",
            "Check",
            &["##[group]Run test \"$X\" = \"0\"", "##[endgroup]", ENDED],
        ),
        gh("lint", "Lint", &["Killed"]),
    ];
    let log = log.concat();
    check(
        &log,
        &[
            ("Build", (1, 2), failed(1)),
            ("Check", (3, 5), failed(1)),
            ("Lint", (6, 6), SILENT),
        ],
    );
    let jobs: Vec<_> = segment(&log)
        .1
        .steps
        .into_iter()
        .map(|step| step.job)
        .collect();
    assert_eq!(
        jobs,
        ["build", "build", "lint"].map(|job| Some(job.to_owned()))
    );
}

#[test]
fn a_line_without_columns_is_of_the_step_before() {
    let log = [
        gh("a", "Test", &["one"]),
        "##[group]Run x\n".to_owned(),
        gh("a", "Test", &[ENDED]),
    ];
    check(&log.concat(), &[("Test", (1, 3), failed(1))]);
}

#[test]
fn steps_that_gh_does_not_know_are_told_by_their_marks() {
    let texts = ["##[group]Run make", "##[endgroup]", ENDED];
    check(
        &gh("a", "UNKNOWN STEP", &texts),
        &[("Run make", (1, 3), failed(1))],
    );
}

#[test]
fn a_job_that_was_cancelled_failed_only_if_no_other_did() {
    let cancelled = [
        gh("a", "Set up job", &["x"]),
        gh("a", "Test", &["##[error]The operation was canceled."]),
    ]
    .concat();
    let failing = [
        gh("b", "Set up job", &["x"]),
        gh("b", "Test", &["no", ENDED]),
    ]
    .concat();
    check(
        &cancelled,
        &[
            ("Set up job", (1, 1), End::Unknown),
            ("Test", (2, 2), SILENT),
        ],
    );
    check(
        &(cancelled + &failing),
        &[
            ("Set up job", (1, 1), End::Unknown),
            ("Test", (2, 2), End::Unknown),
            ("Set up job", (3, 3), End::Unknown),
            ("Test", (4, 5), failed(1)),
        ],
    );
}

#[test]
fn the_error_of_an_action_fails_its_step_if_nothing_else_does() {
    let log = "##[group]Run a/deploy@v1\n##[endgroup]\n##[error]No token\nPost job cleanup.\n";
    check(
        log,
        &[
            ("Run a/deploy@v1", (1, 3), SILENT),
            ("Post job cleanup", (4, 4), End::Unknown),
        ],
    );
    let log = "##[group]Run a/lint@v1\n##[endgroup]\n##[error]x is unused\n##[group]Run make\n##[endgroup]\n##[error]Process completed with exit code 2.\n";
    check(
        log,
        &[
            ("Run a/lint@v1", (1, 3), End::Unknown),
            ("Run make", (4, 6), failed(2)),
        ],
    );
}

#[test]
fn sections_of_azure_are_steps_and_its_groups_are_not() {
    let log = "\
##[section]Starting: Build
##[group]Run it
##[endgroup]
##[error]Bash exited with code '3'.
##[section]Finishing: Build
##[section]Starting: Post-job: Checkout
##[section]Finishing: Post-job: Checkout
";
    check(
        log,
        &[
            ("Build", (1, 5), failed(3)),
            ("Post-job: Checkout", (6, 7), End::Unknown),
        ],
    );
}

#[test]
fn the_section_of_gitlab_that_broke_off_failed() {
    let log = "\
section_start:1:get_sources\r\x1b[0KGetting source
section_end:2:get_sources\r\x1b[0Ksection_start:2:step_script\r\x1b[0KExecuting
$ make
section_start:3:unit\r\x1b[0KUnit tests
FAIL
section_end:4:step_script\r\x1b[0Ksection_start:4:cleanup_file_variables\r\x1b[0KCleaning up
section_end:5:cleanup_file_variables\r\x1b[0K
ERROR: Job failed: exit code 1
";
    check(
        log,
        &[
            ("get_sources", (1, 2), End::Unknown),
            ("step_script", (2, 6), End::Unknown),
            ("unit", (4, 6), failed(1)),
            ("cleanup_file_variables", (6, 8), End::Unknown),
        ],
    );
    let markers = segment(log).0;
    assert_eq!(
        markers,
        [
            Structure, Structure, Structure, Structure, Output, Structure, Structure, Failure
        ]
    );
    check(
        &log.replace("section_start:3:unit\r\x1b[0K", ""),
        &[
            ("get_sources", (1, 2), End::Unknown),
            ("step_script", (2, 6), failed(1)),
            ("cleanup_file_variables", (6, 8), End::Unknown),
        ],
    );
}

#[test]
fn commands_of_travis_end_with_their_code() {
    let log = "\
travis_fold:start:install\r\x1b[0Ktravis_time:start:1\r\x1b[0K$ bundle install
ok
travis_time:end:1:start=1,finish=2\r\x1b[0Ktravis_fold:end:install\r\x1b[0K
travis_time:start:2\r\x1b[0K$ make lint
bad
travis_time:end:2:start=1,finish=2\r\x1b[0K
\x1b[31;1mThe command \"make lint\" exited with 2.\x1b[0m
travis_time:start:3\r\x1b[0K$ make test
travis_time:end:3:start=1,finish=2\r\x1b[0K
The command \"make test\" exited with 0.

Done. Your build exited with 1.
";
    check(
        log,
        &[
            ("install", (1, 3), End::Unknown),
            ("make lint", (4, 7), failed(2)),
            ("make test", (8, 10), End::Unknown),
            ("", (11, 12), End::Unknown),
        ],
    );
}

#[test]
fn the_last_stage_of_jenkins_that_ran_failed() {
    let log = "\
[Pipeline] { (Build)
[Pipeline] sh
+ make
[Pipeline] }
[Pipeline] // stage
[Pipeline] { (Test)
assertion failed
[Pipeline] // stage
[Pipeline] { (Deploy)
Stage \"Deploy\" skipped due to earlier failure(s)
[Pipeline] // stage
[Pipeline] { (Declarative: Post Actions)
[Pipeline] // stage
[Pipeline] End of Pipeline
ERROR: script returned exit code 1
Finished: FAILURE
";
    check(
        log,
        &[
            ("Build", (1, 5), End::Unknown),
            ("Test", (6, 8), failed(1)),
            ("Deploy", (9, 11), End::Unknown),
            ("Declarative: Post Actions", (12, 16), End::Unknown),
        ],
    );
    let log = "Started by user\n+ make\nBuild step 'Execute shell' marked build as failure\nFinished: FAILURE\n";
    check(log, &[("Execute shell", (1, 4), SILENT)]);
}

#[test]
fn tasks_of_ansible_fail_unless_they_are_ignored() {
    let log = "\
2026-01-02 03:04:05.123456 | PLAY [all]
2026-01-02 03:04:05.123456 | TASK [look : for it]
2026-01-02 03:04:05.123456 | fatal: [node]: FAILED! => {\"rc\": 1}
2026-01-02 03:04:05.123456 | ...ignoring
2026-01-02 03:04:05.123456 | TASK [run : tests]
2026-01-02 03:04:05.123456 | node | 1 failed
2026-01-02 03:04:05.123456 | fatal: [node]: FAILED! => {\"rc\": 3}
2026-01-02 03:04:05.123456 | PLAY RECAP *********
";
    check(
        log,
        &[
            ("", (1, 1), End::Unknown),
            ("look : for it", (2, 4), End::Tolerated),
            ("run : tests", (5, 7), failed(3)),
            ("PLAY RECAP", (8, 8), End::Unknown),
        ],
    );
}

#[test]
fn what_a_step_runs_does_not_speak_for_the_ci_system() {
    let log = "\
##[group]Run ansible-playbook site.yml
##[endgroup]
TASK [run : tests] ***
fatal: [node]: FAILED! => {\"rc\": 3}
PLAY RECAP ***
Finished: FAILURE
##[error]Process completed with exit code 2.
";
    check(log, &[("Run ansible-playbook site.yml", (1, 7), failed(2))]);
    let markers = segment(log).0;
    assert_eq!(
        markers,
        [
            Structure, Structure, Output, Output, Output, Output, Failure
        ]
    );
}

#[test]
fn steps_of_taskcluster_and_buildbot_are_known() {
    let log = "\
[taskcluster 2026-01-02 03:04:05.678Z] Task ID: x
[task 2026-01-02T03:04:05.678Z] 03:04:05     INFO - [mozharness: 2026-01-02 03:04:05.678Z] Running run-tests step.
[task 2026-01-02T03:04:05.678Z] 03:04:05     INFO - [mozharness: 2026-01-02 03:04:05.678Z] Finished run-tests step (success)
[task 2026-01-02T03:04:05.678Z] 03:04:05     INFO - [mozharness: 2026-01-02 03:04:05.678Z] Running uninstall step.
[taskcluster 2026-01-02 03:04:05.678Z] Unsuccessful task run with exit code: 1 completed in 3 seconds
";
    check(
        log,
        &[
            ("", (1, 1), End::Unknown),
            ("run-tests", (2, 3), failed(1)),
            ("uninstall", (4, 5), End::Unknown),
        ],
    );
    let log = "\
========= Started compile (results: 0, elapsed: 0 secs)
no
========= Finished compile (results: 2, elapsed: 1 mins)
";
    check(log, &[("compile", (1, 3), SILENT)]);
}

#[test]
fn groups_of_buildkite_are_told_from_differences() {
    let diff = "--- a/x\n+++ b/x\n";
    check(diff, &[("", (1, 2), End::Unknown)]);
    let log = "~~~ Preparing working directory\n--- Build\n+++ Test\nno\n^^^ +++\n🚨 Error: The command exited with status 4\n";
    check(
        log,
        &[
            ("Preparing working directory", (1, 1), End::Unknown),
            ("Build", (2, 2), End::Unknown),
            ("Test", (3, 6), failed(4)),
        ],
    );
}

#[test]
fn a_log_without_marks_is_one_step() {
    check("make\nerror: no\n", &[("", (1, 2), End::Unknown)]);
    check("", &[]);
}

#[test]
fn steps_without_end_are_one_with_the_last() {
    let log = format!("##[group]Run x\n##[endgroup]\n{ENDED}\n").repeat(Steps::MOST + 100);
    let steps = segment(&log).1.steps;
    assert_eq!(steps.len(), Steps::MOST);
    assert_eq!(
        steps.last().map(|step| step.lines),
        Some((
            (Steps::MOST as u64 - 1) * 3 + 1,
            (Steps::MOST as u64 + 100) * 3
        ))
    );
}

/// Texts of which the marks of all CI systems are made.
fn marked() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[ -~]{0,12}",
        proptest::sample::select(vec![
            "\n",
            "\t",
            "a\t",
            "b\t",
            "##[group]Run x\n",
            "##[group]Run '/x.js'\n",
            "##[endgroup]\n",
            "##[error]no\n",
            "##[error]Process completed with exit code 1.\n",
            "##[error]The operation was canceled.\n",
            "##[section]Starting: x\n",
            "##[section]Finishing: x\n",
            "Post job cleanup.\n",
            "Current runner version: '2'\n",
            "section_start:1:a\n",
            "section_start:1:step_script\n",
            "section_end:1:a\n",
            "ERROR: Job failed: exit code 1\n",
            "travis_fold:start:x\n",
            "travis_fold:end:x\n",
            "travis_time:start:1\n",
            "The command \"x\" exited with 1.\n",
            "The command \"x\" exited with 0.\n",
            "Done. Your build exited with 1.\n",
            "[Pipeline] { (x)\n",
            "[Pipeline] // stage\n",
            "Stage \"x\" skipped due to y\n",
            "Finished: FAILURE\n",
            "Build step 'x' marked build as failure\n",
            "TASK [x] ***\n",
            "fatal: [h]: FAILED! => {\"rc\": 99999999999}\n",
            "...ignoring\n",
            "PLAY RECAP ***\n",
            "[taskcluster:error] exit status 1\n",
            "[mozharness: x] Running y step.\n",
            "========= Started x\n",
            "========= Finished x (results: 2, \n",
            "~~~ Running x\n",
            "--- x\n",
        ])
        .prop_map(str::to_owned),
    ];
    proptest::collection::vec(piece, 0..80).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn anything_can_be_segmented(log in marked()) {
        fuzz(log.as_bytes());
    }
}
