//! A series made fit to be looked up by time.

use super::CaseSeries;
use super::measure::Measure;

/// Larger values are no measurements; their squares and products stay finite below it.
const LARGEST: f64 = 1e60;

/// Points less than this apart are of high resolution, as CloudWatch calls it.
const HIGH_RESOLUTION_SECONDS: i64 = 60;

/// A metric of a node: sorted, each time once, nothing in it that is not finite.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Line {
    points: Vec<(i64, Option<f64>)>,
    step: i64,
    /// Whether a longer period has more of it: see [`Measure::adds_up`].
    adds_up: bool,
}

impl Line {
    /// Takes the points of all series of one metric of one node.
    pub(super) fn of<'a>(series: impl IntoIterator<Item = &'a CaseSeries>) -> Self {
        let mut points = Vec::new();
        let mut adds_up = false;
        for series in series {
            let measure = Measure::of(&series.metric);
            adds_up = measure.adds_up();
            let factor = measure.factor(&series.unit);
            let usable = |value: f64| value.is_finite() && value.abs() < LARGEST;
            let cleaned = series.points.iter().map(|(at, value)| {
                (
                    *at,
                    value.filter(|value| usable(*value)).map(|v| v * factor),
                )
            });
            points.extend(cleaned);
        }
        // The largest of a time goes first: what is there before what is missing.
        points.sort_by(|a, b| {
            let by_value = || match (a.1, b.1) {
                (Some(a), Some(b)) => b.total_cmp(&a),
                (a, b) => b.is_some().cmp(&a.is_some()),
            };
            a.0.cmp(&b.0).then_with(by_value)
        });
        points.dedup_by_key(|(at, _)| *at);
        let step = step(&points);
        Self {
            points,
            step,
            adds_up,
        }
    }

    /// Its times and values, oldest first.
    pub(super) fn points(&self) -> &[(i64, Option<f64>)] {
        &self.points
    }

    /// The seconds from one point to the next, mostly.
    pub(super) fn step(&self) -> i64 {
        self.step
    }

    /// Whether its points come faster than trouble travels.
    pub(super) fn is_high_resolution(&self) -> bool {
        self.points.len() > 1 && self.step < HIGH_RESOLUTION_SECONDS
    }

    /// The value of a period of `period` seconds that begins at `time`, if there is one. A period begins at its point.
    ///
    /// Finer points are gathered: counts are added, everything else is averaged. A coarser point is repeated, because its trouble
    /// is known for no shorter time, and one who is measured coarsely may still be the one at fault; of a count, each repetition has its part.
    /// A period of 0 takes the value as it is.
    pub(super) fn at(&self, time: i64, period: i64) -> Option<f64> {
        if 0 < self.step && self.step < period {
            return self.gathered(time, period);
        }
        let after = self.points.partition_point(|(at, _)| *at <= time);
        let (at, value) = self.points.get(after.checked_sub(1)?)?;
        let age = time.saturating_sub(*at);
        let is_repeated = self.adds_up && 0 < period && period < self.step;
        let part = if is_repeated {
            seconds(period) / seconds(self.step)
        } else {
            1.0
        };
        let value = (age < self.step.max(period)).then_some(*value)?;
        value.map(|value| value * part)
    }

    /// What the points that reach into a longer period come to; each counts by how much of it does. A missing count is none.
    fn gathered(&self, time: i64, period: i64) -> Option<f64> {
        let end = time.saturating_add(period);
        let earliest = time.saturating_sub(self.step);
        let first = self.points.partition_point(|(at, _)| *at <= earliest);
        let (mut sum, mut parts) = (0.0, 0.0);
        let reaching = self.points.iter().skip(first);
        for (at, value) in reaching.take_while(|(at, _)| *at < end) {
            let over = at.saturating_add(self.step).min(end);
            let part = seconds(over.saturating_sub(time.max(*at))) / seconds(self.step);
            if let Some(value) = value {
                sum += value * part;
                parts += part;
            }
        }
        let value = if self.adds_up { sum } else { sum / parts };
        (parts > 0.0).then_some(value)
    }
}

/// Seconds to reckon with. No period is longer than what fits.
fn seconds(seconds: i64) -> f64 {
    u32::try_from(seconds).map_or(f64::from(u32::MAX), f64::from)
}

