//! The calls that several questions have in common: pages to the last one, time limits.

use aws_sdk_cloudwatch::config::Builder;
use aws_sdk_cloudwatch::operation::describe_alarms::DescribeAlarmsOutput;
use aws_sdk_cloudwatch::operation::describe_alarms::builders::DescribeAlarmsFluentBuilder;
use aws_sdk_cloudwatch::types::{AlarmHistoryItem, AlarmType, HistoryItemType, ScanBy};
use jiff::Timestamp;
use shared::aws::Call;
use shared::failure::CallError;
use tracing::warn;

use super::answers::Answers;
use super::measured::{self, Ask};
use super::{CloudWatchAlarms, date, every_type};
use crate::recovery::{Measured, Span};
use crate::rule::Rule;

/// A hundred alarms a page: as many as fire at once in any account that still works.
const MOST_PAGES: usize = 20;

/// The most alarms in one answer (API reference, `DescribeAlarms`).
const A_PAGE: i32 = 100;

impl CloudWatchAlarms<'_> {
    /// What every call here has in common: it may be repeated, and it ends in time.
    pub(super) fn timed(&self, call: &Call) -> Result<Builder, CallError> {
        let timeouts = call.repeatable(self.deadline)?;
        Ok(aws_sdk_cloudwatch::Config::builder().timeout_config(timeouts))
    }

    /// The pages of `DescribeAlarms`, of every type of alarm.
    pub(super) async fn pages(
        &self,
        call: &Call,
        request: DescribeAlarmsFluentBuilder,
    ) -> Result<Vec<DescribeAlarmsOutput>, CallError> {
        let mut pages = Vec::new();
        let mut next = None;
        for _ in 0..MOST_PAGES {
            let mut page = request
                .clone()
                .set_alarm_types(Some(every_type()))
                .max_records(A_PAGE)
                .set_next_token(next)
                .customize()
                .config_override(self.timed(call)?)
                .send()
                .await
                .map_err(|error| call.failed(error))?;
            next = page.next_token.take();
            pages.push(page);
            if next.is_none() {
                return Ok(pages);
            }
        }
        warn!("more than {MOST_PAGES} pages of alarms; the rest was not looked at");
        Ok(pages)
    }

    /// The pages of `GetMetricData`: all data, or a failure.
    pub(super) async fn data(&self, call: &Call, ask: &Ask) -> Result<Answers, CallError> {
        let mut pages = Vec::new();
        let mut next = None;
        for _ in 0..MOST_PAGES {
            let mut page = self
                .client
                .get_metric_data()
                .set_metric_data_queries(Some(ask.queries.clone()))
                .start_time(date(ask.from))
                .end_time(date(ask.until))
                .scan_by(ScanBy::TimestampAscending)
                .set_next_token(next)
                .customize()
                .config_override(self.timed(call)?)
                .send()
                .await
                .map_err(|error| call.failed(error))?;
            next = page.next_token.take();
            pages.push(page);
            if next.is_none() {
                break;
            }
        }
        Answers::of(ask, pages).map_err(|trouble| call.interrupted(trouble))
    }

    /// What was measured for one rule: what the alarm asks for, the requests beside it, and where those show that there
    /// should have been a value, the same with zeros.
    pub(super) async fn measure_one(&self, rule: &Rule, span: Span) -> Result<Measured, CallError> {
        if span.is_empty() {
            return Ok(Measured::default());
        }
        let call = Call::new("measure", measured::name(rule));
        let mut measured = Measured::default();
        for ask in measured::asks(rule, span) {
            let answers = self.data(&call, &ask).await?;
            measured::add(&mut measured, rule, &answers);
        }
        if let Some(ask) = measured::filling(rule, span, &measured) {
            let answers = self.data(&call, &ask).await?;
            measured.filled = measured::filled(rule, &answers);
        }
        Ok(measured)
    }

    /// The items of an alarm's history in a span of time, newest first.
    pub(super) async fn history(
        &self,
        (name, alarm_types): (&str, Vec<AlarmType>),
        item_type: HistoryItemType,
        (from, until): (Timestamp, Timestamp),
    ) -> Result<Vec<AlarmHistoryItem>, CallError> {
        let call = Call::new("read the history of", format!("alarm {name}"));
        let answer = self
            .client
            .describe_alarm_history()
            .alarm_name(name)
            .set_alarm_types(Some(alarm_types))
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
