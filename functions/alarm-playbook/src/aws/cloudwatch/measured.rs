//! A rule's metric, and the requests behind it, from `GetMetricData`.

use aws_sdk_cloudwatch::operation::get_metric_data::GetMetricDataOutput;
use aws_sdk_cloudwatch::types::{
    Dimension, Metric, MetricDataQuery, MetricDataResult, MetricStat, StandardUnit, StatusCode,
};
use jiff::Timestamp;
use thiserror::Error;

use super::described::time;
use crate::recovery::Measured;
use crate::rule::Rule;

/// The ids of the two queries.
const VALUES: &str = "values";
const REQUESTS: &str = "requests";

/// CloudWatch did not answer with data.
#[derive(Debug, Error)]
#[error("CloudWatch answered {0} instead of all data")]
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

/// What keeps the pages from being all the data that were asked for: half of them would look like a metric at rest.
pub(super) fn trouble(rule: &Rule, pages: &[GetMetricDataOutput]) -> Option<Trouble> {
    queries(rule)
        .iter()
        .filter_map(MetricDataQuery::id)
        .find_map(|id| {
            let statuses = results(pages, id).filter_map(MetricDataResult::status_code);
            match statuses.last() {
                Some(StatusCode::Complete) => None,
                Some(other) => Some(Trouble(format!("{other} for the {id}"))),
                None => Some(Trouble(format!("nothing for the {id}"))),
            }
        })
}

/// The values of all pages.
pub(super) fn all(rule: &Rule, pages: &[GetMetricDataOutput]) -> Measured {
    let series = |id| results(pages, id).flat_map(points).collect();
    Measured {
        values: series(VALUES),
        requests: rule.traffic_metric().map(|_| series(REQUESTS)),
    }
}

/// What the pages answer to one query.
fn results<'a>(
    pages: &'a [GetMetricDataOutput],
    id: &'a str,
) -> impl Iterator<Item = &'a MetricDataResult> {
    let results = pages
        .iter()
        .flat_map(GetMetricDataOutput::metric_data_results);
    results.filter(move |result| result.id() == Some(id))
}

fn points(result: &MetricDataResult) -> impl Iterator<Item = (Timestamp, f64)> {
    let times = result.timestamps().iter().map(|at| time(Some(at)));
    let points = times.zip(result.values().iter().copied());
    points.filter_map(|(at, value)| Some((at?, value)))
}
