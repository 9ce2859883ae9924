//! Secrets that are told by their look: runs drawn at random, weighed by what stands before them.

use std::ops::Range;

use super::assign::Link;
use super::bytes::{Set, before, cut};
use super::encoded;
use super::finding::Finding;
use super::look::{
    ends_in_uuid, is_class, is_double, is_host, is_labelled, is_labelled_hash, is_loose_key,
    is_monotone, is_path_like, is_prefixed, is_quoted_secret, is_versioned,
};
use super::named::joined;
use super::plain::{is_integrity, is_placeholder};
use super::services;
use super::shape::{Alphabet, Shape};
use super::surroundings::Before;
use super::view::runs;

/// A key shorter than this is told by its name alone.
const LEAST_RUN: usize = 10;
/// Fewer letters and digits are drawn by chance in ordinary words.
const LEAST_RANDOM: usize = 16;
/// A name further away than this is about something else.
pub(super) const NEAR: usize = 48;

/// The words of a line that make a random value near them suspicious.
#[derive(Clone, Debug, Default)]
pub(super) struct Context {
    /// Where words of secrets are.
    pub(super) secrets: Vec<Range<usize>>,
}

impl Context {
    pub(super) fn clear(&mut self) {
        self.secrets.clear();
    }
}

/// The random runs of `bytes` that are secrets as far as their surroundings tell.
pub(super) fn find(bytes: &[u8], context: &Context, findings: &mut Vec<Finding>) {
    let mut found = findings
        .iter()
        .map(|finding| finding.range.clone())
        .collect::<Vec<_>>()
        .into_iter()
        .peekable();
    for run in runs(bytes, Set::RANDOM, LEAST_RUN) {
        while found.next_if(|other| other.end <= run.start).is_some() {}
        if found
            .peek()
            .is_some_and(|other| other.start <= run.start && run.end <= other.end)
        {
            continue;
        }
        let run = without_escape(bytes, run);
        let text = cut(bytes, run.clone());
        let is_word =
            text.iter().all(u8::is_ascii_lowercase) || is_integrity(text) || is_mangled(text);
        if is_word {
            continue;
        }
        let finding = if run.len() < LEAST_RANDOM {
            short(bytes, &run)
        } else {
            judge(bytes, &run, context)
        };
        findings.extend(finding.filter(|_| !is_placeholder(text)));
    }
}

/// A symbol of C++ (Itanium C++ ABI 5.1, with the underscore that Mach-O adds) or of Rust (RFC 2603).
fn is_mangled(text: &[u8]) -> bool {
    const PREFIXES: [&[u8]; 7] = [b"_ZN", b"__ZN", b"_ZS", b"_ZT", b"_ZK", b"_RNv", b"_RIN"];
    PREFIXES.iter().any(|prefix| text.starts_with(prefix))
}

/// The run without the letter of an escape before it, as in `\\n`.
fn without_escape(bytes: &[u8], run: Range<usize>) -> Range<usize> {
    let first = cut(bytes, run.start..run.start + 1);
    let is_escape = before(bytes, run.start) == b'\\' && matches!(first, b"n" | b"r" | b"t");
    run.start + usize::from(is_escape)..run.end
}

/// The name of a service shortly before the run, or at its beginning.
fn service(bytes: &[u8], run: &Range<usize>) -> Option<Range<usize>> {
    services::last(bytes, run.start.saturating_sub(NEAR)..run.start)
}

/// `service-<value>`
fn joined_to_service(bytes: &[u8], run: &Range<usize>) -> Option<Finding> {
    let name = services::last(bytes, run.start..run.start + 1 + run.len() / 2)?;
    joined(bytes, &name, run)
}

/// A key too short to be told by its look, set for a service: `SERVICE=a1B2c3D4e5`.
fn short(bytes: &[u8], run: &Range<usize>) -> Option<Finding> {
    let text = cut(bytes, run.clone());
    let is_digit_first = text.iter().filter(|byte| byte.is_ascii_digit()).count() >= 2
        && text.iter().all(u8::is_ascii_alphanumeric);
    if !is_digit_first || !matches!(before(bytes, run.start), b'=' | b'"' | b'\'') {
        return None;
    }
    let shape = Shape::of(text);
    let service = (shape.changes >= 4 && !shape.is_hex())
        .then(|| service(bytes, run))
        .flatten()?;
    let before = Before::of(bytes, run.start);
    let is_key = before.link == Some(Link::Assigned)
        && !before.is_prose
        && !before.is_benign
        && !before.name.is_about()
        && service.end + 24 >= run.start;
    is_key.then(|| Finding::new(run.clone(), "token"))
}

