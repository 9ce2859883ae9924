//! Somebody else's text, cut to what is worth keeping in a record. It is made harmless where it leaves.

/// The first characters of `text`, at most `most` bytes of them.
pub(super) fn beginning(text: &str, most: usize) -> &str {
    let end = text.floor_char_boundary(most);
    text.get(..end).unwrap_or_default()
}

/// The last whole words of `text`, at most `most` bytes of them.
///
/// The second half of a secret would not be known for one any more where it is redacted.
pub(super) fn ending(text: &str, most: usize) -> &str {
    let text = text.trim();
    if text.len() <= most {
        return text;
    }
    let begin = text.ceil_char_boundary(text.len() - most);
    let cut = text.get(begin..).unwrap_or_default();
    let words = cut.find(char::is_whitespace).and_then(|at| cut.get(at..));
    words.unwrap_or_default().trim_start()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_text_is_cut_between_characters_and_its_end_between_words() {
        assert_eq!(beginning("größer", 3), "gr");
        assert_eq!(beginning("kurz", 100), "kurz");
        assert_eq!(ending("one two three\n", 9), "three");
        assert_eq!(ending("eins zwei größer", 10), "größer");
        assert_eq!(ending("xghp_a1B2a1B2a1B2", 10), "");
        assert_eq!(ending(" short \n", 100), "short");
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC*|.*", most in 0_usize..50) {
            prop_assert!(beginning(&text, most).len() <= most);
            prop_assert!(ending(&text, most).len() <= most);
        }
    }
}
