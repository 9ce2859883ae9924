//! Alarms as `DescribeAlarms` has them.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{
    CompositeAlarm, Dimension, LogAlarm, MetricAlarm, MetricDataQuery, StateValue, Statistic,
};

use jiff::Timestamp;
use shared::aws::timestamp;

use super::configured::{composite, snapshot, unprovable};
use crate::alarms::AlarmNow;
use shared::alarm::{Kind, Metric, State};

/// What all types of alarms have in common, which the SDK has no trait for; `None` without a name or a known state.
macro_rules! described {
    ($alarm:ident, $kind:expr, $rule:expr) => {
        AlarmNow {
            name: $alarm.alarm_name()?.to_owned(),
            arn: $alarm.alarm_arn().and_then(|arn| arn.parse().ok()),
            state: state($alarm.state_value()?)?,
            reason: text($alarm.state_reason()),
            description: text($alarm.alarm_description()),
            transitioned_at: time($alarm.state_transitioned_timestamp()),
            configured_at: time($alarm.alarm_configuration_updated_timestamp()),
            actions_enabled: $alarm.actions_enabled().unwrap_or(true),
            alarm_actions: $alarm.alarm_actions().to_vec(),
            is_suppressed: false,
            kind: $kind,
            metrics: Vec::new(),
            rule: $rule,
        }
    };
}

/// An alarm on a metric, an expression or a band.
pub(super) fn metric_alarm(alarm: &MetricAlarm) -> Option<AlarmNow> {
    let named = named_metric(alarm);
    let queried = alarm.metrics().iter().filter_map(queried_metric);
    let metrics = named.into_iter().chain(queried).collect();
    Some(AlarmNow {
        metrics,
        ..described!(alarm, kind(alarm), snapshot(alarm.into()))
    })
}

/// A rule over other alarms.
pub(super) fn composite_alarm(alarm: &CompositeAlarm) -> Option<AlarmNow> {
    let is_suppressed = alarm.actions_suppressed_by().is_some();
    let rule = snapshot(composite(alarm.alarm_rule().unwrap_or_default()));
    Some(AlarmNow {
        is_suppressed,
        ..described!(alarm, Some(Kind::Composite), rule)
    })
}

/// The results of a scheduled log query.
pub(super) fn log_alarm(alarm: &LogAlarm) -> Option<AlarmNow> {
    let rule = unprovable("an alarm on a log query");
    Some(described!(alarm, Some(Kind::Log), rule))
}

/// A state that a later version of CloudWatch may add is none that is known here.
fn state(value: &StateValue) -> Option<State> {
    value.as_str().parse().ok()
}

pub(super) fn time(time: Option<&DateTime>) -> Option<Timestamp> {
    timestamp(time?)
}

fn text(text: Option<&str>) -> String {
    text.unwrap_or_default().to_owned()
}

fn kind(alarm: &MetricAlarm) -> Option<Kind> {
    if alarm.threshold_metric_id().is_some() {
        return Some(Kind::Anomaly);
    }
    let has_expression = alarm
        .metrics()
        .iter()
        .any(|query| query.expression().is_some());
    let has_metric = alarm.metric_name().is_some() || !alarm.metrics().is_empty();
    match (has_expression, has_metric) {
        (true, _) => Some(Kind::Math),
        (false, true) => Some(Kind::Metric),
        (false, false) => None,
    }
}

fn named_metric(alarm: &MetricAlarm) -> Option<Metric> {
    Some(Metric {
        namespace: alarm.namespace()?.to_owned(),
        name: alarm.metric_name()?.to_owned(),
        dimensions: dimensions(alarm.dimensions()),
        stat: stat(alarm),
    })
}

fn queried_metric(query: &MetricDataQuery) -> Option<Metric> {
    let stat = query.metric_stat()?;
    let metric = stat.metric()?;
    Some(Metric {
        namespace: metric.namespace()?.to_owned(),
        name: metric.metric_name()?.to_owned(),
        dimensions: dimensions(metric.dimensions()),
        stat: stat.stat().map(str::to_owned),
    })
}

fn stat(alarm: &MetricAlarm) -> Option<String> {
    let statistic = alarm.statistic().map(Statistic::as_str);
    let stat = statistic.or(alarm.extended_statistic());
    stat.map(str::to_owned)
}

fn dimensions(dimensions: &[Dimension]) -> BTreeMap<String, String> {
    let pair =
        |dimension: &Dimension| Some((dimension.name()?.to_owned(), dimension.value()?.to_owned()));
    dimensions.iter().filter_map(pair).collect()
}
