//! Secrets that are told by their look: runs drawn at random, weighed by what stands before them.

use std::ops::Range;

use super::assign::Link;
use super::bytes::{Set, at, before, contains, cut, run_start};
use super::finding::Finding;
use super::named::{is_labelled, is_labelled_hash, joined};
use super::names::Name;
use super::services;
use super::shape::{Alphabet, Shape, is_integrity, is_placeholder, is_uuid};
use super::view::runs;

/// A key shorter than this is told by its name alone.
const LEAST_RUN: usize = 10;
/// Fewer letters and digits are drawn by chance in ordinary words.
const LEAST_RANDOM: usize = 16;
/// A name further away than this is about something else.
const NEAR: usize = 48;

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
    for run in runs(bytes, Set::RANDOM, LEAST_RUN) {
        let text = cut(bytes, run.clone());
        let is_word = text.iter().all(u8::is_ascii_lowercase) || is_integrity(text);
        if is_word {
            continue;
        }
        let finding = if run.len() < LEAST_RANDOM { short(bytes, &run) } else { judge(bytes, &run, context) };
        findings.extend(finding);
    }
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
    let is_digit_first = text.iter().filter(|byte| byte.is_ascii_digit()).count() >= 2 && text.iter().all(u8::is_ascii_alphanumeric);
    if !is_digit_first || !matches!(before(bytes, run.start), b'=' | b'"' | b'\'') {
        return None;
    }
    let shape = Shape::of(text);
    let service = (shape.changes >= 4 && !shape.is_hex()).then(|| service(bytes, run)).flatten()?;
    let before = Before::of(bytes, run.start);
    let is_key = before.link == Some(Link::Assigned) && !before.is_prose && !before.is_benign && !before.name.is_about() && service.end + 24 >= run.start;
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
        None if is_service && (is_loose_key(&shape) || is_near(&context.secrets, run.start)) => Alphabet::OneCase,
        None => return joined_to_service(bytes, run),
    };
    if is_placeholder(text) {
        return None;
    }
    if is_path_like(text) {
        return segment(bytes, run);
    }
    let before = Before::of(bytes, run.start);
    if before.is_benign || is_versioned(text) || is_host(text) || is_class(text) {
        return None;
    }
    if is_prefixed(text) || is_double(text) || (before.is_quoted && is_quoted_secret(bytes, run, &shape, alphabet)) {
        return Some(Finding::new(run.start..padded(bytes, run.end), "token"));
    }
    let is_secret = is_near(&context.secrets, run.start);
    let is_assigned = before.link == Some(Link::Assigned);
    // `label: text` is how tools talk; `label=text` is how settings are shown.
    let is_set = is_assigned && !before.is_prose;
    let is_label = is_labelled_hash(text) || is_labelled(text);
    let hides = match alphabet {
        Alphabet::Hex | Alphabet::Uuid => {
            (is_service && (is_assigned || is_secret || service.is_some_and(|name| name.end + 4 >= run.start))) || (is_set && !is_label && (before.name.is_identity() || before.is_variable))
        }
        _ if is_label => is_service && is_set,
        Alphabet::OneCase => is_service || (is_secret && shape.length >= 20) || (is_set && shape.alnum() >= 20 && shape.signs <= 4),
        Alphabet::Mixed => is_service || is_secret || (is_assigned && shape.alnum() >= 18),
    };
    let hidden = hides.then(|| Finding::new(run.start..padded(bytes, run.end), "token"));
    hidden.or_else(|| joined_to_service(bytes, run))
}

/// The first part of a path that is too long and random for a name.
fn segment(bytes: &[u8], run: &Range<usize>) -> Option<Finding> {
    let mut start = run.start;
    for part in cut(bytes, run.clone()).split(|byte| *byte == b'/') {
        let shape = Shape::of(part);
        let is_mixed = part.len() >= 32 && shape.random(part) == Some(Alphabet::Mixed);
        if is_mixed && shape.signs * 8 <= part.len() && !is_labelled_hash(part) && !is_versioned(part) && !ends_in_uuid(part) {
            return Some(Finding::new(start..start + part.len(), "token"));
        }
        start += part.len() + 1;
    }
    None
}

