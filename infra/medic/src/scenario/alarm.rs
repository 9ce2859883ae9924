use anyhow::Context as _;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{HistoryItemType, MetricAlarm, ScanBy, StateValue};
use jiff::Timestamp;
use shared::aws::timestamp;

use crate::poll::{self, Look, TimeLimit};

/// The alarm on the service's errors; the playbook matches its name.
pub const ALARM: &str = "checkout-high-5xx-errors";

/// An alarm that is watched, by its name.
#[derive(Clone, Debug)]
pub struct WatchedAlarm {
    cloudwatch: aws_sdk_cloudwatch::Client,
    name: &'static str,
}

/// A change of the alarm's state.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StateChange {
    /// `StateTransitionedTimestamp`.
    pub at: Timestamp,
    /// The state since then.
    pub state: StateName,
    /// Why, in CloudWatch's words.
    pub reason: String,
}

/// A state of an alarm.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StateName {
    /// The rule is not broken.
    Ok,
    /// It is.
    Alarm,
    /// Anything else, such as `INSUFFICIENT_DATA`.
    Other,
}

impl WatchedAlarm {
    pub(super) fn new(cloudwatch: &aws_sdk_cloudwatch::Client, name: &'static str) -> Self {
        let cloudwatch = cloudwatch.clone();
        Self { cloudwatch, name }
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// As CloudWatch describes it.
    pub async fn describe(&self) -> anyhow::Result<MetricAlarm> {
        let named = || format!("couldn't describe alarm {}", self.name);
        let call = self.cloudwatch.describe_alarms().alarm_names(self.name);
        let described = call.send().await.with_context(named)?;
        let mut alarms = described.metric_alarms.unwrap_or_default();
        alarms.pop().with_context(named)
    }

    /// Waits until it is in `state`.
    pub async fn wait_for(
        &self,
        state: &StateValue,
        limit: TimeLimit,
    ) -> anyhow::Result<MetricAlarm> {
        let what = format!("state {} of alarm {}", state.as_str(), self.name);
        poll::until(&what, limit, async || {
            let alarm = self.describe().await?;
            Ok(match alarm.state_value() {
                Some(now) if now == state => Look::Seen(alarm),
                other => Look::NotYet(other.map_or("in no state", StateValue::as_str).to_owned()),
            })
        })
        .await
    }

    /// What it told whom, and whether it could, since a time, oldest first: when, and in CloudWatch's words.
    pub async fn actions(&self, since: Timestamp) -> anyhow::Result<Vec<(Timestamp, String)>> {
        let call = self.cloudwatch.describe_alarm_history();
        let described = call
            .alarm_name(self.name)
            .history_item_type(HistoryItemType::Action)
            .start_date(DateTime::from_millis(since.as_millisecond()))
            .scan_by(ScanBy::TimestampAscending)
            .send()
            .await
            .with_context(|| format!("couldn't read the history of alarm {}", self.name))?;
        let items = described.alarm_history_items().iter();
        Ok(items
            .filter_map(|item| {
                let at = timestamp(item.timestamp()?)?;
                Some((at, item.history_summary()?.to_owned()))
            })
            .collect())
    }
}

impl StateChange {
    /// The change that brought the alarm into the state it is in.
    pub fn of(alarm: &MetricAlarm) -> Option<Self> {
        let state = match alarm.state_value()? {
            StateValue::Ok => StateName::Ok,
            StateValue::Alarm => StateName::Alarm,
            _ => StateName::Other,
        };
        Some(Self {
            at: timestamp(alarm.state_transitioned_timestamp()?)?,
            state,
            reason: alarm.state_reason().unwrap_or_default().to_owned(),
        })
    }
}
