//! What an alarm watches for: the rule that fired, kept so that recovery is proven by the same one.

mod composite;
pub mod evaluation;
mod expression;
mod limit;
mod traffic;
mod watched;

use std::collections::BTreeMap;
use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use self::composite::{Child, Composite};
pub use self::evaluation::MissingData;
pub use self::limit::{Band, BandComparison, Comparison, Limit};
pub use self::traffic::Traffic;
pub use self::watched::{Asked, MetricStat, OWN_IDS, Query, Watched};

/// No alarm looks further back than a week (API reference, `PutMetricAlarm`).
const LONGEST_SECONDS: u64 = 7 * 24 * 60 * 60;

/// What is kept of a rule in a record, in bytes of JSON. A composite alarm may have a hundred children.
const MOST_BYTES: usize = 64 * 1024;

/// The rule of an alarm on one series of values, as CloudWatch evaluates it: in ALARM while
/// `datapoints_to_alarm` of the last `evaluation_periods` periods breach (user guide, "Evaluating an alarm").
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Rule {
    /// What is measured.
    #[serde(flatten)]
    pub watched: Watched,
    /// The length of a period in seconds; never zero in a rule that was [checked](Rule::checked).
    pub period_seconds: u32,
    /// How many periods are looked at.
    pub evaluation_periods: u32,
    /// How many of them must breach.
    pub datapoints_to_alarm: u32,
    /// What the values are held against.
    #[serde(flatten)]
    pub limit: Limit,
    /// How it treats missing data.
    #[serde(default, skip_serializing_if = "MissingData::is_default")]
    pub missing_data: MissingData,
    /// Whether it leaves out a percentile of too few samples (`EvaluateLowSampleCountPercentile`: `ignore`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ignores_low_samples: bool,
}

/// What is known of the rule that an alarm fired with.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Snapshot {
    /// This rule.
    Known(Rule),
    /// A rule over other alarms, with theirs.
    Composite(Composite),
    /// Nothing that recovery could be proven with, and why.
    Unknown(String),
}

/// One period's value of a metric, by the period's start.
pub type Series = BTreeMap<Timestamp, f64>;

impl Snapshot {
    /// This, unless it is too long to be kept in a record.
    #[must_use]
    pub fn bounded(self) -> Self {
        let bytes = serde_json::to_vec(&self).map_or(usize::MAX, |json| json.len());
        if bytes <= MOST_BYTES {
            return self;
        }
        Self::Unknown("its rule is too long to be kept".to_owned())
    }

    /// The rules that have to be measured, each with its alarm's name where that is not the alarm itself.
    pub fn rules(&self) -> Vec<(Option<&str>, &Rule)> {
        match self {
            Self::Known(rule) => vec![(None, rule)],
            Self::Composite(composite) => {
                let rules = composite.rules().into_iter();
                rules.map(|(name, rule)| (Some(name), rule)).collect()
            }
            Self::Unknown(_) => Vec::new(),
        }
    }
}

impl Rule {
    /// The rule if it can be evaluated: whole periods, no more of them than CloudWatch looks at, no more datapoints than
    /// periods, queries that can be asked again.
    pub fn checked(self) -> Option<Self> {
        let seconds = u64::from(self.period_seconds) * u64::from(self.evaluation_periods);
        let is_sound = self.period_seconds > 0
            && seconds <= LONGEST_SECONDS
            && (1..=self.evaluation_periods).contains(&self.datapoints_to_alarm)
            && self.limit.threshold().is_none_or(f64::is_finite)
            && self.watched.is_sound();
        is_sound.then_some(self)
    }

    /// Whether the values are counts of what must not happen, each of which can only add to a breach.
    pub fn counts_failures(&self) -> bool {
        let is_sum = |metric: &MetricStat| metric.stat == "Sum";
        self.limit.is_upper_threshold() && self.watched.metric().is_some_and(is_sum)
    }

    /// Whether a period without a value has the value zero if it had requests.
    pub fn has_gaps(&self) -> bool {
        self.watched.metric().is_some_and(MetricStat::has_gaps)
    }

    /// How many samples a period must have to show anything, where the alarm leaves out fewer.
    pub fn samples_needed(&self) -> Option<f64> {
        let needed = self.watched.metric()?.samples_needed();
        needed.filter(|_| self.ignores_low_samples)
    }

    /// The length of a period.
    pub fn period(&self) -> SignedDuration {
        SignedDuration::from_secs(i64::from(self.period_seconds))
    }

    /// How many periods must not breach, so that the rule cannot be met whatever the others hold.
    pub fn clear_periods_needed(&self) -> usize {
        let needed = self.evaluation_periods - self.datapoints_to_alarm + 1;
        usize::try_from(needed).unwrap_or(usize::MAX)
    }

    /// When the first of the periods began that made the alarm fire at that time.
    pub fn onset(&self, fired_at: Timestamp) -> Timestamp {
        let periods = i32::try_from(self.evaluation_periods).unwrap_or(i32::MAX);
        fired_at - self.period().saturating_mul(periods)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} in {} of {} periods of {} s",
            self.watched,
            self.limit,
            self.datapoints_to_alarm,
            self.evaluation_periods,
            self.period_seconds
        )
    }
}

#[cfg(test)]
pub(crate) mod tests;
