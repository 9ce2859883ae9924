//! Where a metric goes: a ramp, a step, or nowhere.
//!
//! A ramp is flat and then rises until the end, or until it was cut off as a restart cuts off memory. Three things must hold: the slope is
//! no accident (Mann-Kendall: H. B. Mann, "Nonparametric tests against trend", Econometrica 13, 1945), it matters, and a rising line
//! explains the values better than one step does. What fits is found by least squares over medians of neighbours.

mod fit;

use jiff::{SignedDuration, Timestamp};

use self::fit::{Ramp, ramp, step_error};
use super::onset::{is_near, values};
use super::words::{clock, number};
use crate::series::{MetricKind, Series};

/// A ramp of fewer points is a few values that happen to be in order: of five, one series in 120 rises with every point.
const LEAST_POINTS: usize = 5;

/// More points than this are taken together: the fit takes the square of their number.
const MOST_POINTS: usize = 120;

/// Of a metric in percent, a rise below this many points matters to nobody.
const LEAST_RISE_PERCENT: f64 = 10.0;

/// From here on a resource in percent is as good as used up.
pub(super) const SATURATED_PERCENT: f64 = 90.0;

/// When a resource is full after more than a day, that is not why an alarm fired today; and no line is straight for so long.
const LONGEST_FORECAST: SignedDuration = SignedDuration::from_hours(24);

/// A metric that rises steadily.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Trend {
    /// The point where it began to rise. All points are the series' own, never the line's.
    pub(super) from: (Timestamp, f64),
    /// The point where it came to, the last one.
    pub(super) to: (Timestamp, f64),
    /// The highest point between.
    pub(super) top: (Timestamp, f64),
    /// By how much it rises in a minute.
    pub(super) per_minute: f64,
    /// When it is at 100 %, if it goes on like this; only of what is measured in percent and is still rising.
    pub(super) full_at: Option<Timestamp>,
    /// Whether it was cut off: what came after is lower again.
    pub(super) was_cut_off: bool,
}

/// Whether a metric is percent of something that can be used up.
pub(super) fn is_exhaustible(kind: MetricKind) -> bool {
    matches!(
        kind,
        MetricKind::Cpu | MetricKind::Memory | MetricKind::Disk
    )
}

/// The steady rise of `series` that the breach belongs to, at its end or before it was cut off; `None` if it has none.
///
/// It began at or before the breach, and goes on until shortly before it or longer: what was over long before has nothing to do with it.
pub(super) fn trend(series: &Series, breached_at: Timestamp) -> Option<Trend> {
    let is_watched = matches!(series.kind, MetricKind::Queue | MetricKind::Requests);
    if !is_exhaustible(series.kind) && !is_watched {
        return None;
    }
    let values = values(series);
    let stretches = stretches(&values);
    let last = stretches.len().saturating_sub(1);
    let mut trends = stretches
        .iter()
        .enumerate()
        .rev()
        .filter_map(|(index, stretch)| {
            let trend = rise(series.kind, stretch)?;
            Some(Trend {
                was_cut_off: index < last,
                full_at: trend.full_at.filter(|_| index == last),
                ..trend
            })
        })
        .filter(|trend| trend.from.0 <= breached_at && is_near(trend.to.0, breached_at));
    trends.next()
}

/// In words for a person: `rises by 1.4 points a minute, full at 14:32 UTC`.
pub(super) fn sentence(kind: MetricKind, trend: &Trend) -> String {
    let unit = if is_exhaustible(kind) { " points" } else { "" };
    let by = number(trend.per_minute);
    if trend.was_cut_off {
        let (to, until) = (number(trend.to.1), clock(trend.to.0));
        return format!("rose by {by}{unit} a minute to {to} at {until}, and fell");
    }
    match trend.full_at {
        Some(full) => format!("rises by {by}{unit} a minute, full at {}", clock(full)),
        None => format!("rises by {by}{unit} a minute"),
    }
}

/// The values between the places where they fall by more than half of what they span.
fn stretches(values: &[(Timestamp, f64)]) -> Vec<&[(Timestamp, f64)]> {
    let least = values
        .iter()
        .map(|(_, value)| *value)
        .fold(f64::MAX, f64::min);
    let most = values
        .iter()
        .map(|(_, value)| *value)
        .fold(f64::MIN, f64::max);
    let half = (most - least) / 2.0;
    let is_drop = |before: f64, after: f64| before - after > half;
    values
        .chunk_by(|before, after| !is_drop(before.1, after.1))
        .collect()
}

fn rise(kind: MetricKind, stretch: &[(Timestamp, f64)]) -> Option<Trend> {
    let (start, _) = *stretch.first()?;
    let points: Vec<(f64, f64)> = stretch
        .chunks(stretch.len().div_ceil(MOST_POINTS).max(1))
        .filter_map(|neighbours| together(start, neighbours))
        .collect();
    let ramp = ramp(&points, LEAST_POINTS)?;
    let is_steady = ramp.is_significant() && ramp.error < step_error(&points);
    let matters = if is_exhaustible(kind) {
        // What is percent of what there is does not go far beyond all of it.
        ramp.rise() >= LEAST_RISE_PERCENT && ramp.to.1 <= 1_000.0
    } else {
        ramp.rise() > ramp.from.1.abs()
    };
    let trend = of(kind, stretch, &ramp)?;
    let is_full = is_exhaustible(kind) && trend.top.1 >= SATURATED_PERCENT;
    (is_steady && matters && (ramp.goes_on || is_full)).then_some(trend)
}

fn of(kind: MetricKind, stretch: &[(Timestamp, f64)], ramp: &Ramp) -> Option<Trend> {
    let (start, _) = *stretch.first()?;
    let time = |minutes: f64| {
        // At most some hours: far within what fits.
        #[expect(clippy::cast_possible_truncation, reason = "saturates")]
        let offset = SignedDuration::from_secs((minutes * 60.0) as i64);
        start.checked_add(offset).unwrap_or(start)
    };
    let began = time(ramp.from.0);
    let rising = || stretch.iter().filter(|(at, _)| *at >= began);
    let to = *stretch.last()?;
    let minutes_left = (100.0 - ramp.to.1) / ramp.per_minute;
    let is_forecast = is_exhaustible(kind)
        && ramp.goes_on
        && minutes_left > 0.0
        && minutes_left <= LONGEST_FORECAST.as_secs_f64() / 60.0;
    Some(Trend {
        from: *rising().next()?,
        to,
        top: *rising().max_by(|a, b| a.1.total_cmp(&b.1))?,
        per_minute: ramp.per_minute,
        full_at: is_forecast.then(|| time(ramp.to.0 + minutes_left)),
        was_cut_off: false,
    })
}

/// The middle time of neighbours, in minutes since `start`, and the median of their values.
fn together(start: Timestamp, neighbours: &[(Timestamp, f64)]) -> Option<(f64, f64)> {
    let (at, _) = neighbours.get(neighbours.len() / 2)?;
    let values: Vec<f64> = neighbours.iter().map(|(_, value)| *value).collect();
    let minutes = at.duration_since(start).as_secs_f64() / 60.0;
    Some((minutes, super::usual::median(&values)))
}

#[cfg(test)]
mod tests;
