//! What an alarm is configured to watch for, as `DescribeAlarms` and the alarm's history both have it, and the rule in that.

mod described;

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::rule::{
    self, Asked, BandComparison, Comparison, Composite, Limit, MissingData, Query, Rule, Snapshot,
    Watched,
};

/// The configuration of an alarm on metrics, or of a composite one, in the JSON of its history.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Configuration {
    alarm_rule: Option<String>,
    namespace: Option<String>,
    metric_name: Option<String>,
    dimensions: Vec<NamedValue>,
    statistic: Option<String>,
    extended_statistic: Option<String>,
    unit: Option<String>,
    period: Option<u32>,
    metrics: Vec<ConfiguredQuery>,
    evaluation_periods: Option<u32>,
    datapoints_to_alarm: Option<u32>,
    comparison_operator: Option<String>,
    threshold: Option<f64>,
    threshold_metric_id: Option<String>,
    treat_missing_data: Option<String>,
    evaluate_low_sample_count_percentile: Option<String>,
}

#[derive(Debug, Deserialize)]
struct NamedValue {
    name: String,
    value: String,
}

/// A `MetricDataQuery`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ConfiguredQuery {
    id: String,
    expression: Option<String>,
    metric_stat: Option<ConfiguredStat>,
    period: Option<u32>,
    account_id: Option<String>,
    return_data: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConfiguredStat {
    metric: ConfiguredMetric,
    period: u32,
    stat: String,
    unit: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConfiguredMetric {
    namespace: String,
    metric_name: String,
    #[serde(default)]
    dimensions: Vec<NamedValue>,
}

/// The configuration of a composite alarm.
pub(super) fn composite(expression: &str) -> Configuration {
    Configuration {
        alarm_rule: Some(expression.to_owned()),
        ..Configuration::default()
    }
}

/// The rule of a configuration, or why there is none that could prove anything.
pub(super) fn snapshot(alarm: Configuration) -> Snapshot {
    if let Some(expression) = &alarm.alarm_rule {
        let composite = Composite::parse(expression).map(Snapshot::Composite);
        return composite.unwrap_or_else(|| unprovable("a composite alarm with this expression"));
    }
    let what = match (&alarm.threshold_metric_id, alarm.metrics.is_empty()) {
        (Some(_), _) => "an anomaly alarm as it is configured",
        (None, false) => "an alarm on these queries",
        (None, true) => "an alarm with this comparison or without a metric",
    };
    rule(alarm)
        .and_then(Rule::checked)
        .map_or_else(|| unprovable(what), Snapshot::Known)
}

/// Why there is no rule.
pub(super) fn unprovable(what: &str) -> Snapshot {
    Snapshot::Unknown(format!("this version cannot prove the recovery of {what}"))
}

fn rule(alarm: Configuration) -> Option<Rule> {
    let evaluation_periods = alarm.evaluation_periods?;
    // Missing data of DynamoDB are ignored always (API reference, `PutMetricAlarm`).
    let queried = alarm
        .metrics
        .iter()
        .filter_map(|query| query.metric_stat.as_ref());
    let mut namespaces = queried
        .map(|stat| stat.metric.namespace.as_str())
        .chain(alarm.namespace.as_deref());
    let is_ignored = namespaces.any(|namespace| namespace == "AWS/DynamoDB");
    let missing_data = match alarm.treat_missing_data.as_deref() {
        _ if is_ignored => MissingData::Ignore,
        Some(treatment) => MissingData::named(treatment),
        None => MissingData::default(),
    };
    let operator = alarm.comparison_operator?;
    let limit = match alarm.threshold_metric_id {
        Some(band) => Limit::Band {
            comparison: band_comparison(&operator)?,
            band,
        },
        None => Limit::Threshold {
            comparison: comparison(&operator)?,
            threshold: alarm.threshold?,
        },
    };
    let (watched, period_seconds) = if alarm.metrics.is_empty() {
        let stat = alarm.statistic.as_deref().map(statistic);
        let metric = rule::MetricStat {
            namespace: alarm.namespace?,
            metric_name: alarm.metric_name?,
            dimensions: pairs(alarm.dimensions),
            stat: stat.or(alarm.extended_statistic)?,
            unit: alarm.unit,
        };
        (Watched::Metric(metric), alarm.period?)
    } else {
        queries(alarm.metrics, &limit)?
    };
    Some(Rule {
        watched,
        period_seconds,
        evaluation_periods,
        // All of them, unless the alarm says otherwise (API reference, `PutMetricAlarm`).
        datapoints_to_alarm: alarm.datapoints_to_alarm.unwrap_or(evaluation_periods),
        limit,
        missing_data,
        ignores_low_samples: alarm.evaluate_low_sample_count_percentile.as_deref()
            == Some("ignore"),
    })
}

/// The queries, with the one that is watched, and the length of their periods: that of the query that is watched, or the
/// longest of its metrics'.
fn queries(metrics: Vec<ConfiguredQuery>, limit: &Limit) -> Option<(Watched, u32)> {
    let queries: Option<Vec<Query>> = metrics.into_iter().map(query).collect();
    let queries = queries?;
    let band = match limit {
        Limit::Band { band, .. } => {
            queries.iter().find(|query| query.id == *band)?;
            Some(band)
        }
        Limit::Threshold { .. } => None,
    };
    let mut returned = queries
        .iter()
        .filter(|query| query.is_returned && Some(&query.id) != band);
    let (watched, None) = (returned.next()?, returned.next()) else {
        return None;
    };
    let longest = queries
        .iter()
        .filter_map(|query| query.period_seconds)
        .max();
    let period_seconds = watched.period_seconds.or(longest)?;
    let result = watched.id.clone();
    Some((Watched::Queries { queries, result }, period_seconds))
}

fn query(query: ConfiguredQuery) -> Option<Query> {
    let (asked, period_seconds) = match (query.expression, query.metric_stat) {
        (Some(expression), None) => (Asked::Expression(expression), query.period),
        (None, Some(stat)) => {
            let metric = rule::MetricStat {
                namespace: stat.metric.namespace,
                metric_name: stat.metric.metric_name,
                dimensions: pairs(stat.metric.dimensions),
                stat: statistic(&stat.stat),
                unit: stat.unit,
            };
            (Asked::Metric(metric), Some(stat.period))
        }
        _ => return None,
    };
    Some(Query {
        id: query.id,
        asked,
        period_seconds,
        account_id: query.account_id,
        is_returned: query.return_data.unwrap_or(true),
    })
}

fn comparison(name: &str) -> Option<Comparison> {
    match name {
        "GreaterThanThreshold" => Some(Comparison::GreaterThanThreshold),
        "GreaterThanOrEqualToThreshold" => Some(Comparison::GreaterThanOrEqualToThreshold),
        "LessThanThreshold" => Some(Comparison::LessThanThreshold),
        "LessThanOrEqualToThreshold" => Some(Comparison::LessThanOrEqualToThreshold),
        _ => None,
    }
}

fn band_comparison(name: &str) -> Option<BandComparison> {
    match name {
        "LessThanLowerOrGreaterThanUpperThreshold" => {
            Some(BandComparison::LessThanLowerOrGreaterThanUpperThreshold)
        }
        "LessThanLowerThreshold" => Some(BandComparison::LessThanLowerThreshold),
        "GreaterThanUpperThreshold" => Some(BandComparison::GreaterThanUpperThreshold),
        _ => None,
    }
}

/// Messages spell statistics in capitals, `GetMetricData` does not.
fn statistic(name: &str) -> String {
    let known = ["Average", "Maximum", "Minimum", "SampleCount", "Sum"];
    let is_it = |known: &&str| known.eq_ignore_ascii_case(name);
    known.into_iter().find(is_it).unwrap_or(name).to_owned()
}

fn pairs(pairs: Vec<NamedValue>) -> BTreeMap<String, String> {
    let pairs = pairs.into_iter();
    pairs.map(|pair| (pair.name, pair.value)).collect()
}
