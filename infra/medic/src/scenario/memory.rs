//! The memory that the service uses, and the alarm on it.

use anyhow::Context as _;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{ComparisonOperator, Datapoint, Dimension, Statistic};
use jiff::{SignedDuration, Timestamp};
use shared::aws::timestamp;

use super::service::{CLUSTER, SERVICE};
use super::{Scenario, WatchedAlarm};
use crate::speed::Speed;

/// The alarm on the service's memory; the playbook matches its name.
pub const MEMORY_ALARM: &str = "checkout-memory-high";

/// Above so many percent the service uses more than it ever should: it needs a fiftieth of what its tasks have.
pub const MEMORY_THRESHOLD: f64 = 30.0;

const NAMESPACE: &str = "AWS/ECS";
const METRIC: &str = "MemoryUtilization";

/// Both of the last two periods have to be above the threshold.
const PERIODS: i32 = 2;

/// One period of the alarm's metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MemoryPeriod {
    /// When it began.
    pub start: Timestamp,
    /// How much of its memory a task used on the average, in percent; `None` without data.
    pub percent: Option<f64>,
}

impl Scenario {
    /// Creates the alarm on the service's memory.
    ///
    /// ECS publishes every minute (user guide, "Amazon ECS CloudWatch metrics"), so periods that are shorter than 60 s are for the
    /// local cloud.
    pub async fn create_memory_alarm(
        &self,
        topic_arn: &str,
        speed: Speed,
    ) -> anyhow::Result<WatchedAlarm> {
        let call = self.cloudwatch.put_metric_alarm();
        call.alarm_name(MEMORY_ALARM)
            .alarm_description("The checkout uses more memory than it ever should")
            .namespace(NAMESPACE)
            .metric_name(METRIC)
            .set_dimensions(Some(dimensions()))
            .statistic(Statistic::Average)
            .period(i32::try_from(speed.period_seconds())?)
            .evaluation_periods(PERIODS)
            .datapoints_to_alarm(PERIODS)
            .threshold(MEMORY_THRESHOLD)
            .comparison_operator(ComparisonOperator::GreaterThanThreshold)
            .treat_missing_data("missing")
            .alarm_actions(topic_arn)
            .ok_actions(topic_arn)
            .send()
            .await
            .with_context(|| format!("couldn't create alarm {MEMORY_ALARM}"))?;
        Ok(WatchedAlarm::new(&self.cloudwatch, MEMORY_ALARM))
    }

    /// The periods from `from` to `until`, both of which are boundaries of periods, oldest first.
    pub async fn memory_periods(
        &self,
        from: Timestamp,
        until: Timestamp,
        period: SignedDuration,
    ) -> anyhow::Result<Vec<MemoryPeriod>> {
        if from >= until {
            return Ok(Vec::new());
        }
        let call = self.cloudwatch.get_metric_statistics();
        let read = call
            .namespace(NAMESPACE)
            .metric_name(METRIC)
            .set_dimensions(Some(dimensions()))
            .start_time(DateTime::from_secs(from.as_second()))
            .end_time(DateTime::from_secs(until.as_second()))
            .period(i32::try_from(period.as_secs())?)
            .statistics(Statistic::Average)
            .send()
            .await
            .with_context(|| format!("couldn't read metric {METRIC}"))?;
        let points = read.datapoints();
        let percent = |start| {
            let mut of_period = points
                .iter()
                .filter(|point| point.timestamp().and_then(timestamp) == Some(start));
            of_period.find_map(Datapoint::average)
        };
        let starts = (0..).map_while(|number| from.checked_add(period * number).ok());
        Ok(starts
            .take_while(|start| *start < until)
            .map(|start| MemoryPeriod {
                start,
                percent: percent(start),
            })
            .collect())
    }
}

fn dimensions() -> Vec<Dimension> {
    let dimension = |(name, value)| Dimension::builder().name(name).value(value).build();
    [("ClusterName", CLUSTER), ("ServiceName", SERVICE)]
        .map(dimension)
        .into()
}
