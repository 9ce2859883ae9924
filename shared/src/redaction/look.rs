//! Looks of values that tools print and that keep no secret, and of some that always do.

use std::ops::Range;

use super::bytes::{Set, at, before, cut};
use super::names::Name;
use super::shape::{Alphabet, Shape, is_uuid};

/// `ABCD1-EFGH2-IJKL3-MNOP4`: the form of licence keys.
pub(super) fn is_grouped(text: &[u8]) -> bool {
    let groups = text.split(|byte| *byte == b'-');
    let length = groups.clone().next().map_or(0, <[u8]>::len);
    let is_group = |group: &[u8]| {
        group.len() == length && group.iter().all(|byte| Set::UPPER_DIGITS.has(*byte))
    };
    (4..=12).contains(&length) && groups.clone().count() >= 4 && groups.clone().all(is_group)
}

/// A long row of letters of one case is no word.
pub(super) fn is_one_case(text: &[u8]) -> bool {
    text.len() >= 20
        && (text.iter().all(u8::is_ascii_lowercase) || text.iter().all(u8::is_ascii_uppercase))
}

/// Words and small numbers joined by signs, such as an identifier with a version in it.
pub(super) fn is_labelled(text: &[u8]) -> bool {
    let mut words = text
        .split(|byte| !byte.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    let is_shouted = text.iter().filter(|byte| byte.is_ascii_uppercase()).count() >= 8
        && !text.iter().any(u8::is_ascii_lowercase);
    text.len() < 64
        && !is_shouted
        && words.clone().count() >= 2
        && words.all(|word| {
            let shape = Shape::of(word);
            (shape.changes <= 1 && shape.digits <= 4 && shape.length <= 14)
                || shape.letters() == 0
                || (shape.is_hex() && shape.length <= 8)
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
    is_hash
        && label.len() >= 3
        && Shape::of(label)
            .random(label)
            .is_none_or(|_| is_labelled_hash(label))
        && label.iter().any(u8::is_ascii_alphabetic)
}

/// Reads like words: vowels where a person expects them.
pub(super) fn is_wordy(text: &[u8], shape: &Shape) -> bool {
    let is_mixed = shape.upper * 3 > shape.length && shape.lower * 5 > shape.length;
    if shape.letters() * 10 < shape.length * 8
        || is_mixed
        || (shape.signs == 0 && shape.length >= 32)
    {
        return false;
    }
    let mut consonants = 0_usize;
    let mut longest = 0;
    for byte in text {
        let is_consonant = byte.is_ascii_alphabetic()
            && !matches!(
                byte.to_ascii_lowercase(),
                b'a' | b'e' | b'i' | b'o' | b'u' | b'y'
            );
        consonants = if is_consonant { consonants + 1 } else { 0 };
        longest = longest.max(consonants);
    }
    longest <= 4 && shape.changes * 5 <= shape.length
}

/// Two random parts joined by a dot or a dash: an id and its secret.
pub(super) fn is_double(text: &[u8]) -> bool {
    let start = text.len().saturating_sub(73);
    let two_ids = text.len() >= 73
        && at(text, start + 36) == b'-'
        && is_uuid(cut(text, start..start + 36))
        && ends_in_uuid(text);
    let mut parts = text.split(|byte| *byte == b'.');
    let (Some(first), Some(second), None) = (parts.next(), parts.next(), parts.next()) else {
        return two_ids;
    };
    let is_random = |part: &[u8], least| {
        part.len() >= least
            && Shape::of(part).random(part).is_some()
            && part.iter().all(u8::is_ascii_alphanumeric)
    };
    let tail = Shape::of(second);
    let is_mixed = second.len() >= 16
        && tail.signs == 0
        && tail.upper >= 3
        && tail.lower >= 3
        && tail.digits >= 1;
    two_ids || (is_random(first, 24) && is_mixed)
}

/// All that is between two quotes is drawn from both cases and digits.
pub(super) fn is_quoted_secret(
    bytes: &[u8],
    run: &Range<usize>,
    shape: &Shape,
    alphabet: Alphabet,
) -> bool {
    let is_whole = Set::QUOTES.has(at(bytes, run.end));
    is_whole
        && alphabet == Alphabet::Mixed
        && run.len() >= 28
        && shape.digits >= 3
        && shape.signs <= 4
}

/// A label and a UUID.
pub(super) fn ends_in_uuid(text: &[u8]) -> bool {
    let start = text.len().saturating_sub(36);
    is_uuid(cut(text, start..text.len())) && matches!(before(text, start), b'-' | b'_' | b'.' | 0)
}

/// Not quite random, but neither words: enough beside the name of a service.
pub(super) fn is_loose_key(shape: &Shape) -> bool {
    shape.alnum() >= 16
        && shape.digits >= 2
        && shape.letters() >= 2
        && shape.changes >= 1
        && shape.signs * 6 <= shape.length
        && shape.longest_word <= 26
}

/// One alphabet without a word in it: beside a service and `key` or `token` that is a key, however little random.
pub(super) fn is_monotone(text: &[u8]) -> bool {
    text.len() >= 20
        && (text.iter().all(|byte| Set::HEX_DASH.has(*byte)) || text.iter().all(u8::is_ascii_digit))
}

/// `abc_` or `ab-live-` and one long random word: the form that issuers give tokens so that they can be found.
pub(super) fn is_prefixed(text: &[u8]) -> bool {
    let Some(end) = text
        .iter()
        .rposition(|byte| matches!(byte, b'_' | b'-' | b'.'))
    else {
        return false;
    };
    let (prefix, word) = (cut(text, 0..end), cut(text, end + 1..text.len()));
    let shape = Shape::of(word);
    let is_prefix = (1..=20).contains(&prefix.len())
        && prefix
            .iter()
            .filter(|byte| matches!(byte, b'_' | b'-' | b'.'))
            .count()
            <= 2
        && prefix.iter().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-' | b'.')
        })
        && prefix.first().is_some_and(u8::is_ascii_lowercase);
    let is_word = word.iter().all(u8::is_ascii_alphanumeric);
    is_prefix
        && is_word
        && match shape.random(word) {
            Some(Alphabet::Mixed) => word.len() >= 20,
            Some(Alphabet::OneCase) => word.len() >= 32 && text.contains(&b'_'),
            Some(Alphabet::Hex) => {
                (2..=4).contains(&prefix.len())
                    && at(text, end) == b'_'
                    && word.len() >= 32
                    && !Name::of(prefix).is_benign()
            }
            _ => false,
        }
}

/// A package, its version and the hash of its build.
pub(super) fn is_versioned(text: &[u8]) -> bool {
    text.split(|byte| *byte == b'-').any(|part| {
        let numbers = part.split(|byte| *byte == b'.');
        part.contains(&b'.')
            && numbers.clone().count() >= 2
            && numbers
                .clone()
                .all(|number| !number.is_empty() && number.iter().all(u8::is_ascii_digit))
    })
}

/// Names joined by dots that begin with two words, as classes and modules do.
pub(super) fn is_class(text: &[u8]) -> bool {
    let mut parts = text.split(|byte| *byte == b'.');
    let mut is_word = || {
        parts.next().is_some_and(|part| {
            part.len() >= 3
                && part
                    .iter()
                    .all(|byte| byte.is_ascii_lowercase() || *byte == b'_')
        })
    };
    text.contains(&b'.') && is_word() && is_word()
}

/// Names joined by dots that end in one of letters: a host, a class or a file.
pub(super) fn is_host(text: &[u8]) -> bool {
    let Some(last) = text.split(|byte| matches!(byte, b'.')).next_back() else {
        return false;
    };
    memchr::memchr_iter(b'.', text).count() >= 2
        && (2..=10).contains(&last.len())
        && last.iter().all(u8::is_ascii_alphabetic)
        && !text.split(|byte| *byte == b'.').any(is_long_random)
}

fn is_long_random(part: &[u8]) -> bool {
    part.len() >= 32 && Shape::of(part).random(part).is_some()
}

/// Words between slashes: a path, not base64.
pub(super) fn is_path_like(text: &[u8]) -> bool {
    let slashes = memchr::memchr_iter(b'/', text).count();
    if slashes == 0 {
        return false;
    }
    let words = text
        .split(|byte| matches!(byte, b'/' | b'-' | b'_' | b'.'))
        .filter(|word| {
            word.len() >= 3
                && (word.iter().all(u8::is_ascii_lowercase) || word.iter().all(u8::is_ascii_digit))
        })
        .count();
    words * 2 >= slashes
}
