mod described;
mod history;
mod measured;

use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::config::Builder;
use aws_sdk_cloudwatch::operation::describe_alarms::DescribeAlarmsOutput;
use aws_sdk_cloudwatch::operation::list_tags_for_resource::ListTagsForResourceError;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{
    AlarmHistoryItem, AlarmType, HistoryItemType, ScanBy, StateValue, Tag,
};
use jiff::{SignedDuration, Timestamp};
use shared::aws::{Call, LazyClient};
use shared::deadline::Deadline;
use shared::failure::CallError;
use tracing::warn;

use self::described::{composite_alarm, log_alarm, metric_alarm, time};
use crate::alarm::{AlarmArn, Kind, State};
use crate::alarms::{AlarmNow, Alarms, BETWEEN_PAGES, Tags};
use crate::recovery::{Measured, Span};
use crate::rule::{Rule, Snapshot};

/// A hundred alarms a page: as many as fire at once in any account that still works.
const MOST_PAGES: usize = 20;

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

impl CloudWatchAlarms<'_> {
    /// What every call here has in common: it may be repeated, and it ends in time.
    fn timed(&self, call: &Call) -> Result<Builder, CallError> {
        let timeouts = call.repeatable(self.deadline)?;
        Ok(aws_sdk_cloudwatch::Config::builder().timeout_config(timeouts))
    }

    /// The items of an alarm's history in a span of time, newest first.
    async fn history(
        &self,
        (name, alarm_type): (&str, AlarmType),
        item_type: HistoryItemType,
        (from, until): (Timestamp, Timestamp),
    ) -> Result<Vec<AlarmHistoryItem>, CallError> {
        let call = Call::new("read the history of", format!("alarm {name}"));
        let answer = self
            .client
            .describe_alarm_history()
            .alarm_name(name)
            .alarm_types(alarm_type)
            .history_item_type(item_type)
            .start_date(date(from))
            .end_date(date(until))
            .scan_by(ScanBy::TimestampDescending)
            .customize()
            .config_override(self.timed(&call)?)
            .send()
            .await
            .map_err(|error| call.failed(error))?;
        Ok(answer.alarm_history_items.unwrap_or_default())
    }
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
        let call = Call::new("describe", format!("alarm {name}"));
        let answer = self
            .client
            .describe_alarms()
            .alarm_names(name)
            .set_alarm_types(Some(every_type()))
            .customize()
            .config_override(self.timed(&call)?)
            .send()
            .await
            .map_err(|error| call.failed(error))?;
        Ok(alarms(&answer).find(|alarm| alarm.name == name))
    }

    async fn firing(&self, topic_arn: &str) -> Result<Vec<AlarmNow>, CallError> {
        let call = Call::new("list the firing alarms of", format!("topic {topic_arn}"));
        let mut firing = Vec::new();
        let mut next = None;
        for _ in 0..MOST_PAGES {
            let page = self
                .client
                .describe_alarms()
                .state_value(StateValue::Alarm)
                .action_prefix(topic_arn)
                .set_alarm_types(Some(every_type()))
                .set_next_token(next)
                .customize()
                .config_override(self.timed(&call)?)
                .send()
                .await
                .map_err(|error| call.failed(error))?;
            firing.extend(alarms(&page).filter(|alarm| alarm.publishes_to(topic_arn)));
            next = page.next_token;
            if next.is_none() {
                return Ok(firing);
            }
            tokio::time::sleep(BETWEEN_PAGES).await;
        }
        warn!("more than {MOST_PAGES} pages of alarms fire at once; the rest was not looked at");
        Ok(firing)
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
        let what = (alarm.name.as_str(), alarm_type);
        let items = self
            .history(what, HistoryItemType::StateUpdate, around)
            .await?;
        let mut data = items.iter().filter_map(AlarmHistoryItem::history_data);
        Ok(data.find_map(|data| history::state_before(data, alarm.state)))
    }

    async fn rule_at(&self, name: &str, at: Timestamp) -> Result<Option<Snapshot>, CallError> {
        let what = (name, AlarmType::MetricAlarm);
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

    async fn describe_all(&self, _names: &[&str]) -> Result<Vec<AlarmNow>, CallError> {
        unimplemented!()
    }

    async fn load(
        &self,
        _rule: &Rule,
        _fired_at: Timestamp,
        _now: Timestamp,
    ) -> Result<Option<crate::load::Load>, CallError> {
        Ok(None)
    }

    async fn measure(&self, rule: &Rule, span: Span) -> Result<Measured, CallError> {
        let call = Call::new(
            "measure",
            format!("{} {}", rule.namespace, rule.metric_name),
        );
        let mut pages = Vec::new();
        let mut next = None;
        for _ in 0..MOST_PAGES {
            let mut page = self
                .client
                .get_metric_data()
                .set_metric_data_queries(Some(measured::queries(rule)))
                .start_time(date(span.data_from(rule)))
                .end_time(date(span.until))
                .scan_by(ScanBy::TimestampAscending)
                .set_next_token(next)
                .customize()
                .config_override(self.timed(&call)?)
                .send()
                .await
                .map_err(|error| call.failed(error))?;
            next = page.next_token.take();
            pages.push(page);
            if next.is_none() {
                break;
            }
        }
        match measured::trouble(rule, &pages) {
            Some(trouble) => Err(call.interrupted(trouble)),
            None => Ok(measured::all(rule, &pages)),
        }
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
