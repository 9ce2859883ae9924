//! Proof of recovery: whether the metric that fired is back within the rule that it fired with, since our remediation took
//! effect, and with traffic that would have shown the fault.
//!
//! Pure. The alarm being OK again is no proof: somebody may have raised its threshold, or the data may have stopped.

mod period;
mod rollout;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use self::period::{LONGEST_GRACE, complete_periods, told};
pub use self::period::{Period, Shows};
pub use self::rollout::{Rollout, rollout};
use crate::alarm::State;
use crate::playbook::Defaults;
use crate::rule::{Rule, Series};

/// What came of a remediation.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RecoveryVerdict {
    /// The rule is not met any more, on data from after the remediation.
    Recovered,
    /// It is still met, or the remediation's own deployment failed.
    NotRecovered,
    /// Nothing proves either in the time there was.
    Inconclusive,
}

/// The verdict on a remediation, with its evidence.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Recovery {
    /// When our deployment was complete, if it was.
    pub rolled_out_at: Option<Timestamp>,
    /// What came of it.
    pub verdict: RecoveryVerdict,
    /// Why.
    pub reason: String,
    /// When the verdict was reached.
    pub proven_at: Timestamp,
    /// The periods that were looked at, oldest first.
    pub periods: Vec<Period>,
}

/// What was measured since the remediation took effect.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measured {
    /// The alarm's metric.
    pub values: Series,
    /// The requests behind it, where the service counts them.
    pub requests: Option<Series>,
}

/// How far a remediation is from its verdict.
#[derive(Clone, Debug, PartialEq)]
pub enum Progress {
    /// Look again later; why.
    Wait(String),
    /// This is the verdict.
    Concluded(Recovery),
}

/// What a verdict on a remediation depends on besides data.
#[derive(Clone, Copy, Debug)]
pub struct Trial<'a> {
    /// When the remediation was carried out.
    pub acted_at: Timestamp,
    /// The limits.
    pub defaults: &'a Defaults,
    /// The time.
    pub now: Timestamp,
}

/// The time from which data count, and until when.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Span {
    /// When our deployment was complete.
    pub rolled_out_at: Timestamp,
    /// The start of the first period that counts.
    pub from: Timestamp,
    /// The end of the last complete one; not after `from` while there is none.
    pub until: Timestamp,
}

impl Span {
    /// Whether there is no complete period yet.
    pub fn is_empty(&self) -> bool {
        self.until <= self.from
    }
}

