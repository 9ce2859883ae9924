use anyhow::Context as _;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{
    ComparisonOperator, Dimension, MetricAlarm, MetricDatum, StandardUnit, StateValue, Statistic,
};
use jiff::Timestamp;

use super::Scenario;
use crate::poll::{self, Look, TimeLimit};

/// The alarm on the service's errors; the playbook matches its name.
pub const ALARM: &str = "checkout-high-5xx-errors";

const NAMESPACE: &str = "AWS/ApplicationELB";
const METRIC: &str = "HTTPCode_Target_5XX_Count";
const PERIOD_SECONDS: i32 = 60;
const PERIODS: i32 = 2;
const THRESHOLD: f64 = 10.0;

/// The errors that set it off, oldest first, one number for each period.
pub const ERRORS: [f64; 2] = [15.0, 12.0];

impl Scenario {
    /// Creates the alarm, which tells `topic_arn` of ALARM and OK, and waits until it is OK.
    pub async fn create_alarm(&self, topic_arn: &str) -> anyhow::Result<MetricAlarm> {
        self.cloudwatch
            .put_metric_alarm()
            .alarm_name(ALARM)
            .alarm_description("The checkout answers too often with a server error")
            .namespace(NAMESPACE)
            .metric_name(METRIC)
            .set_dimensions(Some(dimensions()))
            .statistic(Statistic::Sum)
            .comparison_operator(ComparisonOperator::GreaterThanThreshold)
            .threshold(THRESHOLD)
            .period(PERIOD_SECONDS)
            .evaluation_periods(PERIODS)
            .datapoints_to_alarm(PERIODS)
            // A load balancer without errors publishes no zeros.
            .treat_missing_data("notBreaching")
            .alarm_actions(topic_arn)
            .ok_actions(topic_arn)
            .send()
            .await
            .with_context(|| format!("couldn't create alarm {ALARM}"))?;
        self.wait_for_alarm(&StateValue::Ok, TimeLimit::usual())
            .await
    }

    /// The alarm as CloudWatch describes it.
    pub async fn alarm(&self) -> anyhow::Result<MetricAlarm> {
        let named = || format!("couldn't describe alarm {ALARM}");
        let call = self.cloudwatch.describe_alarms().alarm_names(ALARM);
        let described = call.send().await.with_context(named)?;
        let mut alarms = described.metric_alarms.unwrap_or_default();
        alarms.pop().with_context(named)
    }

    /// Waits until the alarm is in `state`.
    pub async fn wait_for_alarm(
        &self,
        state: &StateValue,
        limit: TimeLimit,
    ) -> anyhow::Result<MetricAlarm> {
        let what = format!("state {} of alarm {ALARM}", state.as_str());
        poll::until(&what, limit, async || {
            let alarm = self.alarm().await?;
            Ok(match alarm.state_value() {
                Some(now) if now == state => Look::Seen(alarm),
                other => Look::NotYet(other.map_or("in no state", StateValue::as_str).to_owned()),
            })
        })
        .await
    }

    /// Publishes the errors of the two complete periods before `now`. What becomes of the alarm is up to its evaluation.
    ///
    /// On AWS only a load balancer publishes in this namespace; in the local cloud it is us who stand in for it.
    pub async fn publish_errors(&self, now: Timestamp) -> anyhow::Result<()> {
        self.cloudwatch
            .put_metric_data()
            .namespace(NAMESPACE)
            .set_metric_data(Some(errors(now)))
            .send()
            .await
            .map(drop)
            .with_context(|| format!("couldn't publish metric {METRIC}"))
    }
}

fn dimensions() -> Vec<Dimension> {
    let dimension = |name: &str, value: &str| Dimension::builder().name(name).value(value).build();
    vec![
        dimension("LoadBalancer", "app/shop/50dc6c495c0c9188"),
        dimension("TargetGroup", "targetgroup/checkout/943f017f100becff"),
    ]
}

fn errors(now: Timestamp) -> Vec<MetricDatum> {
    let period = i64::from(PERIOD_SECONDS);
    let this_period = now.as_second().div_euclid(period) * period;
    let begins = (1..).map(|back| DateTime::from_secs(this_period - back * period));
    let newest_first = ERRORS.iter().rev().zip(begins);
    let datum = |(errors, begin): (&f64, DateTime)| {
        MetricDatum::builder()
            .metric_name(METRIC)
            .set_dimensions(Some(dimensions()))
            .timestamp(begin)
            .value(*errors)
            .unit(StandardUnit::Count)
            .build()
    };
    newest_first.map(datum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_errors_lie_in_the_two_complete_periods_before_now() {
        let now = "2026-02-18T21:47:01Z".parse().unwrap();
        let published: Vec<_> = errors(now)
            .iter()
            .map(|datum| {
                (
                    datum.timestamp().unwrap().to_string(),
                    datum.value().unwrap(),
                )
            })
            .collect();
        assert_eq!(
            published,
            [
                ("2026-02-18T21:46:00Z".to_owned(), 12.0),
                ("2026-02-18T21:45:00Z".to_owned(), 15.0),
            ]
        );
    }
}
