//! Secrets told by the words before them: `Bearer`, `IDENTIFIED BY`.

use std::ops::Range;

use super::assign::{Value, value_after, value_end};
use super::budget::{Budget, TooMuch};
use super::bytes::{Set, at, before, contains, cut, starts_with};
use super::finding::Finding;
use super::plain::{is_placeholder, is_plain_thing};
use super::shape::Shape;

/// What follows words that a secret always follows, such as `IDENTIFIED BY`.
pub(super) fn given(bytes: &[u8], hit: &Range<usize>) -> Option<Finding> {
    let value = value_after(bytes, hit.end)?;
    let text = cut(bytes, value.range.clone());
    (text.len() >= 3 && !is_placeholder(text) && !is_plain_thing(text))
        .then(|| Finding::new(value.range, "password"))
}

/// The user of a connection string, where the password follows.
pub(super) fn login(bytes: &[u8], hit: &Range<usize>) -> Option<Finding> {
    let end = value_end(bytes, hit.end, None);
    let rest = cut(bytes, end..bytes.len().min(end + 256));
    let has_password = [&b"password"[..], b"pwd=", b"accountkey="]
        .iter()
        .any(|word| contains(rest, word));
    (has_password && end > hit.end).then(|| Finding::new(hit.end..end, "identifier"))
}

/// `Bearer <token>` and `Basic <user:password in base64>` anywhere (RFC 6750 2.1, RFC 7617 2).
pub(super) fn scheme(
    bytes: &[u8],
    hit: &Range<usize>,
    budget: &mut Budget,
) -> Result<Option<Finding>, TooMuch> {
    if Set::WORD.has(before(bytes, hit.start)) || Set::WORD.has(at(bytes, hit.end)) {
        return Ok(None);
    }
    let Some(value) = value_after(bytes, hit.end) else {
        return Ok(None);
    };
    budget.spend(value.range.len())?;
    Ok(scheme_value(bytes, hit, value))
}

fn scheme_value(bytes: &[u8], hit: &Range<usize>, value: Value) -> Option<Finding> {
    let text = cut(bytes, value.range.clone());
    let shape = Shape::of(text);
    let is_basic = starts_with(bytes, hit.start, b"basic");
    if is_placeholder(text) || shape.length < 8 {
        return None;
    }
    if is_basic {
        return super::encoded::is_user_and_password(text)
            .then(|| Finding::new(value.range, "authorization"));
    }
    let is_tokenish = (shape.length >= 12 && shape.digits > 0) || shape.length >= 20;
    let all = text
        .iter()
        .all(|byte| Set::PADDED.has(*byte) || matches!(byte, b'|' | b':' | b'!' | b'%'));
    (is_tokenish && all && !is_plain_thing(text)).then(|| Finding::new(value.range, "token"))
}
