//! What a value looks like: drawn at random, or written by a person or a tool for people.

use super::bytes::{Set, at, contains, starts_with};

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
        let mut shape = Self { length: value.len(), ..Self::default() };
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
        let has_digits = self.digits >= 2 || (self.digits == 1 && self.upper >= 4 && self.lower >= 4 && count >= 20);
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

/// A stand-in for a secret: masked, a variable, a type, a word of documentation.
pub(super) fn is_placeholder(value: &[u8]) -> bool {
    let first = at(value, 0);
    let same = value.iter().all(|byte| *byte == first);
    let masks = value.iter().filter(|byte| matches!(byte, b'*' | b'.' | b'x' | b'X' | b'-' | b'_' | b'#' | b'?')).count();
    same
        || masks == value.len()
        || is_reference(value)
        || value.windows(3).any(|window| window == b"***")
        || is_documentation(value)
        || contains(value, b"placeholder")
        || contains(value, b"redacted")
        || starts_with(value, 0, b"your")
        || is_word_for_nothing(value)
}

/// What documentation shows in the place of a secret, such as `AKIAIOSFODNN7EXAMPLE`.
fn is_documentation(value: &[u8]) -> bool {
    let has_word = contains(value, b"example");
    has_word && (value.len() < 16 || value.to_ascii_lowercase().ends_with(b"example") || contains(value, b"examplekey") || Shape::of(value).random(value).is_none())
}

/// Text that names where the value comes from instead of giving it.
fn is_reference(value: &[u8]) -> bool {
    match at(value, 0) {
        b'$' => matches!(at(value, 1), b'{' | b'(' | b'A'..=b'Z' | b'_' | b'a'..=b'z') && !value.windows(2).any(|pair| pair == b"$1"),
        b'<' => value.ends_with(b">") || value.len() < 24,
        b'{' => at(value, 1) == b'{' || value.ends_with(b"}"),
        b'%' => (at(value, 1).is_ascii_alphabetic() && value.len() <= 3) || (value.len() > 2 && value.ends_with(b"%")),
        _ => {
            const SOURCES: [&[u8]; 12] = [
                b"process.env", b"os.environ", b"os.getenv", b"env.", b"secrets.", b"getenv", b"var.", b"local.", b"data.",
                b"vault:", b"arn:aws:", b"ssm:",
            ];
            SOURCES.iter().any(|source| starts_with(value, 0, source))
        }
    }
}

fn is_word_for_nothing(value: &[u8]) -> bool {
    const WORDS: [&str; 46] = [
        "true", "false", "null", "nil", "none", "undefined", "string", "str", "bool", "boolean", "int", "integer", "number",
        "object", "bytes", "optional", "required", "yes", "no", "on", "off", "empty", "missing", "invalid", "unset", "set",
        "hidden", "masked", "removed", "secret", "password", "token", "key", "value", "default", "changeme", "n/a", "any",
        "error", "expired", "failed", "not", "is", "was", "used", "unknown",
    ];
    WORDS.iter().any(|word| value.eq_ignore_ascii_case(word.as_bytes()))
}

/// A date, number, version, address, file or other thing that tools print and that keeps no secret.
pub(super) fn is_plain_thing(value: &[u8]) -> bool {
    is_number(value) || is_path(value) || is_file_name(value) || starts_with(value, 0, b"sha256:") || is_integrity(value)
}

fn is_number(value: &[u8]) -> bool {
    !value.is_empty() && value.iter().all(|byte| Set::NUMBER.has(*byte) || matches!(byte, b':' | b'-' | b'T' | b'Z' | b'v' | b',' | b'/' | b'%' | b'x'))
}

fn is_path(value: &[u8]) -> bool {
    let slashes = value.iter().filter(|byte| **byte == b'/').count();
    let lead = matches!(at(value, 0), b'/' | b'.' | b'~' | b'@') && slashes >= 1 && !has_random_segment(value);
    lead || (slashes >= 2 && !has_random_segment(value)) || (at(value, 1) == b':' && at(value, 2) == b'\\')
}

fn has_random_segment(value: &[u8]) -> bool {
    value
        .split(|byte| *byte == b'/')
        .any(|segment| Shape::of(segment).random(segment).is_some())
}

/// A word with an ending that files of projects and hosts have.
fn is_file_name(value: &[u8]) -> bool {
    const ENDINGS: [&[u8]; 37] = [
        b".json", b".yml", b".yaml", b".toml", b".txt", b".pem", b".key", b".crt", b".log", b".sh", b".py", b".js", b".ts", b".rs",
        b".go", b".java", b".rb", b".md", b".xml", b".html", b".cfg", b".conf", b".ini", b".properties", b".lock", b".gz", b".zip", b".so",
        b".jar", b".class", b".c", b".h", b".cpp", b".tsx", b".php", b".kt", b".gpg",
    ];
    value.iter().all(|byte| Set::RANDOM.has(*byte)) && ENDINGS.iter().any(|ending| value.ends_with(ending))
}

/// Checksums as package managers write them (W3C Subresource Integrity 3.1, and the forms of lock files).
pub(super) fn is_integrity(value: &[u8]) -> bool {
    const PREFIXES: [&[u8]; 9] =
        [b"sha1-", b"sha256-", b"sha384-", b"sha512-", b"sha1:", b"sha256:", b"sha384:", b"sha512:", b"md5:"];
    PREFIXES.iter().any(|prefix| starts_with(value, 0, prefix))
}
