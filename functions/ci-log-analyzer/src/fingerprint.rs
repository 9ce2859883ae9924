//! The identity of a failure, the same when it comes again.
//!
//! Two runs that fail for the same reason differ in what the machine, the clock and the counters put into their lines. [`normalised`]
//! takes that away and leaves what somebody wrote: words, names of tests and files, codes of errors.

mod atom;
mod path;

use sha2::{Digest, Sha256};

pub(crate) use self::path::below_project;
use crate::analysis::Category;

/// Lines are looked at up to here: what differs beyond is data, not the failure.
const MOST_LINE_BYTES: usize = 1024;

/// 64 bits: among a million different failures two share one with a chance of 1 in 37 million.
const BYTES: usize = 8;

/// The identity of a failure: 16 hexadecimal digits.
///
/// `lines` are the ones the verdict rests on ([`Verdict::lines`](crate::rules::Verdict::lines)), `step` the name of the step that failed.
/// The same failure of two steps has two identities, as does a failure whose rule or category changes.
pub fn fingerprint(
    category: Category,
    rule: Option<&str>,
    lines: &[&str],
    step: Option<&str>,
) -> String {
    let mut hash = Sha256::new();
    let mut field = |text: &str| {
        hash.update(text.as_bytes());
        hash.update([0]);
    };
    field(&format!("{category:?}"));
    field(rule.unwrap_or_default());
    field(&step.map(normalised).unwrap_or_default());
    for line in lines {
        field(&normalised(line));
    }
    let digest = hash.finalize();
    hex::encode(digest.get(..BYTES).unwrap_or(&digest))
}

/// `line` without what changes from run to run, each such part replaced by `#`; white space becomes single spaces.
///
/// | goes | stays |
/// |---|---|
/// | numbers, versions, line and column, ports, addresses, dates, times, durations, sizes | digits that end a name (`E0308`, `utf8`, `test_2`) |
/// | UUIDs, hashes, `0x` addresses, random ids | words, hexadecimal or not, without a digit |
/// | folders before the project's own, names below temporary folders | the rest of a path, quoted values |
/// | | exit codes, HTTP states and signals: `code 137`, `HTTP 502` |
pub fn normalised(line: &str) -> String {
    let end = line.floor_char_boundary(MOST_LINE_BYTES);
    let line = line.get(..end).unwrap_or_default();
    let mut normalised = String::with_capacity(line.len());
    for word in line.split_whitespace() {
        let previous = normalised.rsplit(' ').next().unwrap_or_default();
        let is_code = atom::announces_code(previous);
        if !normalised.is_empty() {
            normalised.push(' ');
        }
        atom::append(&path::without_prefix(word), is_code, &mut normalised);
        // Of a word of slashes nothing is left, nor is the space before it.
        normalised.truncate(normalised.trim_end_matches(' ').len());
    }
    normalised
}

#[cfg(test)]
mod tests;
