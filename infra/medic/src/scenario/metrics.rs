use anyhow::Context as _;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{
    Dimension, Metric, MetricDataQuery, MetricDataResult, MetricStat, ScanBy,
};
use jiff::{SignedDuration, Timestamp};
use shared::aws::timestamp;

use super::Scenario;

const NAMESPACE: &str = "AWS/ApplicationELB";
const REQUESTS: (&str, &str) = ("requests", "RequestCount");
const ERRORS: (&str, &str) = ("errors", "HTTPCode_Target_5XX_Count");

/// One period of the alarm's metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Period {
    /// When it began.
    pub start: Timestamp,
    /// Requests in it.
    pub requests: f64,
    /// Errors in it; `None` without a data point, because a load balancer publishes no zeros.
    pub errors: Option<f64>,
}

impl Scenario {
    /// The periods from `from` to `until`, both of which are boundaries of periods, oldest first.
    pub async fn periods(
        &self,
        from: Timestamp,
        until: Timestamp,
        period: SignedDuration,
    ) -> anyhow::Result<Vec<Period>> {
        if from >= until {
            return Ok(Vec::new());
        }
        let alarm = self.alarm().await?;
        let seconds = i32::try_from(period.as_secs())?;
        let query = |metric| query(metric, alarm.dimensions(), seconds);
        let call = self.cloudwatch.get_metric_data();
        let read = call
            .metric_data_queries(query(REQUESTS))
            .metric_data_queries(query(ERRORS))
            .start_time(DateTime::from_secs(from.as_second()))
            .end_time(DateTime::from_secs(until.as_second()))
            .scan_by(ScanBy::TimestampAscending)
            .send()
            .await
            .with_context(|| format!("couldn't read the metrics of namespace {NAMESPACE}"))?;
        let value = |metric, start| value(read.metric_data_results(), metric, start);
        let starts = (0..).map_while(|number| from.checked_add(period * number).ok());
        Ok(starts
            .take_while(|start| *start < until)
            .map(|start| Period {
                start,
                requests: value(REQUESTS, start).unwrap_or_default(),
                errors: value(ERRORS, start),
            })
            .collect())
    }
}

fn query((id, name): (&str, &str), dimensions: &[Dimension], seconds: i32) -> MetricDataQuery {
    let metric = Metric::builder()
        .namespace(NAMESPACE)
        .metric_name(name)
        .set_dimensions(Some(dimensions.to_vec()))
        .build();
    let stat = MetricStat::builder()
        .metric(metric)
        .period(seconds)
        .stat("Sum")
        .build();
    MetricDataQuery::builder().id(id).metric_stat(stat).build()
}

fn value(results: &[MetricDataResult], (id, _): (&str, &str), start: Timestamp) -> Option<f64> {
    let result = results.iter().find(|result| result.id() == Some(id))?;
    let mut points = result.timestamps().iter().zip(result.values());
    points
        .find(|(time, _)| timestamp(time) == Some(start))
        .map(|(_, value)| *value)
}
