//! `{name}` in a rule's text, filled from what its regular expression captured.

use std::fmt::Write as _;

use shared::outbound::is_harmless;

/// More of a captured value than this makes advice unreadable.
const MOST_VALUE_CHARS: usize = 80;

/// The names in braces, in order.
pub(super) fn names(template: &str) -> impl Iterator<Item = &str> {
    template
        .split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
}

/// `template` with each `{name}` replaced by its value, cut and in backticks; without a value, by `it`. A brace that none closes stays.
pub(super) fn fill(template: &str, captured: &[(String, String)]) -> String {
    let mut pieces = template.split('{');
    let mut filled = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let Some((name, rest)) = piece.split_once('}') else {
            filled.push('{');
            filled.push_str(piece);
            continue;
        };
        let value = captured.iter().find(|(known, _)| known == name);
        match value {
            // Writing to a String cannot fail.
            Some((_, value)) => {
                let _ = write!(filled, "`{}`", harmless(value));
            }
            None => filled.push_str("it"),
        }
        filled.push_str(rest);
    }
    filled
}

/// One line of visible characters; a backtick would end the quotation.
fn harmless(value: &str) -> String {
    let mut kept: String = value
        .chars()
        .filter(|c| is_harmless(*c) && *c != '`')
        .take(MOST_VALUE_CHARS)
        .collect();
    if value.chars().count() > MOST_VALUE_CHARS {
        kept.push('…');
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_braces_are_replaced_by_what_was_captured() {
        let captured = [("package".to_owned(), "left`p\u{202e}ad\u{7}".to_owned())];
        assert_eq!(
            fill("Publish {package}, or pin {version}.", &captured),
            "Publish `leftpad`, or pin it."
        );
        assert_eq!(fill("no names { here", &captured), "no names { here");
        assert_eq!(names("{a} and {b}").collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn a_long_value_is_cut() {
        let captured = [("v".to_owned(), "é".repeat(100))];
        assert_eq!(fill("{v}", &captured), format!("`{}…`", "é".repeat(80)));
    }
}
