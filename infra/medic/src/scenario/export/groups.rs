//! Log groups: made, written to, and the export tasks of the account, by CloudWatch Logs' own API.

use std::collections::BTreeMap;

use anyhow::Context as _;
use aws_config::SdkConfig;
use aws_sdk_cloudwatchlogs::operation::create_log_stream::CreateLogStreamError;
use aws_sdk_cloudwatchlogs::types::InputLogEvent;
use jiff::Timestamp;

use super::day::Line;

/// "The maximum number of log events in a batch is 10,000", and a megabyte (API reference, `PutLogEvents`). Fewer go at once here, so that
/// what a task writes has several chunks, which are in no order.
const MOST_AT_ONCE: usize = 500;

/// The log groups of a cloud.
#[derive(Clone, Debug)]
pub struct Groups {
    client: aws_sdk_cloudwatchlogs::Client,
}

/// An export task as CloudWatch Logs describes it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SeenTask {
    /// Its id.
    pub id: String,
    /// Of which log group.
    pub group: String,
    /// Such as `RUNNING`.
    pub status: String,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it was over.
    pub completed_at: Option<Timestamp>,
}

impl Groups {
    /// Those that clients of this configuration see.
    pub fn new(config: &SdkConfig) -> Self {
        let client = aws_sdk_cloudwatchlogs::Client::new(config);
        Self { client }
    }

    /// Makes a group, with what it has logged until now.
    pub async fn create(&self, group: &str, lines: &[Line]) -> anyhow::Result<()> {
        let call = self.client.create_log_group().log_group_name(group);
        let made = call.send().await;
        made.with_context(|| format!("couldn't make log group {group}"))?;
        self.put(group, lines).await
    }

    /// Logs lines; a stream that is not there yet is made.
    pub async fn put(&self, group: &str, lines: &[Line]) -> anyhow::Result<()> {
        let mut streams: BTreeMap<&str, Vec<&Line>> = BTreeMap::new();
        for line in lines {
            streams.entry(line.stream).or_default().push(line);
        }
        for (stream, mut lines) in streams {
            self.ensure_stream(group, stream).await?;
            lines.sort_by_key(|line| line.at);
            // A batch must not span more than 24 hours.
            for day in lines.chunk_by(|one, next| day_of(one) == day_of(next)) {
                for batch in day.chunks(MOST_AT_ONCE) {
                    self.put_batch(group, stream, batch).await?;
                }
            }
        }
        Ok(())
    }

    async fn ensure_stream(&self, group: &str, stream: &str) -> anyhow::Result<()> {
        let call = self.client.create_log_stream().log_group_name(group);
        match call.log_stream_name(stream).send().await {
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(CreateLogStreamError::is_resource_already_exists_exception) =>
            {
                Ok(())
            }
            made => made
                .map(drop)
                .with_context(|| format!("couldn't make log stream {group}:{stream}")),
        }
    }

    async fn put_batch(&self, group: &str, stream: &str, batch: &[&Line]) -> anyhow::Result<()> {
        let named = || format!("couldn't log to {group}:{stream}");
        let events = batch.iter().map(|line| {
            InputLogEvent::builder()
                .timestamp(line.at.as_millisecond())
                .message(&line.message)
                .build()
        });
        let events = events.collect::<Result<Vec<_>, _>>().with_context(named)?;
        let call = self.client.put_log_events().log_group_name(group);
        let call = call.log_stream_name(stream).set_log_events(Some(events));
        let put = call.send().await.with_context(named)?;
        anyhow::ensure!(
            put.rejected_log_events_info.is_none(),
            "{}: not all were taken",
            named()
        );
        Ok(())
    }

    /// How many events a group has from `from` up to `to`, which is not in it: all of them are listed.
    pub async fn count(
        &self,
        group: &str,
        (from, to): (Timestamp, Timestamp),
    ) -> anyhow::Result<usize> {
        let call = self.client.filter_log_events().log_group_name(group);
        let call = call
            .start_time(from.as_millisecond())
            .end_time(to.as_millisecond() - 1);
        let mut pages = call.into_paginator().send();
        let mut number = 0;
        while let Some(page) = pages.next().await {
            let page = page.with_context(|| format!("couldn't read log group {group}"))?;
            number += page.events().len();
        }
        Ok(number)
    }

    /// Every export task of the account, oldest first.
    pub async fn tasks(&self) -> anyhow::Result<Vec<SeenTask>> {
        let (mut tasks, mut next) = (Vec::new(), None);
        loop {
            let call = self
                .client
                .describe_export_tasks()
                .set_next_token(next.take());
            let page = call
                .send()
                .await
                .context("couldn't list the export tasks")?;
            tasks.extend(page.export_tasks().iter().filter_map(seen));
            next = page.next_token;
            if next.is_none() {
                break;
            }
        }
        tasks.sort_by_key(|task| task.created_at);
        Ok(tasks)
    }
}

fn day_of(line: &Line) -> i64 {
    line.at.as_second().div_euclid(24 * 60 * 60)
}

fn seen(task: &aws_sdk_cloudwatchlogs::types::ExportTask) -> Option<SeenTask> {
    let execution = task.execution_info()?;
    let at = |milliseconds: i64| Timestamp::from_millisecond(milliseconds).ok();
    Some(SeenTask {
        id: task.task_id()?.to_owned(),
        group: task.log_group_name()?.to_owned(),
        status: task.status()?.code()?.as_str().to_owned(),
        created_at: at(execution.creation_time()?)?,
        completed_at: execution.completion_time().and_then(at),
    })
}
