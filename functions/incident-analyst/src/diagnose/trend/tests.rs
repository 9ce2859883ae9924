use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::series::Point;

fn series(kind: MetricKind, values: impl IntoIterator<Item = f64>) -> Series {
    let points = (0..).zip(values).map(|(minute, value)| Point {
        at: Timestamp::from_second(1_800_000_000 + minute * 60).unwrap(),
        value: value.is_finite().then_some(value),
    });
    Series {
        id: "service.memory".to_owned(),
        node: "shop".to_owned(),
        label: "MemoryUtilization (Average)".to_owned(),
        unit: "Percent".to_owned(),
        kind,
        period: 60,
        points: points.collect(),
    }
}

/// The trend, of an alarm that fires at the end.
fn at_the_end(series: &Series) -> Option<Trend> {
    trend(series, series.points.last()?.at)
}

/// Plus or minus `size`, in an order that has no period.
fn noise(size: f64) -> impl Iterator<Item = f64> {
    (0..).map(move |step| size * (f64::from(step) * 2.399_963).sin())
}

fn said(kind: MetricKind, values: impl IntoIterator<Item = f64>) -> Option<String> {
    Some(sentence(kind, &at_the_end(&series(kind, values))?))
}

fn with_noise(values: impl IntoIterator<Item = f64>, size: f64) -> Vec<f64> {
    values
        .into_iter()
        .zip(noise(size))
        .map(|(value, noise)| value + noise)
        .collect()
}

#[test]
fn a_ramp_has_a_slope_and_an_end() {
    let ramp = (0..60).map(|minute| 20.0 + f64::from(minute));
    assert_eq!(
        said(MetricKind::Memory, ramp).as_deref(),
        Some("rises by 1 points a minute, full at 09:20 UTC")
    );
    let late = (0..60).map(|minute| 20.0 + 2.0 * f64::from((minute - 40).max(0)));
    let trend = at_the_end(&series(MetricKind::Memory, with_noise(late, 1.0))).unwrap();
    let minutes = (trend.from.0.as_second() - 1_800_000_000) / 60;
    assert!((37..=43).contains(&minutes), "{minutes}");
    assert!((trend.per_minute - 2.0).abs() < 0.2, "{}", trend.per_minute);
}

#[test]
fn a_step_noise_and_a_fall_are_no_ramps() {
    let step = (0..60).map(|minute| if minute < 30 { 20.0 } else { 95.0 });
    assert_eq!(said(MetricKind::Memory, step.clone()), None);
    assert_eq!(said(MetricKind::Memory, with_noise(step, 2.0)), None);
    assert_eq!(said(MetricKind::Cpu, with_noise([50.0; 60], 15.0)), None);
    assert_eq!(
        said(
            MetricKind::Memory,
            (0..60).map(|minute| 90.0 - f64::from(minute))
        ),
        None
    );
    assert_eq!(
        said(
            MetricKind::Memory,
            (0..60).map(|minute| 50.0 + f64::from(minute) / 20.0)
        ),
        None
    );
    assert_eq!(said(MetricKind::Memory, [10.0, 20.0, 30.0]), None);
    assert_eq!(said(MetricKind::Latency, (0..60).map(f64::from)), None);
}

#[test]
fn a_ramp_that_a_restart_cut_off_is_one() {
    let saw = (0..50)
        .map(|minute| 20.0 + 1.6 * f64::from(minute))
        .chain([21.0, 22.0, 24.0]);
    assert_eq!(
        said(MetricKind::Memory, saw).as_deref(),
        Some("rose by 1.6 points a minute to 98.4 at 08:49 UTC, and fell")
    );
}

#[test]
fn a_few_points_are_a_ramp_if_each_is_above_the_one_before() {
    let leak = [2.0, 2.1, 2.0, 8.0, 15.0, 23.0, 30.0];
    assert!(said(MetricKind::Memory, leak).is_some());
    let jumps = [2.0, 2.1, 2.0, 8.0, 15.0, 12.0, 30.0];
    assert_eq!(said(MetricKind::Memory, jumps), None);
}

#[test]
fn what_is_full_after_more_than_a_day_has_no_forecast() {
    let slow = (0..60).map(|hour| 10.0 + 0.2 * f64::from(hour));
    let mut slow = series(MetricKind::Disk, slow);
    for (hour, point) in (0..).zip(&mut slow.points) {
        point.at = Timestamp::from_second(1_800_000_000 + hour * 3_600).unwrap();
    }
    assert_eq!(at_the_end(&slow).unwrap().full_at, None);
}

#[test]
fn a_ramp_that_was_over_long_before_the_breach_or_began_after_it_is_none() {
    let ramp = |minutes: std::ops::Range<i32>| {
        let values = (0..60).map(move |minute| {
            let is_rising = minutes.contains(&minute);
            if is_rising {
                20.0 + 3.0 * f64::from(minute - minutes.start)
            } else {
                20.0
            }
        });
        series(MetricKind::Cpu, values)
    };
    let breach = |minute: i64| Timestamp::from_second(1_800_000_000 + minute * 60).unwrap();
    for (rising, breached, expected) in [
        (10..20, 25, true),
        (10..20, 50, false),
        (40..60, 30, false),
        (40..60, 59, true),
    ] {
        let found = trend(&ramp(rising.clone()), breach(breached));
        assert_eq!(found.is_some(), expected, "{rising:?} {breached}");
    }
}

#[test]
fn what_rose_and_stays_is_no_ramp_any_more_unless_it_is_full() {
    let flat = |top: f64| {
        let rise = (0..40).map(move |minute| 20.0 + (top - 20.0) * f64::from(minute) / 39.0);
        let flat = (0..11).map(move |minute| top + f64::from(minute) / 20.0);
        said(MetricKind::Memory, rise.chain(flat))
    };
    assert_eq!(flat(85.0), None);
    assert!(flat(99.0).is_some());
}

proptest! {
    #[test]
    fn any_values_have_a_trend_or_none(values in prop::collection::vec(prop::num::f64::ANY, 0..200), seconds in 1..3600u32) {
        for kind in [MetricKind::Memory, MetricKind::Queue] {
            let mut series = series(kind, values.clone());
            series.period = seconds;
            if let Some(trend) = at_the_end(&series) {
                prop_assert!(trend.per_minute > 0.0);
                prop_assert!(trend.from.0 <= trend.to.0);
                for point in [trend.from, trend.to, trend.top] {
                    let (at, value) = (point.0, Some(point.1));
                    let is_point = series.points.contains(&Point { at, value });
                    prop_assert!(is_point);
                }
            }
        }
    }
}
