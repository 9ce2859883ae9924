//! Which patterns tell most: those that are new or rose, errors first.

use std::cmp::Reverse;

use jiff::{SignedDuration, Timestamp};

use crate::evidence::PatternCount;

/// The chance of a change of this size in something that did not change is one in twenty: the quantile of the chi-squared distribution
/// with one degree of freedom.
const NOTICEABLE: f64 = 3.84;

/// A window is no shorter, or one entry in its first second would be sixty a minute.
const LEAST: SignedDuration = SignedDuration::from_mins(1);

/// How long the two times are, in minutes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spans {
    before: f64,
    since: f64,
}

impl Spans {
    /// The window lasts up to the last entry.
    pub(super) fn new(
        before: SignedDuration,
        window_began: Timestamp,
        last: Option<Timestamp>,
    ) -> Self {
        let since = last.map_or(LEAST, |last| last.duration_since(window_began));
        Self {
            before: before.max(LEAST).as_secs_f64() / 60.0,
            since: since.max(LEAST).as_secs_f64() / 60.0,
        }
    }
}

/// The most telling first. Equal ones are ordered by what they are, so that the order is always the same.
pub(super) fn rank(patterns: &mut [PatternCount], spans: &Spans) {
    patterns.sort_by(|one, other| {
        let change = |pattern| change(pattern, spans);
        class(one, change(one))
            .cmp(&class(other, change(other)))
            .then_with(|| change(other).total_cmp(&change(one)))
            .then_with(|| Reverse(one.since).cmp(&Reverse(other.since)))
            .then_with(|| one.first_at.cmp(&other.first_at))
            .then_with(|| one.text.cmp(&other.text))
            .then_with(|| one.template.cmp(&other.template))
    });
}

fn class(pattern: &PatternCount, change: f64) -> u8 {
    let is_new = pattern.before == 0 && pattern.since > 0;
    match (is_new || change >= NOTICEABLE, pattern.is_error) {
        (true, true) => 0,
        (true, false) => 1,
        (false, true) => 2,
        (false, false) => 3,
    }
}

/// How much its rate changed, and how sure that is: the log-likelihood ratio of two Poisson rates (Dunning 1993, "Accurate methods for the
/// statistics of surprise and coincidence"), negative if it fell. From 1 to 10 an hour tells less than from 100 to 1,000.
fn change(pattern: &PatternCount, spans: &Spans) -> f64 {
    let (before, since) = (number(pattern.before), number(pattern.since));
    let all = before + since;
    let share = spans.since / (spans.before + spans.since);
    let (expected_before, expected_since) = (all * (1.0 - share), all * share);
    let part = |seen: f64, expected: f64| {
        if seen > 0.0 {
            seen * (seen / expected).ln()
        } else {
            0.0
        }
    };
    let ratio = 2.0 * (part(before, expected_before) + part(since, expected_since));
    if since >= expected_since {
        ratio
    } else {
        -ratio
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a count of more than 2^53 entries does not occur"
)]
fn number(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::LogEntry;

    fn pattern(text: &str, is_error: bool, before: u64, since: u64) -> PatternCount {
        PatternCount {
            template: 1,
            text: text.to_owned(),
            is_error,
            before,
            since,
            first_at: Timestamp::UNIX_EPOCH,
            last_at: Timestamp::UNIX_EPOCH,
            example: LogEntry {
                event_id: String::new(),
                group: String::new(),
                stream: String::new(),
                at: Timestamp::UNIX_EPOCH,
                message: text.to_owned(),
            },
        }
    }

    fn spans(before: f64, since: f64) -> Spans {
        Spans { before, since }
    }

    #[test]
    fn errors_that_are_new_or_rose_come_first_and_what_fell_last() {
        let mut patterns = vec![
            pattern("fell", false, 600, 10),
            pattern("as ever", false, 600, 100),
            pattern("error as ever", true, 60, 10),
            pattern("rose", false, 60, 100),
            pattern("new", false, 0, 5),
            pattern("error rose", true, 6, 100),
            pattern("new error", true, 0, 1),
        ];
        rank(&mut patterns, &spans(60.0, 10.0));
        let order: Vec<&str> = patterns
            .iter()
            .map(|pattern| pattern.text.as_str())
            .collect();
        let expected = [
            "error rose",
            "new error",
            "rose",
            "new",
            "error as ever",
            "as ever",
            "fell",
        ];
        assert_eq!(order, expected);
    }

    #[test]
    fn a_change_is_measured_by_rates_and_not_by_counts() {
        let table = [
            ((600, 100), spans(60.0, 10.0), 0.0),
            ((0, 0), spans(60.0, 10.0), 0.0),
            ((10, 10), spans(10.0, 10.0), 0.0),
            ((0, 1), spans(60.0, 10.0), 3.89),
            ((100, 0), spans(60.0, 10.0), -30.83),
            ((60, 100), spans(60.0, 10.0), 195.98),
        ];
        for ((before, since), spans, expected) in table {
            let change = change(&pattern("", false, before, since), &spans);
            assert!(
                (change - expected).abs() < 0.01,
                "{before} {since}: {change}"
            );
        }
    }

    #[test]
    fn the_window_lasts_up_to_the_last_entry_and_no_less_than_a_minute() {
        let began = Timestamp::from_second(10_000).unwrap();
        let last = |second| Some(Timestamp::from_second(second).unwrap());
        let hour = SignedDuration::from_hours(1);
        assert_eq!(Spans::new(hour, began, last(10_600)), spans(60.0, 10.0));
        assert_eq!(Spans::new(hour, began, last(9_000)), spans(60.0, 1.0));
        assert_eq!(
            Spans::new(SignedDuration::ZERO, began, None),
            spans(1.0, 1.0)
        );
    }
}
