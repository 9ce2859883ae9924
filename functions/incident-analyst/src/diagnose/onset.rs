//! When a metric left what is usual.

use jiff::{SignedDuration, Timestamp};

use super::usual::{HIGH_RESOLUTION_SECONDS, LEAST_FOR_MEAN, Usual};
use crate::series::{MetricKind, Point, Series};

/// A metric that was unusual once, an hour before the alarm, has nothing to do with it: what is unusual must still be so this long before
/// the breach. It is the longest that an alarm with the usual five periods of a minute, and one late datapoint, takes to fire twice over.
const LONGEST_BEFORE_BREACH: SignedDuration = SignedDuration::from_mins(12);

/// More points than an hour of seconds are not looked at.
const MOST_POINTS: usize = 4_000;

/// Where a metric left what is usual.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Onset {
    /// The first unusual point of those that the breach belongs to.
    pub(super) first: (Timestamp, f64),
    /// The most unusual one of them.
    pub(super) worst: (Timestamp, f64),
    /// What was usual before.
    pub(super) usual: f64,
    /// Whether it rose, or fell.
    pub(super) rose: bool,
    /// Whether it began at or before the breach. If not, it is a later moment: neither the onset of the trouble nor a reason for the alarm.
    pub(super) is_before_breach: bool,
    /// Whether it is usual again.
    pub(super) is_over: bool,
}

/// When `series` left what is usual; `None` if it did not, or if there is too little to say so.
///
/// Usual is what the values before the breach show ([`Usual`]); they may hold the beginning of the trouble, which does not move a median.
/// Unusual are two neighbouring points or more to the same side, with at most one other among three, or whatever the last point is: an alarm
/// that watches one datapoint fires on it. Points without a value are left out; they neither begin nor end anything.
pub(super) fn onset(series: &Series, breached_at: Timestamp) -> Option<Onset> {
    let values = values(series);
    let earliest = breached_at.checked_sub(LONGEST_BEFORE_BREACH).ok()?;
    let before = before(&values, series.period, (earliest, breached_at));
    let usual = Usual::of(&before, series.period, least_change(series.kind))?;
    let run = runs(&values, &usual)
        .into_iter()
        .find(|run| run.iter().any(|(at, _)| *at >= earliest))?;
    let far = |point: &&(Timestamp, f64)| usual.spreads(point.1).abs();
    let worst = run.iter().max_by(|a, b| far(a).total_cmp(&far(b)))?;
    let (first, last) = (run.first()?, run.last()?);
    Some(Onset {
        first: *first,
        worst: *worst,
        usual: usual.middle,
        rose: usual.side(first.1) > 0,
        is_before_breach: first.0 <= breached_at,
        is_over: values.last().is_some_and(|end| end.0 > last.0),
    })
}

/// Whether what was still so at `at` was so shortly before the breach, or later.
pub(super) fn is_near(at: Timestamp, breached_at: Timestamp) -> bool {
    breached_at.duration_since(at) <= LONGEST_BEFORE_BREACH
}

/// What shows what is usual: all before the breach; of a high-resolution metric only what is long before it, if that is enough, because a
/// mean and a deviation are moved by the trouble itself.
fn before(
    values: &[(Timestamp, f64)],
    period: u32,
    (earliest, breached_at): (Timestamp, Timestamp),
) -> Vec<f64> {
    let until = |until: Timestamp| -> Vec<f64> {
        let before = values.iter().filter(|(at, _)| *at < until);
        before.map(|(_, value)| *value).collect()
    };
    let long_before = until(earliest);
    if period <= HIGH_RESOLUTION_SECONDS && long_before.len() >= LEAST_FOR_MEAN {
        return long_before;
    }
    until(breached_at)
}

