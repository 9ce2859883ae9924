//! Bytes cut at `\n`, with a bound on what is between. Pure.

use std::ops::Range;

use memchr::memchr;

use super::DecodeError;
use super::unpack::Unpacker;

/// How much is unpacked at once.
const PIECE: usize = 64 * 1024;

/// Unpacked bytes that were not handed out yet.
#[derive(Debug, Default)]
pub(super) struct Lines {
    bytes: Vec<u8>,
    /// Where what was not handed out begins.
    start: usize,
    /// Up to where there is no line end after `start`.
    searched: usize,
    /// How many bytes were unpacked in all.
    total: u64,
}

impl Lines {
    /// The next line end at or after the last one that was found: the place after it, in [`Lines::get`]'s terms.
    pub(super) fn line_end(&mut self) -> Option<usize> {
        let found = memchr(b'\n', self.get(self.searched..self.bytes.len()))
            .map(|length| self.searched + length + 1);
        self.searched = found.unwrap_or(self.bytes.len());
        found
    }

    pub(super) fn start(&self) -> usize {
        self.start
    }

    pub(super) fn end(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// What stands before this is handed out.
    pub(super) fn advance(&mut self, to: usize) {
        self.start = to;
        self.searched = self.searched.max(to);
    }

    pub(super) fn get(&self, range: Range<usize>) -> &[u8] {
        self.bytes.get(range).unwrap_or_default()
    }

    /// Unpacks some more behind what is there; whether there was more. All places are others then, also [`Lines::start`].
    pub(super) fn fill(
        &mut self,
        unpacker: &mut Unpacker,
        limit: usize,
    ) -> Result<bool, DecodeError> {
        if self.bytes.len() - self.start > limit {
            return Err(DecodeError::Endless { limit });
        }
        // Moving what is left is rare: only when at least as much can be forgotten, or all was handed out.
        let forgotten = if self.start * 2 >= self.bytes.len() {
            self.start
        } else {
            0
        };
        self.bytes.drain(..forgotten);
        self.start -= forgotten;
        self.searched -= forgotten;
        let filled = self.bytes.len();
        self.bytes.resize(filled + PIECE, 0);
        let free = self.bytes.get_mut(filled..).unwrap_or_default();
        let made = unpacker.read(free);
        self.bytes
            .truncate(filled + made.as_ref().map_or(0, |made| *made));
        let made = made?;
        self.total += made as u64;
        Ok(made > 0)
    }
}
