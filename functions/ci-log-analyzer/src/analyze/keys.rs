//! Where private keys stand in a log: an excerpt may show the middle of one, which nothing in those lines gives away.

use shared::redaction::PrivateKeyTracker;

use crate::analysis::Range;
use crate::line::Line;

/// The lines that private keys go on in.
#[derive(Debug, Default)]
pub(super) struct PrivateKeys {
    tracker: PrivateKeyTracker,
    ranges: Vec<Range>,
}

impl PrivateKeys {
    /// In a log of more keys, everything after the last is taken for one.
    const MOST: usize = 1_000;

    /// Takes the next line of the log.
    pub(super) fn push(&mut self, line: &Line<'_>) {
        if !self.tracker.push(line.text) {
            return;
        }
        let is_full = self.ranges.len() >= Self::MOST;
        match self.ranges.last_mut() {
            Some(last) if last.end.saturating_add(1) >= line.number => {
                last.end = last.end.max(line.number);
            }
            Some(last) if is_full => last.end = u64::MAX,
            _ => self.ranges.push(Range {
                start: line.number,
                end: line.number,
            }),
        }
    }

    /// Whether a key that began before the line may go on in it.
    pub(super) fn hold(&self, number: u64) -> bool {
        let after = self.ranges.partition_point(|range| range.start <= number);
        let before = after.checked_sub(1).and_then(|last| self.ranges.get(last));
        before.is_some_and(|range| number <= range.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGIN: &str = concat!("-----BEGIN RSA PRIVATE", " KEY-----");
    const END: &str = concat!("-----END RSA PRIVATE", " KEY-----");

    fn keys(lines: &[&str]) -> PrivateKeys {
        let mut keys = PrivateKeys::default();
        for (number, text) in (1..).zip(lines) {
            keys.push(&Line {
                number,
                text,
                columns: None,
            });
        }
        keys
    }

    #[test]
    fn the_lines_of_each_key_are_held_and_no_others() {
        let lines = ["a", BEGIN, "MIIE", END, "b", BEGIN, "MIIE", END, "c"];
        let keys = keys(&lines);
        let held: Vec<u64> = (1..=9).filter(|number| keys.hold(*number)).collect();
        assert_eq!(held, [3, 4, 7, 8]);
    }

    #[test]
    fn what_comes_after_too_many_keys_is_held() {
        let lines = [BEGIN, "MIIE", END].repeat(PrivateKeys::MOST + 1);
        let keys = keys(&lines);
        assert_eq!(
            (keys.ranges.len(), keys.hold(1), keys.hold(1_000_000)),
            (PrivateKeys::MOST, false, true)
        );
    }
}
