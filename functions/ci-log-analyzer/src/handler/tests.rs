mod fakes;
mod lambda;
mod schedules;
mod stores;
mod world;

use serde_json::json;
use shared::reports::Channel;
use shared::switch::Switch;

use self::lambda::Lambda;
use self::world::{Fault, Whom, run};
use crate::analysis::Category;
use crate::decision::Policy;
use crate::diagnosis::{Answer, Diagnosis};
use crate::record::tests_of_failures::sha;

const KEY: &str = "logs/acme/shop/1-1-test.log";
const ANALYSIS: &str = "analysis/acme/shop/1-1-test.json";

const LOG: &str = "\
##[group]Run cargo test
cargo test
##[endgroup]
error[E0308]: mismatched types
  --> src/main.rs:3:5
error: could not compile `shop` (bin \"shop\") due to 1 previous error
##[error]Process completed with exit code 101.
";

fn answer(diff: Option<&str>) -> Answer {
    Answer {
        diagnosis: Diagnosis {
            summary: "A type is wrong.".to_owned(),
            root_cause: "A type.".to_owned(),
            category: Category::Code,
            confidence: 0.9,
            quote: "error[E0308]: mismatched types".to_owned(),
            quote_line: 4,
            suggestion: "Change it.".to_owned(),
        },
        diff: diff.map(str::to_owned),
    }
}

const DIFF: &str =
    "--- a/src/main.rs\n+++ b/src/main.rs\n@@ -1 +1 @@\n-fn main() {}\n+fn main() { }\n";

/// A world with the log of a failed run at a commit, and a model that gives this answer.
fn failing(diff: Option<&str>) -> Lambda {
    let lambda = Lambda::new();
    lambda.upload(KEY, LOG);
    let mut inner = lambda.world.lock();
    inner.runs.insert(1, run(1, 'a'));
    inner.answer = Some(answer(diff));
    drop(inner);
    lambda
}

/// What was done, in short: asks, pull requests, issues, comments, mails.
fn deeds(lambda: &Lambda) -> [usize; 5] {
    let inner = lambda.world.lock();
    let pulls = inner
        .threads
        .iter()
        .filter(|thread| thread.thread.is_pull_request)
        .count();
    let comments = inner
        .threads
        .iter()
        .map(|thread| thread.comments.len())
        .sum();
    let mails = inner
        .mails
        .iter()
        .filter(|(channel, _)| *channel == Channel::Mail)
        .count();
    [
        inner.asks,
        pulls,
        inner.threads.len() - pulls,
        comments,
        mails,
    ]
}

fn go(mut lambda: Lambda) -> Lambda {
    lambda.notify(KEY, 0);
    lambda.run();
    lambda
}

#[test]
fn a_patch_that_passes_the_gate_becomes_a_proposal() {
    let lambda = go(failing(Some(DIFF)));
    assert_eq!(deeds(&lambda), [1, 1, 0, 0, 1]);
    let json = lambda.world.lock().json(ANALYSIS);
    let facts = (&json["outcome"], &json["troubles"], &json["category"]);
    let outcome = json!({"did": "pull_request", "number": 1});
    assert_eq!(facts, (&outcome, &json!([]), &json!("code")));
}

#[test]
fn where_nothing_can_be_proposed_there_is_an_issue() {
    let no_drafts = failing(Some(DIFF));
    no_drafts.world.lock().no_drafts = true;
    for (what, lambda) in [
        ("no patch", failing(None)),
        ("a hostile one", failing(Some("+++ b/src/main.rs\nhostile"))),
        ("no drafts", no_drafts),
    ] {
        let lambda = go(lambda);
        assert_eq!(deeds(&lambda), [1, 0, 1, 0, 1], "{what}");
    }
}

#[test]
fn without_github_and_models_there_is_an_analysis_and_a_mail() {
    let mut lambda = failing(None);
    (lambda.has_github, lambda.has_model) = (false, false);
    let lambda = go(lambda);
    assert_eq!(deeds(&lambda), [0, 0, 0, 0, 1]);
    assert_eq!(lambda.world.lock().count("Analyses"), 1);
}

#[test]
fn a_dry_run_says_what_it_would_do_and_a_pause_does_nothing_but_tell() {
    let with = |policy| {
        let mut lambda = failing(Some(DIFF));
        lambda.policy = policy;
        go(lambda)
    };
    let dry = with(Policy {
        dry_run: true,
        ..lambda::POLICY
    });
    assert_eq!(deeds(&dry), [1, 0, 0, 0, 1]);
    let notes = dry.world.lock().json(ANALYSIS)["notes"].clone();
    let expected = [
        "dry run: a draft pull request into main would be opened",
        "dry run: an issue would be opened",
    ];
    assert_eq!(notes, json!(expected));
    let paused = with(Policy {
        paused: true,
        ..lambda::POLICY
    });
    assert_eq!(deeds(&paused), [0, 0, 0, 0, 1]);
}

#[test]
fn who_pulls_the_kill_switch_stops_this_function_too_until_it_is_let_go() {
    let lambda = failing(Some(DIFF));
    let switch = |paused| {
        let at = "2026-02-18T20:00:00Z";
        let switch =
            json!({"schema_version": 1, "paused": paused, "reason": "an attack", "at": at});
        (Switch::KEY.to_owned(), (switch.to_string().into_bytes(), 1))
    };
    lambda.world.lock().records.extend([switch(true)]);
    let mut lambda = go(lambda);
    assert_eq!(deeds(&lambda), [0, 0, 0, 0, 1]);
    lambda.world.lock().records.extend([switch(false)]);
    let second = "logs/acme/shop/2-1-test.log";
    lambda.upload(second, LOG);
    lambda.world.lock().runs.insert(2, run(2, 'b'));
    lambda.notify(second, 0);
    lambda.run();
    assert_eq!(deeds(&lambda), [1, 1, 0, 0, 1]);
}

#[test]
fn a_second_commit_with_the_same_failure_adds_a_comment_and_no_mail() {
    let mut lambda = go(failing(None));
    let second = "logs/acme/shop/2-1-test.log";
    lambda.upload(second, LOG);
    lambda.world.lock().runs.insert(2, run(2, 'b'));
    lambda.notify(second, 0);
    lambda.run();
    assert_eq!(deeds(&lambda), [2, 0, 1, 1, 1]);
    // The same commit again, in another job: it is counted.
    let third = "logs/acme/shop/2-1-test2.log";
    lambda.upload(third, LOG);
    lambda.notify(third, 0);
    lambda.run();
    assert_eq!(deeds(&lambda)[2..], [1, 1, 1]);
    assert_eq!(
        lambda
            .world
            .lock()
            .json("analysis/acme/shop/2-1-test2.json")["seen"],
        3
    );
}

#[test]
fn a_closed_issue_is_followed_by_a_new_one() {
    let mut lambda = go(failing(None));
    lambda.world.lock().threads[0].thread.is_open = false;
    let second = "logs/acme/shop/2-1-test.log";
    lambda.upload(second, LOG);
    lambda.world.lock().runs.insert(2, run(2, 'b'));
    lambda.notify(second, 0);
    lambda.run();
    assert_eq!(deeds(&lambda)[2..], [2, 0, 1]);
}

/// Delivers the log of another run that failed in the same way.
fn second(lambda: &mut Lambda, commit: char) {
    let key = "logs/acme/shop/2-1-test.log";
    lambda.upload(key, LOG);
    lambda.world.lock().runs.insert(2, run(2, commit));
    lambda.notify(key, 0);
    lambda.run();
}

/// Faults of GitHub's calls, the first call's first: the run and our threads are asked for, then comes what is done.
fn with_github(lambda: &Lambda, mut faults: Vec<Fault>) {
    faults.reverse();
    lambda.world.lock().faults.insert(Whom::GitHub, faults);
}

#[test]
fn an_outage_or_a_refusal_keeps_no_failure_from_getting_its_issue_later() {
    let (ok, out) = (Fault::None, Fault::Before);
    // The first try reads a file for the model, the others look for the issue before they open one.
    let outage = [ok, ok, ok, out].repeat(3);
    let refusal = [ok, ok, ok, Fault::Refused];
    for faults in [outage, refusal.to_vec()] {
        let mut lambda = failing(None);
        with_github(&lambda, faults);
        lambda = go(lambda);
        assert_eq!(deeds(&lambda)[2..], [0, 0, 1]);
        let json = lambda.world.lock().json(ANALYSIS);
        assert_ne!(json["troubles"], json!([]));
        second(&mut lambda, 'a');
        assert_eq!(deeds(&lambda)[2..4], [1, 0]);
    }
}

#[test]
fn a_proposal_whose_answer_was_lost_is_found_or_waited_for_and_no_issue_is_opened_beside_it() {
    let (ok, out) = (Fault::None, Fault::Before);
    // The last try makes the pull request and does not hear of it; then it looks.
    let before = [ok, ok, ok, ok, out, ok, ok, ok, out, ok, ok, ok];
    for (last, expected) in [
        (
            vec![Fault::After],
            json!({"did": "pull_request", "number": 1}),
        ),
        (vec![Fault::After, Fault::Refused], json!(null)),
    ] {
        let lambda = failing(Some(DIFF));
        with_github(&lambda, [before.to_vec(), last].concat());
        let lambda = go(lambda);
        assert_eq!(deeds(&lambda)[1..3], [1, 0]);
        let json = lambda.world.lock().json(ANALYSIS);
        if expected.is_object() {
            assert_eq!(json["outcome"], expected);
        } else {
            assert_ne!(json["troubles"], json!([]));
        }
    }
}

#[test]
fn a_run_that_was_cancelled_or_passed_after_all_is_not_counted() {
    let lambda = failing(None);
    lambda.world.lock().runs.get_mut(&1).unwrap().conclusion = Some("cancelled".to_owned());
    let mut lambda = go(lambda);
    second(&mut lambda, 'b');
    let seen = lambda.world.lock().json("analysis/acme/shop/2-1-test.json")["seen"].clone();
    assert_eq!((seen, &deeds(&lambda)[2..]), (json!(1), &[1, 0, 1][..]));
}

#[test]
fn an_open_issue_learns_of_a_later_draft_pull_request() {
    let mut lambda = go(failing(None));
    lambda.world.lock().answer = Some(answer(Some(DIFF)));
    second(&mut lambda, 'b');
    assert_eq!(deeds(&lambda)[1..], [1, 1, 1, 1]);
    let inner = lambda.world.lock();
    let comment = &inner.threads[0].comments[0];
    assert!(
        comment.contains("https://github.com/acme/shop/pull/2"),
        "{comment}"
    );
}

#[test]
fn our_own_runs_are_never_answered() {
    let lambda = failing(Some(DIFF));
    lambda.world.lock().runs.get_mut(&1).unwrap().is_ours = true;
    assert_eq!(deeds(&go(lambda)), [1, 0, 0, 0, 1]);
}

#[test]
fn a_triggering_pull_request_gets_a_comment_beside_the_issue() {
    let lambda = failing(None);
    {
        let mut inner = lambda.world.lock();
        inner.runs.get_mut(&1).unwrap().pull_requests = vec![1];
        let mut other = run(9, 'c');
        other.pull_requests.clear();
        inner.threads.push(world::FakeThread {
            thread: crate::github::Thread {
                number: 1,
                is_pull_request: true,
                is_open: true,
            },
            fingerprint: "somebody's".to_owned(),
            base: Some(sha('c').as_str().to_owned()),
            comments: Vec::new(),
        });
    }
    assert_eq!(deeds(&go(lambda)), [1, 1, 1, 1, 1]);
}

#[test]
fn a_log_that_is_gone_is_analysed_as_such_and_people_are_told_at_once() {
    let mut lambda = failing(None);
    lambda.notify(KEY, 0);
    lambda.world.lock().objects.clear();
    lambda.run();
    assert_eq!((deeds(&lambda), lambda.dead_letters), ([0, 0, 0, 0, 1], 0));
    let json = lambda.world.lock().json(ANALYSIS);
    assert_eq!(
        json["problem"],
        "logs/acme/shop/1-1-test.log does not exist"
    );
}

#[test]
fn an_analysis_is_not_lost_when_the_log_cannot_be_read_again() {
    let mut lambda = failing(None);
    lambda.notify(KEY, 0);
    {
        // GitHub is away at the first try, and the log is gone at the second.
        let mut inner = lambda.world.lock();
        inner
            .faults
            .insert(world::Whom::GitHub, vec![world::Fault::Before]);
        inner.vanishes_after = Some(1);
    }
    lambda.run();
    assert_eq!((deeds(&lambda), lambda.dead_letters), ([0, 0, 0, 0, 1], 0));
    let inner = lambda.world.lock();
    assert_eq!(inner.json(ANALYSIS)["category"], "code");
    let (_, mail) = &inner.mails[0];
    assert!(mail.contains("the log could not be read again"), "{mail}");
}

#[test]
fn what_is_no_log_is_rejected_and_what_is_empty_ignored() {
    let mut lambda = Lambda::new();
    lambda.upload("logs/acme/shop/1-1-empty.log", "");
    lambda.notify("logs/acme/shop/1-1-empty.log", 0);
    lambda.notify("logs/evil/shop/1-1-test.log", 1);
    lambda.notify("analysis/acme/shop/1-1-test.json", 2);
    lambda.deliver(
        json!({"bucket": "ci-logs", "key": "logs/acme/shop/7-1-test.log"}),
        3,
    );
    lambda.deliver(json!("junk"), 4);
    lambda.run();
    let outcomes: Vec<_> = lambda
        .handled
        .iter()
        .flatten()
        .flatten()
        .map(|handled| handled.outcome)
        .collect();
    let mut sorted = outcomes.clone();
    sorted.sort_unstable();
    assert_eq!(
        sorted,
        ["failed", "ignored", "rejected", "rejected", "rejected"]
    );
    assert_eq!(lambda.world.lock().written.len(), 0);
}

#[test]
fn a_passing_run_of_the_default_branch_is_learnt_from_once() {
    let mut lambda = failing(None);
    let key = "passing/acme/shop/8-1-test.log";
    lambda.upload(key, "cargo test\nall is well\n");
    let mut passing = run(8, 'a');
    passing.conclusion = Some("success".to_owned());
    lambda.world.lock().runs.insert(8, passing);
    lambda.notify(key, 0);
    lambda.notify(key, 5_000);
    lambda.run();
    let baseline = lambda.world.lock().objects["baselines/acme/shop/test.baseline"].clone();
    let learnt: crate::baseline::Baseline = ["cargo test", "all is well"].into_iter().collect();
    assert_eq!(baseline, learnt.write());
    assert_eq!(lambda.world.lock().count("Baselines"), 1);
}
