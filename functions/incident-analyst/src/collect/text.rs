//! Somebody else's text, cut to what is worth keeping. It is redacted and made harmless where it leaves.

/// The longest reason of a gap.
const LONGEST_SENTENCE: usize = 400;

/// The text on one line, control characters and runs of spaces as one space, at most `most` bytes of it.
///
/// It is cut between words if there are any: half a secret would not be known for one where it is redacted.
pub(crate) fn one_line(text: &str, most: usize) -> String {
    // What does not fit is not even looked at: a line may have a megabyte.
    let is_cut = text.len() > most;
    let head = text
        .get(..text.floor_char_boundary(most))
        .unwrap_or_default();
    let is_space = |c: char| c.is_whitespace() || c.is_control();
    let head = match head.rfind(is_space) {
        Some(end) if is_cut => head.get(..end).unwrap_or_default(),
        _ => head,
    };
    let mut line = String::with_capacity(head.len());
    for word in head.split(is_space).filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

/// The text as a sentence for people: one line, a capital first, a full stop last.
pub(super) fn sentence(text: &str) -> String {
    let line = one_line(text, LONGEST_SENTENCE);
    let mut rest = line.chars();
    let first = rest.next().into_iter().flat_map(char::to_uppercase);
    let mut sentence: String = first.chain(rest.clone()).collect();
    if !sentence.ends_with('.') {
        sentence.push('.');
    }
    sentence
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_text_is_one_line_and_cut_between_words() {
        let cases = [
            ("", 10, ""),
            ("kurz", 10, "kurz"),
            ("a\r\n\tb \u{1b}[31m c", 30, "a b [31m c"),
            ("one two three", 9, "one two"),
            ("einszweidrei", 5, "einsz"),
            ("größer", 3, "gr"),
        ];
        for (text, most, expected) in cases {
            assert_eq!(one_line(text, most), expected, "{text:?}");
        }
    }

    #[test]
    fn a_sentence_begins_with_a_capital_and_ends_with_a_full_stop() {
        assert_eq!(sentence("couldn't\nread it"), "Couldn't read it.");
        assert_eq!(sentence("Done."), "Done.");
        assert_eq!(sentence("äh"), "Äh.");
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC*|.*", most in 0_usize..50) {
            prop_assert!(one_line(&text, most).len() <= most);
            prop_assert!(!sentence(&text).is_empty());
        }
    }
}
