use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::analysis::{Category, FailedStep};

const NONCE: &str = "4f1c";

fn analysis() -> Analysis {
    Analysis {
        total_lines: 100,
        failed_steps: vec![FailedStep {
            name: "Run cargo test".to_owned(),
            number: 4,
            exit_code: Some(101),
        }],
        decisive: None,
        excerpt: Vec::new(),
        category: Category::Test,
        confidence: 0.9,
        rule: Some("cargo-test".to_owned()),
        cause: "A test failed: `carts::empty`".to_owned(),
        fingerprint: "0123".to_owned(),
        truncated: false,
        redactions: 0,
    }
}

static ANALYSIS: LazyLock<Analysis> = LazyLock::new(analysis);

fn quotes(texts: &[&str]) -> Vec<Quote> {
    let quotes = texts.iter().zip([90, 12, 13].into_iter().cycle());
    quotes
        .map(|(text, number)| Quote {
            number,
            text: (*text).to_owned(),
        })
        .collect()
}

/// Quotes with numbers in their order, the first being the most important.
fn numbered(count: u64, bytes: usize) -> Vec<Quote> {
    (1..=count)
        .map(|number| Quote {
            number,
            text: format!("{number} {}", "word ".repeat(bytes / 5)),
        })
        .collect()
}

#[test]
fn the_question_has_the_facts_the_excerpt_and_the_files() {
    let quotes = quotes(&[
        "error: test failed",
        "test carts::empty ... FAILED",
        "left: 1",
    ]);
    let file = SourceFile {
        path: "src/carts.rs",
        content: "fn empty() -> u32 {\n    1\n}\n",
        lines: &[2],
    };
    let case = Case {
        analysis: &ANALYSIS,
        quotes: &quotes,
        files: &[file],
    };
    let asking = asking(case, NONCE);
    insta::assert_snapshot!(asking.prompt.user.as_str());
    assert_eq!(asking.quotes, quotes);
    let system = asking.prompt.system.as_str();
    let delimiter = Delimiter::new(NONCE);
    assert!(system.starts_with(SYSTEM) && system.contains("JSON"));
    assert_eq!(system.matches(delimiter.as_str()).count(), 2);
}

#[test]
fn what_does_not_fit_is_left_out_files_first_and_then_the_least_important_lines() {
    let content = "let x = 1; // a number that is only one.\n".repeat(10_000);
    let file = SourceFile {
        path: "src/long.rs",
        content: &content,
        lines: &[5_000],
    };
    let shown = |quotes: &[Quote]| {
        let case = Case {
            analysis: &ANALYSIS,
            quotes,
            files: &[file],
        };
        let asking = asking(case, NONCE);
        assert!(tokens(&asking.prompt) <= MOST_TOKENS);
        assert!(quotes.starts_with(&asking.quotes));
        let user = asking.prompt.user.as_str();
        (asking.quotes.len(), user.matches("let x = 1;").count())
    };
    assert_eq!(shown(&numbered(20, 100)), (20, 81));
    assert_eq!(shown(&numbered(100, 100)), (100, 41));
    assert_eq!(shown(&numbered(100, 105)), (100, 21));
    assert_eq!(shown(&numbered(100, 600)), (21, 0));
}

proptest! {
    // Each of them is redacted several times.
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn no_text_makes_the_question_longer_than_allowed(
        texts in proptest::collection::vec(".{0,300}", 0..60),
        content in "(.{0,80}\n){0,100}",
        line in any::<u64>(),
    ) {
        let quotes: Vec<Quote> = texts.into_iter().zip(1..).map(|(text, number)| Quote { number, text }).collect();
        let lines = [line];
        let files = [SourceFile { path: &content, content: &content, lines: &lines }; 3];
        let case = Case { analysis: &ANALYSIS, quotes: &quotes, files: &files };
        let asking = asking(case, NONCE);
        prop_assert!(tokens(&asking.prompt) <= MOST_TOKENS);
        prop_assert!(quotes.starts_with(&asking.quotes));
    }
}
