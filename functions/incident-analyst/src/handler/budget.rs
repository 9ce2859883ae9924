//! How long each stage may take, reckoned back from the end of the invocation. Pure.

use jiff::{SignedDuration, Timestamp};

/// When each stage must be over, whatever hangs. With 30 s: the claim has 10, collecting 17, of which the collectors are told 16; then
/// there are 9 s to conclude and to write, at a seventh of a vCPU; a model has until 24, and the last word must be written after 28.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Budget {
    ends_at: Timestamp,
}

impl Budget {
    /// The budget of an invocation that ends at this time.
    pub fn until(ends_at: Timestamp) -> Self {
        Self { ends_at }
    }

    /// The incident is ours; a second round of collecting begins before, or not at all.
    pub fn claim(self) -> Timestamp {
        self.before(20)
    }

    /// The collectors have what they can get.
    pub fn collect(self) -> Timestamp {
        self.before(14)
    }

    /// Collecting is given up: what then is written says only that.
    pub fn give_up(self) -> Timestamp {
        self.before(13)
    }

    /// The model has answered.
    pub fn summarise(self) -> Timestamp {
        self.before(6)
    }

    /// All is written.
    pub fn write(self) -> Timestamp {
        self.before(2)
    }

    fn before(self, seconds: i64) -> Timestamp {
        let left = SignedDuration::from_secs(seconds);
        self.ends_at
            .checked_sub(left)
            .unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_hangs_there_is_time_to_write() {
        let budget = Budget::until(Timestamp::UNIX_EPOCH + SignedDuration::from_secs(30));
        let seconds = [
            budget.claim(),
            budget.collect(),
            budget.give_up(),
            budget.summarise(),
            budget.write(),
        ];
        assert_eq!(seconds.map(Timestamp::as_second), [10, 16, 17, 24, 28]);
    }
}
