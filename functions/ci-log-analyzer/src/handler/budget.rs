//! How long each stage may take, reckoned back from the end of the invocation. Pure.

use jiff::{SignedDuration, Timestamp};

/// What is read is analysed for so long at least: at a seventh of a vCPU that is some 100 MiB.
const LEAST_ANALYSIS: SignedDuration = SignedDuration::from_secs(4);

/// When each stage must be over, whatever hangs. With 30 s: the claim has 8, reading 12, the rules' analysis ends after 12 where a
/// model or GitHub is asked (16 if reading was slow), and after 20 where not; a model has until 17, GitHub until 25; the rest is for
/// the last word.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Budget {
    ends_at: Timestamp,
}

impl Budget {
    /// The budget of an invocation that ends at this time.
    pub fn until(ends_at: Timestamp) -> Self {
        Self { ends_at }
    }

    /// The log is ours, or it is only read.
    pub fn claim(self) -> Timestamp {
        self.before(22)
    }

    /// The log is read from the bucket.
    pub fn read(self) -> Timestamp {
        self.before(18)
    }

    /// What was read until `now` is analysed; writing it then takes two tries of 3 s at most, and 2 s are left. Where others are
    /// asked afterwards, they need their time, or a long log would never come to them; what was read is seen through all the same.
    pub fn analyse(self, now: Timestamp, is_asking: bool) -> Timestamp {
        let latest = self.before(10);
        if !is_asking {
            return latest;
        }
        self.before(18).max(now + LEAST_ANALYSIS).min(latest)
    }

    /// The analysis is given up: what then is written says only that.
    pub fn give_up(self) -> Timestamp {
        self.before(8)
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
        let at = |seconds| Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds);
        let seconds = [
            budget.claim(),
            budget.read(),
            budget.analyse(at(3), true),
            budget.analyse(at(12), true),
            budget.analyse(at(19), true),
            budget.analyse(at(3), false),
            budget.give_up(),
            budget.know(),
            budget.ask(),
            budget.say(),
        ]
        .map(Timestamp::as_second);
        assert_eq!(seconds, [8, 12, 12, 16, 20, 20, 22, 21, 17, 25]);
    }
}