/// A distance that a quarter of the neighbours keep within: neither the gaps of a series that has a point only where something happened
/// nor a stray point change it.
fn step(points: &[(i64, Option<f64>)]) -> i64 {
    let mut steps: Vec<i64> = points
        .iter()
        .zip(points.iter().skip(1))
        .map(|((before, _), (after, _))| after.saturating_sub(*before))
        .collect();
    let quarter = steps.len() / 4;
    if steps.is_empty() {
        return 0;
    }
    let (_, step, _) = steps.select_nth_unstable(quarter);
    *step
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(points: &[(i64, Option<f64>)]) -> Line {
        Line::of(&[CaseSeries {
            metric: "latency".to_owned(),
            unit: "Milliseconds".to_owned(),
            points: points.to_vec(),
            ..CaseSeries::default()
        }])
    }

    #[test]
    fn points_are_sorted_and_each_time_counts_once() {
        let found = line(&[
            (120, Some(f64::NAN)),
            (60, Some(2000.0)),
            (0, None),
            (60, Some(3000.0)),
            (0, Some(1000.0)),
            (60, None),
            (180, Some(1e300)),
        ]);
        let expected = [(0, Some(1.0)), (60, Some(3.0)), (120, None), (180, None)];
        assert_eq!((found.points(), found.step()), (&expected[..], 60));
    }

    #[test]
    fn a_value_holds_for_its_period() {
        let found = line(&[(0, Some(1000.0)), (60, None), (120, Some(3000.0))]);
        for (time, value) in [
            (-1, None),
            (0, Some(1.0)),
            (59, Some(1.0)),
            (60, None),
            (119, None),
            (120, Some(3.0)),
            (179, Some(3.0)),
            (180, None),
            (i64::MAX, None),
            (i64::MIN, None),
        ] {
            assert_eq!(found.at(time, 0), value, "at {time}");
        }
    }

    #[test]
    fn a_value_of_another_period_is_brought_to_the_one_that_is_asked_for() {
        let of = |metric: &str| {
            Line::of(&[CaseSeries {
                metric: metric.to_owned(),
                points: (0..4)
                    .zip([Some(1.0), None, Some(3.0), Some(8.0)])
                    .map(|(at, value)| (at * 60, value))
                    .collect(),
                ..CaseSeries::default()
            }])
        };
        // At, for so long: the sum of counts, the mean of everything else.
        for (time, period, sum, mean) in [
            (0, 0, Some(1.0), Some(1.0)),
            (0, 60, Some(1.0), Some(1.0)),
            (0, 120, Some(1.0), Some(1.0)),
            (120, 120, Some(11.0), Some(5.5)),
            (0, 240, Some(12.0), Some(4.0)),
            (150, 60, Some(3.0), Some(3.0)),
            (150, 90, Some(9.5), Some(19.0 / 3.0)),
            (60, 61, Some(0.05), Some(3.0)),
            (120, 20, Some(1.0), Some(3.0)),
            (160, 20, Some(1.0), Some(3.0)),
            (180, 1_000_000, Some(8.0), Some(8.0)),
            (240, 120, None, None),
            (-120, 120, None, None),
            (i64::MAX, i64::MAX, None, None),
            (i64::MIN, 120, None, None),
        ] {
            let found = ["errors", "latency"].map(|metric| of(metric).at(time, period));
            let thousandths = |value: f64| (value * 1e3).round();
            let [found, expected] =
                [found, [sum, mean]].map(|both| both.map(|value| value.map(thousandths)));
            assert_eq!(found, expected, "at {time} for {period} s");
        }
    }

    #[test]
    fn gaps_are_no_longer_steps() {
        let at = |minutes: &[i64]| {
            let points: Vec<_> = minutes
                .iter()
                .map(|minute| (minute * 60, Some(1.0)))
                .collect();
            line(&points).step()
        };
        let steps = [
            at(&[0, 1, 7, 9, 10, 30, 31, 50]),
            at(&[0, 5, 10, 11, 16, 21]),
            at(&[7]),
        ];
        assert_eq!(steps, [60, 300, 0]);
    }
}
