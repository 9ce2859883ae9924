//! What holds for the whole way from the bytes of a log to its analysis.

use proptest::prelude::*;
use shared::redaction::Redactor;

use super::*;
use crate::analysis::Category;
use crate::read::Limits;

fn analyzed(log: &str, max_lines: usize) -> Analyzed {
    let analyzer = Analyzer {
        settings: Settings { max_lines },
        baseline: None,
        rules: Rules::built_in(),
        redactor: &Redactor::new(),
    };
    let mut lines = Lines::open(log.as_bytes(), &Limits::default()).unwrap();
    analyzer.analyze(&mut lines).unwrap()
}

const MOST: usize = 100;
const BEGIN: &str = concat!("-----BEGIN RSA PRIVATE", " KEY-----");
const END: &str = concat!("-----END RSA PRIVATE", " KEY-----");

/// What stands around a secret, and the secret; none is anybody's.
fn secrets() -> Vec<(&'static str, String, &'static str)> {
    let body = "a1B2c3D4e5F6g7H8i9J0kLmN";
    vec![
        (
            "https://deploy:",
            "Sup3rS3cretP4ss99".to_owned(),
            "@host.example/a.git",
        ),
        ("", format!("ghp_{}", "a1B2".repeat(9)), " it"),
        ("--token=", "glpat-a1B2c3D4e5F6g7H8i9J0".to_owned(), ""),
        ("PASSWORD=", "Sup3rS3cretP4ss99".to_owned(), " make"),
        (
            "Authorization: Bearer ",
            format!("eyJhbGciOiJIUzI1NiJ9.{}.{body}", body.repeat(20)),
            "",
        ),
        (
            "\"aws_secret_access_key\": \"",
            format!("{body}a1B2c3D4e5F6g7H8"),
            "\",",
        ),
        (BEGIN, format!("\\n{}\\n", body.repeat(40)), END),
    ]
}

fn shows_part(of: &str, shown: &str) -> bool {
    let parts = of.as_bytes().windows(8);
    parts
        .into_iter()
        .any(|part| memchr::memmem::find(shown.as_bytes(), part).is_some())
}

proptest! {
    #[test]
    fn no_part_of_a_secret_is_shown_wherever_a_line_is_cut(
        words in 0_usize..420, pad in 0_usize..3, secret in prop::sample::select(secrets()), tail in 0_usize..3,
    ) {
        let (before, secret, after) = secret;
        let text = format!("{}{} {before}{secret}{after}{}", "ab ".repeat(words), "x".repeat(pad), " and so on".repeat(tail * 60));
        let log = format!("##[group]Run {text}\n##[endgroup]\n{text}\nerror: {text}\n##[error]Process completed with exit code 1.\n");
        for max_lines in [0, 1, MOST] {
            let shown = format!("{:?}", analyzed(&log, max_lines));
            prop_assert!(!shows_part(&secret, &shown), "{}", shown);
        }
    }
}

#[test]
fn what_is_shown_is_no_longer_than_a_reader_bears() {
    let text = "ab ".repeat(1_000);
    let log = format!(
        "##[group]Run {text}\n##[endgroup]\nerror: {text}\n##[error]Process completed with exit code 1.\n"
    );
    let analyzed = analyzed(&log, MOST);
    let longest = analyzed.quotes.iter().map(|quote| quote.text.len()).max();
    let names: Vec<usize> = analyzed
        .analysis
        .failed_steps
        .iter()
        .map(|step| step.name.len())
        .collect();
    assert_eq!(
        (longest, names),
        (Some(Quote::MOST_BYTES), vec![Step::MOST_NAME_BYTES])
    );
}

#[test]
fn a_line_from_the_middle_of_a_private_key_is_not_shown() {
    let body = "q7Wz3Xk9Lm2Np5Rt8Vb4Yc6Hq7Wz3Xk9Lm2Np5Rt8Vb4Yc6Hq7Wz3Xk9Lm2Np5Rt";
    let pgp = concat!("-----BEGIN PGP PRIVATE", " KEY BLOCK-----");
    let twice = format!("{BEGIN} {body} {END} {BEGIN}");
    let between = format!("{BEGIN}\n{body}\n{END} {BEGIN}");
    let mentioned = format!("no {BEGIN} here\nthat is it\n{BEGIN}\n{body}\n{body}\n{body}");
    for opening in [BEGIN, pgp, &twice, &between, &mentioned] {
        let log = format!(
            "+ cat key\n{opening}\n{}error: {body}\n##[error]Process completed with exit code 1.\n",
            format!("{body}\n").repeat(9)
        );
        let shown = format!("{:?}", analyzed(&log, MOST));
        assert!(!shows_part(body, &shown), "{opening}: {shown}");
    }
}

#[test]
fn a_key_that_is_only_mentioned_hides_no_answer() {
    for lines in [0, 3, 30] {
        let log = format!(
            "{BEGIN} expected\n{}cc -c a.c\na.c:1:2: error: expected ';' before 'x'\n",
            "and so on it goes\n".repeat(lines)
        );
        let found = analyzed(&log, MOST);
        let shown: Vec<&str> = found
            .quotes
            .iter()
            .map(|quote| quote.text.as_str())
            .collect();
        assert_eq!(found.analysis.category, Category::Code, "{lines}");
        assert!(
            shown.contains(&"a.c:1:2: error: expected ';' before 'x'"),
            "{shown:?}"
        );
    }
}

#[test]
fn how_much_is_shown_changes_nothing_about_what_is_said() {
    let failures: Vec<String> = (1..40)
        .map(|line| {
            format!(
                "a.c:{line}:2: error: `part{line}` was not declared, token=Sup3rS3cret{line}x\n"
            )
        })
        .collect();
    let failures = failures.join("\n");
    let log = format!(
        "##[group]Run make test\n##[endgroup]\n{failures}FAIL: 3 of 4\nmake: *** [a.o] Error 1\n##[error]Process completed with exit code 2.\n"
    );
    let said = |max_lines: usize| {
        let Analyzed {
            analysis, advice, ..
        } = analyzed(&log, max_lines);
        let shown: u64 = analysis
            .excerpt
            .iter()
            .map(|range| range.end - range.start + 1)
            .sum();
        assert!(shown <= max_lines as u64, "{shown} of {max_lines}");
        (
            analysis.category,
            analysis.confidence.to_bits(),
            analysis.rule,
            analysis.cause,
            analysis.fingerprint,
            advice,
        )
    };
    let expected = said(MOST);
    assert_eq!(expected.2.as_deref(), Some("c-compiler"));
    for max_lines in (0..MOST + 60).step_by(7) {
        assert_eq!(said(max_lines), expected, "{max_lines}");
    }
}
