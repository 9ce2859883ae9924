//! The verdict on a remediation by whatever an alarm watches: one series of values, or other alarms.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::period::{Observed, observe, told};
use super::{Measured, Progress, Recovery, RecoveryVerdict, Span, Trial};
use crate::rule::{Composite, Rule, Snapshot};
use shared::alarm::State;

/// How many children a reason tells of.
const MOST_TOLD: usize = 5;

/// A child alarm, and what its data show.
struct Looked<'a> {
    name: &'a str,
    rule: &'a Rule,
    span: Span,
    observed: Observed,
    was_in_alarm: bool,
}

impl Looked<'_> {
    /// Whether its rule is met, or proven not to be.
    fn shows(&self) -> Option<bool> {
        let is_within = self.observed.is_within(self.rule);
        let is_met = self.observed.is_met(self.rule);
        (is_met || is_within).then_some(is_met)
    }

    fn told(&self) -> String {
        let recent = self.observed.recent(self.rule);
        let told = if recent.is_empty() {
            "no period is complete yet".to_owned()
        } else {
            told(recent)
        };
        format!("{} ({}): {told}", self.name, self.rule)
    }
}

impl Trial<'_> {
    /// What has to be measured, and for which periods.
    pub fn spans<'r>(
        &self,
        snapshot: &'r Snapshot,
        rolled_out_at: Timestamp,
    ) -> Vec<(&'r Rule, Span)> {
        let rules = snapshot.rules().into_iter();
        rules
            .map(|(_, rule)| (rule, self.span(rule, rolled_out_at)))
            .collect()
    }

    /// The verdict on what was measured for these spans, or why there is none yet. What is not there was not measured.
    pub fn verdict(
        &self,
        snapshot: &Snapshot,
        spans: &[(&Rule, Span)],
        measured: &[Measured],
        state: Option<State>,
    ) -> Progress {
        let nothing = Measured::default();
        let all = spans.iter().enumerate();
        let mut all =
            all.map(|(n, &(rule, span))| (rule, span, measured.get(n).unwrap_or(&nothing)));
        match snapshot {
            Snapshot::Composite(composite) => {
                let names = composite.rules().into_iter().map(|(name, _)| name);
                let was_in_alarm: BTreeMap<&str, bool> = composite
                    .children()
                    .map(|(name, child)| (name, child.state == State::Alarm))
                    .collect();
                let looked = names.zip(all).map(|(name, (rule, span, measured))| Looked {
                    name,
                    rule,
                    span,
                    // Only the alarm's own state may shorten the wait for late data, and this is not it.
                    observed: observe(rule, span, measured, None, self.now),
                    was_in_alarm: was_in_alarm.get(name).is_some_and(|was| *was),
                });
                self.judge_composite(composite, &looked.collect::<Vec<_>>(), state)
            }
            Snapshot::Known(_) | Snapshot::Unknown(_) => match all.next() {
                Some((rule, span, measured)) => self.judge(rule, span, measured, state),
                None => self.unprovable(self.acted_at, "there is nothing to measure"),
            },
        }
    }

    fn judge_composite(
        &self,
        composite: &Composite,
        looked: &[Looked<'_>],
        state: Option<State>,
    ) -> Progress {
        let shown: BTreeMap<&str, Option<bool>> = looked
            .iter()
            .map(|child| (child.name, child.shows()))
            .collect();
        let holds = composite.holds(|name| shown.get(name).copied().flatten());
        let conclude = |verdict, reason: String| {
            let rolled_out_at = looked.first().map(|child| child.span.rolled_out_at);
            let first = looked.iter().find(|child| child.was_in_alarm);
            let periods = first.or(looked.first());
            Progress::Concluded(Recovery {
                alarm_state: state,
                periods: periods
                    .map(|child| child.observed.periods.clone())
                    .unwrap_or_default(),
                ..self.recovery(
                    rolled_out_at,
                    verdict,
                    format!("{reason}: {}", evidence(looked)),
                )
            })
        };
        let of = composite.expression();
        match (holds, state) {
            (Some(true), _) => {
                let reason = format!("the rule it fired with is met again ({of})");
                return conclude(RecoveryVerdict::NotRecovered, reason);
            }
            (Some(false), state) if state != Some(State::Alarm) => {
                let reason = format!("the rule it fired with is not met any more ({of})");
                return conclude(RecoveryVerdict::Recovered, reason);
            }
            _ => (),
        }
        let ends = looked
            .iter()
            .map(|child| self.end(child.rule, child.span.rolled_out_at, holds.is_some()));
        let missing = match holds {
            Some(_) => "the alarm itself is still in ALARM".to_owned(),
            None => format!("its children do not show whether {of}"),
        };
        if ends.max().is_some_and(|end| self.now < end) {
            return Progress::Wait(format!("{missing}: {}", evidence(looked)));
        }
        let breaches =
            |child: &Looked<'_>| child.was_in_alarm && child.observed.breaching(child.rule) > 0;
        if looked.iter().any(breaches) {
            let reason = format!("children of {of} still breach");
            return conclude(RecoveryVerdict::NotRecovered, reason);
        }
        let reason = format!("not proven in the time there was: {missing}");
        conclude(RecoveryVerdict::Inconclusive, reason)
    }
}

/// What the children show: those that are met first, then those that were in ALARM.
fn evidence(looked: &[Looked<'_>]) -> String {
    let mut sorted: Vec<&Looked<'_>> = looked.iter().collect();
    sorted.sort_by_key(|child| (child.shows() != Some(true), !child.was_in_alarm));
    let told: Vec<String> = sorted
        .iter()
        .take(MOST_TOLD)
        .map(|child| child.told())
        .collect();
    let more = match looked.len().saturating_sub(MOST_TOLD) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    format!("{}{more}", told.join("; "))
}

#[cfg(test)]
mod tests;
