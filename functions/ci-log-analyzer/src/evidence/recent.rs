//! The last lines, for what comes before a block and before a wrapper.

use std::collections::VecDeque;

/// One of the last lines.
#[derive(Clone, Debug)]
pub(crate) struct Recent {
    pub(crate) number: u64,
    pub(crate) text: String,
    pub(crate) kind: Kind,
}

/// What a recent line is to a search backwards.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    Plain,
    Blank,
    /// Says that something failed, not what.
    Wrapper,
    /// A command begins or ended here: nothing before it belongs to what comes after.
    Border,
}

/// A ring of the last lines; old strings are used again.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    ring: VecDeque<Recent>,
}

impl Lines {
    /// Enough for what a command says before it ends.
    const KEPT: usize = 64;

    pub(crate) fn push(&mut self, number: u64, text: &str, kind: Kind) {
        let mut entry = if self.ring.len() >= Self::KEPT {
            self.ring.pop_front()
        } else {
            None
        }
        .unwrap_or_else(|| Recent {
            number,
            text: String::new(),
            kind,
        });
        entry.text.clear();
        entry.text.push_str(super::block::cut(text));
        (entry.number, entry.kind) = (number, kind);
        self.ring.push_back(entry);
    }

    /// The lines from the newest to the oldest.
    pub(crate) fn back(&self) -> impl Iterator<Item = &Recent> {
        self.ring.iter().rev()
    }
}
