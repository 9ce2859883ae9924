//! What an alarm watches, in the two ways that CloudWatch writes it: with capitals in SNS messages, without in events.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::json::{items, number, text};

/// The kind of an alarm.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// One metric against a threshold.
    Metric,
    /// An expression over metrics, Metrics Insights queries included.
    Math,
    /// A metric against a band of what is usual.
    Anomaly,
    /// A rule over other alarms.
    Composite,
    /// The results of a scheduled log query against a threshold.
    Log,
}

/// A metric. For an expression, the first one that it is made of.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Metric {
    /// Such as `AWS/ApplicationELB`.
    pub namespace: String,
    /// Such as `HTTPCode_Target_5XX_Count`.
    pub name: String,
    /// Such as `TargetGroup` to `targetgroup/checkout/943f017f100becff`; outside text, only ever matched and quoted.
    pub dimensions: BTreeMap<String, String>,
    /// Such as `SUM` or `p99`.
    pub stat: Option<String>,
}

/// What a configuration says of its metrics.
#[derive(Debug, Default)]
pub(super) struct Watched {
    pub(super) kind: Option<Kind>,
    pub(super) metric: Option<Metric>,
    pub(super) further_metrics: Vec<Metric>,
    pub(super) threshold: Option<f64>,
    pub(super) period_seconds: Option<u64>,
}

/// The names of the same fields in SNS messages and in events.
struct Spelling {
    metrics: &'static str,
    metric_stat: &'static str,
    metric: &'static str,
    namespace: &'static str,
    name: &'static str,
    dimensions: &'static str,
    period: &'static str,
    stat: &'static str,
    expression: &'static str,
    comparison: &'static str,
    threshold: &'static str,
    query: &'static str,
}

const SNS: Spelling = Spelling {
    metrics: "Metrics",
    metric_stat: "MetricStat",
    metric: "Metric",
    namespace: "Namespace",
    name: "MetricName",
    dimensions: "Dimensions",
    period: "Period",
    stat: "Stat",
    expression: "Expression",
    comparison: "ComparisonOperator",
    threshold: "Threshold",
    query: "ScheduledQueryConfiguration",
};

const EVENT: Spelling = Spelling {
    metrics: "metrics",
    metric_stat: "metricStat",
    metric: "metric",
    namespace: "namespace",
    name: "name",
    dimensions: "dimensions",
    period: "period",
    stat: "stat",
    expression: "expression",
    comparison: "comparisonOperator",
    threshold: "threshold",
    query: "scheduledQueryConfiguration",
};

impl Watched {
    /// What the `Trigger` of an SNS message says.
    pub(super) fn by_trigger(trigger: &Value) -> Self {
        let mut watched = Self::by(trigger, &SNS);
        if let Some(metric) = direct_metric(trigger) {
            watched.metric = Some(metric);
            watched.kind = watched.kind.or(Some(Kind::Metric));
        }
        watched
    }

    /// What the `configuration` of an event says.
    pub(super) fn by_configuration(configuration: &Value) -> Self {
        Self::by(configuration, &EVENT)
    }

    fn by(configuration: &Value, spelling: &Spelling) -> Self {
        let entries = || items(configuration, spelling.metrics);
        let expressions: Vec<String> = entries()
            .filter_map(|entry| text(entry, spelling.expression))
            .collect();
        let metric_stat = entries().find_map(|entry| entry.get(spelling.metric_stat));
        let stats = entries().filter_map(|entry| entry.get(spelling.metric_stat));
        let mut metrics = stats.filter_map(|stat| metric_of(stat, spelling));
        let metric = metrics.next();
        let further_metrics = metrics.collect();
        let is_band = is_band(configuration, &expressions, spelling);
        let kind = if is_band {
            Some(Kind::Anomaly)
        } else if !expressions.is_empty() {
            Some(Kind::Math)
        } else if metric.is_some() {
            Some(Kind::Metric)
        } else {
            configuration.get(spelling.query).map(|_| Kind::Log)
        };
        let period = metric_stat
            .and_then(|stat| seconds(stat, spelling.period))
            .or_else(|| seconds(configuration, spelling.period))
            .or_else(|| entries().find_map(|entry| seconds(entry, spelling.period)));
        let threshold = number(configuration, spelling.threshold);
        Self {
            kind,
            metric,
            further_metrics,
            threshold: threshold.filter(|_| !is_band),
            period_seconds: period,
        }
    }
}

/// The metric that a trigger names without a list of metrics.
fn direct_metric(trigger: &Value) -> Option<Metric> {
    Some(Metric {
        namespace: text(trigger, "Namespace")?,
        name: text(trigger, "MetricName")?,
        dimensions: dimensions(trigger.get("Dimensions")),
        stat: text(trigger, "Statistic").or_else(|| text(trigger, "ExtendedStatistic")),
    })
}

fn metric_of(metric_stat: &Value, spelling: &Spelling) -> Option<Metric> {
    let metric = metric_stat.get(spelling.metric)?;
    Some(Metric {
        namespace: text(metric, spelling.namespace)?,
        name: text(metric, spelling.name)?,
        dimensions: dimensions(metric.get(spelling.dimensions)),
        stat: text(metric_stat, spelling.stat),
    })
}

/// Anomaly detection shows in the comparison or in the expression that makes the band.
fn is_band(configuration: &Value, expressions: &[String], spelling: &Spelling) -> bool {
    let comparison = text(configuration, spelling.comparison).unwrap_or_default();
    comparison.contains("UpperThreshold")
        || comparison.contains("LowerThreshold")
        || expressions
            .iter()
            .any(|expression| expression.contains("ANOMALY_DETECTION_BAND"))
}

/// Dimensions as an object (events) or as a list of names and values (SNS messages).
fn dimensions(value: Option<&Value>) -> BTreeMap<String, String> {
    let pair = |item: &Value| {
        let either = |lower, upper| text(item, lower).or_else(|| text(item, upper));
        Some((either("name", "Name")?, either("value", "Value")?))
    };
    match value {
        Some(Value::Object(map)) => map
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
            .collect(),
        Some(Value::Array(list)) => list.iter().filter_map(pair).collect(),
        _ => BTreeMap::new(),
    }
}

fn seconds(value: &Value, key: &str) -> Option<u64> {
    whole(number(value, key)?)
}

/// A number of seconds that is one: whole and not negative.
pub(super) fn whole(number: f64) -> Option<u64> {
    // Written out, a whole number has no point in it.
    number.to_string().parse().ok()
}
