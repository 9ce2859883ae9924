//! The stretches of a log between the ends of commands, and how those commands ended.

use std::collections::VecDeque;

/// How a stretch ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Outcome {
    /// Badly, at this line.
    Failed(u64),
    Passed,
    Unknown,
}

/// Which stretch a line is in, and how the last ones ended. Bounded: only the last ones are remembered.
#[derive(Debug, Default)]
pub(crate) struct Regions {
    current: u32,
    ended: VecDeque<(u32, Outcome)>,
    last_failed: Option<u64>,
}

impl Regions {
    /// A log of more failed commands is a loop, of which the last ones are enough.
    const KEPT: usize = 4096;

    pub(crate) fn current(&self) -> u32 {
        self.current
    }

    /// The current stretch ends here.
    pub(crate) fn end(&mut self, outcome: Outcome) {
        if let Outcome::Failed(line) = outcome {
            self.last_failed = Some(line);
        }
        if outcome != Outcome::Unknown {
            if self.ended.len() >= Self::KEPT {
                self.ended.pop_front();
            }
            self.ended.push_back((self.current, outcome));
        }
        self.current = self.current.saturating_add(1);
    }

    pub(crate) fn outcome(&self, region: u32) -> Outcome {
        match self.ended.binary_search_by_key(&region, |(region, _)| *region) {
            Ok(at) => self.ended.get(at).map_or(Outcome::Unknown, |(_, outcome)| *outcome),
            Err(_) => Outcome::Unknown,
        }
    }

    /// The line of the last failing end.
    pub(crate) fn last_failed(&self) -> Option<u64> {
        self.last_failed
    }
}
