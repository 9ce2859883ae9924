//! The verdict on a remediation, from its rollout and from what was measured since.

use jiff::{SignedDuration, Timestamp};

use super::disagreement::disagreement;
use super::period::{Observed, grace, observe, told};
use super::{Measured, Progress, Recovery, RecoveryVerdict, Rollout, Shows, Span};
use crate::playbook::Defaults;
use crate::rule::Rule;
use shared::alarm::State;

/// How long `DescribeServices` may lag behind `UpdateService`.
const SHOWN_WITHIN: SignedDuration = SignedDuration::from_mins(1);

/// How long an alarm may stay in ALARM after its metric is back: of a metric with gaps CloudWatch looks at older data, too, and
/// changes the state minutes later (user guide, "How alarm state is evaluated when data is missing").
const ALARM_LAG: SignedDuration = SignedDuration::from_mins(10);

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

impl Trial<'_> {
    /// When our deployment was complete, or what follows while it is not.
    pub fn rolled_out_at(&self, rollout: &Rollout) -> Result<Timestamp, Progress> {
        let within = self.defaults.rollout_within;
        let concluded = |verdict, reason| Err(self.conclude(None, verdict, reason));
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
            // What ECS shows may be behind what it did (API reference, `DescribeServices`: eventually consistent).
            Rollout::Superseded { .. } if self.now < self.acted_at + SHOWN_WITHIN => Err(
                Progress::Wait("ECS does not show the deployment yet".to_owned()),
            ),
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
        self.conclude(None, RecoveryVerdict::Inconclusive, error.to_owned())
    }

    /// Which data count: complete periods that began after the rollout and a settling time of half a period at most.
    pub fn span(&self, rule: &Rule, rolled_out_at: Timestamp) -> Span {
        let settled = rolled_out_at + self.settling_time(rule);
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
        let observed = observe(rule, span, measured, state, self.now);
        let recent = observed.recent(rule);
        let conclude = |verdict, reason: String| {
            let reason = reason + &disagreement(rule, recent, verdict, state);
            let recovery = self.recovery(Some(span.rolled_out_at), verdict, reason);
            let periods = observed.periods.clone();
            Progress::Concluded(Recovery {
                alarm_state: state,
                periods,
                ..recovery
            })
        };
        if observed.is_met(rule) {
            let reason = format!(
                "the rule it fired with is met again ({rule}): {}",
                told(recent)
            );
            return conclude(RecoveryVerdict::NotRecovered, reason);
        }
        let is_within = observed.is_within(rule);
        if is_within && state != Some(State::Alarm) {
            let reason = format!("within the rule it fired with ({rule}): {}", told(recent));
            return conclude(RecoveryVerdict::Recovered, reason);
        }
        let missing = missing(&observed, rule);
        let end = self.end(rule, span.rolled_out_at, is_within);
        if self.now < end {
            return Progress::Wait(missing);
        }
        if observed.breaching(rule) > 0 {
            let reason = format!("the metric still breaches ({rule}): {}", told(recent));
            return conclude(RecoveryVerdict::NotRecovered, reason);
        }
        let within = end.duration_since(span.rolled_out_at);
        let reason = format!("not proven within {within:#} after the rollout: {missing}");
        conclude(RecoveryVerdict::Inconclusive, reason)
    }

    /// A remediation whose rule is not known ends without a verdict, once it is rolled out.
    pub fn unprovable(&self, rolled_out_at: Timestamp, reason: &str) -> Progress {
        self.conclude(
            Some(rolled_out_at),
            RecoveryVerdict::Inconclusive,
            reason.to_owned(),
        )
    }

    /// A service is given half a period at most: an alarm of ten seconds does not wait for thirty.
    fn settling_time(&self, rule: &Rule) -> SignedDuration {
        self.defaults.settle.min(rule.period() / 2)
    }

    /// The time that a proof may take: what the playbook file says, or what the rule itself needs if that is longer.
    /// However the service is changed meanwhile, it ends. More is given where only the alarm itself lags behind.
    pub(crate) fn end(&self, rule: &Rule, rolled_out_at: Timestamp, is_within: bool) -> Timestamp {
        let periods = i32::try_from(rule.evaluation_periods)
            .unwrap_or(i32::MAX)
            .saturating_add(1);
        let periods = rule.period().saturating_mul(periods);
        let needed = self.settling_time(rule) + periods + grace(rule);
        let within = self.defaults.verify_within.max(needed);
        let last = self.acted_at + self.defaults.rollout_within;
        let lag = if is_within {
            ALARM_LAG
        } else {
            SignedDuration::ZERO
        };
        rolled_out_at.min(last) + within + lag
    }

    fn conclude(
        &self,
        rolled_out_at: Option<Timestamp>,
        verdict: RecoveryVerdict,
        reason: String,
    ) -> Progress {
        Progress::Concluded(self.recovery(rolled_out_at, verdict, reason))
    }

    pub(super) fn recovery(
        &self,
        rolled_out_at: Option<Timestamp>,
        verdict: RecoveryVerdict,
        reason: String,
    ) -> Recovery {
        Recovery {
            rolled_out_at,
            verdict,
            reason,
            proven_at: self.now,
            alarm_state: None,
            periods: Vec::new(),
        }
    }
}

/// What a proof still lacks.
fn missing(observed: &Observed, rule: &Rule) -> String {
    let recent = observed.recent(rule);
    if observed.is_within(rule) {
        return "the alarm itself is still in ALARM".to_owned();
    }
    if observed.is_breaching_now {
        return "the newest period, not complete yet, already breaches".to_owned();
    }
    if recent.is_empty() {
        return "no period is complete yet".to_owned();
    }
    let needed = rule.clear_periods_needed();
    let clear = recent
        .iter()
        .filter(|period| period.shows == Shows::Clear)
        .count();
    if clear >= needed {
        return format!("the newest period is not within the rule: {}", told(recent));
    }
    format!(
        "{clear} of the {needed} periods needed show that it is within the rule: {}",
        told(recent)
    )
}
