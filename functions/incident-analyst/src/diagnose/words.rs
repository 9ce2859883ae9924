//! How times, spans, numbers and other people's words are written in statements.

use jiff::Timestamp;
use shared::outbound::redacted_head;
use shared::redaction::Redactor;

/// Longer quotations are not read in a statement; the evidence beside it has more.
const MOST_QUOTED_CHARS: usize = 120;

/// ECS and CloudWatch names have 255 characters at most; on a phone fewer will do.
const MOST_NAME_CHARS: usize = 80;

/// So much more than is kept is looked at: what redaction and single spaces make shorter.
const MORE_BYTES: usize = 1_024;

/// One line of `text`, at most `most` characters and an ellipsis: what separates lines or is invisible becomes a space.
///
/// Where something of the text is changed or cut off, its secrets go before: whoever redacts the analysis would not know half a secret.
pub(super) fn one_line(text: &str, most: usize) -> String {
    let is_left_alone = text.len() <= most && !text.contains(is_separator);
    if is_left_alone {
        return joined(text);
    }
    // A character is four bytes at most.
    let bytes = most.saturating_mul(4).saturating_add(MORE_BYTES);
    let (head, is_cut) = redacted_head(text, bytes);
    let line = joined(&head);
    let line = Redactor::new().redact(&line).text;
    match line.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None if is_cut => format!("{line}…"),
        None => line.into_owned(),
    }
}

/// The words of `text`, one space apart.
fn joined(text: &str) -> String {
    let words = text
        .split(|c: char| c.is_whitespace() || is_separator(c))
        .filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

fn is_separator(c: char) -> bool {
    c.is_control() || is_invisible(c)
}

/// What turns the direction of writing, joins or has no width: a name could be made to read as another one.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{61c}')
}

/// Somebody else's words, in quotation marks that cannot be closed from within.
pub(super) fn quoted(text: &str) -> String {
    let line = one_line(text, MOST_QUOTED_CHARS).replace(['"', '“', '”'], "'");
    format!("“{line}”")
}

/// A name that somebody else gave.
pub(super) fn name(text: &str) -> String {
    one_line(text, MOST_NAME_CHARS)
}

/// `14:02 UTC`.
pub(super) fn clock(at: Timestamp) -> String {
    at.strftime("%H:%M UTC").to_string()
}

/// `14:02`, before another time that says `UTC`.
pub(super) fn short_clock(at: Timestamp) -> String {
    at.strftime("%H:%M").to_string()
}

/// `40 seconds`, `2 minutes`, `1 hour 5 minutes`, `3 days`; the sign is left out.
pub(super) fn span(seconds: i64) -> String {
    let seconds = seconds.unsigned_abs();
    let minutes = (seconds + 30) / 60;
    match (seconds, minutes) {
        (0..60, _) => counted(seconds, "second"),
        (_, 0..60) => counted(minutes, "minute"),
        (_, 60..1440) if minutes.is_multiple_of(60) => counted(minutes / 60, "hour"),
        (_, 60..1440) => format!(
            "{} {}",
            counted(minutes / 60, "hour"),
            counted(minutes % 60, "minute")
        ),
        _ => counted(minutes / 1440, "day"),
    }
}

/// `1 task`, `2 tasks`.
pub(super) fn counted(count: u64, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}

/// At most three decimals, fewer the larger it is; what has more than nine digits is written with an exponent.
pub(super) fn number(value: f64) -> String {
    let size = value.abs();
    if size >= 1e9 || (size < 1e-3 && size > 0.0) {
        return format!("{value:.1e}");
    }
    let text = match size {
        100.0.. => format!("{value:.0}"),
        10.0..100.0 => format!("{value:.1}"),
        1.0..10.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    };
    if !text.contains('.') {
        return text;
    }
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0" } else { text }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_said_as_people_say_them() {
        let said = [0, 1, 59, 60, 89, 90, 3_599, 3_600, 3_900, -120, 200_000].map(span);
        assert_eq!(
            said,
            [
                "0 seconds",
                "1 second",
                "59 seconds",
                "1 minute",
                "1 minute",
                "2 minutes",
                "1 hour",
                "1 hour",
                "1 hour 5 minutes",
                "2 minutes",
                "2 days",
            ]
        );
        assert_eq!(span(i64::MIN), "106751991167300 days");
    }

    #[test]
    fn numbers_have_as_many_digits_as_they_need() {
        let said = [
            0.0, -0.0, 1.0, 1.42, 0.05, 12.34, 99.96, 1234.5, 1e12, -3e300, 1e-310,
        ]
        .map(number);
        assert_eq!(
            said,
            [
                "0", "0", "1", "1.42", "0.05", "12.3", "100", "1234", "1.0e12", "-3.0e300",
                "1.0e-310"
            ]
        );
    }

    #[test]
    fn other_peoples_words_stay_within_their_marks_and_on_their_line() {
        assert_eq!(quoted("a \"b\"”\n\u{202e}c\0d"), "“a 'b'' c d”");
        assert_eq!(one_line(&"é".repeat(100), 3), "ééé…");
        assert_eq!(one_line("one two", 3), "one…");
        assert_eq!(one_line("one two", 4), "one …");
        assert_eq!(one_line("  ", 4), "");
    }

    #[test]
    fn wherever_a_text_is_cut_no_half_of_a_secret_is_left() {
        let key = format!("ghp_{}", "a1B2".repeat(9));
        let secrets = [
            ("postgres://shop:hunter2secretpw@db.internal/shop", "hunt"),
            (key.as_str(), "a1B2"),
        ];
        for (secret, part) in secrets {
            for before in 0..130 {
                for after in ["", " and a word more"] {
                    let text = format!("{} {secret}{after}", "x".repeat(before));
                    let line = quoted(&text);
                    let line = Redactor::new().redact(&line).text;
                    assert!(!line.contains(part), "{line}");
                }
            }
        }
        let hidden = key.replacen("a1B2", "a1\u{200b}B2", 1);
        assert_eq!(
            one_line(&hidden, 500),
            one_line(&format!("{key}\u{200b}"), 500)
        );
    }
}
