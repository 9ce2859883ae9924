//! Classes of bytes and cuts of byte slices that cannot panic.

use std::ops::Range;

/// A set of the classes below; a byte is in the set when its class is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Set(u16);

const DIGIT: u16 = 1;
const UPPER_HEX: u16 = 1 << 1;
const UPPER_REST: u16 = 1 << 2;
const LOWER_HEX: u16 = 1 << 3;
const LOWER_REST: u16 = 1 << 4;
const DASH: u16 = 1 << 5;
const UNDERSCORE: u16 = 1 << 6;
const PLUS_SLASH: u16 = 1 << 7;
const EQUALS: u16 = 1 << 8;
const DOT: u16 = 1 << 9;
const COLON: u16 = 1 << 10;
const QUOTE: u16 = 1 << 11;
const BLANK: u16 = 1 << 12;
const TILDE: u16 = 1 << 13;
const SIGN: u16 = 1 << 14;
const OTHER: u16 = 1 << 15;

impl Set {
    pub(super) const DIGITS: Self = Self(DIGIT);
    pub(super) const LOWER: Self = Self(LOWER_HEX | LOWER_REST);
    pub(super) const HEX: Self = Self(DIGIT | UPPER_HEX | LOWER_HEX);
    pub(super) const LETTERS: Self = Self(UPPER_HEX | UPPER_REST | LOWER_HEX | LOWER_REST);
    pub(super) const UPPER_DIGITS: Self = Self(DIGIT | UPPER_HEX | UPPER_REST);
    pub(super) const ALNUM: Self = Self(DIGIT | Self::LETTERS.0);
    /// `A-Za-z0-9_`
    pub(super) const WORD: Self = Self(Self::ALNUM.0 | UNDERSCORE);
    /// Base64 for URLs, which is also what most issuers draw tokens from: `A-Za-z0-9_-`.
    pub(super) const TOKEN: Self = Self(Self::WORD.0 | DASH);
    /// `TOKEN` and the dot that joins the parts of a token or a name.
    pub(super) const DOTTED: Self = Self(Self::TOKEN.0 | DOT);
    /// Words of a name, and the blanks between them.
    pub(super) const DOTTED_WORDS: Self = Self(Self::DOTTED.0 | BLANK);
    /// Standard base64 with its padding.
    pub(super) const BASE64: Self = Self(Self::ALNUM.0 | PLUS_SLASH | EQUALS);
    /// The end of a run of base64.
    pub(super) const BASE64_TAIL: Self = Self(Self::ALNUM.0 | EQUALS);
    /// Both alphabets of base64, and the padding.
    pub(super) const BASE64_ANY: Self = Self(Self::BASE64.0 | DASH | UNDERSCORE);
    /// What any encoding of random bytes as text uses.
    pub(super) const RANDOM: Self = Self(Self::DOTTED.0 | PLUS_SLASH | TILDE);
    /// `RANDOM` and the padding.
    pub(super) const PADDED: Self = Self(Self::RANDOM.0 | EQUALS);
    pub(super) const HEX_DASH: Self = Self(Self::HEX.0 | DASH);
    /// Digits and dots.
    pub(super) const NUMBER: Self = Self(DIGIT | DOT);
    pub(super) const QUOTES: Self = Self(QUOTE);
    pub(super) const BLANKS: Self = Self(BLANK);
    /// What joins the words of a name.
    pub(super) const JOINT: Self = Self(DASH | UNDERSCORE | DOT);
    pub(super) const EQUALS_ONLY: Self = Self(EQUALS);
    /// Everything visible in ASCII but quotes.
    pub(super) const VISIBLE: Self = Self(!(QUOTE | BLANK | OTHER));
    /// What a password may be made of: everything but blanks, quotes and control characters.
    pub(super) const VALUE: Self = Self(Self::VISIBLE.0 | OTHER);

    pub(super) fn has(self, byte: u8) -> bool {
        CLASSES.get(usize::from(byte)).copied().unwrap_or_default() & self.0 != 0
    }
}

static CLASSES: [u16; 256] = classes();

#[expect(
    clippy::indexing_slicing,
    reason = "computed at compile time, where a wrong index is a build error"
)]
const fn classes() -> [u16; 256] {
    let mut table = [0; 256];
    let mut byte = 0_u8;
    loop {
        table[byte as usize] = class(byte);
        if byte == u8::MAX {
            return table;
        }
        byte += 1;
    }
}

const fn class(byte: u8) -> u16 {
    match byte {
        b'0'..=b'9' => DIGIT,
        b'A'..=b'F' => UPPER_HEX,
        b'G'..=b'Z' => UPPER_REST,
        b'a'..=b'f' => LOWER_HEX,
        b'g'..=b'z' => LOWER_REST,
        b'-' => DASH,
        b'_' => UNDERSCORE,
        b'+' | b'/' => PLUS_SLASH,
        b'=' => EQUALS,
        b'.' => DOT,
        b':' => COLON,
        b'"' | b'\'' | b'`' => QUOTE,
        b'~' => TILDE,
        b'!'..=b'/' | b';'..=b'@' | b'['..=b'^' | b'{'..=b'}' => SIGN,
        0x80.. => OTHER,
        0..=0x20 | 0x7f => BLANK,
    }
}

/// The byte at `index`, zero beyond the end.
pub(super) fn at(bytes: &[u8], index: usize) -> u8 {
    bytes.get(index).copied().unwrap_or_default()
}

/// The byte before `index`, zero at the start.
pub(super) fn before(bytes: &[u8], index: usize) -> u8 {
    index.checked_sub(1).map_or(0, |index| at(bytes, index))
}

/// The bytes of `range`, none where it is out of bounds.
pub(super) fn cut(bytes: &[u8], range: Range<usize>) -> &[u8] {
    bytes.get(range).unwrap_or_default()
}

/// Where the run of bytes in `set` that starts at `from` ends.
pub(super) fn run_end(bytes: &[u8], from: usize, set: Set) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    from + rest.iter().take_while(|byte| set.has(**byte)).count()
}

/// The same, looking at no more than `most` bytes.
pub(super) fn run_end_within(bytes: &[u8], from: usize, set: Set, most: usize) -> usize {
    let to = bytes.len().min(from.saturating_add(most));
    run_end(bytes.get(..to).unwrap_or_default(), from, set)
}

/// Where the run of bytes in `set` that ends before `to` starts, looking back over at most `most` bytes.
pub(super) fn run_start(bytes: &[u8], to: usize, set: Set, most: usize) -> usize {
    let head = bytes.get(to.saturating_sub(most)..to).unwrap_or_default();
    to - head.iter().rev().take_while(|byte| set.has(**byte)).count()
}

/// Whether `bytes` start with `prefix`, whatever the case; `prefix` is lower case.
pub(super) fn starts_with(bytes: &[u8], from: usize, prefix: &[u8]) -> bool {
    cut(bytes, from..from.saturating_add(prefix.len())).eq_ignore_ascii_case(prefix)
}

/// Whether `needle`, in lower case, occurs in `bytes`, whatever the case. For short `bytes`.
pub(super) fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes
        .windows(needle.len().max(1))
        .any(|window| window.eq_ignore_ascii_case(needle))
}
