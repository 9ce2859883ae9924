//! Text in base64 (RFC 4648 4 and 5) that may hide a secret.

use std::ops::Range;

use super::bytes::{Set, at, before, cut};
use super::view::runs;

/// Shorter runs hold nothing that a rule would know.
const LEAST_RUN: usize = 20;

/// Runs of `bytes` that are base64 of readable text, with that text.
pub(super) fn readable_runs(bytes: &[u8]) -> impl Iterator<Item = (Range<usize>, Vec<u8>)> + '_ {
    runs(bytes, Set::BASE64_ANY, LEAST_RUN).filter_map(|run| {
        let mut start = run.start;
        // In `name=value` the name is part of the run.
        let text = cut(bytes, run.clone());
        let pad = text.iter().rev().take_while(|byte| **byte == b'=').count();
        if let Some(equals) = cut(text, 0..text.len() - pad)
            .iter()
            .rposition(|byte| *byte == b'=')
        {
            start += equals + 1;
        }
        let range = start..run.end;
        let text = cut(bytes, range.clone());
        (text.len() >= LEAST_RUN)
            .then(|| readable(text))
            .flatten()
            .map(|decoded| (range, decoded))
    })
}

/// Whether `encoded` is base64 of readable text, which `readable_runs` looks into.
pub(super) fn is_readable(encoded: &[u8]) -> bool {
    readable(encoded).is_some()
}

/// The text that `encoded` is base64 of, unless that is not text.
fn readable(encoded: &[u8]) -> Option<Vec<u8>> {
    // The first bytes decide for nearly everything that is not encoded text.
    if !is_text(&decode(cut(encoded, 0..16))) {
        return None;
    }
    let decoded = decode(encoded);
    is_text(&decoded).then_some(decoded)
}

fn is_text(decoded: &[u8]) -> bool {
    let odd = decoded
        .iter()
        .filter(|byte| !matches!(byte, 0x20..=0x7e | b'\n' | b'\r' | b'\t'))
        .count();
    !decoded.is_empty() && odd * 50 <= decoded.len()
}

/// Decodes either alphabet, with or without padding; stops at the first byte that is in neither.
pub(super) fn decode(encoded: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(encoded.len() / 4 * 3 + 3);
    let mut bits = 0_u32;
    let mut count = 0_u32;
    for byte in encoded {
        let Some(value) = sextet(*byte) else { break };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            decoded.push(u8::try_from(bits >> count & 0xff).unwrap_or_default());
        }
    }
    decoded
}

fn sextet(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

/// Whether this is what follows `Basic`: `user:password`, encoded.
pub(super) fn is_user_and_password(encoded: &[u8]) -> bool {
    let decoded = decode(encoded);
    let is_long = decoded.len() >= 4;
    is_long
        && decoded.contains(&b':')
        && decoded.iter().all(|byte| *byte >= 0x20)
        && at(encoded, 0) != b'='
        && before(encoded, 1) != b':'
}
