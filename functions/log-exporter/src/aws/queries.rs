//! Counts by Logs Insights, by `StartQuery` and `GetQueryResults`.

use std::collections::BTreeMap;

use aws_sdk_cloudwatchlogs::operation::get_query_results::{
    GetQueryResultsError, GetQueryResultsOutput,
};
use aws_sdk_cloudwatchlogs::types::{QueryStatus, ResultField};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use shared::aws::Call;
use shared::exports::window::{Window, hour_of};
use shared::failure::CallError;

use super::AwsSources;
use crate::sources::{Count, Queries};

/// Counts events by the hour of their timestamps.
const COUNT: &str = "stats count(*) by bin(1h)";

/// Such as `2026-02-18 21:00:00.000`, in UTC.
const BIN: &str = "%Y-%m-%d %H:%M:%S%.f";

impl Queries for AwsSources<'_> {
    async fn begin(&self, group: &str, window: Window) -> Result<String, CallError> {
        let call = Call::new("count the events of", format!("log group {group}"));
        let request = self.clients.logs.start_query();
        let request = request
            .log_group_name(group)
            .query_string(COUNT)
            .start_time(window.start().as_second())
            // It is in the span, to the second (API reference, `StartQuery`): with it the window's last second is, too, and what is not the
            // window's is in a bin of its own.
            .end_time(window.end().as_second())
            .customize();
        let request = request.config_override(self.logs_config(&call)?);
        let answer = request.send().await;
        let answer = answer.map_err(|error| call.failed_saying_why(error))?;
        let sent_none = || call.misanswered("CloudWatch Logs sent no query id");
        answer.query_id.ok_or_else(sent_none)
    }

    async fn answer(&self, query: &str, window: Window) -> Result<Count, CallError> {
        let call = Call::new("read the answer of", format!("query {query}"));
        let request = self.clients.logs.get_query_results().query_id(query);
        let request = request
            .customize()
            .config_override(self.logs_config(&call)?);
        match request.send().await {
            Ok(answer) => Ok(count(&answer, window)),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(GetQueryResultsError::is_resource_not_found_exception) =>
            {
                Ok(Count::Failed("the query is not known any more".to_owned()))
            }
            Err(error) => Err(call.failed_saying_why(error)),
        }
    }
}

fn count(answer: &GetQueryResultsOutput, window: Window) -> Count {
    match answer.status() {
        Some(QueryStatus::Scheduled | QueryStatus::Running) => Count::UnderWay,
        Some(QueryStatus::Complete) => hours(answer.results(), window).map_or_else(
            || Count::Failed("its answer is no count by hours".to_owned()),
            Count::Of,
        ),
        Some(status) => Count::Failed(format!("the query ended as {status}")),
        None => Count::Failed("the query has no status".to_owned()),
    }
}

/// The events of each hour of the window that has any; `None` if that is not what the rows say.
fn hours(rows: &[Vec<ResultField>], window: Window) -> Option<Vec<(Timestamp, u64)>> {
    let mut hours = BTreeMap::new();
    for row in rows {
        let value = |name: &str| {
            let mut fields = row.iter();
            fields.find(|field| field.field() == Some(name))?.value()
        };
        let hour = bin(value("bin(1h)")?)?;
        let events: u64 = value("count(*)")?.parse().ok()?;
        let is_counted_twice = hours.insert(hour, events).is_some();
        if hour != hour_of(hour) || is_counted_twice {
            return None;
        }
    }
    hours.retain(|hour, events| window.contains(*hour) && *events > 0);
    Some(hours.into_iter().collect())
}

fn bin(text: &str) -> Option<Timestamp> {
    let time = DateTime::strptime(BIN, text).ok()?;
    Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

#[cfg(test)]
mod tests;
