mod answers;
mod calls;
mod configured;
mod described;
mod history;
mod measured;

use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::operation::describe_alarms::DescribeAlarmsOutput;
use aws_sdk_cloudwatch::operation::list_tags_for_resource::ListTagsForResourceError;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{AlarmHistoryItem, AlarmType, HistoryItemType, StateValue, Tag};
use futures::future::try_join_all;
use jiff::{SignedDuration, Timestamp};
use shared::aws::{Call, LazyClient};
use shared::deadline::Deadline;
use shared::failure::CallError;

use self::described::{composite_alarm, log_alarm, metric_alarm, time};
use crate::alarms::{AlarmNow, Alarms, Tags};
use crate::load::{Load, LoadSpan};
use crate::recovery::{Measured, Span};
use crate::rule::{Rule, Snapshot};
use shared::alarm::{AlarmArn, Kind, State};

/// The most names in one call (API reference, `DescribeAlarms`).
const MOST_NAMES: usize = 100;

/// How many children of a composite alarm are measured at the same time.
const AT_ONCE: usize = 10;

/// The change of state itself, and what CloudWatch writes about it a moment later.
const AROUND: SignedDuration = SignedDuration::from_secs(2);

/// How long CloudWatch keeps an alarm's history (API reference, `DescribeAlarmHistory`).
const HISTORY: SignedDuration = SignedDuration::from_hours(30 * 24);

/// CloudWatch, for the length of one invocation.
#[derive(Clone, Debug)]
pub struct CloudWatchAlarms<'a> {
    /// The client, built once per sandbox.
    pub client: &'a LazyClient<Client>,
    /// By when every call must be over.
    pub deadline: Deadline,
}

impl Alarms for CloudWatchAlarms<'_> {
    async fn tags(&self, alarm: &AlarmArn) -> Result<Option<Tags>, CallError> {
        let call = Call::new("read the tags of", format!("alarm {alarm}"));
        let answer = self
            .client
            .list_tags_for_resource()
            .resource_arn(alarm.to_string())
            .customize()
            .config_override(self.timed(&call)?)
            .send()
            .await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(ListTagsForResourceError::is_resource_not_found_exception) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(call.failed(error)),
        };
        let pair = |tag: &Tag| Some((tag.key()?.to_owned(), tag.value()?.to_owned()));
        Ok(Some(answer.tags().iter().filter_map(pair).collect()))
    }

    async fn describe(&self, name: &str) -> Result<Option<AlarmNow>, CallError> {
        let mut found = self.describe_all(&[name]).await?;
        Ok(found.pop())
    }

    async fn describe_all(&self, names: &[&str]) -> Result<Vec<AlarmNow>, CallError> {
        let mut found = Vec::new();
        for names in names.chunks(MOST_NAMES) {
            let what = match names {
                [name] => format!("alarm {name}"),
                names => format!("{} alarms", names.len()),
            };
            let call = Call::new("describe", what);
            let request = self
                .client
                .describe_alarms()
                .set_alarm_names(Some(names.iter().map(|name| (*name).to_owned()).collect()));
            let pages = self.pages(&call, request).await?;
            let described = pages.iter().flat_map(alarms);
            found.extend(described.filter(|alarm| names.contains(&alarm.name.as_str())));
        }
        Ok(found)
    }

    async fn firing(&self, topic_arn: &str) -> Result<Vec<AlarmNow>, CallError> {
        let call = Call::new("list the firing alarms of", format!("topic {topic_arn}"));
        let request = self
            .client
            .describe_alarms()
            .state_value(StateValue::Alarm)
            .action_prefix(topic_arn);
        let pages = self.pages(&call, request).await?;
        let firing = pages.iter().flat_map(alarms);
        Ok(firing
            .filter(|alarm| alarm.publishes_to(topic_arn))
            .collect())
    }

    async fn state_before(
        &self,
        alarm: &AlarmNow,
        at: Timestamp,
    ) -> Result<Option<State>, CallError> {
        let alarm_type = match alarm.kind {
            Some(Kind::Composite) => AlarmType::CompositeAlarm,
            Some(Kind::Log) => AlarmType::LogAlarm,
            _ => AlarmType::MetricAlarm,
        };
        let around = (at - AROUND, at + AROUND);
        let what = (alarm.name.as_str(), vec![alarm_type]);
        let items = self
            .history(what, HistoryItemType::StateUpdate, around)
            .await?;
        let mut data = items.iter().filter_map(AlarmHistoryItem::history_data);
        Ok(data.find_map(|data| history::state_before(data, alarm.state)))
    }

    async fn rule_at(&self, name: &str, at: Timestamp) -> Result<Option<Snapshot>, CallError> {
        let what = (name, every_type());
        let until = (at - HISTORY, at);
        let items = self
            .history(what, HistoryItemType::ConfigurationUpdate, until)
            .await?;
        let newest = items
            .iter()
            .filter(|item| time(item.timestamp()).is_some_and(|t| t <= at));
        let newest = newest.max_by_key(|item| time(item.timestamp()));
        Ok(newest
            .and_then(AlarmHistoryItem::history_data)
            .and_then(history::rule_since))
    }

    async fn measure(&self, asked: &[(&Rule, Span)]) -> Result<Vec<Measured>, CallError> {
        let mut measured = Vec::new();
        for some in asked.chunks(AT_ONCE) {
            let some = some.iter();
            let some = some.map(|(rule, span)| self.measure_one(rule, *span));
            measured.extend(try_join_all(some).await?);
        }
        Ok(measured)
    }

    async fn load(
        &self,
        rule: &Rule,
        fired_at: Timestamp,
        now: Timestamp,
    ) -> Result<Option<Load>, CallError> {
        let span = LoadSpan::of(rule, fired_at, now);
        let Some(ask) = measured::load(rule, span) else {
            return Ok(None);
        };
        let call = Call::new("measure the load of", measured::name(rule));
        let answers = self.data(&call, &ask).await?;
        Ok(Load::of(&answers.series(measured::REQUESTS), span))
    }
}

/// Without them only metric alarms are described.
fn every_type() -> Vec<AlarmType> {
    vec![
        AlarmType::MetricAlarm,
        AlarmType::CompositeAlarm,
        AlarmType::LogAlarm,
    ]
}

fn alarms(answer: &DescribeAlarmsOutput) -> impl Iterator<Item = AlarmNow> {
    let metric = answer.metric_alarms().iter().filter_map(metric_alarm);
    let composite = answer.composite_alarms().iter().filter_map(composite_alarm);
    let log = answer.log_alarms().iter().filter_map(log_alarm);
    metric.chain(composite).chain(log)
}

fn date(time: Timestamp) -> DateTime {
    DateTime::from_millis(time.as_millisecond())
}

#[cfg(test)]
mod tests;
