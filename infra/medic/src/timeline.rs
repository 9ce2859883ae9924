//! Scenario time: the time since the first bad period began, as it would be in life.

use std::fmt;

use jiff::{SignedDuration, Timestamp, Unit};

use crate::speed::Speed;

/// What the machine's own latency may add to each step, in seconds of the wall clock: programs start, disks are busy.
pub const LATENCY_SECONDS: u32 = 3;

/// The scenario's clock.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Timeline {
    /// The beginning of the period in which everything begins.
    pub zero: Timestamp,
    /// How much faster than life it runs.
    pub speed: Speed,
}

/// A moment of the scenario.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Moment(SignedDuration);

impl Timeline {
    /// The moment that is called `time` on the wall clock, to the millisecond: services state no more.
    pub fn moment(&self, time: Timestamp) -> Moment {
        let since = time.duration_since(self.zero) * self.speed.factor().cast_signed();
        let rounded = since.round(Unit::Millisecond);
        Moment(rounded.unwrap_or(since))
    }

    /// The time on the wall clock of a moment.
    pub fn time(&self, moment: Moment) -> Timestamp {
        let since = moment.0 / self.speed.factor().cast_signed();
        self.zero.saturating_add(since).unwrap_or(self.zero)
    }

    /// What the machine's latency may add to a moment.
    pub fn tolerance(&self) -> SignedDuration {
        SignedDuration::from_secs(i64::from(LATENCY_SECONDS * self.speed.factor()))
    }
}

impl Moment {
    /// The moment that is written `minutes:seconds`.
    pub const fn at(minutes: i64, seconds: i64) -> Self {
        Self(SignedDuration::from_secs(60 * minutes + seconds))
    }

    /// How long after another one it is.
    pub fn since(self, other: Self) -> SignedDuration {
        self.0 - other.0
    }

    /// The moment that is later by `duration`.
    #[must_use]
    pub fn plus(self, duration: SignedDuration) -> Self {
        Self(self.0 + duration)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A moment that has begun: 2:03.9 is 2:03, as on a clock.
        let seconds = self.0.as_millis().div_euclid(1_000);
        let sign = if seconds < 0 { "-" } else { "" };
        let seconds = seconds.abs();
        f.pad(&format!("{sign}{}:{:02}", seconds / 60, seconds % 60))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timeline() -> Timeline {
        Timeline {
            zero: "2026-02-18T21:45:00Z".parse().unwrap(),
            speed: Speed::FASTEST,
        }
    }

    #[test]
    fn ten_seconds_are_a_minute_at_the_fastest_speed() {
        let moment = |time: &str| timeline().moment(time.parse().unwrap());
        assert_eq!(moment("2026-02-18T21:45:20Z"), Moment::at(2, 0));
        assert_eq!(moment("2026-02-18T21:45:20.65Z").to_string(), "2:03");
        assert_eq!(moment("2026-02-18T21:44:59.5Z").to_string(), "-0:03");
        assert_eq!(timeline().tolerance(), SignedDuration::from_secs(18));
    }

    #[test]
    fn a_moment_is_a_time_and_back() {
        let moment = Moment::at(2, 3);
        let time = timeline().time(moment);
        assert_eq!(time.to_string(), "2026-02-18T21:45:20.5Z");
        assert_eq!(timeline().moment(time), moment);
    }
}
