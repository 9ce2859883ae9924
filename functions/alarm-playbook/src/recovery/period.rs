//! A period of the alarm's metric, and what it shows.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Measured, Span};
use crate::rule::{Band, MissingData, Rule};
use shared::alarm::State;

/// Data of the last period may still be on their way when it ends; CloudWatch's own evaluation waits as well.
const LONGEST_GRACE: SignedDuration = SignedDuration::from_mins(1);

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
    /// The band it was held against, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub band: Option<Band>,
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
    /// Nothing: no data, no band, or too few requests for a breach.
    Nothing,
}

/// What the periods of a span show.
#[derive(Debug)]
pub(super) struct Observed {
    /// The complete ones, oldest first.
    pub(super) periods: Vec<Period>,
    /// Whether a period whose data may still be on their way breaches already.
    pub(super) is_breaching_now: bool,
}

impl Observed {
    /// Those that the rule looks at.
    pub(super) fn recent(&self, rule: &Rule) -> &[Period] {
        let window = usize::try_from(rule.evaluation_periods).unwrap_or(usize::MAX);
        let first = self.periods.len().saturating_sub(window);
        self.periods.get(first..).unwrap_or_default()
    }

    /// How many of those breach.
    pub(super) fn breaching(&self, rule: &Rule) -> usize {
        let recent = self.recent(rule).iter();
        recent
            .filter(|period| period.shows == Shows::Breach)
            .count()
    }

    /// Whether so many of them breach that the rule is met.
    pub(super) fn is_met(&self, rule: &Rule) -> bool {
        self.breaching(rule) >= usize::try_from(rule.datapoints_to_alarm).unwrap_or(usize::MAX)
    }

    /// Whether so many of them are clear, the newest among them, that the rule cannot be met.
    pub(super) fn is_within(&self, rule: &Rule) -> bool {
        let recent = self.recent(rule);
        let is_clear = |period: &&Period| period.shows == Shows::Clear;
        let ends_clear = recent.last().as_ref().is_some_and(is_clear);
        let is_enough = recent.iter().filter(is_clear).count() >= rule.clear_periods_needed();
        ends_clear && is_enough && !self.is_breaching_now
    }
}

/// Looks at the last periods of a span; as many as the rule looks at, or a few more. `state` is the alarm's own.
pub(super) fn observe(
    rule: &Rule,
    span: Span,
    measured: &Measured,
    state: Option<State>,
    now: Timestamp,
) -> Observed {
    let most = rule.evaluation_periods.max(MOST_PERIODS);
    let starts = (1..=most).map(|n| span.until - n * rule.period().unsigned_abs());
    let starts = starts.take_while(|start| *start >= span.from);
    let all = starts.map(|start| period(rule, start, measured));
    let (mut periods, pending): (Vec<Period>, Vec<Period>) = all.partition(|period| {
        period.start + rule.period() + grace(rule) <= now
            || is_all_there(rule, period, measured, state)
    });
    periods.reverse();
    // What is missing so far may still come.
    let breaches = |period: &Period| period.shows == Shows::Breach && period.value.is_some();
    let is_breaching_now = pending.iter().any(breaches);
    Observed {
        periods,
        is_breaching_now,
    }
}

/// How long after its end the data of a period may still be on their way.
pub(super) fn grace(rule: &Rule) -> SignedDuration {
    rule.period().min(LONGEST_GRACE)
}

/// Whether what is there of a period that ended a moment ago is enough to judge it by.
///
/// Of a sum, more data cannot undo a breach. That nothing else is on its way is shown by as many requests as in the period
/// before, less a tenth: the nodes of a load balancer report one by one. CloudWatch must think so, too.
fn is_all_there(rule: &Rule, period: &Period, measured: &Measured, state: Option<State>) -> bool {
    let before = period.start - rule.period();
    let before = measured
        .requests
        .as_ref()
        .and_then(|requests| requests.get(&before));
    let is_usual = matches!((before, period.requests), (Some(&before), Some(now)) if before > 0.0 && now >= 0.9 * before);
    rule.counts_failures()
        && match period.shows {
            Shows::Breach => period.value.is_some(),
            Shows::Clear => is_usual && state == Some(State::Ok),
            Shows::Nothing => false,
        }
}

fn period(rule: &Rule, start: Timestamp, measured: &Measured) -> Period {
    let requests = measured.requests.as_ref();
    let requests = requests.map(|requests| requests.get(&start).copied().unwrap_or_default());
    let filled = measured.filled.get(&start);
    let filled = filled.filter(|_| requests.is_some_and(|requests| requests > 0.0));
    let samples = measured.samples.as_ref();
    let samples = samples.and_then(|samples| samples.get(&start).copied());
    let period = Period {
        start,
        value: measured.values.get(&start).or(filled).copied(),
        requests,
        band: measured.bands.get(&start).copied(),
        shows: Shows::Nothing,
    };
    let is_too_thin = |needed: f64| period.value.is_some() && samples.unwrap_or_default() < needed;
    if rule.samples_needed().is_some_and(is_too_thin) {
        return period;
    }
    Period {
        shows: shows(rule, &period),
        ..period
    }
}

/// What a period shows. Where requests are counted, a missing value is zero if there were any, and no value within the
/// limit shows anything unless as many failing requests would have breached it. An alarm that treats missing data as
/// breaching has its way; any other treatment of them is no proof of anything.
fn shows(rule: &Rule, period: &Period) -> Shows {
    let requests = period.requests;
    let value = match (period.value, requests) {
        (None, _) if rule.missing_data == MissingData::Breaching => return Shows::Breach,
        (None, Some(requests)) if requests > 0.0 && rule.has_gaps() => Some(0.0),
        (value, _) => value,
    };
    let could_breach = match requests {
        Some(requests) if rule.counts_failures() => {
            rule.limit.is_breached_by(requests, None) == Some(true)
        }
        Some(requests) => requests > 0.0,
        None => true,
    };
    match value.and_then(|value| rule.limit.is_breached_by(value, period.band)) {
        Some(true) => Shows::Breach,
        Some(false) if could_breach => Shows::Clear,
        _ => Shows::Nothing,
    }
}

/// The periods, as people read them.
pub(super) fn told(periods: &[Period]) -> String {
    let told = |period: &Period| {
        let value = match (period.value, period.requests) {
            (Some(value), Some(requests)) => format!("{value} with {requests} requests"),
            (Some(value), None) => value.to_string(),
            (None, Some(requests)) if requests > 0.0 && period.shows != Shows::Breach => {
                format!("0 with {requests} requests")
            }
            (None, Some(requests)) if requests > 0.0 => format!("no data with {requests} requests"),
            (None, Some(_)) => "no data and no requests".to_owned(),
            (None, None) => "no data".to_owned(),
        };
        let band = period
            .band
            .map_or_else(String::new, |Band { lower, upper }| {
                format!(" (expected: {lower:.2} to {upper:.2})")
            });
        let shows = match (period.shows, period.value) {
            (Shows::Nothing, _) => ", which shows nothing",
            (Shows::Breach, None) => ", which the alarm treats as breaching",
            (Shows::Breach | Shows::Clear, _) => "",
        };
        format!("{value}{band} in the period from {}{shows}", period.start)
    };
    let all: Vec<String> = periods.iter().map(told).collect();
    all.join("; ")
}
