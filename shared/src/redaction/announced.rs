//! A secret on a line of its own, announced by a line before it, as by a server that prints its first password.

use std::ops::Range;

use super::bytes::{Set, at, before, contains, cut};
use super::shape::Shape;

/// Empty lines that may stand between the two.
const MOST_LINES: u8 = 3;

/// How many more lines may be the one announced.
#[derive(Clone, Debug, Default)]
pub(super) struct Announced(u8);

impl Announced {
    /// Where the announced secret stands in `line`; notes whether `line` itself announces one.
    pub(super) fn range(&mut self, line: &[u8]) -> Option<Range<usize>> {
        let found = (self.0 > 0).then(|| only_word(line)).flatten();
        let is_empty = !line.iter().any(u8::is_ascii_alphabetic);
        self.0 = match (announces(line), is_empty) {
            (true, _) => MOST_LINES,
            (false, true) => self.0.saturating_sub(1),
            (false, false) => 0,
        };
        found
    }
}

/// The line ends in a colon, in YAML with the mark of a block (YAML 1.2.2 8.1), and speaks of a secret shortly before.
fn announces(line: &[u8]) -> bool {
    const WORDS: [&[u8]; 4] = [b"password", b"secret", b"token", b"key"];
    let line = without_block(line.trim_ascii_end());
    let tail = cut(line, line.len().saturating_sub(64)..line.len());
    line.ends_with(b":") && WORDS.iter().any(|word| contains(tail, word))
}

/// The line without the mark that its value is a block of lines: `|`, `>`, `|-`, `>+`.
fn without_block(line: &[u8]) -> &[u8] {
    let key = line.strip_suffix(b"-").or_else(|| line.strip_suffix(b"+"));
    let key = key.unwrap_or(line);
    let key = key.strip_suffix(b"|").or_else(|| key.strip_suffix(b">"));
    key.map_or(line, <[u8]>::trim_ascii_end)
}

/// The only word of the line, behind a time stamp at most, if it was drawn at random.
fn only_word(line: &[u8]) -> Option<Range<usize>> {
    let is_end = |byte: &u8| Set::BLANKS.has(*byte) || Set::QUOTES.has(*byte) || *byte == b',';
    let end = line
        .iter()
        .rposition(|byte| !is_end(byte))
        .map_or(0, |index| index + 1);
    let start = cut(line, 0..end)
        .iter()
        .rposition(|byte| !Set::PADDED.has(*byte))
        .map_or(0, |index| index + 1);
    let has_words = cut(line, 0..start)
        .iter()
        .filter(|byte| byte.is_ascii_alphabetic())
        .count()
        > 2;
    let is_free =
        start == 0 || Set::BLANKS.has(before(line, start)) || Set::QUOTES.has(before(line, start));
    let word = cut(line, start..end);
    let is_secret = at(word, 0) != b'/' && Shape::of(word).random(word).is_some();
    (!has_words && is_free && is_secret).then_some(start..end)
}
