//! Secrets that are told by the name they stand behind.

use std::ops::Range;

use super::assign::{Link, MOST_VALUE, Value, name_around, value_after, value_end};
use super::bytes::{Set, at, before, contains, cut, run_end, run_end_within, starts_with};
use super::finding::Finding;
use super::gate::{Budget, TooMuch};
use super::names::{Name, Strength};
use super::random::{is_host, is_loose_key, is_versioned};
use super::shape::{Alphabet, Shape, is_placeholder, is_plain_thing};

/// What stands behind the name around the keyword at `hit`, if it is a secret.
pub(super) fn find(bytes: &[u8], hit: &Range<usize>, budget: &mut Budget) -> Result<Option<Finding>, TooMuch> {
    let found = secret(bytes, hit);
    budget.spend(found.as_ref().map_or(0, |(_, cost)| *cost))?;
    Ok(found.and_then(|(finding, _)| finding))
}

fn secret(bytes: &[u8], hit: &Range<usize>) -> Option<(Option<Finding>, usize)> {
    let range = name_around(bytes, hit);
    if let Some(finding) = joined(bytes, hit, &range) {
        return Some((Some(finding), 0));
    }
    if is_in_mark(bytes, range.start) || is_prose(bytes, range.end) {
        return None;
    }
    let value = value(bytes, &range);
    if value.as_ref().is_none_or(|value| is_hopeless(bytes, value)) && at(bytes, range.end) != b':' {
        return None;
    }
    let name = Name::of(cut(bytes, range.clone()));
    let (kind, strength) = name.secret().or_else(|| name.identity())?;
    if kind == "cookie" && let Some(finding) = cookie(bytes, &name, range.end) {
        return Some((Some(finding), 0));
    }
    let value = value?;
    let text = cut(bytes, value.range.clone());
    let cost = text.len();
    let finding = accepts(&name, strength, &value, text).then(|| Finding::new(extended(bytes, &value), kind));
    Some((finding, cost))
}

/// The value of a name; a scheme before it is none, and a flag is tied to what follows it.
fn value(bytes: &[u8], name: &Range<usize>) -> Option<Value> {
    let mut value = value_after(bytes, name.end)?;
    // `Authorization: Bearer x`, `token: "Token x"`
    let is_scheme = is_scheme(cut(bytes, value.range.clone()));
    if is_scheme {
        value = value_after(bytes, scheme_end(bytes, &value))?;
    }
    let is_flag = before(bytes, name.start + 2) == b'-' && at(bytes, name.start) == b'-';
    if is_scheme || is_flag {
        value.link = Link::Assigned;
        value.is_colon = false;
    }
    Some(value)
}

/// Words beside a name: no rule takes them for a secret, so that the name need not be looked at.
fn is_hopeless(bytes: &[u8], value: &Value) -> bool {
    let text = cut(bytes, value.range.clone());
    let is_word = !text.iter().any(u8::is_ascii_digit) && text.len() < 20;
    value.link == Link::Beside && !value.is_quoted && is_word
}

/// The whole value, however long it is.
fn extended(bytes: &[u8], value: &Value) -> Range<usize> {
    if value.range.len() < MOST_VALUE {
        return value.range.clone();
    }
    value.range.start..run_end(bytes, value.range.end, Set::VALUE)
}

/// A name and a word of small letters: what most lines with such a word are, and never a secret.
fn is_prose(bytes: &[u8], name_end: usize) -> bool {
    let word = name_end + 1;
    let end = run_end_within(bytes, word, Set::LOWER, 20);
    let is_word = end > word && end < word + 20 && matches!(at(bytes, end), b' ' | 0 | b',' | b'.');
    at(bytes, name_end) == b' ' && is_word && !is_scheme(cut(bytes, word..end))
}

/// Inside of what this or another tool put in the place of a secret.
fn is_in_mark(bytes: &[u8], start: usize) -> bool {
    cut(bytes, start.saturating_sub(9)..start).eq_ignore_ascii_case(b"redacted:")
}

