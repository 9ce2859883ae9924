//! A rule's metric, and the requests behind it, from `GetMetricData`.

use aws_sdk_cloudwatch::operation::get_metric_data::GetMetricDataOutput;
use aws_sdk_cloudwatch::types::{
    Dimension, Metric, MetricDataQuery, MetricDataResult, MetricStat, StandardUnit, StatusCode,
};
use thiserror::Error;

use super::described::time;
use crate::recovery::Measured;
use crate::rule::{Rule, Series};

/// The ids of the two queries.
const VALUES: &str = "values";
const REQUESTS: &str = "requests";

/// CloudWatch did not answer with data.
#[derive(Debug, Error)]
#[error("CloudWatch answered {0} instead of data")]
pub(super) struct Trouble(String);

/// One query for the metric, and one for the requests where the service counts them: both in one call.
pub(super) fn queries(rule: &Rule) -> Vec<MetricDataQuery> {
    let unit = rule.unit.as_deref().map(StandardUnit::from);
    let values = query(VALUES, rule, (&rule.metric_name, &rule.stat), unit);
    let requests = rule.traffic_metric();
    let requests = requests.map(|name| query(REQUESTS, rule, (name, "Sum"), None));
    std::iter::once(values).chain(requests).collect()
}

fn query(
    id: &str,
    rule: &Rule,
    (name, stat): (&str, &str),
    unit: Option<StandardUnit>,
) -> MetricDataQuery {
    let dimensions = rule.dimensions.iter();
    let dimension = |(name, value)| Dimension::builder().name(name).value(value).build();
    let metric = Metric::builder()
        .namespace(&rule.namespace)
        .metric_name(name)
        .set_dimensions(Some(dimensions.map(dimension).collect()))
        .build();
    let stat = MetricStat::builder()
        .metric(metric)
        .period(i32::try_from(rule.period_seconds).unwrap_or(i32::MAX))
        .stat(stat)
        .set_unit(unit)
        .build();
    MetricDataQuery::builder().id(id).metric_stat(stat).build()
}

/// What is known before an answer: nothing, but whether requests are asked for.
pub(super) fn nothing_yet(rule: &Rule) -> Measured {
    Measured {
        values: Series::new(),
        requests: rule.traffic_metric().map(|_| Series::new()),
    }
}

/// What keeps an answer from being data. Half an answer would look like a metric at rest.
pub(super) fn trouble(page: &GetMetricDataOutput) -> Option<Trouble> {
    let statuses = page
        .metric_data_results()
        .iter()
        .filter_map(MetricDataResult::status_code);
    let is_trouble =
        |status: &&StatusCode| matches!(status, StatusCode::InternalError | StatusCode::Forbidden);
    let mut troubles = statuses.filter(is_trouble);
    troubles
        .next()
        .map(|status| Trouble(status.as_str().to_owned()))
}

/// Adds the values of one page.
pub(super) fn add(measured: &mut Measured, page: &GetMetricDataOutput) {
    for result in page.metric_data_results() {
        let times = result.timestamps().iter().map(|at| time(Some(at)));
        let points = times.zip(result.values().iter().copied());
        let points = points.filter_map(|(at, value)| Some((at?, value)));
        match (result.id(), &mut measured.requests) {
            (Some(VALUES), _) => measured.values.extend(points),
            (Some(REQUESTS), Some(requests)) => requests.extend(points),
            _ => {}
        }
    }
}
