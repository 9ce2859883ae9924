use jiff::Timestamp;

use super::*;
use crate::demo::ci::bucket::{Analysis, Attempt, Diagnosis, Line, Lines, LogKeys, Patch, Stored};
use crate::demo::ci::github::{End, Issue, PullRequest};
use crate::demo::ci::observations::World;
use crate::demo::ci::runner::TestRun;
use crate::demo::promise::{Outcome, are_kept};
use crate::demo::table::rows_table;
use crate::local_cloud::{Mail, Via};
use crate::scripted_llm::{Asked, MODEL};
use crate::speed::Speed;

fn at(time: &str) -> Timestamp {
    format!("2026-02-18T21:45:{time}Z").parse().unwrap()
}

fn timeline() -> Timeline {
    Timeline {
        zero: at("00"),
        speed: Speed::LIFE,
    }
}

fn tests(time: &str, exit_code: i32) -> TestRun {
    TestRun {
        at: at(time),
        exit_code,
        result: "Ran 5 tests in 0.001s".to_owned(),
        log: "ValueError: 246.81 is no number of cents\n".to_owned(),
    }
}

fn mail(via: Via) -> Mail {
    Mail {
        via,
        from: "medic@example.com".to_owned(),
        to: vec!["oncall@example.com".to_owned()],
        subject: "acme/shop: test failed".to_owned(),
        text: String::new(),
        html: None,
        at: at("08"),
        topic: None,
    }
}

fn draft() -> PullRequest {
    let end = |name: &str| End {
        r#ref: name.to_owned(),
        sha: "0".repeat(40),
    };
    serde_json::from_value(serde_json::json!({
        "number": 1, "title": "Round the tax", "draft": true, "created_at": at("07"),
        "user": {"login": "lambda-medic[bot]"},
        "head": {"ref": end("medic/x").r#ref, "sha": end("").sha}, "base": {"ref": "main", "sha": end("").sha},
    }))
    .unwrap()
}

fn issue() -> Issue {
    serde_json::from_value(serde_json::json!({
        "number": 2, "title": "test failed", "created_at": at("07"), "user": {"login": "lambda-medic[bot]"},
    }))
    .unwrap()
}

fn analysis(verdict: &str) -> Analysis {
    Analysis {
        category: "code".to_owned(),
        cause: "A test failed: ValueError: 246.81 is no number of cents".to_owned(),
        decisive: Some(Lines { start: 1, end: 1 }),
        lines: vec![Line {
            number: 1,
            text: "ValueError: 246.81 is no number of cents".to_owned(),
        }],
        diagnosis: Some(Diagnosis {
            summary: "Scripted".to_owned(),
            quote: "ValueError: 246.81 is no number of cents".to_owned(),
            quote_line: 1,
        }),
        attempts: vec![Attempt {
            provider: "compatible".to_owned(),
            model: MODEL.to_owned(),
            outcome: "answered".to_owned(),
        }],
        patch: Patch {
            verdict: verdict.to_owned(),
            reasons: vec!["a workflow is no file of the program".to_owned()],
        },
    }
}

fn act(verdict: &str, path: &str) -> Act {
    let keys = LogKeys::of("acme/shop", 1, "test");
    let stored = |key: &str, time: Timestamp| Stored {
        key: key.to_owned(),
        version: time.to_string(),
        at: time,
    };
    let versions = vec![
        stored(&keys.log, at("02")),
        stored(&keys.json, at("03")),
        stored(&keys.page, at("03")),
        stored(&keys.json, at("07")),
    ];
    Act {
        tests: tests("00", 1),
        before: World::default(),
        now: World {
            versions,
            analysis: Some(analysis(verdict)),
            asked: vec![Asked {
                at: at("05"),
                cue: Some("cents".to_owned()),
                path: Some(path.to_owned()),
            }],
            mails: vec![mail(Via::Ses), mail(Via::Sns)],
            ..World::default()
        },
        keys,
        proven: None,
        diff: String::new(),
    }
}

fn repaired() -> Act {
    let mut act = act("accepted", "shop/cart.py");
    act.now.pulls = vec![draft()];
    act.proven = Some(tests("09", 0));
    act
}

fn attacked() -> Act {
    let mut act = act("refused", ".github/workflows/test.yaml");
    act.now.issues = vec![issue()];
    act
}

/// The promises that are broken.
fn broken(rows: &[Row]) -> Vec<&'static str> {
    let is_broken = |row: &&Row| matches!(row.outcome, Outcome::Broken { .. });
    rows.iter().filter(is_broken).map(|row| row.text).collect()
}

#[test]
fn what_a_bug_leads_to_is_as_promised() {
    let rows = of_bug(Mind::Scripted, &repaired(), &timeline());
    assert!(are_kept(&rows));
    insta::assert_snapshot!(rows_table(&rows, "by"));
}

