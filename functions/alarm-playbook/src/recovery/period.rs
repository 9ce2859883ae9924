//! A period of the alarm's metric, and what it shows.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Measured, Span};
use crate::alarm::State;
use crate::rule::Rule;

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
    let is_breaching_now = pending.iter().any(|period| period.shows == Shows::Breach);
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
    let only_rises = rule.is_upper_limit() && rule.stat == "Sum";
    only_rises
        && match period.shows {
            Shows::Breach => true,
            Shows::Clear => is_usual && state == Some(State::Ok),
            Shows::Nothing => false,
        }
}

fn period(rule: &Rule, start: Timestamp, measured: &Measured) -> Period {
    let requests = measured.requests.as_ref();
    let requests = requests.map(|requests| requests.get(&start).copied().unwrap_or_default());
    let value = measured.values.get(&start).copied();
    Period {
        start,
        value,
        requests,
        shows: shows(rule, value, requests),
    }
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