/// `name-<value>` and `NAME_<value>`: the value hangs on the name without anything between them.
pub(super) fn joined(bytes: &[u8], hit: &Range<usize>, name: &Range<usize>) -> Option<Finding> {
    let start = run_end(bytes, hit.end, Set::JOINT);
    if start == hit.end {
        return None;
    }
    let tail = start..name.end.max(start);
    if tail.len() < 16 {
        return None;
    }
    let text = cut(bytes, tail.clone());
    let shape = Shape::of(text);
    let is_loose = is_loose_key(&shape) && shape.digits >= 4 && shape.letters() >= 4 && tail.len() >= 20 && !is_labelled(text);
    let is_drawn = shape.random(text).is_some_and(|alphabet| alphabet != Alphabet::Hex || tail.len() >= 24);
    let is_fingerprint = shape.is_hex() && shape.lower == 0 || contains(cut(bytes, name.clone()), b"gpg");
    let is_value = (is_drawn || is_loose) && !is_fingerprint && !is_versioned(text) && !is_host(text) && !is_plain_thing(text);
    is_value.then(|| Finding::new(tail, "token"))
}

fn is_scheme(value: &[u8]) -> bool {
    const SCHEMES: [&str; 10] = ["bearer", "basic", "token", "apikey", "digest", "negotiate", "key", "bot", "oauth", "genie-key"];
    let word = cut(value, 0..run_end(value, 0, Set::TOKEN));
    let is_whole = word.len() == value.len() || matches!(at(value, word.len()), b' ' | b':' | b'=');
    is_whole && SCHEMES.iter().any(|scheme| word.eq_ignore_ascii_case(scheme.as_bytes()))
}

fn scheme_end(bytes: &[u8], value: &Value) -> usize {
    run_end(bytes, value.range.start, Set::TOKEN)
}

/// The pairs of a `Cookie` header, or the value of the one that `Set-Cookie` sets (RFC 6265 4).
fn cookie(bytes: &[u8], name: &Name, end: usize) -> Option<Finding> {
    if at(bytes, end) != b':' || !(name.is_only("cookie") || name.is_only("setcookie")) {
        return None;
    }
    let start = run_end(bytes, end + 1, Set::BLANKS);
    let rest = cut(bytes, start..bytes.len());
    let length = rest.iter().position(|byte| Set::QUOTES.has(*byte)).unwrap_or(rest.len());
    let pairs = cut(rest, 0..length);
    let pairs = if name.is_only("setcookie") { pairs.split(|byte| *byte == b';').next()? } else { pairs };
    let first = pairs.iter().position(|byte| *byte == b'=')? + 1;
    let value = cut(pairs, first..pairs.len());
    (value.len() >= 4 && !is_placeholder(value)).then(|| Finding::new(start + first..start + pairs.len(), "cookie"))
}

/// What follows words that a secret always follows, such as `IDENTIFIED BY`.
pub(super) fn given(bytes: &[u8], hit: &Range<usize>) -> Option<Finding> {
    let value = value_after(bytes, hit.end)?;
    let text = cut(bytes, value.range.clone());
    (text.len() >= 3 && !is_placeholder(text) && !is_plain_thing(text)).then(|| Finding::new(value.range, "password"))
}

/// The user of a connection string, where the password follows.
pub(super) fn login(bytes: &[u8], hit: &Range<usize>) -> Option<Finding> {
    let end = value_end(bytes, hit.end, None);
    let rest = cut(bytes, end..bytes.len().min(end + 256));
    let has_password = [&b"password"[..], b"pwd=", b"accountkey="].iter().any(|word| contains(rest, word));
    (has_password && end > hit.end).then(|| Finding::new(hit.end..end, "identifier"))
}

