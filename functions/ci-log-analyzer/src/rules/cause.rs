//! The sentence that says what happened.

use std::sync::LazyLock;

use regex::bytes::{Regex, RegexBuilder};
use shared::outbound::is_harmless;

/// A quoted line is cut here: the sentence stays one that is read at a glance.
const MOST_QUOTED_CHARS: usize = 240;

/// An exception's own line, which stack traces of Python, Java and Ruby have at the left edge, and pytest behind its `E`.
const EXCEPTION: &str = r"^E\s+\S|^[A-Za-z_][\w.:$]*(Error|Exception|Failure)\b";

/// What was expected, as jest, `JUnit`, minitest, R and Rust put it.
const EXPECTED: &str = r"^\s*(Expected|expected|want|left)\b.*:";

/// What else says why a test or check failed: a place, and words that frameworks use.
const WORDS: &str = r"_test\.go:\d+:|(?i:expected|\bassert|did not|panicked|violation|mismatch)|\.\w+:[\[(]?\d+|^> |Error\b";

static REASONS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let regex = |words| RegexBuilder::new(words).unicode(false).build().ok();
    [EXCEPTION, EXPECTED, WORDS]
        .into_iter()
        .filter_map(regex)
        .collect()
});

/// The line of the block behind `known` that says why, if any does.
pub(super) fn reason(block: &[&str], known: &str) -> Option<String> {
    let behind = || {
        block
            .iter()
            .skip_while(|line| !line.starts_with(known))
            .skip(1)
    };
    REASONS.iter().find_map(|regex| {
        let reason = behind().find(|line| regex.is_match(line.as_bytes()))?;
        Some(quoted(reason))
    })
}

/// What happened, and the lines that say so.
pub(super) fn sentence(summary: &str, lines: &[String]) -> String {
    if lines.is_empty() {
        return format!("{summary}.");
    }
    format!("{summary}: {}", lines.join(" … "))
}

/// What is said where no rule knew the failure.
pub(super) fn unknown(line: Option<&str>) -> String {
    line.map_or_else(
        || "Nothing in the log explains the failure.".to_owned(),
        |line| format!("The failure is of no known kind: {}", quoted(line)),
    )
}

/// `line` as it is quoted: trimmed, with single spaces, without what could move a cursor, hide text or turn its direction, and cut.
pub(super) fn quoted(line: &str) -> String {
    let line = line.strip_prefix("##[error]").unwrap_or(line);
    let words: Vec<&str> = line
        .split(|c: char| c.is_whitespace() || !is_harmless(c))
        .filter(|word| !word.is_empty())
        .collect();
    let whole = words.join(" ");
    match whole.char_indices().nth(MOST_QUOTED_CHARS) {
        Some((end, _)) => format!("{}…", whole.get(..end).unwrap_or_default()),
        None => whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_quoted_on_one_line_and_cut() {
        assert_eq!(quoted("##[error]  a \t b\u{1b}c "), "a b c");
        assert_eq!(quoted("a\u{202e}b\u{2028}c\u{200b}d"), "a b c d");
        assert_eq!(quoted(&"é".repeat(300)), format!("{}…", "é".repeat(240)));
    }

    #[test]
    fn the_reason_is_the_exception_or_else_a_place_or_what_was_expected() {
        let check = |block: &[&str], expected: Option<&str>| {
            assert_eq!(reason(block, block[0]).as_deref(), expected);
        };
        check(
            &["Traceback", "  raise ValueError(x)", "ValueError: no"],
            Some("ValueError: no"),
        );
        check(
            &["COMPILATION ERROR :", "---", "[ERROR] /src/A.java:[3,1] no"],
            Some("[ERROR] /src/A.java:[3,1] no"),
        );
        check(
            &["--- FAIL: TestTax", "    a_test.go:9: 20"],
            Some("a_test.go:9: 20"),
        );
        check(&["● cart", "", "  Expected: 19"], Some("Expected: 19"));
        check(&["error: alone", "note"], None);
    }

    #[test]
    fn a_sentence_quotes_each_line_once() {
        let lines = ["FAIL a".to_owned(), "b".to_owned()];
        assert_eq!(
            sentence("A test failed", &lines),
            "A test failed: FAIL a … b"
        );
        assert_eq!(sentence("A test failed", &[]), "A test failed.");
    }
}
