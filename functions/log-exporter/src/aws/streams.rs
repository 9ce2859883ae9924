//! Whether anything was written to a log group lately, by `DescribeLogStreams`.

use aws_sdk_cloudwatchlogs::types::{LogStream, OrderBy};
use jiff::{SignedDuration, Timestamp};
use shared::aws::Call;
use shared::failure::CallError;

use super::AwsSources;
use crate::rules::LATEST;

/// As many as a page may have (API reference, `DescribeLogStreams`).
const A_PAGE: i32 = 50;

/// Each costs a call, and a count by Logs Insights costs one, too: a group with more streams than that is counted.
const PAGES: usize = 3;

/// `lastIngestionTime` "typically updates in less than an hour after ingestion, but in rare situations might take longer" (API reference,
/// `LogStream`).
const LAG: SignedDuration = SignedDuration::from_hours(24);

impl AwsSources<'_> {
    /// Whether any stream of the group may have got events after `since`.
    pub(super) async fn any_stream_since(
        &self,
        group: &str,
        since: Timestamp,
    ) -> Result<bool, CallError> {
        let call = Call::new("list", format!("the streams of log group {group}"));
        let mut next = None;
        for _ in 0..PAGES {
            let request = self.clients.logs.describe_log_streams();
            let request = request
                .log_group_name(group)
                .order_by(OrderBy::LastEventTime)
                .descending(true)
                .limit(A_PAGE)
                .set_next_token(next)
                .customize();
            let request = request.config_override(self.logs_config(&call)?);
            let answer = request.send().await;
            let page = answer.map_err(|error| call.failed_saying_why(error))?;
            if let Some(any) = any_since(page.log_streams(), since) {
                return Ok(any);
            }
            next = page.next_token;
            if next.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Whether a stream of this page, or of those after it, got events after `since`; `None` if the next page has to tell.
///
/// The streams come by the timestamps of their last events, the newest first. Events are 14 days old at most when they come: behind a
/// stream whose last one is older than that none can have got any.
fn any_since(page: &[LogStream], since: Timestamp) -> Option<bool> {
    let since = since.saturating_sub(LAG).ok()?;
    let oldest = since.saturating_sub(LATEST).ok()?;
    for stream in page {
        let (Some(ingested), Some(last)) =
            (stream.last_ingestion_time(), stream.last_event_timestamp())
        else {
            // It got none yet, or that is not known yet.
            return Some(true);
        };
        if ingested >= since.as_millisecond() {
            return Some(true);
        }
        if last < oldest.as_millisecond() {
            return Some(false);
        }
    }
    None
}

#[cfg(test)]
mod tests;
