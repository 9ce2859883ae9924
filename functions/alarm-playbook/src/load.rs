//! Whether load rose with the metric: then more tasks help, and a restart does not.
//!
//! Pure.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use crate::rule::{Rule, Series};

/// How many periods before the onset are looked at.
const EARLIER: i32 = 20;

/// How many of them must have requests, so that their median is what is usual.
const ENOUGH: usize = 10;

/// How much more is more.
const RISEN: f64 = 1.5;

/// Most services count requests by the minute, whatever the period of the alarm.
const SHORTEST_SECONDS: u32 = 60;

/// The requests to a service in a period, before a metric began to breach and since: the medians.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Load {
    /// Before.
    pub before: f64,
    /// Since.
    pub since: f64,
    /// The length of the period.
    pub period_seconds: u32,
}

/// Which complete periods of requests tell the load.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LoadSpan {
    /// The start of the first one before the onset.
    pub from: Timestamp,
    /// The start of the first one that is not before it.
    pub onset: Timestamp,
    /// The end of the last one.
    pub until: Timestamp,
    /// The length of a period.
    pub period_seconds: u32,
}

impl LoadSpan {
    /// The periods that tell the load behind an alarm that fired at that time.
    pub fn of(rule: &Rule, fired_at: Timestamp, now: Timestamp) -> Self {
        let period_seconds = rule.period_seconds.max(SHORTEST_SECONDS);
        let period = i64::from(period_seconds);
        let aligned = |time: Timestamp| {
            let start = time.as_second().div_euclid(period) * period;
            Timestamp::from_second(start).unwrap_or(time)
        };
        let onset = aligned(rule.onset(fired_at));
        Self {
            from: onset - SignedDuration::from_secs(period).saturating_mul(EARLIER),
            onset,
            until: aligned(now),
            period_seconds,
        }
    }
}

impl Load {
    /// The load by these requests; `None` if they are too few to tell.
    pub fn of(requests: &Series, span: LoadSpan) -> Option<Self> {
        let within = |from: Timestamp, until: Timestamp| -> Vec<f64> {
            let all = requests.iter();
            let within = all.filter(|(start, _)| (from..until).contains(*start));
            within.map(|(_, requests)| *requests).collect()
        };
        let before = within(span.from, span.onset);
        if before.len() < ENOUGH {
            return None;
        }
        Some(Self {
            before: median(before)?,
            since: median(within(span.onset, span.until))?,
            period_seconds: span.period_seconds,
        })
    }

    /// Whether so many more requests came that they may be the cause.
    pub fn has_risen(&self) -> bool {
        self.before > 0.0 && self.since >= RISEN * self.before
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.retain(|value| value.is_finite());
    values.sort_by(f64::total_cmp);
    let upper = values.get(values.len() / 2)?;
    let lower = values.get((values.len() - 1) / 2)?;
    Some(f64::midpoint(*lower, *upper))
}

impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let a_minute = |requests: f64| requests * 60.0 / f64::from(self.period_seconds);
        let (before, since) = (a_minute(self.before), a_minute(self.since));
        let requests = format!("{before:.0} -> {since:.0} requests a minute");
        if self.has_risen() {
            let times = self.since / self.before;
            return write!(f, "load rose {times:.1} times: {requests}");
        }
        write!(f, "load did not rise: {requests}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::tests::checkout_errors;

    fn at(time: &str) -> Timestamp {
        format!("2026-02-18T{time}Z").parse().unwrap()
    }

    /// Fired at 21:47:01 by the minutes from 21:45 on.
    fn span() -> LoadSpan {
        LoadSpan::of(&checkout_errors(), at("21:47:01"), at("21:47:30"))
    }

    /// The load when so many minutes before the onset had these requests, and those since had those.
    fn load(minutes: i64, before: f64, since: &[f64]) -> Option<Load> {
        let minute = |n: i64| at("21:45:00") + SignedDuration::from_mins(n);
        let earlier = (1..=minutes).map(|n| (minute(-n), before));
        let later = (0..).map(minute).zip(since.iter().copied());
        Load::of(&earlier.chain(later).collect(), span())
    }

    #[test]
    fn the_periods_before_the_onset_and_those_since_are_whole() {
        let expected = LoadSpan {
            from: at("21:25:00"),
            onset: at("21:45:00"),
            until: at("21:47:00"),
            period_seconds: 60,
        };
        assert_eq!(span(), expected);
        // Requests are counted by the minute where the alarm looks every ten seconds.
        let fast = Rule {
            period_seconds: 10,
            ..checkout_errors()
        };
        let fast = LoadSpan::of(&fast, at("21:47:01"), at("21:47:30"));
        assert_eq!((fast.onset, fast.period_seconds), (at("21:46:00"), 60));
        let slow = Rule {
            period_seconds: 86_400,
            evaluation_periods: 1,
            datapoints_to_alarm: 1,
            ..checkout_errors()
        };
        let slow = LoadSpan::of(&slow, at("21:47:01"), at("21:47:30"));
        let midnight = |day: &str| {
            format!("2026-{day}T00:00:00Z")
                .parse::<Timestamp>()
                .unwrap()
        };
        assert_eq!(
            (slow.from, slow.onset, slow.until),
            (midnight("01-28"), midnight("02-17"), midnight("02-18"))
        );
    }

    #[test]
    fn load_has_risen_from_one_and_a_half_times_on() {
        let told = |since: &[f64]| {
            let load = load(20, 120.0, since).unwrap();
            (load.has_risen(), load.to_string())
        };
        let yes = |text: &str| (true, text.to_owned());
        let no = |text: &str| (false, text.to_owned());
        assert_eq!(
            told(&[270.0, 282.0]),
            yes("load rose 2.3 times: 120 -> 276 requests a minute")
        );
        assert_eq!(
            told(&[180.0]),
            yes("load rose 1.5 times: 120 -> 180 requests a minute")
        );
        assert_eq!(
            told(&[179.0]),
            no("load did not rise: 120 -> 179 requests a minute")
        );
    }

    #[test]
    fn too_few_periods_tell_nothing() {
        assert_eq!(load(9, 120.0, &[300.0]), None);
        assert_eq!(load(20, 120.0, &[]), None);
        // Older ones and those that are not over do not count.
        let usual = load(20, 120.0, &[120.0; 2]);
        assert_eq!(load(40, 120.0, &[120.0, 120.0, 900.0]), usual);
        assert_eq!(load(40, 120.0, &[f64::NAN]), None);
        assert!(!load(20, 0.0, &[5.0]).unwrap().has_risen());
    }
}