/// Whether a value of this name and look is a secret.
fn accepts(name: &Name, strength: Strength, value: &Value, text: &[u8]) -> bool {
    let is_word = name.is_only("pass") || name.is_only("pwd");
    let is_pair = value.link == Link::Beside && text.contains(&b'=') && !text.ends_with(b"=");
    if is_placeholder(text) || is_call(text) || contains(text, b"://") || is_pair || (is_word && (value.is_colon || value.link == Link::Beside)) {
        return false;
    }
    let shape = Shape::of(text);
    let random = shape.random(text);
    let is_benign = match strength {
        Strength::Password => false,
        Strength::Secret => name.ends_benign(),
        Strength::Key | Strength::Identity => name.is_benign(),
    };
    if is_benign {
        return false;
    }
    if name.is_about() {
        return random.is_some_and(|alphabet| alphabet != Alphabet::Uuid) && !is_plain_thing(text);
    }
    match (strength, value.link) {
        (Strength::Password, Link::Assigned) if is_absolute(text) => false,
        (Strength::Password, Link::Assigned) if name.is_only("pwd") => is_password(&shape, value) && !text.contains(&b'/'),
        (Strength::Password, Link::Assigned) => is_password(&shape, value) && !(value.is_colon && is_variable_name(text)),
        (Strength::Password, Link::Beside) => !name.has_pass() && is_password_beside(&shape, value, text) && !is_plain_thing(text),
        (Strength::Secret, Link::Assigned) if shape.digits >= 12 && shape.digits == shape.length => true,
        (Strength::Key, Link::Assigned) if shape.digits >= 12 && shape.digits == shape.length && !name.is_only("key") => true,
        (Strength::Identity, Link::Assigned) => (random.is_some() || is_identity(name, &shape, value)) && !is_labelled_hash(text),
        _ if is_plain_thing(text) => false,
        (Strength::Key, _) if !value.is_quoted && !text.iter().all(|byte| Set::PADDED.has(*byte)) => false,
        (Strength::Secret, Link::Assigned) => is_token(&shape, value, text, 6),
        (Strength::Secret, Link::Beside) => {
            is_one_case(text) || is_grouped(text) || (is_token_beside(&shape, 10) && (random.is_some() || !is_labelled(text)) && !is_host(text))
        }
        (Strength::Key, _) if is_labelled_hash(text) || super::random::is_path_like(text) => false,
        (Strength::Key, Link::Assigned) if name.is_only("key") => is_token(&shape, value, text, 16) && random.is_some(),
        (Strength::Key, Link::Assigned) => is_one_case(text) || is_token(&shape, value, text, 8),
        // The fingerprint of a key, as gpg and apt print it.
        (Strength::Key, Link::Beside) if shape.is_hex() && shape.lower == 0 => false,
        (Strength::Key, Link::Beside) if name.is_only("key") => random.is_some() && !is_labelled(text),
        (Strength::Key, Link::Beside) => is_token_beside(&shape, 14) || is_grouped(text),
        (Strength::Identity, Link::Beside) => random.is_some_and(|alphabet| alphabet == Alphabet::Mixed),
    }
}

fn is_password(shape: &Shape, value: &Value) -> bool {
    if value.is_quoted || !value.is_colon {
        return shape.length >= 3;
    }
    // `Password: required` is prose; `Password: hunter2` is not.
    shape.length >= 5 && (shape.digits > 0 || shape.signs > 0 || (shape.upper > 1 && shape.lower > 0))
}

/// `GITHUB_TOKEN`: the name of a variable that holds the value.
fn is_variable_name(text: &[u8]) -> bool {
    text.contains(&b'_') && text.iter().all(|byte| byte.is_ascii_uppercase() || *byte == b'_')
}

fn is_password_beside(shape: &Shape, value: &Value, text: &[u8]) -> bool {
    let has_signs = value.is_quoted && text.iter().any(|byte| matches!(byte, b'!' | b'@' | b'#' | b'$' | b'%' | b'^' | b'&' | b'*'));
    shape.length >= 6 && !text.contains(&b' ') && ((shape.digits > 0 && shape.letters() > 1) || has_signs)
}

