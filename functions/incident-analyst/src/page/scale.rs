//! Axes: which range is drawn, and where its lines are.

use jiff::{SignedDuration, Timestamp};

/// The range of a vertical axis and where its lines are, from below.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scale {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) lines: Vec<f64>,
}

/// What is drawn may not be larger: differences of such values are still numbers.
const LARGEST: f64 = 1e300;

/// No step is smaller: one that is can't be divided by.
const SMALLEST: f64 = 1e-290;

impl Scale {
    /// A range with round ends that holds all of `values`, and about `lines` lines in it. It begins at zero, because the height of a line is
    /// read as its amount, unless there are values below or it `is_tight`, as for percentages near 100. What is round is so in multiples of
    /// what `base` says of the largest value.
    pub(super) fn of(
        values: impl Iterator<Item = f64>,
        (lines, is_tight): (u32, bool),
        base: impl Fn(f64) -> f64,
    ) -> Self {
        let values = values.filter(|value| value.is_finite());
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            let value = value.clamp(-LARGEST, LARGEST);
            (low.min(value), high.max(value))
        });
        let (low, high) = if low > high { (0.0, 0.0) } else { (low, high) };
        let (low, high) = if is_tight {
            (low, high)
        } else {
            (low.min(0.0), high.max(0.0))
        };
        let size = low.abs().max(high.abs());
        let high = match high - low > 1e-9 * size {
            true => high,
            false if size > 0.0 => low + size / 2.0,
            false => 1.0,
        };
        let base = base(high);
        let step = base * round_step((high - low) / f64::from(lines.max(1)) / base);
        let first = (low / step).floor();
        let count = ((high / step).ceil() - first).clamp(1.0, 12.0);
        let line = |index: u32| (first + f64::from(index)) * step;
        let lines = (0..=12)
            .take_while(|index| f64::from(*index) <= count)
            .map(line);
        Self {
            low: first * step,
            high: (first + count) * step,
            lines: lines.collect(),
        }
    }

    /// How far up `value` is, from 0 to 1.
    pub(super) fn share(&self, value: f64) -> f64 {
        let value = value.clamp(self.low, self.high);
        (value / 2.0 - self.low / 2.0) / (self.high / 2.0 - self.low / 2.0)
    }
}

/// The next larger of 1, 2, 2.5, 5 and 10 of its power of ten.
fn round_step(step: f64) -> f64 {
    let step = step.max(SMALLEST);
    let power = 10_f64.powf(step.log10().floor());
    let factors = [1.0, 2.0, 2.5, 5.0, 10.0];
    let factor = factors.into_iter().find(|factor| factor * power >= step);
    factor.unwrap_or(10.0) * power
}

/// The time that all plots of a page show.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Span {
    from: Timestamp,
    until: Timestamp,
}

impl Span {
    /// From the first to the second; half an hour before and after `around` if there is no time between them.
    pub(super) fn new(from: Timestamp, until: Timestamp, around: Timestamp) -> Self {
        if from < until {
            return Self { from, until };
        }
        let half = SignedDuration::from_mins(30);
        Self {
            from: around.saturating_sub(half).unwrap_or(Timestamp::MIN),
            until: around.saturating_add(half).unwrap_or(Timestamp::MAX),
        }
    }

    /// How far along `at` is, in percent; `None` if it is outside.
    pub(super) fn percent(&self, at: Timestamp) -> Option<f64> {
        let is_within = (self.from..=self.until).contains(&at);
        is_within.then(|| self.clamped(at))
    }

    /// The same, with all that is outside at the edges.
    pub(super) fn clamped(&self, at: Timestamp) -> f64 {
        let at = at.clamp(self.from, self.until);
        let whole = self.until.duration_since(self.from).as_secs_f64();
        100.0 * at.duration_since(self.from).as_secs_f64() / whole
    }

