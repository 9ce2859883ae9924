//! Why CloudWatch's state is not our verdict, for the people who see both.

use super::{Period, RecoveryVerdict};
use crate::rule::evaluation::{self, Seen};
use crate::rule::{MissingData, Rule};
use shared::alarm::State;

/// What is to be said of the alarm's own state beside a verdict; nothing where both say the same.
pub(super) fn disagreement(
    rule: &Rule,
    periods: &[Period],
    verdict: RecoveryVerdict,
    state: Option<State>,
) -> String {
    let text = match (verdict, state) {
        (RecoveryVerdict::Recovered, Some(State::InsufficientData)) => {
            "CloudWatch itself has too little data to say"
        }
        (RecoveryVerdict::NotRecovered | RecoveryVerdict::Inconclusive, Some(State::Ok)) => {
            why_ok(rule, periods)
        }
        _ => return String::new(),
    };
    format!(". {text}")
}

/// Why the alarm may be OK, by the documented evaluation of the same periods.
fn why_ok(rule: &Rule, periods: &[Period]) -> &'static str {
    let seen = |period: &Period| {
        let is_breached = period
            .value
            .and_then(|value| rule.limit.is_breached_by(value, period.band));
        match is_breached {
            Some(true) => Seen::Breach,
            Some(false) => Seen::Within,
            None => Seen::Missing,
        }
    };
    let seen: Vec<Seen> = periods.iter().map(seen).collect();
    let number = |periods: u32| usize::try_from(periods).unwrap_or(usize::MAX);
    let of = (
        number(rule.datapoints_to_alarm),
        number(rule.evaluation_periods),
    );
    let is_thin = seen.len() < of.1 || seen.contains(&Seen::Missing);
    match (
        evaluation::state(rule.missing_data, of, &seen),
        rule.missing_data,
    ) {
        (Some(State::Alarm), _) => {
            "CloudWatch itself says OK: by the rule it fired with it would be in ALARM, so somebody may have changed that rule"
        }
        (_, MissingData::NotBreaching) if is_thin => {
            "CloudWatch itself says OK: the alarm treats missing data as notBreaching, which proves nothing"
        }
        (_, MissingData::Ignore) if is_thin => {
            "CloudWatch itself says OK: the alarm ignores missing data, which proves nothing"
        }
        _ => "CloudWatch itself says OK, which proves nothing by itself",
    }
}
