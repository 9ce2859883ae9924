//! Metrics, alarms under alarms, and the history of alarms.

mod history;

use aws_sdk_cloudwatch::config::Builder;
use aws_sdk_cloudwatch::operation::describe_alarms::DescribeAlarmsOutput;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{
    AlarmType, CompositeAlarm, Dimension, HistoryItemType, Metric as CwMetric, MetricAlarm,
    MetricDataQuery, MetricDataResult, MetricStat, ScanBy, Statistic, StatusCode,
};
use jiff::Timestamp;
use shared::alarm::{Kind, Metric};
use shared::aws::{Call, timestamp};
use shared::failure::CallError;

use super::AwsSources;
use super::failed::failed;
use crate::collect::{
    AlarmHistories, AnswerStatus, Child, MetricAnswer, MetricQuery, Metrics, Page, Span,
};
use crate::evidence::AlarmChange;

/// The most alarms in one call and in one answer (API reference, `DescribeAlarms`).
const A_PAGE: i32 = 100;

impl AwsSources<'_> {
    fn cloudwatch_timed(&self, call: &Call) -> Result<Builder, CallError> {
        let timeouts = call.repeatable(self.deadline)?;
        Ok(aws_sdk_cloudwatch::Config::builder().timeout_config(timeouts))
    }

    /// The metrics of these alarms, in full.
    async fn metrics_of(&self, call: &Call, names: Vec<String>) -> Result<Vec<Metric>, CallError> {
        let answer = self
            .clients
            .cloudwatch
            .describe_alarms()
            .set_alarm_names(Some(names))
            .alarm_types(AlarmType::MetricAlarm)
            .max_records(A_PAGE)
            .customize()
            .config_override(self.cloudwatch_timed(call)?)
            .send()
            .await
            .map_err(|error| failed(call, error))?;
        Ok(answer.metric_alarms().iter().flat_map(watched).collect())
    }
}

impl Metrics for AwsSources<'_> {
    async fn metric_data(
        &self,
        queries: &[MetricQuery],
        span: Span,
        next: Option<String>,
    ) -> Result<Page<MetricAnswer>, CallError> {
        let call = Call::new("measure", format!("{} metrics", queries.len()));
        let queries = queries.iter().enumerate();
        let queries = queries.map(|(index, asked)| query(index, asked));
        let answer = self
            .clients
            .cloudwatch
            .get_metric_data()
            .set_metric_data_queries(Some(queries.collect()))
            .start_time(date(span.from))
            .end_time(date(span.until))
            .scan_by(ScanBy::TimestampAscending)
            .set_next_token(next)
            .customize()
            .config_override(self.cloudwatch_timed(&call)?)
            .send()
            .await
            .map_err(|error| failed(&call, error))?;
        Ok(Page {
            items: answer
                .metric_data_results()
                .iter()
                .filter_map(read)
                .collect(),
            next: answer.next_token,
        })
    }

    /// Of children `DescribeAlarms` says little more than their names, so they are described by these.
    async fn child_alarms(
        &self,
        composite: &str,
        next: Option<String>,
    ) -> Result<Page<Child>, CallError> {
        let call = Call::new("describe the alarms under", format!("alarm {composite}"));
        let children = self
            .clients
            .cloudwatch
            .describe_alarms()
            .children_of_alarm_name(composite)
            .max_records(A_PAGE)
            .set_next_token(next)
            .customize()
            .config_override(self.cloudwatch_timed(&call)?)
            .send()
            .await
            .map_err(|error| failed(&call, error))?;
        let (names, composites) = names(&children);
        let metrics = if names.is_empty() {
            Vec::new()
        } else {
            self.metrics_of(&call, names).await?
        };
        let metrics = metrics.into_iter().map(Child::Watching);
        let items = metrics.chain(composites.into_iter().map(Child::Composite));
        Ok(Page {
            items: items.collect(),
            next: children.next_token,
        })
    }
}

