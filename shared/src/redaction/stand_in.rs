//! Stand-ins for a password, told by the whole value: of a password anything may be a part.

use super::bytes::{Set, at, contains, cut, run_end, starts_with};
use super::plain::is_placeholder;

/// Whether the whole of `value` stands for a password or for the place where one comes from.
pub(super) fn is_stand_in(value: &[u8]) -> bool {
    if starts_with(value, 0, b"redacted:") || contains(value, b"${") {
        return true;
    }
    if at(value, 0) == b'$' && (Set::LETTERS.has(at(value, 1)) || at(value, 1) == b'_') {
        return is_variable(value);
    }
    if contains(value, b"redacted") || contains(value, b"placeholder") {
        return is_words(value);
    }
    if starts_with(value, 0, b"your") {
        return is_yours(value);
    }
    if value.windows(3).any(|window| window == b"***") {
        return !value.iter().any(|byte| Set::ALNUM.has(*byte));
    }
    is_placeholder(value) || is_path(value) || is_call(value)
}

/// `$DB_PASSWORD`, `$password`, `$env:NAME`, `$this->password`.
fn is_variable(value: &[u8]) -> bool {
    let end = run_end(value, 1, Set::WORD);
    let name = cut(value, 1..end);
    let is_name = !has_digits(name) || !name.iter().any(u8::is_ascii_lowercase);
    let is_end = matches!(
        at(value, end),
        0 | b'[' | b'-' | b'.' | b':' | b'(' | b')' | b'/' | b'\\' | b'@' | b';'
    );
    is_name && is_end && !has_digits(cut(value, end..value.len()))
}

/// `your-password`, `yourPassword`, `your_db_user`.
fn is_yours(value: &[u8]) -> bool {
    const NOUNS: [&[u8]; 7] = [
        b"pass", b"pw", b"secret", b"token", b"key", b"value", b"cred",
    ];
    let next = at(value, 4);
    let is_joined = Set::JOINT.has(next) || next == b' ' || next.is_ascii_uppercase();
    let has_noun = NOUNS.iter().any(|noun| contains(value, noun));
    is_words(value) && (is_joined || has_noun)
}

/// `Foo::bar`, `std::env::var(`
fn is_path(value: &[u8]) -> bool {
    let is_odd = |byte: &u8| {
        !Set::DOTTED.has(*byte) && !matches!(byte, b':' | b'(' | b')' | b'<' | b'>' | b'&')
    };
    contains(value, b"::") && !value.iter().any(is_odd) && digits(value) < 2
}

/// `name(...)` and `name[...]`, of which the end may be cut off.
fn is_call(value: &[u8]) -> bool {
    let word = run_end(value, 0, Set::DOTTED);
    let close = match at(value, word) {
        b'(' => b')',
        b'[' if at(value, word + 1) != b'R' => b']',
        _ => return false,
    };
    let last = value.iter().rposition(|byte| *byte == close);
    let is_closed = last.is_none_or(|last| !Set::ALNUM.has(at(value, last + 1)));
    word > 0 && is_closed && digits(cut(value, 0..word)) < 2
}

fn is_words(value: &[u8]) -> bool {
    !has_digits(value)
}

fn has_digits(value: &[u8]) -> bool {
    digits(value) > 0
}

fn digits(value: &[u8]) -> usize {
    value.iter().filter(|byte| byte.is_ascii_digit()).count()
}
