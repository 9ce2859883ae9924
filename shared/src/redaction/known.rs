//! Values that the process knows to be secret, in every form that a log may show them in.

use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};

use super::bytes::{Set, cut, run_end, run_start};
use super::finding::Finding;

/// Shorter values occur in ordinary words.
const LEAST_VALUE: usize = 4;

/// The forms of the known values.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    forms: Option<AhoCorasick>,
    is_broken: bool,
}

impl Known {
    pub(super) fn new<'v>(values: impl IntoIterator<Item = &'v str>) -> Self {
        let mut forms: Vec<Vec<u8>> = Vec::new();
        for value in values {
            // A value of many lines is shown line by line.
            let parts = value.split(['\n', '\r']).chain([value]);
            parts
                .filter(|part| part.len() >= LEAST_VALUE)
                .for_each(|part| forms.extend(forms_of(part)));
        }
        forms.sort_unstable();
        forms.dedup();
        if forms.is_empty() {
            return Self::default();
        }
        let built = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::LeftmostLongest)
            .build(forms);
        Self {
            is_broken: built.is_err(),
            forms: built.ok(),
        }
    }

    /// Whether the values could not be compiled: then nothing can be shown.
    pub(super) fn is_broken(&self) -> bool {
        self.is_broken
    }

    pub(super) fn find(&self, bytes: &[u8], findings: &mut Vec<Finding>) {
        let Some(forms) = &self.forms else { return };
        for hit in forms.find_iter(bytes) {
            findings.push(Finding::new(whole(bytes, hit.range()), "credential"));
        }
    }
}

/// An encoded value is hidden with the base64 or hex around it, which belongs to it.
fn whole(bytes: &[u8], hit: Range<usize>) -> Range<usize> {
    let is_encoded = cut(bytes, hit.clone())
        .iter()
        .all(|byte| Set::BASE64_ANY.has(*byte));
    if !is_encoded {
        return hit;
    }
    run_start(bytes, hit.start, Set::ALNUM, 4)
        ..run_end(bytes, hit.end, Set::BASE64_TAIL).min(hit.end + 4)
}

fn forms_of(value: &str) -> Vec<Vec<u8>> {
    let bytes = value.as_bytes();
    let mut forms = vec![
        bytes.to_vec(),
        hex(bytes),
        json(value),
        url(bytes, false),
        url(bytes, true),
    ];
    forms.extend((0..3).flat_map(|offset| base64(bytes, offset)));
    forms.retain(|form| form.len() >= LEAST_VALUE);
    forms
}

fn hex(bytes: &[u8]) -> Vec<u8> {
    bytes
        .iter()
        .flat_map(|byte| format!("{byte:02x}").into_bytes())
        .collect()
}

fn json(value: &str) -> Vec<u8> {
    let quoted = serde_json::Value::from(value).to_string();
    quoted.trim_matches('"').as_bytes().to_vec()
}

/// Percent-encoding of everything that is not unreserved (RFC 3986 2.3), a blank as `+` in forms.
fn url(bytes: &[u8], is_form: bool) -> Vec<u8> {
    let encode = |byte: &u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => vec![*byte],
        b' ' if is_form => vec![b'+'],
        _ => format!("%{byte:02X}").into_bytes(),
    };
    bytes.iter().flat_map(encode).collect()
}

/// The characters of base64 that `value` alone decides when `offset` other bytes precede it, in both alphabets.
fn base64(value: &[u8], offset: usize) -> [Vec<u8>; 2] {
    let mut padded = vec![0; offset];
    padded.extend_from_slice(value);
    let whole = padded.len() / 3 * 3;
    let skip = if offset == 0 { 0 } else { 4 };
    let encode = |alphabet: &[u8; 64]| {
        let kept = padded
            .chunks(3)
            .filter(|chunk| chunk.len() == 3)
            .flat_map(|chunk| sextets(chunk, alphabet));
        kept.take(whole / 3 * 4).skip(skip).collect::<Vec<u8>>()
    };
    [encode(STANDARD), encode(URL_SAFE)]
}

fn sextets(chunk: &[u8], alphabet: &[u8; 64]) -> [u8; 4] {
    let bits = chunk
        .iter()
        .fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
    [18, 12, 6, 0].map(|shift| {
        let index = usize::try_from(bits >> shift & 0x3f).unwrap_or_default();
        alphabet.get(index).copied().unwrap_or_default()
    })
}

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