/// The points that have a value. Where no value means that there was nothing to count, that is a zero.
///
/// `HTTPCode_Target_5XX_Count` and its like are reported only if there is one: "Reporting criteria: There is a nonzero value"
/// (docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html). Of a metric without any value
/// nothing is known, not even that.
pub(super) fn values(series: &Series) -> Vec<(Timestamp, f64)> {
    let nothing = match series.kind {
        MetricKind::Errors | MetricKind::ClientErrors | MetricKind::Throttles
            if series.points.iter().any(|point| point.value.is_some()) =>
        {
            Some(0.0)
        }
        _ => None,
    };
    let skipped = series.points.len().saturating_sub(MOST_POINTS);
    let value = |point: &Point| {
        let value = point.value.filter(|value| value.is_finite()).or(nothing)?;
        Some((point.at, value))
    };
    series
        .points
        .iter()
        .skip(skipped)
        .filter_map(value)
        .collect()
}

/// The smallest change that would matter to anybody, whatever a series was before.
fn least_change(kind: MetricKind) -> f64 {
    match kind {
        // Percent of what there is.
        MetricKind::Cpu | MetricKind::Memory | MetricKind::Disk => 10.0,
        MetricKind::Availability => 1.0,
        MetricKind::HealthyHosts | MetricKind::UnhealthyHosts | MetricKind::RunningTasks => 0.5,
        MetricKind::Requests
        | MetricKind::Errors
        | MetricKind::ClientErrors
        | MetricKind::Throttles
        | MetricKind::Queue => 2.0,
        // Of seconds, milliseconds and whatever else: nothing is known but the values.
        MetricKind::Latency | MetricKind::Other => 1e-9,
    }
}

/// Unusual points to the same side, next to each other but for one.
struct Run {
    side: i8,
    /// The place of its last point.
    last: usize,
    points: Vec<(Timestamp, f64)>,
}

