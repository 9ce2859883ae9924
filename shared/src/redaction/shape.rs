//! What a value looks like: drawn at random, or written by a person or a tool for people.

/// How the bytes of a value are distributed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Shape {
    pub(super) length: usize,
    pub(super) digits: usize,
    pub(super) upper: usize,
    pub(super) lower: usize,
    /// Neither letter nor digit.
    pub(super) signs: usize,
    /// Letters or digits that follow one of another kind; a capital that begins a word is not counted.
    pub(super) changes: usize,
    /// The longest run of letters without a digit, sign or case change.
    pub(super) longest_word: usize,
    /// Letters beyond `f`.
    beyond_hex: usize,
}

/// What kind of random text a value is, by the alphabet it was drawn from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Alphabet {
    /// Hexadecimal digits: commits and checksums look like this too.
    Hex,
    /// RFC 9562 text form: request and resource ids look like this too.
    Uuid,
    /// One case and digits.
    OneCase,
    /// Both cases and digits: hardly anything but secrets and base64 looks like this.
    Mixed,
}

impl Shape {
    pub(super) fn of(value: &[u8]) -> Self {
        let mut shape = Self {
            length: value.len(),
            ..Self::default()
        };
        let mut previous = 0_u8;
        let mut word = 0;
        for &byte in value {
            let kind = match byte {
                b'0'..=b'9' => {
                    shape.digits += 1;
                    1
                }
                b'A'..=b'Z' => {
                    shape.upper += 1;
                    2
                }
                b'a'..=b'z' => {
                    shape.lower += 1;
                    3
                }
                _ => {
                    shape.signs += 1;
                    0
                }
            };
            if matches!(byte, b'g'..=b'z' | b'G'..=b'Z') {
                shape.beyond_hex += 1;
            }
            let is_title = previous == 2 && kind == 3;
            if kind != 0 && previous != 0 && kind != previous && !is_title {
                shape.changes += 1;
            }
            word = if kind >= 2 && (kind == previous || is_title || previous < 2) {
                if previous < 2 { 1 } else { word + 1 }
            } else {
                usize::from(kind >= 2)
            };
            shape.longest_word = shape.longest_word.max(word);
            previous = kind;
        }
        shape
    }

    pub(super) fn letters(&self) -> usize {
        self.upper + self.lower
    }

    pub(super) fn alnum(&self) -> usize {
        self.letters() + self.digits
    }

    /// Only hexadecimal digits, and not merely decimal ones.
    pub(super) fn is_hex(&self) -> bool {
        self.beyond_hex == 0 && self.signs == 0 && self.letters() > 0 && self.digits > 0
    }

    /// Whether the value looks drawn at random, and from what.
    ///
    /// Words, versions and paths change between letters, digits and cases about once in five characters or less,
    /// text drawn from an alphabet with digits at least once in three: base32 0.30, base36 0.40, base62 0.44.
    pub(super) fn random(&self, value: &[u8]) -> Option<Alphabet> {
        if is_uuid(value) {
            return Some(Alphabet::Uuid);
        }
        let count = self.alnum();
        let has_digits = self.digits >= 2
            || (self.digits == 1 && self.upper >= 4 && self.lower >= 4 && count >= 20);
        if count < 16 || !has_digits || self.letters() < 2 || self.signs * 4 > count {
            return None;
        }
        if self.beyond_hex == 0 && self.signs <= 1 && (self.upper == 0 || self.lower == 0) {
            return (self.changes * 5 >= count).then_some(Alphabet::Hex);
        }
        if self.changes * 5 < count || self.longest_word > 9 + count / 16 {
            return None;
        }
        if self.upper >= 2 && self.lower >= 2 {
            return Some(Alphabet::Mixed);
        }
        Some(Alphabet::OneCase)
    }
}

/// `8-4-4-4-12` hexadecimal digits.
pub(super) fn is_uuid(value: &[u8]) -> bool {
    value.len() == 36
        && value.iter().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_alphanumeric(),
        })
        && value.iter().filter(|byte| byte.is_ascii_hexdigit()).count() >= 24
}
