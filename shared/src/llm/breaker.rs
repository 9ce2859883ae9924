//! A provider that fails again and again is left alone for a while: asking it costs time that the next one could have had. Pure.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// Two failures happen; three are a state.
const MOST_FAILURES: u32 = 3;

/// How long it is left alone if it does not say so itself: the next failed run comes later than that anyway, mostly.
const PAUSE: Duration = Duration::from_mins(1);

/// Longer than an invocation: a trial whose outcome nobody heard of must not be the last.
const TRIAL: SignedDuration = SignedDuration::from_mins(1);

/// Whether a provider may be asked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Breaker {
    /// It may, and has failed so many times in a row.
    Closed { failures: u32 },
    /// It may not before this time.
    Open { until: Timestamp },
    /// It is being tried out by one; others may after this time.
    Trial { until: Timestamp },
}

impl Default for Breaker {
    fn default() -> Self {
        Self::Closed { failures: 0 }
    }
}

impl Breaker {
    /// Whether it may be asked now, and what follows from asking; the time from which on it may, if not.
    pub(super) fn admit(self, now: Timestamp) -> Result<Self, Timestamp> {
        match self {
            Self::Closed { .. } => Ok(self),
            Self::Open { until } | Self::Trial { until } if now < until => Err(until),
            Self::Open { .. } | Self::Trial { .. } => Ok(Self::Trial { until: now + TRIAL }),
        }
    }

    /// It answered, whatever the answer was worth.
    pub(super) fn answered() -> Self {
        Self::default()
    }

    /// It failed. If it says how long it wants to be left alone, it is, from the first time on.
    #[must_use]
    pub(super) fn failed(self, now: Timestamp, leave_alone: Option<Duration>) -> Self {
        let open = |time: Duration| {
            let until = SignedDuration::try_from(time).ok();
            let until = until.and_then(|time| now.checked_add(time).ok());
            Self::Open {
                until: until.unwrap_or(now),
            }
        };
        match (self, leave_alone) {
            (_, Some(time)) => open(time),
            (Self::Closed { failures }, None) if failures + 1 < MOST_FAILURES => Self::Closed {
                failures: failures + 1,
            },
            (_, None) => open(PAUSE),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    fn closed(failures: u32) -> Breaker {
        Breaker::Closed { failures }
    }

    fn open(until: i64) -> Breaker {
        Breaker::Open { until: at(until) }
    }

    fn trial(until: i64) -> Breaker {
        Breaker::Trial { until: at(until) }
    }

    #[test]
    fn who_may_ask() {
        for (breaker, now, expected) in [
            (closed(0), 0, Ok(closed(0))),
            (closed(2), 0, Ok(closed(2))),
            (open(60), 0, Err(at(60))),
            (open(60), 59, Err(at(60))),
            (open(60), 60, Ok(trial(120))),
            (trial(120), 61, Err(at(120))),
            (trial(120), 120, Ok(trial(180))),
        ] {
            assert_eq!(breaker.admit(at(now)), expected, "{breaker:?} at {now}");
        }
    }

    #[test]
    fn what_a_failure_does() {
        let said = Some(Duration::from_secs(7));
        for (breaker, leave_alone, expected) in [
            (closed(0), None, closed(1)),
            (closed(1), None, closed(2)),
            (closed(2), None, open(160)),
            (closed(0), said, open(107)),
            (trial(100), None, open(160)),
            (trial(100), said, open(107)),
            // Two at the same time: the one that was let in before it opened.
            (open(150), None, open(160)),
        ] {
            let failed = breaker.failed(at(100), leave_alone);
            assert_eq!(failed, expected, "{breaker:?} {leave_alone:?}");
        }
        assert_eq!(Breaker::answered(), closed(0));
    }
}
