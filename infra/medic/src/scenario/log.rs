use anyhow::Context as _;
use jiff::Timestamp;
use serde_json::Value;

use super::Scenario;

/// Enough to tell the first of many.
const MOST_LINES: i32 = 10;

/// What a line about an error has.
const FIELDS: [&str; 4] = ["level", "message", "timestamp", "stack"];

/// A line that the service wrote, as CloudWatch Logs keeps it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LogLine {
    /// When the service wrote it, in its own words.
    pub written_at: Timestamp,
    /// When CloudWatch Logs received it.
    pub received_at: Timestamp,
    /// What went wrong.
    pub message: String,
}

impl Scenario {
    /// The log group of the service.
    pub fn log_group(&self) -> &str {
        &self.log_group
    }

    /// How many lines the service's log has of a span of time.
    pub async fn count_lines(
        &self,
        (from, until): (Timestamp, Timestamp),
    ) -> anyhow::Result<usize> {
        let call = self.logs.filter_log_events();
        let call = call
            .log_group_name(&self.log_group)
            .start_time(from.as_millisecond())
            // The end counts in.
            .end_time(until.as_millisecond() - 1);
        let mut pages = call.into_paginator().send();
        let mut lines = 0;
        while let Some(page) = pages.next().await {
            let page = page.with_context(|| format!("couldn't read log group {}", self.log_group));
            lines += page?.events().len();
        }
        Ok(lines)
    }

    /// The first error that the service's log tells of, since a time.
    pub async fn first_error(&self, since: Timestamp) -> anyhow::Result<Option<LogLine>> {
        let call = self.logs.filter_log_events();
        let read = call
            .log_group_name(&self.log_group)
            .start_time(since.as_millisecond())
            .limit(MOST_LINES)
            .send()
            .await
            .with_context(|| format!("couldn't read log group {}", self.log_group))?;
        let lines = read.events().iter().filter_map(|event| {
            let received_at = Timestamp::from_millisecond(event.ingestion_time()?).ok()?;
            error(event.message()?, received_at)
        });
        Ok(lines.min_by_key(|line| line.written_at))
    }
}

/// Reads a line about an error; `None` for any other, and for one that lacks a field.
fn error(line: &str, received_at: Timestamp) -> Option<LogLine> {
    let line: Value = serde_json::from_str(line).ok()?;
    let [level, message, written_at, stack] = FIELDS.map(|field| line.get(field)?.as_str());
    stack?;
    (level? == "ERROR").then_some(())?;
    Some(LogLine {
        written_at: written_at?.parse().ok()?,
        received_at,
        message: message?.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_complete_line_about_an_error_is_one() {
        let received_at = Timestamp::UNIX_EPOCH;
        let complete = r#"{"level":"ERROR","message":"Cannot read property total of null","timestamp":"2026-02-18T21:45:00.300Z","stack":"Error at /api/checkout"}"#;
        let expected = LogLine {
            written_at: "2026-02-18T21:45:00.300Z".parse().unwrap(),
            received_at,
            message: "Cannot read property total of null".to_owned(),
        };
        assert_eq!(error(complete, received_at), Some(expected));
        for other in [
            complete.replace("ERROR", "INFO"),
            complete.replace("stack", "trace"),
            "listening".to_owned(),
        ] {
            assert_eq!(error(&other, received_at), None, "{other}");
        }
    }
}