    /// Round times to write below, at most six and none at the very edges, where there is no room for their words.
    pub(super) fn ticks(&self) -> Vec<Timestamp> {
        let seconds = self.until.duration_since(self.from).as_secs();
        let minutes = [1, 2, 5, 10, 15, 30, 60, 120, 360, 720, 1_440];
        let steps = minutes.into_iter().map(|minutes| minutes * 60);
        let Some(step) = steps.into_iter().find(|step| seconds / step <= 5) else {
            return Vec::new();
        };
        let first = self.from.as_second().div_euclid(step) + 1;
        let ticks = (first..first + 7).filter_map(|n| Timestamp::from_second(n * step).ok());
        ticks
            .filter(|at| {
                self.percent(*at)
                    .is_some_and(|percent| (4.0..=96.0).contains(&percent))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_scale_has_round_ends_around_its_values() {
        for (values, lines, is_tight, expected) in [
            (vec![1.0, 61.0], 3, false, (0.0, 75.0)),
            (vec![0.08, 0.39], 2, false, (0.0, 0.4)),
            (vec![0.0, 0.0], 3, false, (0.0, 1.0)),
            (vec![4.0, 4.0], 2, false, (0.0, 4.0)),
            (vec![-3.0, 7.0], 3, false, (-5.0, 10.0)),
            (vec![98.7, 99.95], 3, true, (98.5, 100.0)),
            (vec![100.0], 3, true, (100.0, 160.0)),
            (vec![f64::NAN], 3, false, (0.0, 1.0)),
            (vec![], 3, false, (0.0, 1.0)),
        ] {
            let scale = Scale::of(values.iter().copied(), (lines, is_tight), |_| 1.0);
            assert_eq!((scale.low, scale.high), expected, "{values:?}");
        }
        let scale = Scale::of([1.0, 61.0].into_iter(), (3, false), |_| 1.0);
        assert_eq!(scale.lines, [0.0, 25.0, 50.0, 75.0]);
        let scale = Scale::of([1_312.0].into_iter(), (3, false), |_| 60.0);
        assert_eq!(scale.lines, [0.0, 600.0, 1_200.0, 1_800.0]);
    }

    #[test]
    fn round_times_are_written_below() {
        let span = Span::new(
            at("2026-03-12T13:05:00Z"),
            at("2026-03-12T14:22:00Z"),
            Timestamp::MIN,
        );
        let expected = ["13:15", "13:30", "13:45", "14:00", "14:15"];
        let expected = expected.map(|time| at(&format!("2026-03-12T{time}:00Z")));
        assert_eq!(span.ticks(), expected);
    }

    #[test]
    fn without_a_time_between_there_is_one_around_the_alarm() {
        let alarm = at("2026-03-12T14:00:00Z");
        let span = Span::new(alarm, alarm, alarm);
        assert_eq!(span.percent(alarm), Some(50.0));
        assert_eq!(span.percent(at("2026-03-12T14:31:00Z")), None);
        assert_eq!(Some(span.clamped(at("2026-03-12T14:31:00Z"))), Some(100.0));
        let span = Span::new(Timestamp::MAX, Timestamp::MAX, Timestamp::MAX);
        assert_eq!(span.percent(Timestamp::MAX), Some(100.0));
    }

    proptest! {
        #[test]
        fn whatever_is_measured_has_its_place(values in proptest::collection::vec(any::<f64>(), 0..8), lines in 0_u32..6, is_tight: bool) {
            let scale = Scale::of(values.iter().copied(), (lines, is_tight), |_| 1.0);
            prop_assert!(scale.low.is_finite() && scale.high.is_finite() && scale.low < scale.high, "{scale:?}");
            prop_assert!((2..=13).contains(&scale.lines.len()), "{scale:?}");
            for value in values.into_iter().filter(|value| !value.is_nan()) {
                prop_assert!((0.0..=1.0).contains(&scale.share(value)), "{value} {scale:?}");
            }
        }
    }
}
