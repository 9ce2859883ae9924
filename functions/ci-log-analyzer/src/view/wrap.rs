//! Text in rows of a given width.

/// `text` in rows of at most `width` characters, broken at spaces where there are any; at least one row.
pub fn words(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut rows = vec![String::new()];
    let mut used = 0;
    for word in text.split_whitespace() {
        for piece in pieces(word, width) {
            let length = piece.chars().count();
            if used > 0 && used + 1 + length > width {
                rows.push(String::new());
                used = 0;
            }
            if let Some(row) = rows.last_mut() {
                if used > 0 {
                    row.push(' ');
                    used += 1;
                }
                row.push_str(&piece);
                used += length;
            }
        }
    }
    rows
}

/// `text` in pieces of exactly `width` characters and a rest, spaces kept: for what is not prose.
pub(super) fn pieces(text: &str, width: usize) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    let pieces: Vec<String> = characters
        .chunks(width.max(1))
        .map(|piece| piece.iter().collect())
        .collect();
    if pieces.is_empty() {
        vec![String::new()]
    } else {
        pieces
    }
}

/// `text` on one row, cut and marked where it is wider than `width`.
pub(super) fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{kept}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_break_at_spaces_and_long_words_anywhere() {
        assert_eq!(words("one two  three", 7), ["one two", "three"]);
        assert_eq!(words("abcdefgh i", 3), ["abc", "def", "gh", "i"]);
        assert_eq!(words("", 3), [""]);
        assert_eq!(pieces("a  bc", 3), ["a  ", "bc"]);
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(cut("abcd", 4), "abcd");
    }
}
