//! Secrets that are told by the name they stand behind.

use std::ops::Range;

use super::accept::accepts;
use super::assign::{Link, MOST_VALUE, Value, name_around, value_after};
use super::budget::{Budget, TooMuch};
use super::bytes::{Set, at, before, contains, cut, run_end, run_end_within, run_start};
use super::finding::Finding;
use super::look::{is_host, is_labelled, is_loose_key, is_versioned};
use super::names::Name;
use super::plain::{is_placeholder, is_plain_thing};
use super::shape::{Alphabet, Shape};

/// What stands behind the name around the keyword at `hit`, if it is a secret.
pub(super) fn find(
    bytes: &[u8],
    hit: &Range<usize>,
    budget: &mut Budget,
) -> Result<Option<Finding>, TooMuch> {
    let range = name_around(bytes, hit);
    budget.spend(range.len())?;
    if let Some(finding) = joined(bytes, hit, &range) {
        return Ok(Some(finding));
    }
    if is_in_mark(bytes, range.start) || is_prose(bytes, range.end) {
        return Ok(None);
    }
    let value = value(bytes, &range);
    budget.spend(value.as_ref().map_or(0, |value| value.range.len()))?;
    secret(bytes, range, value, budget)
}

fn secret(
    bytes: &[u8],
    range: Range<usize>,
    value: Option<Value>,
    budget: &mut Budget,
) -> Result<Option<Finding>, TooMuch> {
    if value.as_ref().is_none_or(|value| is_hopeless(bytes, value)) && at(bytes, range.end) != b':'
    {
        return Ok(None);
    }
    let name = Name::of(cut(bytes, range.clone()));
    let Some((kind, strength)) = name.secret().or_else(|| name.identity()) else {
        return Ok(None);
    };
    if kind == "cookie"
        && let Some(pairs) = cookie_pairs(bytes, &name, range.end)
    {
        budget.spend(pairs.len())?;
        if let Some(finding) = cookie(bytes, pairs) {
            return Ok(Some(finding));
        }
    }
    let Some(value) = value else { return Ok(None) };
    let text = cut(bytes, value.range.clone());
    Ok(accepts(&name, strength, &value, text).then(|| Finding::new(extended(bytes, &value), kind)))
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
pub(super) fn is_in_mark(bytes: &[u8], at: usize) -> bool {
    let start = run_start(bytes, at, Set::DOTTED, 32);
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
    let is_loose = is_loose_key(&shape)
        && shape.digits >= 4
        && shape.letters() >= 4
        && tail.len() >= 20
        && !is_labelled(text);
    let is_drawn = shape
        .random(text)
        .is_some_and(|alphabet| alphabet != Alphabet::Hex || tail.len() >= 24);
    let is_fingerprint =
        shape.is_hex() && shape.lower == 0 || contains(cut(bytes, name.clone()), b"gpg");
    let is_value = (is_drawn || is_loose)
        && !is_fingerprint
        && !is_versioned(text)
        && !is_host(text)
        && !is_plain_thing(text);
    is_value.then(|| Finding::new(tail, "token"))
}

fn is_scheme(value: &[u8]) -> bool {
    const SCHEMES: [&str; 10] = [
        "bearer",
        "basic",
        "token",
        "apikey",
        "digest",
        "negotiate",
        "key",
        "bot",
        "oauth",
        "genie-key",
    ];
    let word = cut(value, 0..run_end(value, 0, Set::TOKEN));
    let is_whole = word.len() == value.len() || matches!(at(value, word.len()), b' ' | b':' | b'=');
    is_whole
        && SCHEMES
            .iter()
            .any(|scheme| word.eq_ignore_ascii_case(scheme.as_bytes()))
}

fn scheme_end(bytes: &[u8], value: &Value) -> usize {
    run_end(bytes, value.range.start, Set::TOKEN)
}

/// The pairs of a `Cookie` header, or the one that `Set-Cookie` sets (RFC 6265 4).
fn cookie_pairs(bytes: &[u8], name: &Name, end: usize) -> Option<Range<usize>> {
    let is_set = name.is_only("setcookie");
    if at(bytes, end) != b':' || !(is_set || name.is_only("cookie")) {
        return None;
    }
    let start = run_end(bytes, end + 1, Set::BLANKS);
    let rest = cut(bytes, start..bytes.len());
    let length = rest
        .iter()
        .position(|byte| Set::QUOTES.has(*byte) || (is_set && *byte == b';'))
        .unwrap_or(rest.len());
    Some(start..start + length)
}

/// What the first of the pairs is set to, and all pairs after it.
fn cookie(bytes: &[u8], pairs: Range<usize>) -> Option<Finding> {
    let text = cut(bytes, pairs.clone());
    let first = text.iter().position(|byte| *byte == b'=')? + 1;
    let value = cut(text, first..text.len());
    (value.len() >= 4 && !is_placeholder(value))
        .then(|| Finding::new(pairs.start + first..pairs.end, "cookie"))
}
