use anyhow::Context as _;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{ComparisonOperator, Datapoint, Dimension, Statistic};
use jiff::{SignedDuration, Timestamp};
use shared::aws::timestamp;

use super::{HostScenario, INSTANCE};
use crate::speed::Speed;

/// The alarm on the host's processor; the playbook matches its name.
pub const HOST_ALARM: &str = "web-cpu-high";

/// Above so many percent the processor is too busy.
pub const PROCESSOR_THRESHOLD: f64 = 80.0;

const NAMESPACE: &str = "AWS/EC2";
const METRIC: &str = "CPUUtilization";

/// Both of the last two periods have to be above the threshold: one alone may be a backup.
const PERIODS: i32 = 2;

/// One period of the alarm's metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProcessorPeriod {
    /// When it began.
    pub start: Timestamp,
    /// How busy the processor was on the average, in percent; `None` without data.
    pub percent: Option<f64>,
}

impl HostScenario {
    /// Creates the alarm on the host's processor, or another one of the same rule.
    ///
    /// EC2 publishes every minute with detailed monitoring (user guide, "Manage detailed monitoring for your EC2 instances"), so
    /// periods that are shorter than 60 s are for the local cloud.
    pub async fn create_alarm(
        &self,
        name: &str,
        description: &str,
        topic_arn: &str,
        speed: Speed,
    ) -> anyhow::Result<()> {
        let call = self.cloudwatch.put_metric_alarm();
        call.alarm_name(name)
            .alarm_description(description)
            .namespace(NAMESPACE)
            .metric_name(METRIC)
            .dimensions(instance())
            .statistic(Statistic::Average)
            .period(i32::try_from(speed.period_seconds())?)
            .evaluation_periods(PERIODS)
            .datapoints_to_alarm(PERIODS)
            .threshold(PROCESSOR_THRESHOLD)
            .comparison_operator(ComparisonOperator::GreaterThanThreshold)
            .treat_missing_data("missing")
            .alarm_actions(topic_arn)
            .ok_actions(topic_arn)
            .send()
            .await
            .map(drop)
            .with_context(|| format!("couldn't create alarm {name}"))
    }

    /// The periods from `from` to `until`, both of which are boundaries of periods, oldest first.
    pub async fn periods(
        &self,
        from: Timestamp,
        until: Timestamp,
        period: SignedDuration,
    ) -> anyhow::Result<Vec<ProcessorPeriod>> {
        if from >= until {
            return Ok(Vec::new());
        }
        let call = self.cloudwatch.get_metric_statistics();
        let read = call
            .namespace(NAMESPACE)
            .metric_name(METRIC)
            .dimensions(instance())
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
            .map(|start| ProcessorPeriod {
                start,
                percent: percent(start),
            })
            .collect())
    }
}

fn instance() -> Dimension {
    Dimension::builder()
        .name("InstanceId")
        .value(INSTANCE)
        .build()
}
