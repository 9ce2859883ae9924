//! The stretches of a log between the ends of commands, and how those commands ended.

use std::collections::VecDeque;

/// How a stretch ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Outcome {
    /// Badly, at this line.
    Failed(u64),
    /// Nothing says how, and a later command of the same step ended badly at this line.
    BeforeFailed(u64),
    Passed,
    Unknown,
}

/// Which stretch a line is in, and how the last ones ended. Bounded: only the last ones are remembered.
#[derive(Debug, Default)]
pub(crate) struct Regions {
    current: u32,
    /// The first stretch since something was known for sure.
    since: u32,
    ended: VecDeque<Ended>,
    last_failed: Option<u64>,
}

/// The stretches up to `last` that no earlier entry has.
#[derive(Debug)]
struct Ended {
    last: u32,
    outcome: Outcome,
}

impl Regions {
    /// A log of more ended commands is a loop, of which the last ones are enough.
    const KEPT: usize = 4096;

    pub(crate) fn current(&self) -> u32 {
        self.current
    }

    /// A command is echoed: what follows is its output. How the one before it ended, nothing says.
    pub(crate) fn echo(&mut self) {
        self.current = self.current.saturating_add(1);
    }

    /// The current stretch ends here.
    pub(crate) fn end(&mut self, outcome: Outcome) {
        if self.since < self.current {
            let before = match outcome {
                Outcome::Failed(line) => Outcome::BeforeFailed(line),
                _ => Outcome::Unknown,
            };
            self.remember(self.current - 1, before);
        }
        if let Outcome::Failed(line) = outcome {
            self.last_failed = Some(line);
        }
        self.remember(self.current, outcome);
        self.current = self.current.saturating_add(1);
        self.since = self.current;
    }

    fn remember(&mut self, last: u32, outcome: Outcome) {
        if self.ended.len() >= Self::KEPT {
            self.ended.pop_front();
        }
        self.ended.push_back(Ended { last, outcome });
    }

    pub(crate) fn outcome(&self, region: u32) -> Outcome {
        let at = self.ended.partition_point(|ended| ended.last < region);
        self.ended
            .get(at)
            .map_or(Outcome::Unknown, |ended| ended.outcome)
    }

    /// The line of the last failing end.
    pub(crate) fn last_failed(&self) -> Option<u64> {
        self.last_failed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_without_an_end_shares_the_failure_that_follows() {
        let mut regions = Regions::default();
        regions.end(Outcome::Passed);
        regions.echo();
        regions.echo();
        regions.end(Outcome::Failed(9));
        regions.echo();
        regions.end(Outcome::Unknown);
        let outcomes: Vec<_> = (0..6).map(|region| regions.outcome(region)).collect();
        let before = Outcome::BeforeFailed(9);
        assert_eq!(
            outcomes,
            [
                Outcome::Passed,
                before,
                before,
                Outcome::Failed(9),
                Outcome::Unknown,
                Outcome::Unknown
            ]
        );
        assert_eq!(regions.last_failed(), Some(9));
    }
}
