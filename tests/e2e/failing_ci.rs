//! The demo of a failing CI run as a person runs it: the real `medic`, its tables, its exit code.
#![expect(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

use std::process::Command;

use medic::project::Project;
use medic::scripted_llm::MODEL;

/// What the tables promise, in their order.
const PROMISES: [&str; 24] = [
    "the tests fail",
    "its log is in the bucket",
    "the rules' analysis is written",
    "it quotes the decisive line",
    "a model is asked, once",
    "a page for people",
    "a draft pull request, one",
    "and no issue",
    "mail: once over each channel",
    "its checkout passes the tests",
    "the collector uploads nothing twice",
    "put there by hand, the log is read again",
    "and nobody hears of it again",
    "the tests fail",
    "its log is in the bucket",
    "the rules' analysis is written",
    "it quotes the decisive line",
    "the model obeys the log",
    "a page for people",
    "the patch gate refuses",
    "an issue, one",
    "and no pull request, no branch",
    "mail: once over each channel",
    "only requests that GitHub describes",
];

#[test]
fn every_promise_of_a_failing_run_is_kept() {
    let program = Project::find(None).unwrap().function_binary();
    let ended = Command::new(program.with_file_name("medic"))
        .args(["demo", "--scenario", "failing-ci"])
        .output()
        .unwrap();
    let shown = String::from_utf8(ended.stdout).unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(
        (ended.status.code(), said.as_ref()),
        (Some(0), ""),
        "{shown}"
    );

    let kept = shown.lines().filter(|line| line.starts_with("  kept "));
    let expected: Vec<&str> = PROMISES.to_vec();
    let kept: Vec<&str> = kept
        .zip(&expected)
        .map(|(line, promise)| {
            if line.contains(promise) {
                *promise
            } else {
                line
            }
        })
        .collect();
    assert_eq!(kept, expected, "{shown}");

    let mut mail = shown.lines().filter(|line| line.starts_with("  | "));
    assert!(
        mail.any(|line| line.contains(MODEL)),
        "the mail does not say who answered:\n{shown}"
    );
}
