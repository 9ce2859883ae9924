//! Log events, by `FilterLogEvents`.

use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;
use jiff::Timestamp;
use shared::aws::Call;
use shared::failure::CallError;

use super::AwsSources;
use super::groups::another;
use crate::sources::{Events, LogEvent, Page};

impl Events for AwsSources<'_> {
    async fn events(
        &self,
        group: &str,
        (from, until): (Timestamp, Timestamp),
        next: Option<String>,
    ) -> Result<Page<LogEvent>, CallError> {
        let call = Call::new("read", format!("log group {group}"));
        let (from, until) = (from.as_millisecond(), until.as_millisecond());
        let asked = next.clone();
        let request = self.clients.logs.filter_log_events();
        let request = request
            .log_group_name(group)
            .start_time(from)
            // The last moment that is in the answer (API reference, `FilterLogEvents`).
            .end_time(until - 1)
            .set_next_token(next)
            .customize();
        let request = request.config_override(self.logs_config(&call)?);
        let answer = request.send().await;
        let page = answer.map_err(|error| call.failed_saying_why(error))?;
        let events = page.events.unwrap_or_default().into_iter();
        let events = events.map(|event| {
            let read = whole(event);
            read.ok_or_else(|| call.misanswered("an event without a timestamp, stream or id"))
        });
        let mut items = events.collect::<Result<Vec<_>, _>>()?;
        // What lies outside was not asked for; it belongs to another window, which reads it itself.
        items.retain(|event| (from..until).contains(&event.timestamp_ms));
        Ok(Page {
            items,
            next: another(&call, asked.as_deref(), page.next_token)?,
        })
    }

    async fn got_events_since(&self, group: &str, since: Timestamp) -> Result<bool, CallError> {
        self.any_stream_since(group, since).await
    }
}

/// The event, if it has all that makes it one; a message may be empty.
fn whole(event: FilteredLogEvent) -> Option<LogEvent> {
    Some(LogEvent {
        timestamp_ms: event.timestamp?,
        ingestion_ms: event.ingestion_time?,
        stream: event.log_stream_name?,
        event_id: event.event_id.filter(|id| !id.is_empty())?,
        message: event.message.unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests;
