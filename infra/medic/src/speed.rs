//! How much faster than life an installation runs: shorter periods of its alarm, more frequent ticks of its function.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// A minute of the incident is one period of the alarm.
const SECONDS_PER_PERIOD: u32 = 60;

/// Periods that CloudWatch knows, as the speeds that lead to them: 60, 30, 20 and 10 seconds.
const SPEEDS: [u32; 4] = [1, 2, 3, 6];

/// How often faster than life.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Speed(u32);

impl Speed {
    /// As on AWS.
    pub const LIFE: Self = Self(1);

    /// As fast as the periods of CloudWatch allow.
    pub const FASTEST: Self = Self(6);

    /// The factor.
    pub fn factor(self) -> u32 {
        self.0
    }

    /// The alarm's period.
    pub fn period(self) -> SignedDuration {
        SignedDuration::from_secs(i64::from(self.period_seconds()))
    }

    /// The alarm's period in seconds.
    pub fn period_seconds(self) -> u32 {
        SECONDS_PER_PERIOD / self.0
    }

    /// The schedule of the function's tick, which comes once in a period. `None` for the template's own, because AWS has
    /// none that is shorter than a minute.
    pub fn tick_schedule(self) -> Option<String> {
        (self != Self::LIFE).then(|| format!("rate({} seconds)", self.period_seconds()))
    }

    /// The end of the period in which `time` is.
    pub fn next_boundary(self, time: Timestamp) -> Timestamp {
        let period = i64::from(self.period_seconds());
        let next = (time.as_second().div_euclid(period) + 1) * period;
        // Only the last seconds of the year 9999 have no next period.
        Timestamp::from_second(next).unwrap_or(time)
    }

    /// How long something takes here that takes `scenario` in life.
    pub fn wall(self, scenario: SignedDuration) -> Duration {
        scenario.unsigned_abs() / self.0
    }
}

impl FromStr for Speed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let speed = text.parse().ok().filter(|speed| SPEEDS.contains(speed));
        speed.map(Self).ok_or_else(|| {
            "use 1, 2, 3 or 6: CloudWatch has periods of 60, 30, 20 and 10 seconds".to_owned()
        })
    }
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_speed_is_one_that_cloudwatch_has_a_period_for() {
        assert_eq!("6".parse(), Ok(Speed::FASTEST));
        assert_eq!(Speed::FASTEST.period_seconds(), 10);
        for refused in ["0", "4", "60", "fast", "-1"] {
            let error = refused.parse::<Speed>().unwrap_err();
            assert!(error.starts_with("use 1, 2, 3 or 6:"), "{error}");
        }
    }

    #[test]
    fn periods_begin_at_whole_multiples_as_cloudwatchs_do() {
        let next = |time: &str| {
            let time: Timestamp = time.parse().unwrap();
            Speed::FASTEST.next_boundary(time).to_string()
        };
        assert_eq!(next("2026-02-18T21:45:03.2Z"), "2026-02-18T21:45:10Z");
        assert_eq!(next("2026-02-18T21:45:10Z"), "2026-02-18T21:45:20Z");
    }

    #[test]
    fn only_life_has_a_schedule_that_aws_knows() {
        assert_eq!(Speed::LIFE.tick_schedule(), None);
        assert_eq!(
            Speed::FASTEST.tick_schedule(),
            Some("rate(10 seconds)".to_owned())
        );
    }
}
