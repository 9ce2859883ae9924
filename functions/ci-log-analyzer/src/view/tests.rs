use proptest::prelude::*;

use super::*;
use crate::analysis::FailedStep;

fn quotes(lines: &[(u64, &str)]) -> Vec<Quote> {
    let quote = |(number, text): &(u64, &str)| Quote {
        number: *number,
        text: (*text).to_owned(),
    };
    lines.iter().map(quote).collect()
}

fn analysis() -> Analysis {
    Analysis {
        total_lines: 1_893,
        failed_steps: vec![FailedStep {
            name: "Run npx vitest run".to_owned(),
            number: 4,
            exit_code: Some(1),
        }],
        decisive: Some(Range { start: 1_204, end: 1_206 }),
        excerpt: vec![Range { start: 1_202, end: 1_207 }, Range { start: 88, end: 88 }],
        category: Category::Test,
        confidence: 0.95,
        rule: Some("vitest".to_owned()),
        cause: "A test failed (vitest): FAIL src/cart.test.ts > cart > adds the tax … AssertionError: expected 20 to be 19".to_owned(),
        fingerprint: "5f1c02d9a3b4e677".to_owned(),
        truncated: false,
        redactions: 2,
    }
}

const LINES: [(u64, &str); 6] = [
    (1_202, " RUN  v2.1.1"),
    (1_204, " FAIL  src/cart.test.ts > cart > adds the tax"),
    (
        1_205,
        "AssertionError: expected 20 to be 19 // Object.is equality",
    ),
    (
        1_206,
        " ❯ src/cart.test.ts:12:28 and a long tail of words that goes on and on until it no longer fits into the columns there are",
    ),
    (
        1_207,
        "      10|   const order = cart.order({ items: [{ name: 'tea', price: 100, currency: 'EUR' }] })",
    ),
    (88, "warning: 3 packages are looking for funding"),
];

const ADVICE: &str = "Run the test that is named alone: `vitest run path -t name`.";

#[test]
fn a_terminal_shows_what_failed_why_where_and_what_to_do() {
    let (analysis, quotes) = (analysis(), quotes(&LINES));
    let shown = Shown {
        name: "logs/acme/shop/42-1-test.txt",
        analysis: &analysis,
        quotes: &quotes,
        advice: Some(ADVICE),
    };
    insta::assert_snapshot!("terminal", terminal(&shown, Look::default()));
    let coloured = terminal(
        &shown,
        Look {
            has_colours: true,
            width: 60,
        },
    );
    insta::assert_snapshot!("terminal_in_colours", coloured.replace('\u{1b}', "␛"));
}

#[test]
fn a_browser_shows_the_same() {
    let (analysis, quotes) = (analysis(), quotes(&LINES));
    let shown = Shown {
        name: "logs/acme/shop/42-1-test.txt",
        analysis: &analysis,
        quotes: &quotes,
        advice: Some(ADVICE),
    };
    insta::assert_snapshot!("html", html(&shown).as_str());
}

/// What an attacker would like to see survive.
const HOSTILE: &str = "</td></table><script>alert(1)</script><img src=x onerror=alert(1)>\u{1b}[2J\u{1b}]0;title\u{7}\u{202e}\r\n\"'&`";

#[test]
fn hostile_text_is_only_text() {
    let mut analysis = analysis();
    analysis.cause = HOSTILE.to_owned();
    analysis.rule = Some(HOSTILE.to_owned());
    if let Some(step) = analysis.failed_steps.first_mut() {
        step.name = HOSTILE.to_owned();
    }
    let quotes = quotes(&[(1_204, HOSTILE), (1_205, HOSTILE)]);
    let shown = Shown {
        name: HOSTILE,
        analysis: &analysis,
        quotes: &quotes,
        advice: Some(HOSTILE),
    };
    insta::assert_snapshot!("terminal_hostile", terminal(&shown, Look::default()));
    let page = html(&shown);
    let (_, body) = page.as_str().split_once("<body>").unwrap();
    insta::assert_snapshot!("html_hostile_body", body);
}

#[test]
fn an_analysis_that_knows_nothing_is_still_a_page() {
    let analysis = Analysis {
        failed_steps: Vec::new(),
        decisive: None,
        excerpt: Vec::new(),
        category: Category::Unknown,
        confidence: 0.0,
        rule: None,
        cause: "Nothing in the log explains the failure.".to_owned(),
        truncated: true,
        redactions: 0,
        ..analysis()
    };
    let shown = Shown {
        name: "-",
        analysis: &analysis,
        quotes: &[],
        advice: None,
    };
    insta::assert_snapshot!("terminal_unknown", terminal(&shown, Look::default()));
}

proptest! {
    #[test]
    fn whatever_the_log_says_the_views_keep_their_shape(
        text in "\\PC*|.*|[<>&\"'\\r\\n\\x1b\\[ a-z]*",
        numbers in proptest::collection::vec(any::<u64>(), 0..6),
        width in 0..200_usize,
    ) {
        let (quiet, mut loud) = (analysis(), analysis());
        loud.cause.clone_from(&text);
        let lines: Vec<Quote> = numbers.iter().map(|number| Quote { number: *number, text: text.clone() }).collect();
        let empty: Vec<Quote> = numbers.iter().map(|number| Quote { number: *number, text: String::new() }).collect();
        let shown = Shown { name: &text, analysis: &loud, quotes: &lines, advice: Some(&text) };
        let plain = Shown { name: "", analysis: &quiet, quotes: &empty, advice: Some("") };
        let (page, expected) = (html(&shown), html(&plain));
        let (page, expected) = (page.as_str(), expected.as_str());
        for mark in ['<', '>', '"', '\n'] {
            prop_assert_eq!(page.matches(mark).count(), expected.matches(mark).count());
        }
        let screen = terminal(&shown, Look { has_colours: false, width });
        prop_assert!(screen.lines().all(|line| line.chars().count() <= width.max(40)));
        let has_escape = screen.contains(char::from(0x1b));
        prop_assert!(!has_escape);
    }
}
