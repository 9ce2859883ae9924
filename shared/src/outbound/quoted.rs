use std::fmt;

use serde::Serialize;

use super::clean::{is_selector, shows_nothing, without_sequences};
use super::defang::defang;
use crate::redaction::Redactor;

/// A value longer than this is cut: people read the beginning, and a mail stays a mail.
const MOST_BYTES: usize = 1_024;

/// Somebody else's text on one line: redacted, bounded, without control or direction-changing characters.
///
/// This is also what our own log shows of outside text.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Quoted(String);

impl Quoted {
    /// Quotes `text`; what is cut off is marked by an ellipsis.
    pub fn line(text: &str) -> Self {
        // Redaction sees the text as it came, so that a cut cannot leave half a secret that no rule knows;
        // but not megabytes of it.
        let head = whole_words(beginning(text, 4 * MOST_BYTES), text);
        // A row of selectors would hide a secret from redaction, and nobody would miss one.
        let head_shown: String = without_sequences(head)
            .chars()
            .filter(|c| !is_selector(*c))
            .collect();
        let redactor = Redactor::new();
        let redacted = redactor.redact(&head_shown).text;
        let visible: String = redacted
            .chars()
            .map(|c| if is_harmless(c) { c } else { ' ' })
            .collect();
        let redacted = defang(&redactor.redact(&visible).text);
        let kept = beginning(&redacted, MOST_BYTES);
        let is_cut = kept.len() < redacted.len() || head.len() < text.len();
        Self(format!("{kept}{}", if is_cut { "…" } else { "" }))
    }

    /// The quoted text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Quoted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The beginning of `text` without secrets, for whoever keeps less of it: however it is cut, no half of a secret is left.
///
/// No more than `most` bytes of `text` are looked at, whole words of them; true if that was not all of it. Hidden characters that could
/// keep a secret from being known are gone; line breaks are left.
pub fn redacted_head(text: &str, most: usize) -> (String, bool) {
    let within = beginning(text, most);
    let is_cut = within.len() < text.len();
    // An address or a password may have any sign in it, but no space.
    let head = match within.rfind(char::is_whitespace) {
        Some(end) if is_cut => within.get(..end).unwrap_or_default(),
        _ => whole_words(within, text),
    };
    let shown: String = without_sequences(head)
        .chars()
        .filter(|c| !is_selector(*c))
        .collect();
    (Redactor::new().redact(&shown).text.into_owned(), is_cut)
}

/// `head` without its last word, unless it is all of `text`: redaction would not know half a secret.
pub(super) fn whole_words<'a>(head: &'a str, text: &str) -> &'a str {
    if head.len() == text.len() {
        return head;
    }
    let end = head
        .rfind(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '-'))
        .unwrap_or_default();
    head.get(..end).unwrap_or_default()
}

/// The longest beginning of `text` of at most `most` bytes that ends on a character boundary.
pub(super) fn beginning(text: &str, most: usize) -> &str {
    let end = text.floor_char_boundary(most);
    text.get(..end).unwrap_or_default()
}

/// False for what could break a line, move a cursor, hide text or change its direction (Unicode TR36 and TR9).
///
/// The two selectors that choose between text and picture for a sign such as ⚠ count as harmless: tools print them.
pub fn is_harmless(c: char) -> bool {
    let is_hidden = shows_nothing(c) && !matches!(c, '\u{fe0e}' | '\u{fe0f}');
    !c.is_control() && !is_hidden && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{2800}')
}

/// `text` on one line as people may see all of it: tabs are two spaces, what is not [harmless](is_harmless) is `·`, and after
/// `most` characters an ellipsis.
pub fn visible(text: &str, most: usize) -> String {
    let mut shown = String::with_capacity(text.len().min(most));
    for (count, c) in text.chars().enumerate() {
        if count == most {
            shown.push('…');
            break;
        }
        match c {
            '\t' => shown.push_str("  "),
            c if is_selector(c) && is_harmless(c) => {}
            c if is_harmless(c) => shown.push(c),
            _ => shown.push('·'),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_on_a_character_boundary() {
        let text = "é".repeat(600);
        assert_eq!(
            Quoted::line(&text).as_str(),
            format!("{}…", "é".repeat(512))
        );
    }

    #[test]
    fn an_ordinary_text_is_left_alone() {
        let text = "Threshold Crossed: 2 datapoints [15.0, 12.0] – größer als 10.0";
        assert_eq!(Quoted::line(text).as_str(), text);
    }

    #[test]
    fn half_a_secret_does_not_show_where_the_text_was_cut() {
        let key = format!("ghp_{}", "a1B2".repeat(9));
        let many = format!("{key} ").repeat(200);
        let shown = Quoted::line(&many);
        assert!(!shown.as_str().contains("ghp_"), "{shown}");
        assert_eq!(Quoted::line(&"x".repeat(9_999)).as_str(), "…");
    }

    #[test]
    fn an_address_in_somebody_elses_text_is_no_link() {
        let text = "see https://evil.example/login or http://evil.example";
        let expected = "see hxxps://evil.example/login or hxxp://evil.example";
        assert_eq!(Quoted::line(text).as_str(), expected);
    }

    #[test]
    fn wherever_the_beginning_ends_it_has_no_part_of_a_secret() {
        let text =
            "could not connect to postgres://shop:hunter2!secret@db.internal/shop as the shop";
        for most in 0..=text.len() {
            let (head, is_cut) = redacted_head(text, most);
            assert!(!head.contains("hunt"), "{most}: {head}");
            assert_eq!(is_cut, most < text.len());
        }
        assert_eq!(
            redacted_head("as\nit is", 99),
            ("as\nit is".to_owned(), false)
        );
    }

    #[test]
    fn a_secret_is_redacted_before_the_text_is_cut() {
        let key = format!("ghp_{}", "a1B2".repeat(9));
        let text = format!("{} {key}", "a".repeat(1_019));
        let expected = format!("{} [RED…", "a".repeat(1_019));
        assert_eq!(Quoted::line(&text).as_str(), expected);
    }

    #[test]
    fn a_text_over_the_limit_by_its_invisible_tail_is_marked_as_cut() {
        let text = "a ".repeat(2_500);
        assert_eq!(
            Quoted::line(&text).as_str(),
            format!("{}…", "a ".repeat(512))
        );
    }
}