/// Two random parts joined by a dot or a dash: an id and its secret.
fn is_double(text: &[u8]) -> bool {
    let start = text.len().saturating_sub(73);
    let two_ids = text.len() >= 73 && at(text, start + 36) == b'-' && is_uuid(cut(text, start..start + 36)) && ends_in_uuid(text);
    let mut parts = text.split(|byte| *byte == b'.');
    let (Some(first), Some(second), None) = (parts.next(), parts.next(), parts.next()) else {
        return two_ids;
    };
    let is_random = |part: &[u8], least| part.len() >= least && Shape::of(part).random(part).is_some() && part.iter().all(u8::is_ascii_alphanumeric);
    let tail = Shape::of(second);
    let is_mixed = second.len() >= 16 && tail.signs == 0 && tail.upper >= 3 && tail.lower >= 3 && tail.digits >= 1;
    two_ids || (is_random(first, 24) && is_mixed)
}

/// All that is between two quotes is drawn from both cases and digits.
fn is_quoted_secret(bytes: &[u8], run: &Range<usize>, shape: &Shape, alphabet: Alphabet) -> bool {
    let is_whole = Set::QUOTES.has(at(bytes, run.end));
    is_whole && alphabet == Alphabet::Mixed && run.len() >= 28 && shape.digits >= 3 && shape.signs <= 4
}

/// A label and a UUID.
pub(super) fn ends_in_uuid(text: &[u8]) -> bool {
    let start = text.len().saturating_sub(36);
    is_uuid(cut(text, start..text.len())) && matches!(before(text, start), b'-' | b'_' | b'.' | 0)
}

/// Not quite random, but neither words: enough beside the name of a service.
pub(super) fn is_loose_key(shape: &Shape) -> bool {
    shape.alnum() >= 16 && shape.digits >= 2 && shape.letters() >= 2 && shape.changes >= 1 && shape.signs * 6 <= shape.length && shape.longest_word <= 26
}

/// One alphabet without a word in it: beside a service and `key` or `token` that is a key, however little random.
fn is_monotone(text: &[u8]) -> bool {
    text.len() >= 20 && (text.iter().all(|byte| Set::HEX_DASH.has(*byte)) || text.iter().all(u8::is_ascii_digit))
}

/// `abc_` or `ab-live-` and one long random word: the form that issuers give tokens so that they can be found.
fn is_prefixed(text: &[u8]) -> bool {
    let Some(end) = text.iter().rposition(|byte| matches!(byte, b'_' | b'-' | b'.')) else { return false };
    let (prefix, word) = (cut(text, 0..end), cut(text, end + 1..text.len()));
    let shape = Shape::of(word);
    let is_prefix = (1..=20).contains(&prefix.len())
        && prefix.iter().filter(|byte| matches!(byte, b'_' | b'-' | b'.')).count() <= 2
        && prefix.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-' | b'.'))
        && prefix.first().is_some_and(u8::is_ascii_lowercase);
    let is_word = word.iter().all(u8::is_ascii_alphanumeric);
    is_prefix && is_word && match shape.random(word) {
        Some(Alphabet::Mixed) => word.len() >= 20,
        Some(Alphabet::OneCase) => word.len() >= 32 && text.contains(&b'_'),
        Some(Alphabet::Hex) => (2..=4).contains(&prefix.len()) && at(text, end) == b'_' && word.len() >= 32 && !Name::of(prefix).is_benign(),
        _ => false,
    }
}

/// A package, its version and the hash of its build.
pub(super) fn is_versioned(text: &[u8]) -> bool {
    text.split(|byte| *byte == b'-').any(|part| {
        let numbers = part.split(|byte| *byte == b'.');
        part.contains(&b'.') && numbers.clone().count() >= 2 && numbers.clone().all(|number| !number.is_empty() && number.iter().all(u8::is_ascii_digit))
    })
}

