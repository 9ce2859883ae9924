//! A configuration as `DescribeAlarms` has it.

use aws_sdk_cloudwatch::types::{
    ComparisonOperator, Dimension, MetricAlarm, MetricDataQuery, MetricStat, StandardUnit,
    Statistic,
};

use super::{Configuration, ConfiguredMetric, ConfiguredQuery, ConfiguredStat, NamedValue};

impl From<&MetricAlarm> for Configuration {
    fn from(alarm: &MetricAlarm) -> Self {
        let text = |text: Option<&str>| text.map(str::to_owned);
        Self {
            alarm_rule: None,
            namespace: text(alarm.namespace()),
            metric_name: text(alarm.metric_name()),
            dimensions: named(alarm.dimensions()),
            statistic: text(alarm.statistic().map(Statistic::as_str)),
            extended_statistic: text(alarm.extended_statistic()),
            unit: text(alarm.unit().map(StandardUnit::as_str)),
            period: number(alarm.period()),
            metrics: alarm.metrics().iter().map(ConfiguredQuery::from).collect(),
            evaluation_periods: number(alarm.evaluation_periods()),
            datapoints_to_alarm: number(alarm.datapoints_to_alarm()),
            comparison_operator: text(alarm.comparison_operator().map(ComparisonOperator::as_str)),
            threshold: alarm.threshold(),
            threshold_metric_id: text(alarm.threshold_metric_id()),
            treat_missing_data: text(alarm.treat_missing_data()),
            evaluate_low_sample_count_percentile: text(
                alarm.evaluate_low_sample_count_percentile(),
            ),
        }
    }
}

impl From<&MetricDataQuery> for ConfiguredQuery {
    fn from(query: &MetricDataQuery) -> Self {
        Self {
            id: query.id().unwrap_or_default().to_owned(),
            expression: query.expression().map(str::to_owned),
            metric_stat: query.metric_stat().and_then(configured_stat),
            period: number(query.period()),
            account_id: query.account_id().map(str::to_owned),
            return_data: query.return_data(),
        }
    }
}

fn configured_stat(stat: &MetricStat) -> Option<ConfiguredStat> {
    let metric = stat.metric()?;
    Some(ConfiguredStat {
        metric: ConfiguredMetric {
            namespace: metric.namespace()?.to_owned(),
            metric_name: metric.metric_name()?.to_owned(),
            dimensions: named(metric.dimensions()),
        },
        period: number(stat.period())?,
        stat: stat.stat()?.to_owned(),
        unit: stat.unit().map(|unit| unit.as_str().to_owned()),
    })
}

fn named(dimensions: &[Dimension]) -> Vec<NamedValue> {
    let named = |dimension: &Dimension| {
        Some(NamedValue {
            name: dimension.name()?.to_owned(),
            value: dimension.value()?.to_owned(),
        })
    };
    dimensions.iter().filter_map(named).collect()
}

/// A negative number is none.
fn number(number: Option<i32>) -> Option<u32> {
    u32::try_from(number?).ok()
}
