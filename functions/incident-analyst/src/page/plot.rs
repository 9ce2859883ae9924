//! What a plot of a metric shows, and where: no markup and no text of others.

use jiff::Timestamp;

use super::amount::base;
use super::scale::{Scale, Span};
use crate::analysis::Metric;
use crate::series::{MetricKind, Point};

/// The width of the drawing that the lines are in; its height is [`HEIGHT`], and both are stretched to fit.
pub(super) const WIDTH: f64 = 1_000.0;

/// The height of the drawing that the lines are in.
pub(super) const HEIGHT: f64 = 100.0;

/// More points than this in one plot are more than a screen has; of their neighbours the lowest and the highest are drawn.
const MOST_POINTS: usize = 600;

/// Points beyond this many are not looked at: a day in seconds.
const MOST_READ: usize = 86_400;

/// A place in the drawing, from its upper left.
pub(super) type Place = (f64, f64);

/// A metric as it is drawn.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Plot {
    pub(super) scale: Scale,
    /// The lines between gaps; one of a single place is a dot.
    pub(super) lines: Vec<Vec<Place>>,
    /// What is to be said of it in words; `None` if it has no data.
    pub(super) extremes: Option<Extremes>,
}

/// The telling values of a metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Extremes {
    pub(super) lowest: f64,
    pub(super) highest: f64,
    pub(super) highest_at: Timestamp,
    pub(super) last: f64,
}

/// A value and when it was measured.
type Sample = (Timestamp, f64);

impl Plot {
    /// Draws `metric` over `span` on about `lines` horizontal lines.
    pub(super) fn of(metric: &Metric, span: &Span, lines: u32) -> Self {
        let points = metric.series.points.iter().take(MOST_READ);
        let runs = runs(points.filter(|point| span.percent(point.at).is_some()));
        let values = runs.iter().flatten().map(|(_, value)| *value);
        let is_tight = metric.series.kind == MetricKind::Availability;
        let scale = Scale::of(values.chain(metric.threshold), (lines, is_tight), |high| {
            base(high, &metric.series.unit)
        });
        let most = MOST_POINTS / runs.len().clamp(1, MOST_POINTS);
        let place = |(at, value): &Sample| {
            let x = span.clamped(*at) / 100.0 * WIDTH;
            (x, HEIGHT * (1.0 - scale.share(*value)))
        };
        Self {
            lines: runs
                .iter()
                .take(MOST_POINTS)
                .map(|run| thinned(run, most).iter().map(place).collect())
                .collect(),
            extremes: extremes(&runs),
            scale,
        }
    }
}

/// The measured values between gaps.
fn runs<'p>(points: impl Iterator<Item = &'p Point>) -> Vec<Vec<Sample>> {
    let mut runs = Vec::new();
    let mut run = Vec::new();
    for point in points {
        match point.value.filter(|value| value.is_finite()) {
            Some(value) => run.push((point.at, value)),
            None => runs.push(std::mem::take(&mut run)),
        }
    }
    runs.push(run);
    runs.retain(|run| !run.is_empty());
    runs
}

/// About `most` of the samples: of each stretch the lowest and the highest, so that no peak is lost.
fn thinned(run: &[Sample], most: usize) -> Vec<Sample> {
    if run.len() <= most.max(2) {
        return run.to_vec();
    }
    let stretch = (2 * run.len()).div_ceil(most.max(2));
    run.chunks(stretch).flat_map(ends).collect()
}

/// The lowest and the highest of some samples, the earlier one first.
fn ends(samples: &[Sample]) -> Vec<Sample> {
    let by_value = |one: &&Sample, other: &&Sample| one.1.total_cmp(&other.1);
    let lowest = samples.iter().min_by(by_value);
    let highest = samples.iter().max_by(by_value);
    let mut ends: Vec<Sample> = lowest.into_iter().chain(highest).copied().collect();
    ends.sort_by_key(|(at, _)| *at);
    ends.dedup();
    ends
}

fn extremes(runs: &[Vec<Sample>]) -> Option<Extremes> {
    let samples = || runs.iter().flatten();
    let by_value = |one: &&Sample, other: &&Sample| one.1.total_cmp(&other.1);
    let (_, lowest) = samples().min_by(by_value)?;
    // The first of equals.
    let (highest_at, highest) = samples().rev().max_by(by_value)?;
    let (_, last) = samples().next_back()?;
    Some(Extremes {
        lowest: *lowest,
        highest: *highest,
        highest_at: *highest_at,
        last: *last,
    })
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::series::Series;

    fn metric(values: &[Option<f64>]) -> Metric {
        let points = values.iter().zip(0_i64..).map(|(value, minute)| Point {
            at: Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minute),
            value: *value,
        });
        Metric {
            series: Series {
                id: "alarm".to_owned(),
                node: "shop".to_owned(),
                label: "Errors (Sum)".to_owned(),
                unit: "Count".to_owned(),
                kind: MetricKind::Errors,
                period: 60,
                points: points.collect(),
            },
            threshold: None,
            onset: None,
            trend: None,
        }
    }

    fn plot(values: &[Option<f64>], minutes: i64) -> Plot {
        let until = Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes);
        let span = Span::new(Timestamp::UNIX_EPOCH, until, until);
        Plot::of(&metric(values), &span, 2)
    }

    #[test]
    fn a_gap_breaks_the_line_and_what_is_no_number_is_a_gap() {
        let plot = plot(
            &[
                Some(0.0),
                Some(10.0),
                None,
                Some(5.0),
                Some(f64::NAN),
                Some(7.5),
                Some(7.5),
            ],
            10,
        );
        assert_eq!(
            plot.lines,
            [
                vec![(0.0, 100.0), (100.0, 0.0)],
                vec![(300.0, 50.0)],
                vec![(500.0, 25.0), (600.0, 25.0)],
            ]
        );
        assert_eq!(
            plot.extremes,
            Some(Extremes {
                lowest: 0.0,
                highest: 10.0,
                highest_at: Timestamp::UNIX_EPOCH + SignedDuration::from_mins(1),
                last: 7.5,
            })
        );
    }

    #[test]
    fn a_metric_without_data_has_a_plot_without_lines() {
        for values in [&[][..], &[None, None], &[Some(f64::INFINITY)]] {
            let plot = plot(values, 10);
            assert_eq!((plot.lines, plot.extremes), (vec![], None));
        }
    }

    #[test]
    fn what_lies_outside_the_time_is_not_drawn() {
        let plot = plot(&[Some(1.0), Some(2.0), Some(300.0)], 1);
        assert_eq!(plot.scale.lines.last(), Some(&2.0));
    }

    #[test]
    fn many_points_are_thinned_and_keep_their_peaks() {
        let mut values = vec![Some(1.0); 50_000];
        values[31_234] = Some(100.0);
        let plot = plot(&values, 50_000);
        let drawn: Vec<&Place> = plot.lines.iter().flatten().collect();
        assert!(drawn.len() <= MOST_POINTS, "{}", drawn.len());
        assert!(drawn.iter().any(|(_, y)| *y == 0.0));
        let with_gaps: Vec<Option<f64>> = (0..50_000)
            .map(|n| (n % 2 == 0).then_some(f64::from(n)))
            .collect();
        let plot = self::plot(&with_gaps, 50_000);
        assert_eq!(plot.lines.len(), MOST_POINTS);
    }
}