fn judge(bytes: &[u8], run: &Range<usize>, context: &Context) -> Option<Finding> {
    let text = cut(bytes, run.clone());
    let shape = Shape::of(text);
    let random = shape.random(text);
    let is_loose = is_loose_key(&shape) || is_monotone(text);
    if random.is_none() && !is_loose {
        return None;
    }
    let service = service(bytes, run);
    let is_service = service.is_some();
    let alphabet = match random {
        Some(_) if ends_in_uuid(text) => Alphabet::Uuid,
        Some(alphabet) => alphabet,
        None if is_service && (is_loose_key(&shape) || is_near(&context.secrets, run.start)) => {
            Alphabet::OneCase
        }
        None => return joined_to_service(bytes, run),
    };
    if is_path_like(text) {
        return segment(bytes, run);
    }
    let before = Before::of(bytes, run.start);
    if before.is_benign || is_versioned(text) || is_host(text) || is_class(text) {
        return None;
    }
    if is_prefixed(text)
        || is_double(text)
        || (Set::QUOTES.has(super::bytes::before(bytes, run.start))
            && is_quoted_secret(bytes, run, &shape, alphabet))
    {
        return Some(Finding::new(run.start..padded(bytes, run.end), "token"));
    }
    let is_secret = is_near(&context.secrets, run.start);
    let is_assigned = before.link == Some(Link::Assigned);
    // `label: text` is how tools talk; `label=text` is how settings are shown.
    let is_set = is_assigned && !before.is_prose;
    let is_label = is_labelled_hash(text) || is_labelled(text);
    let hides = match alphabet {
        Alphabet::Hex | Alphabet::Uuid => {
            (is_service
                && (is_assigned
                    || is_secret
                    || service.is_some_and(|name| name.end + 4 >= run.start)))
                || (is_set && !is_label && (before.name.is_identity() || before.is_variable))
        }
        _ if is_label => is_service && is_set,
        Alphabet::OneCase => {
            is_service
                || (is_secret && shape.length >= 20)
                || (is_set && shape.alnum() >= 20 && shape.signs <= 4)
        }
        Alphabet::Mixed => {
            is_service
                || is_secret
                || (is_assigned && shape.alnum() >= 18 && !encoded::is_readable(text))
        }
    };
    let hidden = hides.then(|| Finding::new(run.start..padded(bytes, run.end), "token"));
    hidden.or_else(|| joined_to_service(bytes, run))
}

/// The parts of a path that are too long and random for names, from the first to the last of them.
fn segment(bytes: &[u8], run: &Range<usize>) -> Option<Finding> {
    let mut start = run.start;
    let mut found: Option<Range<usize>> = None;
    for part in cut(bytes, run.clone()).split(|byte| *byte == b'/') {
        let end = start + part.len();
        if is_random_part(part) {
            found = Some(found.map_or(start, |found| found.start)..end);
        }
        start = end + 1;
    }
    found.map(|range| Finding::new(range, "token"))
}

fn is_random_part(part: &[u8]) -> bool {
    let shape = Shape::of(part);
    let is_mixed = part.len() >= 32 && shape.random(part) == Some(Alphabet::Mixed);
    let has_words = part
        .split(|byte| !byte.is_ascii_alphanumeric())
        .any(|word| word.len() >= 4 && word.iter().all(u8::is_ascii_alphabetic));
    is_mixed
        && !has_words
        && shape.signs * 8 <= part.len()
        && !is_labelled_hash(part)
        && !is_versioned(part)
        && !ends_in_uuid(part)
}

fn padded(bytes: &[u8], end: usize) -> usize {
    super::bytes::run_end_within(bytes, end, Set::EQUALS_ONLY, 3)
}

fn is_near(places: &[Range<usize>], start: usize) -> bool {
    let index = places.partition_point(|place| place.end <= start);
    let Some(last) = index.checked_sub(1).and_then(|index| places.get(index)) else {
        return false;
    };
    last.end + NEAR >= start
}