impl Trial<'_> {
    /// When our deployment was complete, or what follows while it is not.
    pub fn rolled_out_at(&self, rollout: &Rollout) -> Result<Timestamp, Progress> {
        let within = self.defaults.rollout_within;
        let concluded = |verdict, reason| Err(self.conclude(None, verdict, reason, Vec::new()));
        match rollout {
            Rollout::Completed { at } => Ok(*at),
            Rollout::InProgress if self.now < self.acted_at + within => Err(Progress::Wait(
                "the deployment is still in progress".to_owned(),
            )),
            Rollout::InProgress => {
                let reason = format!("the deployment is still in progress after {within:#}");
                concluded(RecoveryVerdict::Inconclusive, reason)
            }
            Rollout::Failed { reason } => {
                let reason = format!("the deployment failed: {reason}");
                concluded(RecoveryVerdict::NotRecovered, reason)
            }
            Rollout::Superseded { by } => {
                let reason =
                    format!("deployment {by} took the place of ours before recovery was proven");
                concluded(RecoveryVerdict::Inconclusive, reason)
            }
            Rollout::Gone => concluded(
                RecoveryVerdict::Inconclusive,
                "the service is gone".to_owned(),
            ),
        }
    }

    /// Nobody lets us look. That may pass, but not for ever.
    pub fn cannot_look(&self, error: &str) -> Progress {
        let most = self.defaults.rollout_within + self.defaults.verify_within;
        if self.now < self.acted_at + most {
            return Progress::Wait(error.to_owned());
        }
        self.conclude(
            None,
            RecoveryVerdict::Inconclusive,
            error.to_owned(),
            Vec::new(),
        )
    }

    /// Which data count: complete periods that began after the rollout and a settling time of half a period at most.
    pub fn span(&self, rule: &Rule, rolled_out_at: Timestamp) -> Span {
        let settled = rolled_out_at + self.defaults.settle.min(rule.period() / 2);
        let period = i64::from(rule.period_seconds);
        let starts = |second: i64| Timestamp::from_second(second * period).unwrap_or(self.now);
        // Rounded up to the next boundary, unless it falls on one.
        let first = (settled.as_millisecond() + period * 1_000 - 1).div_euclid(period * 1_000);
        Span {
            rolled_out_at,
            from: starts(first),
            until: starts(self.now.as_second().div_euclid(period)),
        }
    }

    /// The verdict on what was measured, or why there is none yet. `state` is the alarm's own now, none if it is gone.
    pub fn judge(
        &self,
        rule: &Rule,
        span: Span,
        measured: &Measured,
        state: Option<State>,
    ) -> Progress {
        let periods = complete_periods(rule, span, measured, self.now);
        let window = usize::try_from(rule.evaluation_periods).unwrap_or(usize::MAX);
        let recent = periods
            .get(periods.len().saturating_sub(window)..)
            .unwrap_or_default();
        let number = |shows: Shows| recent.iter().filter(|period| period.shows == shows).count();
        let (breaching, clear) = (number(Shows::Breach), number(Shows::Clear));
        let conclude = |verdict, reason| {
            self.conclude(Some(span.rolled_out_at), verdict, reason, periods.clone())
        };
        if breaching >= usize::try_from(rule.datapoints_to_alarm).unwrap_or(usize::MAX) {
            let reason = format!(
                "the rule it fired with is met again ({rule}): {}",
                told(recent)
            );
            return conclude(RecoveryVerdict::NotRecovered, reason);
        }
        let ends_clear = recent.last().is_some_and(|last| last.shows == Shows::Clear);
        let is_within = ends_clear && clear >= rule.clear_periods_needed();
        if is_within && state != Some(State::Alarm) {
            let reason = format!("within the rule it fired with ({rule}): {}", told(recent));
            return conclude(RecoveryVerdict::Recovered, reason);
        }
        let missing = missing(is_within, recent, rule);
        if self.now < self.end(rule, span.rolled_out_at) {
            return Progress::Wait(missing);
        }
        if breaching > 0 {
            let reason = format!("the metric still breaches ({rule}): {}", told(recent));
            return conclude(RecoveryVerdict::NotRecovered, reason);
        }
        let within = self
            .end(rule, span.rolled_out_at)
            .duration_since(span.rolled_out_at);
        let reason = format!("not proven within {within:#} after the rollout: {missing}");
        conclude(RecoveryVerdict::Inconclusive, reason)
    }

    /// A remediation whose rule is not known ends without a verdict, once it is rolled out.
    pub fn unprovable(&self, rolled_out_at: Timestamp, reason: &str) -> Progress {
        self.conclude(
            Some(rolled_out_at),
            RecoveryVerdict::Inconclusive,
            reason.to_owned(),
            Vec::new(),
        )
    }

    /// The time that a proof may take: what the playbook file says, or what the rule itself needs if that is longer.
    /// However the service is changed meanwhile, it ends.
    fn end(&self, rule: &Rule, rolled_out_at: Timestamp) -> Timestamp {
        let periods = i32::try_from(rule.evaluation_periods)
            .unwrap_or(i32::MAX)
            .saturating_add(1);
        let needed = self.defaults.settle + rule.period().saturating_mul(periods) + LONGEST_GRACE;
        let within = self.defaults.verify_within.max(needed);
        let last = self.acted_at + self.defaults.rollout_within;
        rolled_out_at.min(last) + within
    }

    fn conclude(
        &self,
        rolled_out_at: Option<Timestamp>,
        verdict: RecoveryVerdict,
        reason: String,
        periods: Vec<Period>,
    ) -> Progress {
        Progress::Concluded(Recovery {
            rolled_out_at,
            verdict,
            reason,
            proven_at: self.now,
            periods,
        })
    }
}

/// What a proof still lacks.
fn missing(is_within: bool, recent: &[Period], rule: &Rule) -> String {
    if is_within {
        return "the alarm itself is still in ALARM".to_owned();
    }
    if recent.is_empty() {
        return "no period is complete yet".to_owned();
    }
    let clear = recent
        .iter()
        .filter(|period| period.shows == Shows::Clear)
        .count();
    format!(
        "{clear} of the {} periods needed show that it is within the rule: {}",
        rule.clear_periods_needed(),
        told(recent)
    )
}

#[cfg(test)]
mod tests;
