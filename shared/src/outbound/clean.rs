//! What no form of somebody else's text may hold: secrets, and characters that show nothing or do something.

use super::quoted::{beginning, whole_words};
use crate::redaction::Redactor;

/// No sequence that a terminal obeys is longer; what looks like one is text.
const MOST_SEQUENCE: usize = 2_048;

/// Somebody else's text without secrets and without characters that hide; it may have many lines.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Clean {
    pub(super) text: String,
    /// Whether the text goes on.
    pub(super) is_cut: bool,
}

/// The beginning of `text`, at most `most` bytes of it, cleaned.
///
/// Hidden characters go before redaction, so that they hide no secret from it, and after it, so that whatever redaction left is as clean.
pub(super) fn clean(text: &str, most: usize) -> Clean {
    let head = whole_words(beginning(text, most.saturating_mul(2)), text);
    let visible = strip(head);
    let redactor = Redactor::new();
    let once = redactor.redact(&visible);
    let twice = strip(&redactor.redact(&once.text).text);
    let kept = beginning(&twice, most);
    Clean {
        is_cut: kept.len() < twice.len() || head.len() < text.len(),
        text: kept.to_owned(),
    }
}

/// The same on one line, words one space apart.
pub(super) fn clean_line(text: &str, most: usize) -> Clean {
    let Clean { text, is_cut } = clean(text, most);
    let words: Vec<&str> = text.split_whitespace().collect();
    Clean {
        text: words.join(" "),
        is_cut,
    }
}

/// `text` without escape sequences and characters that show nothing; other controls but tab and line feed are spaces.
pub(super) fn strip(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let text = without_sequences(text);
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\r' if characters.peek() == Some(&'\n') => {}
            '\r' => kept.push('\n'),
            '\n' | '\t' => kept.push(c),
            // Between the letters of a UTF-16 text read as bytes.
            '\0' => {}
            c if shows_nothing(c) => {}
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{2800}') => {
                kept.push(' ');
            }
            c => kept.push(c),
        }
    }
    kept
}

/// `text` without the sequences that a terminal obeys (ECMA-48 5.4, 5.6, 8.3.89).
pub(super) fn without_sequences(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(index) = rest.find(|c| {
        matches!(
            c,
            '\u{1b}' | '\u{90}' | '\u{98}' | '\u{9b}' | '\u{9d}'..='\u{9f}'
        )
    }) {
        let (before, sequence) = rest.split_at_checked(index).unwrap_or((rest, ""));
        kept.push_str(before);
        let first = sequence.chars().next().unwrap_or_default();
        let after = sequence.get(first.len_utf8()..).unwrap_or_default();
        rest = match first {
            '\u{1b}' => after_escape(after),
            '\u{9b}' => after_control_sequence(after),
            _ => after_control_string(after),
        };
    }
    kept + rest
}

fn after_escape(text: &str) -> &str {
    let rest = |length: usize| text.get(length..).unwrap_or_default();
    match text.chars().next() {
        Some('[') => after_control_sequence(rest(1)),
        Some(']' | 'P' | 'X' | '^' | '_') => after_control_string(rest(1)),
        // With an intermediate byte: a character set and the like.
        Some(' '..='/') => match rest(1).chars().next() {
            Some('0'..='~') => rest(2),
            _ => rest(1),
        },
        Some('0'..='~') => rest(1),
        _ => text,
    }
}

/// Parameters, intermediates, and a final character; nothing where it is broken off.
fn after_control_sequence(text: &str) -> &str {
    let end = text
        .char_indices()
        .take(MOST_SEQUENCE)
        .find(|(_, c)| !matches!(c, ' '..='?'));
    match end {
        Some((index, '@'..='~')) => text.get(index + 1..).unwrap_or_default(),
        _ => text,
    }
}

/// Up to BEL, `ESC \` or ST; nothing where there is no end nearby.
fn after_control_string(text: &str) -> &str {
    let end = text
        .char_indices()
        .take(MOST_SEQUENCE)
        .take_while(|(_, c)| *c != '\n')
        .find(|(_, c)| matches!(c, '\u{7}' | '\u{1b}' | '\u{9c}'));
    match end {
        Some((index, '\u{1b}')) => {
            let rest = text.get(index + 1..).unwrap_or_default();
            rest.strip_prefix('\\').unwrap_or(rest)
        }
        Some((index, c)) => text.get(index + c.len_utf8()..).unwrap_or_default(),
        None => text,
    }
}

/// Whether nothing is drawn for it: `Default_Ignorable_Code_Point` of Unicode's `DerivedCoreProperties.txt`, and the marks of
/// interlinear annotation.
pub(super) fn shows_nothing(c: char) -> bool {
    is_selector(c)
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether it only chooses how the character before it is drawn; a row of them carries any message unseen.
pub(super) fn is_selector(c: char) -> bool {
    matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{180b}'..='\u{180d}' | '\u{180f}' | '\u{e0100}'..='\u{e01ef}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_gone() {
        for (text, expected) in [
            ("\u{1b}[31merror\u{1b}[0m: x", "error: x"),
            (
                "\u{1b}]8;;https://evil.example\u{7}click\u{1b}]8;;\u{7}",
                "click",
            ),
            ("\u{1b}]0;title\u{1b}\\a", "a"),
            ("\u{9b}31mred\u{9d}0;t\u{9c}!", "red!"),
            ("\u{1b}(Bplain\u{1b}c", "plain"),
            ("\u{1b}]no end\nnext", "no end\nnext"),
            ("a\0b\u{7}c\u{85}d", "ab c d"),
            ("one\r\ntwo\rthree", "one\ntwo\nthree"),
            ("\ta", "\ta"),
        ] {
            assert_eq!(strip(text), expected, "{text:?}");
        }
    }

    #[test]
    fn what_shows_nothing_is_gone() {
        let text = "a\u{200b}b\u{202e}c\u{e0041}d\u{fe0f}e\u{e0101}f\u{ad}g\u{2066}h\u{feff}";
        assert_eq!(strip(text), "abcdefgh");
        assert_eq!(strip("größer 名前 ✓ é"), "größer 名前 ✓ é");
    }

    #[test]
    fn a_hidden_character_hides_no_secret() {
        let secret = format!("ghp_{}", "a1B2".repeat(9));
        for hidden in [
            "\u{200b}",
            "\u{e0041}",
            "\u{fe01}",
            "\u{2800}",
            "\u{1b}[0m",
            "\u{0}",
            "\u{e0101}",
        ] {
            let (head, tail) = secret.split_at(20);
            let text = clean(&format!("token {head}{hidden}{tail} end"), 4_096).text;
            assert!(!text.contains(tail) || hidden == "\u{2800}", "{text}");
            assert!(!text.contains(head), "{hidden:?} {text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_clean_stays_as_it_is(text in "\\PC*|.*|[\\x1b\\x9b\\]\\[;0-9m\\x07\\\\ \\r\\n\\ta-z\\u{200b}]*") {
            let once = strip(&text);
            let is_clean = once.chars().all(|c| c == '\n' || c == '\t' || (!c.is_control() && !shows_nothing(c)));
            prop_assert!(is_clean, "{once:?}");
            prop_assert_eq!(strip(&once), once);
        }
    }
}
