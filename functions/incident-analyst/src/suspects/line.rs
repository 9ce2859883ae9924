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
}

impl Line {
    /// Takes the points of all series of one metric of one node.
    pub(super) fn of<'a>(series: impl IntoIterator<Item = &'a CaseSeries>) -> Self {
        let mut points = Vec::new();
        for series in series {
            let factor = Measure::of(&series.metric).factor(&series.unit);
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
        Self { points, step }
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

    /// The value of the period that `time` is in, if there is one. A period begins at its point.
    pub(super) fn at(&self, time: i64, least_period: i64) -> Option<f64> {
        let after = self.points.partition_point(|(at, _)| *at <= time);
        let (at, value) = self.points.get(after.checked_sub(1)?)?;
        let age = time.saturating_sub(*at);
        (age < self.step.max(least_period)).then_some(*value)?
    }
}

/// The median distance of two neighbours: a gap does not change it.
fn step(points: &[(i64, Option<f64>)]) -> i64 {
    let mut steps: Vec<i64> = points
        .iter()
        .zip(points.iter().skip(1))
        .map(|((before, _), (after, _))| after.saturating_sub(*before))
        .collect();
    let middle = steps.len() / 2;
    if steps.is_empty() {
        return 0;
    }
    let (_, step, _) = steps.select_nth_unstable(middle);
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
        assert_eq!(found.at(239, 120), Some(3.0));
    }
}