/// Stretches of unusual points.
fn runs(values: &[(Timestamp, f64)], usual: &Usual) -> Vec<Vec<(Timestamp, f64)>> {
    let mut runs: Vec<Run> = Vec::new();
    for (index, point) in values.iter().enumerate() {
        let side = usual.side(point.1);
        if side == 0 {
            continue;
        }
        match runs.last_mut() {
            Some(run) if run.side == side && index - run.last <= 2 => {
                run.last = index;
                run.points.push(*point);
            }
            _ => runs.push(Run {
                side,
                last: index,
                points: vec![*point],
            }),
        }
    }
    let end = values.len();
    runs.into_iter()
        .filter(|run| run.points.len() > 1 || run.last + 1 == end)
        .map(|run| run.points)
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minute * 60).unwrap()
    }

    fn series(kind: MetricKind, values: &[Option<f64>]) -> Series {
        let points = (0..).zip(values).map(|(minute, value)| Point {
            at: at(minute),
            value: *value,
        });
        Series {
            id: "alarm".to_owned(),
            node: "shop".to_owned(),
            label: "a metric".to_owned(),
            unit: String::new(),
            kind,
            period: 60,
            points: points.collect(),
        }
    }

    /// The minute of the onset of a series that breaches in minute 20.
    fn minute(kind: MetricKind, values: &[Option<f64>]) -> Option<i64> {
        let onset = onset(&series(kind, values), at(20))?;
        Some((onset.first.0.as_second() - 1_800_000_000) / 60)
    }

    fn some(values: impl IntoIterator<Item = f64>) -> Vec<Option<f64>> {
        values.into_iter().map(Some).collect()
    }

    fn quiet_then(tail: &[f64]) -> Vec<Option<f64>> {
        let quiet = [10.0, 11.0, 9.0, 10.0, 10.5].repeat(4);
        some(
            quiet
                .into_iter()
                .take(20 - tail.len())
                .chain(tail.iter().copied()),
        )
    }

    #[test]
    fn an_onset_is_the_first_of_the_unusual_points() {
        let other = MetricKind::Other;
        assert_eq!(minute(other, &quiet_then(&[50.0, 55.0, 60.0])), Some(17));
        assert_eq!(minute(other, &quiet_then(&[50.0, 10.0, 60.0])), Some(17));
        assert_eq!(minute(other, &quiet_then(&[60.0])), Some(19));
        assert_eq!(minute(other, &quiet_then(&[0.1, 0.2])), Some(18));
        assert_eq!(minute(other, &quiet_then(&[])), None);
    }

    #[test]
    fn one_stray_point_and_trouble_long_past_are_no_onset() {
        let other = MetricKind::Other;
        assert_eq!(minute(other, &quiet_then(&[60.0, 10.0, 10.0, 10.0])), None);
        let mut past = quiet_then(&[]);
        past[2] = Some(60.0);
        past[3] = Some(60.0);
        assert_eq!(minute(other, &past), None);
    }

    #[test]
    fn no_value_is_no_error_where_errors_are_counted_and_nothing_elsewhere() {
        let mut sparse = vec![None; 18];
        sparse.extend(some([30.0, 40.0]));
        assert_eq!(minute(MetricKind::Errors, &sparse), Some(18));
        assert_eq!(minute(MetricKind::Latency, &sparse), None);
        assert_eq!(minute(MetricKind::Errors, &[None; 20]), None);
        assert_eq!(minute(MetricKind::Errors, &[Some(900.0)]), None);
        let mut broken = quiet_then(&[50.0, 50.0]);
        broken[5] = None;
        broken.insert(19, None);
        assert_eq!(minute(MetricKind::Other, &broken), Some(18));
    }

    #[test]
    fn what_begins_after_the_breach_is_a_later_moment() {
        for (quiet, expected) in [(20, true), (21, false), (40, false)] {
            let values = some(
                [10.0, 10.5]
                    .into_iter()
                    .cycle()
                    .take(quiet)
                    .chain([50.0; 3]),
            );
            let onset = onset(&series(MetricKind::Other, &values), at(20)).unwrap();
            assert_eq!(onset.is_before_breach, expected, "{quiet}");
        }
    }

    #[test]
    fn what_was_usual_what_was_worst_and_whether_it_is_over_are_said() {
        let mut values = quiet_then(&[50.0, 55.0, 52.0]);
        values.extend(some([10.0, 11.0]));
        let onset = onset(&series(MetricKind::Other, &values), at(20)).unwrap();
        assert_eq!(
            onset,
            Onset {
                first: (at(17), 50.0),
                worst: (at(18), 55.0),
                usual: 10.0,
                rose: true,
                is_before_breach: true,
                is_over: true,
            }
        );
    }

    #[test]
    fn the_onset_of_a_high_resolution_metric_is_found_to_the_second() {
        let calm = (0..3_000).map(|second| 20.0 + 5.0 * (f64::from(second) * 2.399_963).sin());
        let mut fine = series(MetricKind::Latency, &some(calm.chain([90.0; 600])));
        fine.period = 1;
        for (second, point) in (0..).zip(&mut fine.points) {
            point.at = Timestamp::from_second(1_800_000_000 + second).unwrap();
        }
        let breached_at = Timestamp::from_second(1_800_003_590).unwrap();
        let onset = onset(&fine, breached_at).unwrap();
        assert_eq!(
            onset.first,
            (Timestamp::from_second(1_800_003_000).unwrap(), 90.0)
        );
    }

    proptest! {
        #[test]
        fn whatever_the_values_are_an_onset_is_one_of_them(values in prop::collection::vec(prop::option::of(prop::num::f64::ANY.prop_filter("no NaN", |v| v.is_finite())), 0..80)) {
            let series = series(MetricKind::Cpu, &values);
            if let Some(onset) = onset(&series, at(40)) {
                prop_assert!(series.points.iter().any(|point| point.at == onset.first.0 && point.value == Some(onset.first.1)));
                prop_assert!(series.points.iter().any(|point| point.at == onset.worst.0 && point.value == Some(onset.worst.1)));
                prop_assert!(onset.first.0 <= onset.worst.0);
            }
        }

        #[test]
        fn even_noise_has_no_onset(seed in prop::collection::vec(0.0..1.0f64, 60)) {
            let values = some(seed.into_iter().map(|noise| 100.0 + 20.0 * noise));
            prop_assert_eq!(onset(&series(MetricKind::Requests, &values), at(55)), None);
        }
    }
}
