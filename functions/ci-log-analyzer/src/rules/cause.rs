//! The sentence that says what happened.

use std::sync::LazyLock;

use regex::bytes::{Regex, RegexBuilder};

/// A quoted line is cut here: the sentence stays one that is read at a glance.
const MOST_QUOTED_CHARS: usize = 240;

/// What says why a test or check failed, in the frameworks' own ways: pytest's `E`, a place in a Go test, an exception, what was expected.
static REASON: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let words = r"^E\s|\b\w*(Error|Exception)\b|_test\.go:\d+:|(?i:expected|assert|did not|panicked|violation|mismatch)|\.\w+:\d+|^> ";
    RegexBuilder::new(words).unicode(false).build().ok()
});

/// The first line of the block behind `known` that says why.
pub(super) fn reason(block: &[&str], known: &str) -> Option<String> {
    let regex = REASON.as_ref()?;
    let behind = block
        .iter()
        .skip_while(|line| !line.starts_with(known))
        .skip(1);
    let mut reasons = behind.filter(|line| regex.is_match(line.as_bytes()));
    reasons.next().map(|line| quoted(line))
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

/// `line` as it is quoted: trimmed, with single spaces, without control characters, and cut.
pub(super) fn quoted(line: &str) -> String {
    let line = line.strip_prefix("##[error]").unwrap_or(line);
    let words: Vec<&str> = line
        .split(|c: char| c.is_whitespace() || c.is_control())
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
        assert_eq!(quoted(&"é".repeat(300)), format!("{}…", "é".repeat(240)));
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
