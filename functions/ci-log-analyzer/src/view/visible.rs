//! Somebody else's text, as a terminal may show it.

/// More of a line than this helps nobody who looks at a page of them.
const MOST_CHARS: usize = 1_000;

/// `text` on one line: tabs are two spaces, what could move the cursor, hide text or change its direction is `·`, and
/// what is too long is cut and marked by an ellipsis.
pub(super) fn visible(text: &str) -> String {
    shared::outbound::visible(text, MOST_CHARS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_deceive_is_shown_as_a_dot() {
        assert_eq!(visible("a\u{1b}[2Jb\u{202e}c\td\r\n"), "a·[2Jb·c  d··");
        assert_eq!(visible("größer 名前 ✓ ⚠\u{fe0f}"), "größer 名前 ✓ ⚠");
        assert_eq!(
            visible(&"x".repeat(2_000)),
            format!("{}…", "x".repeat(1_000))
        );
    }
}
