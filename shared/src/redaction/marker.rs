//! What stands in the place of a secret, and the numbers that tell one from another.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::Finder;

/// What every marker begins with.
const START: &str = "[REDACTED:";

/// A document has fewer different secrets; beyond that each gets a number of its own.
const MOST_SECRETS: usize = 100_000;

/// Gives the same secret the same number within one document, without keeping the secret.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    hasher: RandomState,
    known: HashMap<u64, usize>,
    last: usize,
}

impl Numbers {
    /// The number of `secret`; numbers begin with 1.
    pub(super) fn of(&mut self, secret: &[u8]) -> usize {
        let hash = self.hasher.hash_one(secret);
        if let Some(number) = self.known.get(&hash) {
            return *number;
        }
        self.last += 1;
        if self.known.len() < MOST_SECRETS {
            self.known.insert(hash, self.last);
        }
        self.last
    }

    /// How many numbers were given.
    pub(super) fn given(&self) -> usize {
        self.last
    }
}

/// `[REDACTED:kind#n]`
pub(super) fn marker(kind: &str, number: usize) -> String {
    format!("{START}{kind}#{number}]")
}

/// Where markers stand in `line`.
pub(super) fn places(line: &[u8]) -> Vec<Range<usize>> {
    let starts = FINDER
        .find_iter(line)
        .map(|start| start..start + length(line.get(start..).unwrap_or_default()));
    starts.filter(|marker| !marker.is_empty()).collect()
}

static FINDER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(START));

/// How long the marker at the beginning of `bytes` is, 0 where there is none.
fn length(bytes: &[u8]) -> usize {
    let Some(rest) = bytes.strip_prefix(START.as_bytes()) else {
        return 0;
    };
    let kind = rest
        .iter()
        .take_while(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || **byte == b'-')
        .count();
    let digits = rest
        .iter()
        .skip(kind + 1)
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let is_marker =
        rest.get(kind) == Some(&b'#') && digits > 0 && rest.get(kind + 1 + digits) == Some(&b']');
    if is_marker {
        START.len() + kind + 1 + digits + 1
    } else {
        0
    }
}
