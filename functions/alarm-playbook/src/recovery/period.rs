//! A period of the alarm's metric, and what it shows.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Measured, Span};
use crate::rule::Rule;

/// Data of the last period may still be on their way when it ends; CloudWatch's own evaluation waits as well.
pub(super) const LONGEST_GRACE: SignedDuration = SignedDuration::from_mins(1);

/// How many periods are looked at and kept; more prove nothing more.
const MOST_PERIODS: u32 = 10;

/// One complete period of the alarm's metric after the remediation.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct Period {
    /// When it began.
    pub start: Timestamp,
    /// The metric's value; none if it had none.
    pub value: Option<f64>,
    /// How many requests there were, where the service counts them.
    pub requests: Option<f64>,
    /// What it shows.
    pub shows: Shows,
}

/// What a period shows.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Shows {
    /// The rule's threshold was breached.
    Breach,
    /// It was not, and the fault would have shown.
    Clear,
    /// Nothing: no data, or too few requests for a breach.
    Nothing,
}

/// The last complete periods of a span, oldest first; as many as the rule looks at, or a few more.
pub(super) fn complete_periods(
    rule: &Rule,
    span: Span,
    measured: &Measured,
    now: Timestamp,
) -> Vec<Period> {
    let most = rule.evaluation_periods.max(MOST_PERIODS);
    let starts = (1..=most).map(|n| span.until - n * rule.period().unsigned_abs());
    let starts = starts.take_while(|start| *start >= span.from);
    let periods = starts.filter_map(|start| period(rule, start, measured, now));
    let mut periods: Vec<Period> = periods.collect();
    periods.reverse();
    periods
}

/// A period and what it shows; `None` if its data may still be on their way.
fn period(rule: &Rule, start: Timestamp, measured: &Measured, now: Timestamp) -> Option<Period> {
    let requests = measured.requests.as_ref();
    let requests = requests.map(|requests| requests.get(&start).copied().unwrap_or_default());
    let value = measured.values.get(&start).copied();
    let shows = shows(rule, value, requests);
    // Errors and requests arrive together, so requests enough for a breach need no waiting for more.
    let is_certain = requests.is_some() && rule.is_upper_limit() && shows != Shows::Nothing;
    let grace = rule.period().min(LONGEST_GRACE);
    (is_certain || start + rule.period() + grace <= now).then_some(Period {
        start,
        value,
        requests,
        shows,
    })
}

/// What a period shows. Where requests are counted, a missing value is zero if there were any, and no value within the
/// limit shows anything unless as many failing requests would have breached it.
fn shows(rule: &Rule, value: Option<f64>, requests: Option<f64>) -> Shows {
    let value = match (value, requests) {
        (None, Some(requests)) if requests > 0.0 => Some(0.0),
        (value, _) => value,
    };
    let could_breach = match requests {
        Some(requests) if rule.is_upper_limit() && rule.stat == "Sum" => {
            rule.is_breached_by(requests)
        }
        Some(requests) => requests > 0.0,
        None => true,
    };
    match value {
        Some(value) if rule.is_breached_by(value) => Shows::Breach,
        Some(_) if could_breach => Shows::Clear,
        _ => Shows::Nothing,
    }
}

/// The periods, as people read them.
pub(super) fn told(periods: &[Period]) -> String {
    let told = |period: &Period| {
        let value = match (period.value, period.requests) {
            (Some(value), Some(requests)) => format!("{value} with {requests} requests"),
            (Some(value), None) => value.to_string(),
            (None, Some(requests)) if requests > 0.0 => format!("0 with {requests} requests"),
            (None, Some(_)) => "no data and no requests".to_owned(),
            (None, None) => "no data".to_owned(),
        };
        let shows = match period.shows {
            Shows::Nothing => ", which shows nothing",
            Shows::Breach | Shows::Clear => "",
        };
        format!("{value} in the period from {}{shows}", period.start)
    };
    let all: Vec<String> = periods.iter().map(told).collect();
    all.join("; ")
}
