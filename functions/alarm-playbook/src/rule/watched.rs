//! What a rule measures: one metric, or the result of queries that are asked again as the alarm has them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

/// Our own queries beside the alarm's in one call; no query of an alarm may begin so.
pub const OWN_IDS: &str = "medic_";

/// No alarm has more (API reference, `MetricDataQuery`: 20 in an alarm).
const MOST_QUERIES: usize = 20;

/// What a rule measures.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Watched {
    /// One statistic of one metric.
    Metric(MetricStat),
    /// The result of one query of several.
    Queries {
        /// The alarm's own queries, to be asked again.
        queries: Vec<Query>,
        /// The id of the one whose result is watched.
        result: String,
    },
}

/// One statistic of one metric.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct MetricStat {
    /// Such as `AWS/ApplicationELB`.
    pub namespace: String,
    /// Such as `HTTPCode_Target_5XX_Count`.
    pub metric_name: String,
    /// Exactly the metric's dimensions.
    pub dimensions: BTreeMap<String, String>,
    /// Such as `Sum` or `p99`.
    pub stat: String,
    /// The unit that datapoints must have, where the alarm names one.
    #[serde(default)]
    pub unit: Option<String>,
}

/// One of an alarm's queries (API reference, `MetricDataQuery`).
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Query {
    /// Its id, by which expressions refer to it.
    pub id: String,
    /// What it asks for.
    #[serde(flatten)]
    pub asked: Asked,
    /// The length of a period in seconds, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period_seconds: Option<u32>,
    /// The account that has the metric, where it is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// Whether the alarm has its result returned.
    #[serde(default)]
    pub is_returned: bool,
}

/// What a query asks for.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// Arithmetic over other queries, exactly as the alarm has it.
    Expression(String),
    /// A metric.
    Metric(MetricStat),
}

impl Watched {
    /// Whether it can be asked again: known ids, no more queries than an alarm may have, and one series as the result.
    pub fn is_sound(&self) -> bool {
        let Self::Queries { queries, result } = self else {
            return true;
        };
        let ids: BTreeSet<&str> = queries.iter().map(|query| query.id.as_str()).collect();
        let has_own_place = |id: &&str| !id.is_empty() && !id.starts_with(OWN_IDS);
        ids.len() == queries.len()
            && queries.len() <= MOST_QUERIES
            && ids.iter().all(has_own_place)
            && ids.contains(result.as_str())
            && !self.has_many_series()
    }

    /// Whether its result may be many series, no one of which is the alarm's.
    fn has_many_series(&self) -> bool {
        self.expressions().any(|expression| {
            let expression = expression.trim_start().to_ascii_uppercase();
            expression.starts_with("SELECT") || expression.contains("SEARCH(")
        })
    }

    /// Whether an expression takes in every metric of a call, so that ours must not be in the same one.
    pub fn takes_in_every_metric(&self) -> bool {
        self.expressions()
            .any(|expression| expression.contains("METRICS("))
    }

    fn expressions(&self) -> impl Iterator<Item = &str> {
        self.queries()
            .iter()
            .filter_map(|query| match &query.asked {
                Asked::Expression(expression) => Some(expression.as_str()),
                Asked::Metric(_) => None,
            })
    }

    fn queries(&self) -> &[Query] {
        match self {
            Self::Metric(_) => &[],
            Self::Queries { queries, .. } => queries,
        }
    }

    /// The metric, where what is watched is a metric and no expression.
    pub fn metric(&self) -> Option<&MetricStat> {
        match self {
            Self::Metric(metric) => Some(metric),
            Self::Queries { queries, result } => {
                let watched = queries.iter().find(|query| query.id == *result)?;
                match &watched.asked {
                    Asked::Metric(metric) => Some(metric),
                    Asked::Expression(_) => None,
                }
            }
        }
    }

    /// The metrics it is made of, with the account of each.
    pub(super) fn metrics(&self) -> Vec<(&MetricStat, Option<&str>)> {
        match self {
            Self::Metric(metric) => vec![(metric, None)],
            Self::Queries { queries, .. } => queries
                .iter()
                .filter_map(|query| match &query.asked {
                    Asked::Metric(metric) => Some((metric, query.account_id.as_deref())),
                    Asked::Expression(_) => None,
                })
                .collect(),
        }
    }
}

impl MetricStat {
    /// How many samples a percentile needs to be significant: 10 / (1 - p) above the middle, 10 / p below it (user guide,
    /// "Percentile-based alarms and low data samples").
    pub fn samples_needed(&self) -> Option<f64> {
        let percent: f64 = self.stat.strip_prefix('p')?.parse().ok()?;
        let share = percent / 100.0;
        let rarer = share.min(1.0 - share);
        (rarer > 0.0).then(|| 10.0 / rarer)
    }
}

impl fmt::Display for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(metric) = self.metric() {
            return write!(f, "{} of {}", metric.stat, metric.metric_name);
        }
        let of_result =
            |query: &&Query| matches!(self, Self::Queries { result, .. } if query.id == *result);
        match self
            .queries()
            .iter()
            .find(of_result)
            .map(|query| &query.asked)
        {
            Some(Asked::Expression(expression)) => f.write_str(expression),
            _ => f.write_str("nothing"),
        }
    }
}
