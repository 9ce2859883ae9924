//! Proof of recovery: whether the metric that fired is back within the rule that it fired with, since our remediation took
//! effect, and with traffic that would have shown the fault.
//!
//! Pure. The alarm being OK again is no proof: somebody may have raised its threshold, or the data may have stopped.

mod children;
mod disagreement;
mod period;
mod rollout;
mod trial;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use self::period::{Period, Shows};
pub use self::rollout::{Rollout, rollout};
pub use self::trial::Trial;
use crate::rule::{Band, Rule, Series};
use shared::alarm::State;

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
    /// The alarm's own state at that time, where it was asked for.
    #[serde(default)]
    pub alarm_state: Option<State>,
    /// The periods that were looked at, oldest first.
    pub periods: Vec<Period>,
}

/// What was measured since the remediation took effect.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measured {
    /// The alarm's metric.
    pub values: Series,
    /// The same with zeros for what its load balancer leaves out; counts only in periods that had requests.
    pub filled: Series,
    /// The band it is held against, where it is held against one.
    pub bands: BTreeMap<Timestamp, Band>,
    /// The requests behind it, where the service counts them.
    pub requests: Option<Series>,
    /// The samples that it is made of, where the alarm leaves out percentiles of too few.
    pub samples: Option<Series>,
}

/// How far a remediation is from its verdict.
#[derive(Clone, Debug, PartialEq)]
pub enum Progress {
    /// Look again later; why.
    Wait(String),
    /// This is the verdict.
    Concluded(Recovery),
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

    /// From when on data are asked for: the period before the first that counts shows how much traffic is usual.
    pub fn data_from(&self, rule: &Rule) -> Timestamp {
        self.from - rule.period()
    }
}

#[cfg(test)]
mod tests;