/// Names joined by dots that begin with two words, as classes and modules do.
fn is_class(text: &[u8]) -> bool {
    let mut parts = text.split(|byte| *byte == b'.');
    let mut is_word = || parts.next().is_some_and(|part| part.len() >= 3 && part.iter().all(|byte| byte.is_ascii_lowercase() || *byte == b'_'));
    text.contains(&b'.') && is_word() && is_word()
}

/// Names joined by dots that end in one of letters: a host, a class or a file.
pub(super) fn is_host(text: &[u8]) -> bool {
    let Some(last) = text.split(|byte| matches!(byte, b'.')).next_back() else { return false };
    text.iter().filter(|byte| **byte == b'.').count() >= 2 && (2..=10).contains(&last.len()) && last.iter().all(u8::is_ascii_alphabetic)
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

/// Words between slashes: a path, not base64.
pub(super) fn is_path_like(text: &[u8]) -> bool {
    let slashes = text.iter().filter(|byte| **byte == b'/').count();
    if slashes == 0 {
        return false;
    }
    let words = text
        .split(|byte| matches!(byte, b'/' | b'-' | b'_' | b'.'))
        .filter(|word| word.len() >= 3 && (word.iter().all(u8::is_ascii_lowercase) || word.iter().all(u8::is_ascii_digit)))
        .count();
    words * 2 >= slashes
}

/// What stands right before a run: its name and how it is tied to it.
#[derive(Debug)]
struct Before {
    name: Name,
    link: Option<Link>,
    /// Named as environment variables are, and set with `=`.
    is_variable: bool,
    /// A quote is right before the run.
    is_quoted: bool,
    /// Tied by a colon and a blank, or by nothing.
    is_prose: bool,
    /// The name, or in prose the words before it, say that the run is a checksum, a version or the id of something.
    is_benign: bool,
}

impl Before {
    fn of(bytes: &[u8], start: usize) -> Self {
        let head = cut(bytes, start.saturating_sub(NEAR)..start);
        let gap = head.iter().rev().take_while(|byte| is_separator(**byte)).count();
        let between = cut(head, head.len() - gap..head.len());
        let is_assigned = between.iter().any(|byte| matches!(byte, b'=' | b':')) || between.windows(2).any(|pair| pair == b"=>");
        let link = match (is_assigned, between.is_empty()) {
            (true, _) => Some(Link::Assigned),
            (false, true) => None,
            (false, false) => Some(Link::Beside),
        };
        let name_end = start - gap;
        let name_start = run_start(bytes, name_end, Set::DOTTED, 96);
        let name = Name::of(cut(bytes, name_start..name_end));
        let has_equals = between.contains(&b'=');
        let is_prose = !has_equals && !between.iter().any(|byte| Set::QUOTES.has(*byte));
        let words_start = run_start(bytes, name_end, Set::DOTTED_WORDS, 32);
        let words = Name::of(cut(bytes, words_start..name_end));
        let is_label = !is_assigned && matches!(before(bytes, start), b'@' | b'#') || contains(between, b"@");
        let is_benign = name.is_benign() || is_label || (is_prose && words.is_benign()) || (name.is_only("id") && !words.is_identity());
        let spelling = cut(bytes, name_start..name_end);
        let is_variable = has_equals && spelling.len() >= 4 && spelling.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_');
        Self { is_quoted: Set::QUOTES.has(before(bytes, start)), is_variable, name, link, is_prose, is_benign }
    }
}

fn is_separator(byte: u8) -> bool {
    Set::BLANKS.has(byte)
        || Set::QUOTES.has(byte)
        || matches!(byte, b'=' | b':' | b'>' | b',' | b'(' | b'[' | b'{' | b'|' | b'\\' | b'@' | b'#' | b'?' | b')' | b']')
}
