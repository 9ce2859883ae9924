//! The last lines, for what comes before a block and before a wrapper.

use std::collections::VecDeque;

use super::block::Block;

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

    /// The last `count` lines in the order of the log.
    pub(crate) fn last(&self, count: usize) -> Vec<Recent> {
        let skipped = self.ring.len().saturating_sub(count);
        self.ring.iter().skip(skipped).cloned().collect()
    }

    /// Gives a block the line between its end and the line `number`, which comes next, if it does not have it.
    pub(crate) fn bridge(&self, block: &mut Block, number: u64) {
        let between = self.ring.back().filter(|line| line.number + 1 == number);
        if let Some(line) =
            between.filter(|line| line.number > block.end && line.kind != Kind::Blank)
        {
            block.push(line.number, &line.text, 0);
        }
    }

    /// The lines from the newest to the oldest.
    pub(crate) fn back(&self) -> impl Iterator<Item = &Recent> {
        self.ring.iter().rev()
    }
}