fn is_token(shape: &Shape, value: &Value, text: &[u8], least: usize) -> bool {
    if shape.length < least || text.contains(&b' ') && shape.signs * 3 > shape.length {
        return false;
    }
    let has_both = shape.digits > 0 && shape.letters() > 0 && !is_labelled(text);
    let is_long_number = shape.letters() == 0 && shape.digits >= 8;
    let is_phrase = value.is_quoted && text.iter().any(|byte| matches!(byte, b'#' | b'!' | b'@' | b'$' | b'%' | b'^' | b'*')) && !text.contains(&b' ');
    has_both || is_phrase || is_long_number || (!value.is_colon && !is_wordy(text, shape)) || shape.random(text).is_some()
}

fn is_token_beside(shape: &Shape, least: usize) -> bool {
    shape.alnum() >= least && shape.digits >= 2 && shape.letters() >= 2 && shape.changes >= 1 && shape.signs * 3 <= shape.length
}

/// Who one is to a service, where it is no name of a person or a role.
fn is_identity(name: &Name, shape: &Shape, value: &Value) -> bool {
    let is_drawn = shape.alnum() >= 8 && shape.digits >= 2 && shape.letters() >= 2 && (shape.changes >= 3 || shape.length >= 20 || name.is_user());
    let is_number = shape.digits >= 7 && shape.digits == shape.length && !value.is_colon && !name.is_user();
    is_drawn || is_number
}

/// `ABCD1-EFGH2-IJKL3-MNOP4`: the form of licence keys.
fn is_grouped(text: &[u8]) -> bool {
    let groups = text.split(|byte| *byte == b'-');
    let length = groups.clone().next().map_or(0, <[u8]>::len);
    let is_group = |group: &[u8]| group.len() == length && group.iter().all(|byte| Set::UPPER_DIGITS.has(*byte));
    (4..=12).contains(&length) && groups.clone().count() >= 4 && groups.clone().all(is_group)
}

/// A path from the root, which is no password.
fn is_absolute(text: &[u8]) -> bool {
    at(text, 0) == b'/' && text.iter().filter(|byte| **byte == b'/').count() >= 2 && Shape::of(text).random(text).is_none()
}

/// A long row of letters of one case is no word.
fn is_one_case(text: &[u8]) -> bool {
    text.len() >= 20 && (text.iter().all(u8::is_ascii_lowercase) || text.iter().all(u8::is_ascii_uppercase))
}

/// A function call or an expression, from a line of source that a tool shows.
fn is_call(text: &[u8]) -> bool {
    let word = run_end(text, 0, Set::DOTTED);
    (word > 0 && at(text, word) == b'(') || (word > 0 && at(text, word) == b'[' && at(text, word + 1) != b'R') || contains(text, b"${")
}

