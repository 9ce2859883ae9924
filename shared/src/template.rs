//! The template of a line: what stays the same when the line comes again.
//!
//! Parts of words that contain a digit, and words of seven or more hexadecimal digits, count as one sign whatever their length, together
//! with the points and dashes between them: counts, durations, times, ports, versions, temporary names. A nought that stands alone is kept,
//! since `0 failed` is not `3 failed`. The width of blanks and of separators does not matter.
//!
//! A template has a [`hash`], which is cheap, and a [`text`], which people read. Lines of one hash have one text. Hashes are stored (the
//! baselines of the CI log analyzer): they never change.

mod sink;
mod walk;

use self::sink::{Fnv, Readable};
use self::walk::{LINES, UUIDS, walk};

/// What stands in a template's text for what changes from line to line.
pub const CHANGES: &str = "<*>";

/// The hash of a line's template. Never zero.
pub fn hash(line: &str) -> u64 {
    walk::<LINES, _>(line, Fnv::new()).value()
}

/// A line's template as people read it, in at most `most` bytes (and `…`, where there would be more).
pub fn text(line: &str, most: usize) -> String {
    walk::<LINES, _>(line, Readable::new(most)).into_text()
}

/// Like [`hash`], for lines that services write: a UUID is one sign, even if a group of it has no digit. Not the hash of [`hash`].
pub fn service_hash(line: &str) -> u64 {
    walk::<UUIDS, _>(line, Fnv::new()).value()
}

/// The text that goes with [`service_hash`].
pub fn service_text(line: &str, most: usize) -> String {
    walk::<UUIDS, _>(line, Readable::new(most)).into_text()
}

#[cfg(test)]
mod tests;