impl AlarmHistories for AwsSources<'_> {
    async fn alarm_changes(
        &self,
        alarm: &str,
        kind: Option<Kind>,
        span: Span,
        next: Option<String>,
    ) -> Result<Page<AlarmChange>, CallError> {
        let call = Call::new("read the history of", format!("alarm {alarm}"));
        let alarm_type = match kind {
            Some(Kind::Composite) => AlarmType::CompositeAlarm,
            Some(Kind::Log) => AlarmType::LogAlarm,
            _ => AlarmType::MetricAlarm,
        };
        let answer = self
            .clients
            .cloudwatch
            .describe_alarm_history()
            .alarm_name(alarm)
            .alarm_types(alarm_type)
            .history_item_type(HistoryItemType::StateUpdate)
            .start_date(date(span.from))
            .end_date(date(span.until))
            .scan_by(ScanBy::TimestampDescending)
            .max_records(A_PAGE)
            .set_next_token(next)
            .customize()
            .config_override(self.cloudwatch_timed(&call)?)
            .send()
            .await
            .map_err(|error| failed(&call, error))?;
        let items = answer.alarm_history_items.unwrap_or_default();
        Ok(Page {
            items: items.iter().filter_map(history::change).collect(),
            next: answer.next_token,
        })
    }
}

pub(super) fn date(at: Timestamp) -> DateTime {
    DateTime::from_millis(at.as_millisecond())
}

fn query(index: usize, asked: &MetricQuery) -> MetricDataQuery {
    let dimensions = asked.dimensions.iter();
    let dimension = |(name, value)| Dimension::builder().name(name).value(value).build();
    let metric = CwMetric::builder()
        .namespace(&asked.namespace)
        .metric_name(&asked.name)
        .set_dimensions(Some(dimensions.map(dimension).collect()))
        .build();
    let stat = MetricStat::builder()
        .metric(metric)
        .period(i32::try_from(asked.period).unwrap_or(i32::MAX))
        .stat(&asked.stat)
        .build();
    MetricDataQuery::builder()
        .id(format!("q{index}"))
        .metric_stat(stat)
        .build()
}

fn read(result: &MetricDataResult) -> Option<MetricAnswer> {
    let status = match result.status_code() {
        Some(StatusCode::Complete) => AnswerStatus::Complete,
        Some(StatusCode::PartialData) => AnswerStatus::Partial,
        Some(other) => AnswerStatus::Other(other.as_str().to_owned()),
        None => AnswerStatus::Other("no status".to_owned()),
    };
    let times = result.timestamps().iter().map(timestamp);
    let values = times.zip(result.values().iter().copied());
    Some(MetricAnswer {
        query: result.id()?.strip_prefix('q')?.parse().ok()?,
        status,
        values: values
            .filter_map(|(at, value)| Some((at?, value)))
            .collect(),
    })
}

/// The names of the alarms on metrics, and those of the composite ones.
fn names(children: &DescribeAlarmsOutput) -> (Vec<String>, Vec<String>) {
    let metric = children
        .metric_alarms()
        .iter()
        .filter_map(MetricAlarm::alarm_name);
    let composite = children
        .composite_alarms()
        .iter()
        .filter_map(CompositeAlarm::alarm_name);
    (
        metric.map(str::to_owned).collect(),
        composite.map(str::to_owned).collect(),
    )
}

/// The metrics that an alarm watches: its own, or those of its expression.
fn watched(alarm: &MetricAlarm) -> Vec<Metric> {
    let stat = alarm
        .statistic()
        .map(Statistic::as_str)
        .or(alarm.extended_statistic());
    let own = of(
        (alarm.namespace(), alarm.metric_name()),
        alarm.dimensions(),
        stat,
    );
    let queried = alarm
        .metrics()
        .iter()
        .filter_map(MetricDataQuery::metric_stat);
    let queried = queried.filter_map(|stat| {
        let metric = stat.metric()?;
        of(
            (metric.namespace(), metric.metric_name()),
            metric.dimensions(),
            stat.stat(),
        )
    });
    own.into_iter().chain(queried).collect()
}

fn of(
    (namespace, name): (Option<&str>, Option<&str>),
    dimensions: &[Dimension],
    stat: Option<&str>,
) -> Option<Metric> {
    let pair =
        |dimension: &Dimension| Some((dimension.name()?.to_owned(), dimension.value()?.to_owned()));
    Some(Metric {
        namespace: namespace?.to_owned(),
        name: name?.to_owned(),
        dimensions: dimensions.iter().filter_map(pair).collect(),
        stat: stat.map(str::to_owned),
    })
}

#[cfg(test)]
mod tests;
