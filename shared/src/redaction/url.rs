//! Passwords and tokens inside addresses (RFC 3986 3.2.1).

use std::ops::Range;

use super::budget::{Budget, TooMuch};
use super::bytes::{Set, at, before, contains, cut, run_start};
use super::finding::Finding;
use super::look::is_labelled_hash;
use super::names::Name;
use super::plain::{is_integrity, is_placeholder};
use super::shape::{Alphabet, Shape};

/// Addresses are not longer than this in practice.
const MOST_ADDRESS: usize = 2_048;

/// The secrets of the address whose `://` is at `hit`.
pub(super) fn find(
    bytes: &[u8],
    hit: &Range<usize>,
    budget: &mut Budget,
) -> Result<Option<Finding>, TooMuch> {
    let address = address(bytes, hit);
    budget.spend(address.len())?;
    Ok(user_information(hit.end, address)
        .or_else(|| webhook(hit.end, address))
        .or_else(|| capability(hit.end, address)))
}

fn address<'b>(bytes: &'b [u8], hit: &Range<usize>) -> &'b [u8] {
    let scheme = run_start(bytes, hit.start, Set::DOTTED, 32);
    if scheme == hit.start {
        return &[];
    }
    let window = cut(bytes, hit.end..bytes.len().min(hit.end + MOST_ADDRESS));
    let length = window
        .iter()
        .position(|byte| is_end(*byte))
        .unwrap_or(window.len());
    cut(window, 0..length)
}

fn is_end(byte: u8) -> bool {
    Set::BLANKS.has(byte) || Set::QUOTES.has(byte) || matches!(byte, b'<' | b'>')
}

fn user_information(from: usize, address: &[u8]) -> Option<Finding> {
    let host_end = address
        .iter()
        .position(|byte| matches!(byte, b'/' | b'?' | b'#'))
        .unwrap_or(address.len());
    let authority = cut(address, 0..host_end);
    let at_sign = match authority.iter().rposition(|byte| *byte == b'@') {
        Some(index) => index,
        // A password with a slash in it: the part before the slash is not `host:port`.
        None => slashed_password(authority, address)?,
    };
    let user = cut(address, 0..at_sign);
    if let Some(colon) = user.iter().position(|byte| *byte == b':') {
        let password = cut(user, colon + 1..user.len());
        let is_masked = password
            .iter()
            .all(|byte| matches!(byte, b'*' | b'x' | b'X' | b'.'));
        let is_secret = !password.is_empty()
            && !is_masked
            && !is_variable(password)
            && !super::bytes::contains(password, b"redacted");
        // The user is half of what one needs to sign in.
        return is_secret.then(|| Finding::new(from..from + at_sign, "password"));
    }
    let shape = Shape::of(user);
    let is_token = shape.length >= 16
        && shape.digits > 0
        && shape.signs * 4 <= shape.length
        && !is_placeholder(user);
    is_token.then(|| Finding::new(from..from + at_sign, "token"))
}

fn slashed_password(authority: &[u8], address: &[u8]) -> Option<usize> {
    let colon = authority.iter().position(|byte| *byte == b':')?;
    let after = cut(authority, colon + 1..authority.len());
    let is_port = after.iter().all(u8::is_ascii_digit);
    if is_port || at(after, 0) == b'[' {
        return None;
    }
    address.iter().position(|byte| *byte == b'@')
}

fn is_variable(password: &[u8]) -> bool {
    matches!(at(password, 0), b'$' | b'{' | b'<' | b'%')
        && matches!(before(password, password.len()), b'}' | b'>' | b'%' | b')')
}

/// The path of an address on a host that gives whoever knows the path the right to post.
pub(super) fn hook_path(bytes: &[u8], hit: &Range<usize>) -> Option<Finding> {
    let window = cut(bytes, hit.end..bytes.len().min(hit.end + MOST_ADDRESS));
    let length = window
        .iter()
        .position(|byte| is_end(*byte) || matches!(byte, b'\\' | b',' | b')'))
        .unwrap_or(window.len());
    let path = cut(window, 0..length);
    let is_path = length >= 8
        && path.iter().any(u8::is_ascii_digit)
        && !is_placeholder(path)
        && at(path, 0) != b'.';
    is_path.then(|| Finding::new(hit.end..hit.end + length, "webhook"))
}

/// An address with a part that was drawn at random and that is no checksum: to know it is to have access.
fn capability(from: usize, address: &[u8]) -> Option<Finding> {
    let path = address
        .split(|byte| matches!(byte, b'?' | b'%' | b'\\'))
        .next()?;
    let mut start = 0;
    let mut previous: &[u8] = b"";
    for part in path.split(|byte| matches!(byte, b'/' | b'.' | b':' | b'#' | b',' | b';')) {
        let shape = Shape::of(part);
        let random = || {
            shape
                .random(part)
                .is_some_and(|alphabet| matches!(alphabet, Alphabet::Mixed | Alphabet::OneCase))
        };
        if (part.len() >= 28
            || part.len() >= 20
                && shape.signs == 0
                && (shape.upper >= 3 && shape.lower >= 3
                    || shape.digits >= 5 && shape.changes * 3 >= part.len()))
            && shape.signs * 8 <= part.len()
            && random()
            && !Name::of(previous).is_benign()
            && !is_labelled_hash(part)
            && !is_integrity(part)
        {
            return Some(Finding::new(from + start..from + address.len(), "address"));
        }
        previous = part;
        start += part.len() + 1;
    }
    None
}

/// Addresses that are themselves the permission to post: hosts or paths of webhooks with a random part.
fn webhook(from: usize, address: &[u8]) -> Option<Finding> {
    let host_end = address.iter().position(|byte| *byte == b'/')?;
    let is_hook = contains(address, b"hook")
        || contains(address, b"/services/")
        || contains(address, b"/workflows/");
    if !is_hook {
        return None;
    }
    let path = cut(address, host_end + 1..address.len());
    let mut start = host_end + 1;
    for segment in path.split(|byte| matches!(byte, b'/' | b'?' | b'=' | b'&')) {
        let shape = Shape::of(segment);
        let is_secret = segment.len() >= 9
            && shape.digits >= 2
            && (shape.random(segment).is_some() || shape.changes >= 3 || shape.letters() == 0);
        if is_secret {
            return Some(Finding::new(from + start..from + address.len(), "webhook"));
        }
        start += segment.len() + 1;
    }
    None
}
