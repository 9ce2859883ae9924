//! Values that are no secret: stand-ins for one, and things that tools print.

use super::bytes::{Set, at, contains, starts_with};
use super::shape::Shape;

/// A stand-in for a secret: masked, a variable, a type, a word of documentation.
pub(super) fn is_placeholder(value: &[u8]) -> bool {
    let first = at(value, 0);
    let same = value.iter().all(|byte| *byte == first);
    let masks = value
        .iter()
        .filter(|byte| matches!(byte, b'*' | b'.' | b'x' | b'X' | b'-' | b'_' | b'#' | b'?'))
        .count();
    same || masks == value.len()
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
    has_word
        && (value.len() < 16
            || value.to_ascii_lowercase().ends_with(b"example")
            || contains(value, b"examplekey")
            || Shape::of(value).random(value).is_none())
}

/// Text that names where the value comes from instead of giving it.
fn is_reference(value: &[u8]) -> bool {
    match at(value, 0) {
        b'$' => {
            matches!(at(value, 1), b'{' | b'(' | b'A'..=b'Z' | b'_' | b'a'..=b'z')
                && !value.windows(2).any(|pair| pair == b"$1")
        }
        b'<' => value.ends_with(b">") || value.len() < 24,
        b'{' => at(value, 1) == b'{' || value.ends_with(b"}"),
        b'%' => {
            (at(value, 1).is_ascii_alphabetic() && value.len() <= 3)
                || (value.len() > 2 && value.ends_with(b"%"))
        }
        _ => {
            const SOURCES: [&[u8]; 12] = [
                b"process.env",
                b"os.environ",
                b"os.getenv",
                b"env.",
                b"secrets.",
                b"getenv",
                b"var.",
                b"local.",
                b"data.",
                b"vault:",
                b"arn:aws:",
                b"ssm:",
            ];
            SOURCES.iter().any(|source| starts_with(value, 0, source))
        }
    }
}

fn is_word_for_nothing(value: &[u8]) -> bool {
    const WORDS: [&str; 46] = [
        "true",
        "false",
        "null",
        "nil",
        "none",
        "undefined",
        "string",
        "str",
        "bool",
        "boolean",
        "int",
        "integer",
        "number",
        "object",
        "bytes",
        "optional",
        "required",
        "yes",
        "no",
        "on",
        "off",
        "empty",
        "missing",
        "invalid",
        "unset",
        "set",
        "hidden",
        "masked",
        "removed",
        "secret",
        "password",
        "token",
        "key",
        "value",
        "default",
        "changeme",
        "n/a",
        "any",
        "error",
        "expired",
        "failed",
        "not",
        "is",
        "was",
        "used",
        "unknown",
    ];
    WORDS
        .iter()
        .any(|word| value.eq_ignore_ascii_case(word.as_bytes()))
}

/// A date, number, version, address, file or other thing that tools print and that keeps no secret.
pub(super) fn is_plain_thing(value: &[u8]) -> bool {
    is_number(value)
        || is_path(value)
        || is_file_name(value)
        || starts_with(value, 0, b"sha256:")
        || is_integrity(value)
}

fn is_number(value: &[u8]) -> bool {
    !value.is_empty()
        && value.iter().all(|byte| {
            Set::NUMBER.has(*byte)
                || matches!(
                    byte,
                    b':' | b'-' | b'T' | b'Z' | b'v' | b',' | b'/' | b'%' | b'x'
                )
        })
}

fn is_path(value: &[u8]) -> bool {
    let slashes = memchr::memchr_iter(b'/', value).count();
    let lead = matches!(at(value, 0), b'/' | b'.' | b'~' | b'@')
        && slashes >= 1
        && !has_random_segment(value);
    lead || (slashes >= 2 && !has_random_segment(value))
        || (at(value, 1) == b':' && at(value, 2) == b'\\')
}

fn has_random_segment(value: &[u8]) -> bool {
    value
        .split(|byte| *byte == b'/')
        .any(|segment| Shape::of(segment).random(segment).is_some())
}

/// A word with an ending that files of projects and hosts have.
fn is_file_name(value: &[u8]) -> bool {
    const ENDINGS: &[&[u8]] = &[
        b".pub",
        b".json",
        b".yml",
        b".yaml",
        b".toml",
        b".txt",
        b".pem",
        b".key",
        b".crt",
        b".log",
        b".sh",
        b".py",
        b".js",
        b".ts",
        b".rs",
        b".go",
        b".java",
        b".rb",
        b".md",
        b".xml",
        b".html",
        b".cfg",
        b".conf",
        b".ini",
        b".properties",
        b".lock",
        b".gz",
        b".zip",
        b".so",
        b".jar",
        b".class",
        b".c",
        b".h",
        b".cpp",
        b".tsx",
        b".php",
        b".kt",
        b".gpg",
    ];
    value.iter().all(|byte| Set::RANDOM.has(*byte))
        && ENDINGS.iter().any(|ending| value.ends_with(ending))
}

/// Checksums as package managers write them (W3C Subresource Integrity 3.1, and the forms of lock files), and public keys
/// of SSH, whose base64 begins with the name of their kind (RFC 4253 6.6).
pub(super) fn is_integrity(value: &[u8]) -> bool {
    const PREFIXES: [&[u8]; 14] = [
        // `go.sum` (golang.org/ref/mod) and the lock file of `terraform`, which has `zh:` too.
        b"h1:",
        b"zh:",
        b"sha1-",
        b"sha256-",
        b"sha384-",
        b"sha512-",
        b"sha1:",
        b"sha256:",
        b"sha384:",
        b"sha512:",
        b"md5:",
        b"aaaab3nzac1",
        b"aaaac3nzac1",
        b"aaaae2vjzhnh",
    ];
    PREFIXES.iter().any(|prefix| starts_with(value, 0, prefix))
}
