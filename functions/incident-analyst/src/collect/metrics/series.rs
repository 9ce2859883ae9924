//! From pages of values to series. Pure.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::ask::{Asked, whole};
use super::known;
use crate::collect::sources::{AnswerStatus, MetricAnswer};
use crate::collect::text::sentence;
use crate::evidence::{Gap, Source};
use crate::series::{Point, Series};

/// A service that answers more values of one metric than this was not asked for them.
const MOST_POINTS: usize = 5_000;

/// The series of what was asked for, and what is missing of them. `answers` are in the order in which they came.
///
/// Of what has no value at all only the alarm's own metrics stay.
pub(super) fn series(asked: &[Asked], answers: &[MetricAnswer]) -> (Vec<Series>, Vec<Gap>) {
    let mut values = vec![BTreeMap::new(); asked.len()];
    let mut statuses: Vec<Option<&AnswerStatus>> = vec![None; asked.len()];
    for answer in answers {
        if let (Some(values), Some(status)) =
            (values.get_mut(answer.query), statuses.get_mut(answer.query))
        {
            add(values, &answer.values);
            *status = Some(&answer.status);
        }
    }
    for (asked, values) in asked.iter().zip(&mut values) {
        // Pages may have more: what is asked for by the minute comes in the same call as what is asked for by the hour.
        let span = whole(asked.span, asked.query.period);
        values.retain(|at, _| (span.from..span.until).contains(at));
    }
    let mut gaps = unfinished(asked, &statuses);
    let is_silent = |(asked, values): &(&Asked, &BTreeMap<_, _>)| {
        values.is_empty() && (asked.is_alarms() || !known::is_sparse(asked.kind))
    };
    let silent = asked
        .iter()
        .zip(&values)
        .filter(is_silent)
        .map(|(asked, _)| asked);
    gaps.extend(named(silent, "CloudWatch has no data in this time of"));
    let both = asked.iter().zip(values);
    let found = both.filter(|(asked, values)| asked.is_alarms() || !values.is_empty());
    let found = found.map(|(asked, values)| of(asked, values));
    (found.collect(), gaps)
}

/// What is no number is no value, and the later answer counts.
fn add(values: &mut BTreeMap<Timestamp, f64>, more: &[(Timestamp, f64)]) {
    for (at, value) in more.iter().filter(|(_, value)| value.is_finite()) {
        if values.len() < MOST_POINTS || values.contains_key(at) {
            values.insert(*at, *value);
        }
    }
}

/// A value or none for every whole period of its span, and whatever else was answered within it.
fn of(asked: &Asked, values: BTreeMap<Timestamp, f64>) -> Series {
    let span = whole(asked.span, asked.query.period);
    let step = SignedDuration::from_secs(i64::from(asked.query.period.max(1)));
    let mut points: BTreeMap<Timestamp, Option<f64>> = BTreeMap::new();
    let mut at = span.from;
    while at < span.until && points.len() < MOST_POINTS {
        points.insert(at, None);
        at += step;
    }
    points.extend(values.into_iter().map(|(at, value)| (at, Some(value))));
    let points = points.into_iter();
    Series {
        id: asked.id.clone(),
        node: asked.node.clone(),
        label: asked.label(),
        unit: asked.unit.to_owned(),
        kind: asked.kind,
        period: asked.query.period,
        points: points.map(|(at, value)| Point { at, value }).collect(),
    }
}

/// The gaps of what is not complete, one for each thing that CloudWatch says instead.
fn unfinished(asked: &[Asked], statuses: &[Option<&AnswerStatus>]) -> Vec<Gap> {
    let mut by_words: BTreeMap<&str, Vec<&Asked>> = BTreeMap::new();
    for (asked, status) in asked.iter().zip(statuses) {
        let words = match status {
            Some(AnswerStatus::Complete) => continue,
            Some(AnswerStatus::Partial) => "PartialData",
            Some(AnswerStatus::Other(words)) => words,
            None => "nothing",
        };
        by_words.entry(words).or_default().push(asked);
    }
    let gaps = by_words.into_iter();
    let gap = |(words, asked): (&str, Vec<&Asked>)| {
        named(
            asked.into_iter(),
            &format!("CloudWatch answered {words} for"),
        )
    };
    gaps.filter_map(gap).collect()
}

/// A gap about some metrics, the first of them by their names.
fn named<'a>(asked: impl Iterator<Item = &'a Asked>, what: &str) -> Option<Gap> {
    let asked: Vec<&Asked> = asked.collect();
    let first: Vec<String> = asked
        .iter()
        .take(3)
        .map(|asked| format!("{} of {}", asked.label(), asked.node))
        .collect();
    let more = match asked.len().saturating_sub(first.len()) {
        0 => String::new(),
        more => format!(" and {more} more metrics"),
    };
    (!asked.is_empty()).then(|| Gap {
        source: Source::Metrics,
        because: sentence(&format!("{what} {}{more}", first.join(", "))),
    })
}

#[cfg(test)]
mod tests;
