//! Event ids that were seen, as hashes: eight bytes for each instead of eighty.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, Hash, RandomState};

/// So many hashes are kept at most, in about 20 MB.
pub(crate) const MOST: u64 = 900_000;

/// Hashes of what was seen, with a key of this process: nobody can make two things have the same one.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    state: RandomState,
    hashes: HashSet<u64>,
}

impl Seen {
    /// Whether it was not seen before.
    pub(crate) fn insert(&mut self, thing: impl Hash) -> bool {
        self.hashes.insert(self.state.hash_one(thing))
    }

    /// How many there are.
    pub(crate) fn len(&self) -> u64 {
        self.hashes.len() as u64
    }

    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        self.hashes.clear();
    }
}