/// Words and small numbers joined by signs, such as an identifier with a version in it.
pub(super) fn is_labelled(text: &[u8]) -> bool {
    let mut words = text.split(|byte| !byte.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let is_shouted = text.iter().filter(|byte| byte.is_ascii_uppercase()).count() >= 8 && !text.iter().any(u8::is_ascii_lowercase);
    text.len() < 64
        && !is_shouted
        && words.clone().count() >= 2
        && words.all(|word| {
            let shape = Shape::of(word);
            (shape.changes <= 1 && shape.digits <= 4 && shape.length <= 14) || shape.letters() == 0 || (shape.is_hex() && shape.length <= 8)
        })
}

/// Words joined to a checksum, as in the key of a cache.
pub(super) fn is_labelled_hash(text: &[u8]) -> bool {
    let Some(end) = text.iter().rposition(|byte| !byte.is_ascii_alphanumeric()) else {
        return false;
    };
    let hash = cut(text, end + 1..text.len());
    let label = cut(text, 0..end);
    let shape = Shape::of(hash);
    let is_hash = hash.len() >= 7 && shape.is_hex() && (shape.upper == 0 || shape.lower == 0);
    is_hash && label.len() >= 3 && Shape::of(label).random(label).is_none_or(|_| is_labelled_hash(label)) && label.iter().any(u8::is_ascii_alphabetic)
}

/// Reads like words: vowels where a person expects them.
fn is_wordy(text: &[u8], shape: &Shape) -> bool {
    let is_mixed = shape.upper * 3 > shape.length && shape.lower * 5 > shape.length;
    if shape.letters() * 10 < shape.length * 8 || is_mixed || (shape.signs == 0 && shape.length >= 32) {
        return false;
    }
    let mut consonants = 0_usize;
    let mut longest = 0;
    for byte in text {
        let is_consonant = byte.is_ascii_alphabetic() && !matches!(byte.to_ascii_lowercase(), b'a' | b'e' | b'i' | b'o' | b'u' | b'y');
        consonants = if is_consonant { consonants + 1 } else { 0 };
        longest = longest.max(consonants);
    }
    longest <= 4 && shape.changes * 5 <= shape.length
}

/// `Bearer <token>` and `Basic <user:password in base64>` anywhere (RFC 6750 2.1, RFC 7617 2).
pub(super) fn scheme(bytes: &[u8], hit: &Range<usize>, budget: &mut Budget) -> Result<Option<Finding>, TooMuch> {
    let found = scheme_value(bytes, hit);
    budget.spend(found.as_ref().map_or(64, |finding| finding.range.len()))?;
    Ok(found)
}

fn scheme_value(bytes: &[u8], hit: &Range<usize>) -> Option<Finding> {
    if Set::WORD.has(before(bytes, hit.start)) || Set::WORD.has(at(bytes, hit.end)) {
        return None;
    }
    let value = value_after(bytes, hit.end)?;
    let text = cut(bytes, value.range.clone());
    let shape = Shape::of(text);
    let is_basic = starts_with(bytes, hit.start, b"basic");
    if is_placeholder(text) || shape.length < 8 {
        return None;
    }
    if is_basic {
        return super::encoded::is_user_and_password(text).then(|| Finding::new(value.range, "authorization"));
    }
    let is_tokenish = (shape.length >= 12 && shape.digits > 0) || shape.length >= 20;
    let all = text.iter().all(|byte| Set::PADDED.has(*byte) || matches!(byte, b'|' | b':' | b'!' | b'%'));
    (is_tokenish && all && !is_plain_thing(text)).then(|| Finding::new(value.range, "token"))
}

/// Passwords given to commands by short options.
pub(super) fn command(bytes: &[u8], hit: &Range<usize>) -> Option<Finding> {
    let line = cut(bytes, hit.end..bytes.len().min(hit.end + 512));
    let is_curl = starts_with(bytes, hit.start, b"curl") || starts_with(bytes, hit.start, b"wget");
    let options: &[&[u8]] = match (is_curl, starts_with(bytes, hit.start, b"mysql")) {
        (true, _) => &[b" -u ", b" -u", b" --user ", b" --user="],
        (_, true) => &[b" -p"],
        _ => &[b" -p ", b" -p", b" -w "],
    };
    options.iter().find_map(|option| {
        let start = hit.end + memchr::memmem::find(line, option)? + option.len();
        let end = word_end(bytes, start);
        let text = cut(bytes, start..end);
        // `user:password`; either may be empty.
        let is_credential = if is_curl { text.contains(&b':') } else { !is_plain_thing(text) };
        let is_secret = is_credential && text.len() >= 3 && !is_placeholder(text) && at(text, 0) != b'-';
        is_secret.then(|| Finding::new(start..end, "password"))
    })
}

/// Where the word of a shell that starts at `start` ends: at a blank outside of quotes.
fn word_end(bytes: &[u8], start: usize) -> usize {
    let window = cut(bytes, start..bytes.len().min(start + 512));
    let mut open = 0_u8;
    let length = window.iter().position(|byte| {
        match (open, *byte) {
            (0, b'"' | b'\'') => open = *byte,
            (0, _) => return Set::BLANKS.has(*byte),
            (quote, byte) if quote == byte => open = 0,
            _ => {}
        }
        false
    });
    start + length.unwrap_or(window.len())
}
