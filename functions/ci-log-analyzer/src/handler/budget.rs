//! How long each stage may take, reckoned back from the end of the invocation. Pure.

use jiff::{SignedDuration, Timestamp};

/// When each stage must be over, whatever hangs. With 30 s: reading has 16, the rules' analysis is written after 23 at the latest, a
/// model has until 17, GitHub until 25; the rest is for the last word.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Budget {
    ends_at: Timestamp,
}

impl Budget {
    /// The budget of an invocation that ends at this time.
    pub fn until(ends_at: Timestamp) -> Self {
        Self { ends_at }
    }

    /// The log is read from the bucket.
    pub fn read(self) -> Timestamp {
        self.before(14)
    }

    /// What was read is analysed; writing it then takes two tries of 3 s at most, and 2 s are left.
    pub fn analyse(self) -> Timestamp {
        self.before(10)
    }

    /// GitHub was asked about the run and our threads.
    pub fn know(self) -> Timestamp {
        self.before(9)
    }

    /// The models were asked. A proposal is some ten requests to GitHub, one after the other.
    pub fn ask(self) -> Timestamp {
        self.before(13)
    }

    /// Everything is said on GitHub.
    pub fn say(self) -> Timestamp {
        self.before(5)
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
    fn whatever_hangs_the_rules_analysis_and_the_last_word_have_their_time() {
        let end = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(30);
        let budget = Budget::until(end);
        let seconds = [
            budget.read(),
            budget.analyse(),
            budget.know(),
            budget.ask(),
            budget.say(),
        ]
        .map(Timestamp::as_second);
        assert_eq!(seconds, [16, 20, 21, 17, 25]);
    }
}