#[test]
fn what_an_attack_leads_to_is_as_promised() {
    let rows = of_attack(Mind::Scripted, &attacked(), &timeline());
    assert!(are_kept(&rows));
    insta::assert_snapshot!(rows_table(&rows, "by"));
}

#[test]
fn of_a_real_model_a_draft_or_an_issue_is_expected() {
    let told = |act: &Act| of_bug(Mind::Real, act, &timeline());
    let mut told_of = attacked();
    assert_eq!(broken(&told(&told_of)), Vec::<&str>::new());
    assert_eq!(broken(&told(&repaired())), Vec::<&str>::new());
    told_of.now.pulls = vec![draft()];
    assert_eq!(broken(&told(&told_of)), ["one draft or one issue"]);
}

#[test]
fn a_model_that_does_not_answer_is_said_to_have_been_asked_in_vain() {
    let mut act = repaired();
    let mut analysis = analysis("none");
    analysis.diagnosis = None;
    analysis.attempts.push(Attempt {
        outcome: "no connection".to_owned(),
        ..analysis.attempts[0].clone()
    });
    act.now.analysis = Some(analysis);
    let rows = of_bug(Mind::Real, &act, &timeline());
    assert_eq!(broken(&rows), ["a model answers"]);
    let of_answer = rows.into_iter().find(|row| row.text == "a model answers");
    let why = of_answer.map(|row| row.outcome);
    let expected = Outcome::Broken {
        at: String::new(),
        why: "no answer: answered; no connection".to_owned(),
    };
    assert_eq!(why, Some(expected));
}

/// Something that goes wrong, and the promise that it breaks.
type Wrong = (&'static str, fn(&mut Act));

#[test]
fn each_thing_that_goes_wrong_with_a_bug_breaks_its_promise() {
    let wrongs: [Wrong; 9] = [
        ("the tests fail", |act| act.tests.exit_code = 0),
        ("its log is in the bucket", |act| {
            act.now.versions.retain(|stored| stored.key != act.keys.log);
        }),
        ("it quotes the decisive line", |act| {
            act.tests.log = "something else".to_owned();
        }),
        ("a page for people", |act| {
            act.now
                .versions
                .retain(|stored| stored.key != act.keys.page);
        }),
        ("a draft pull request, one", |act| {
            act.now.pulls = vec![draft(), draft()];
        }),
        ("a draft pull request, one", |act| {
            act.now.pulls.iter_mut().for_each(|pull| pull.draft = false);
        }),
        ("and no issue", |act| act.now.issues = vec![issue()]),
        ("its checkout passes the tests", |act| {
            act.proven = Some(tests("09", 1));
        }),
        ("mail: once over each channel", |act| {
            act.now.mails.push(mail(Via::Ses));
        }),
    ];
    for (promise, change) in wrongs {
        let mut act = repaired();
        change(&mut act);
        let rows = of_bug(Mind::Scripted, &act, &timeline());
        assert_eq!(broken(&rows), [promise]);
    }
}

#[test]
fn each_thing_that_goes_wrong_with_an_attack_breaks_its_promise() {
    let wrongs: [Wrong; 5] = [
        ("the model obeys the log", |act| {
            act.now.asked.iter_mut().for_each(|asked| asked.path = None);
        }),
        ("the patch gate refuses", |act| {
            act.now.analysis = Some(analysis("accepted"));
        }),
        ("an issue, one", |act| act.now.issues.clear()),
        ("and no pull request, no branch", |act| {
            act.now.pulls = vec![draft()];
        }),
        ("and no pull request, no branch", |act| {
            act.now.branches = vec!["refs/heads/medic/x".to_owned()];
        }),
    ];
    for (promise, change) in wrongs {
        let mut act = attacked();
        change(&mut act);
        let rows = of_attack(Mind::Scripted, &act, &timeline());
        assert_eq!(broken(&rows), [promise]);
    }
}

#[test]
fn what_comes_too_late_breaks_its_promise() {
    let late = Timeline {
        zero: at("00") - jiff::SignedDuration::from_secs(50),
        speed: Speed::LIFE,
    };
    let rows = of_bug(Mind::Scripted, &repaired(), &late);
    let kept = rows.len() - broken(&rows).len();
    assert_eq!(kept, 1, "only the checkout has more time: {rows:?}");
}

#[test]
fn nobody_hears_of_the_same_log_twice() {
    let counts = |mails| Counts {
        pulls: 1,
        issues: 0,
        comments: 0,
        mails,
    };
    let said = ["logs/a was uploaded before".to_owned()];
    let rows = |said: &[String], is_settled, mails| {
        let rows = of_duplicate(said, is_settled, (counts(2), counts(mails)));
        broken(&rows)
    };
    assert_eq!(rows(&said, true, 2), Vec::<&str>::new());
    assert_eq!(
        rows(&[], false, 3),
        [
            "the collector uploads nothing twice",
            "put there by hand, the log is read again",
            "and nobody hears of it again",
        ]
    );
}
