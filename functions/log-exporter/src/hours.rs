//! Rows that become parts, each hour by itself.

use std::collections::BTreeMap;

use jiff::Timestamp;
use shared::exports::encode::Encoder;
use shared::exports::manifest::Output;
use shared::exports::row::Row;
use shared::exports::window::hour_of;
use shared::redaction::Redactor;

use crate::parts;
use crate::sources::{Bucket, LogEvent};
use crate::work::{ExportError, Work};

/// A part is put when it is so large: what readers like is larger, and 24 of them have to fit.
const PART: usize = 8 * 1024 * 1024;

/// The largest is put when all that are not put yet are so large: a vector can have twice the room that it needs, and 128 MiB are the bar.
const ALL: usize = 24 * 1024 * 1024;

/// Rows that become parts, each hour by itself.
#[derive(Debug)]
pub(crate) struct Hours<'a> {
    work: Work<'a>,
    redactor: Redactor,
    open: BTreeMap<Timestamp, Encoder>,
    stored_bytes: usize,
    full: Option<Timestamp>,
    output: Output,
}

impl<'a> Hours<'a> {
    /// Beside the parts that are there.
    pub(crate) fn new(work: Work<'a>, output: &Output) -> Self {
        Self {
            work,
            redactor: Redactor::new(),
            open: BTreeMap::new(),
            stored_bytes: 0,
            full: None,
            output: output.clone(),
        }
    }

    /// What was put so far, and what was there.
    pub(crate) fn output(&self) -> &Output {
        &self.output
    }

    /// Adds an event that was read directly, without its secrets if that was asked for.
    pub(crate) fn push_event(&mut self, event: &LogEvent) -> Result<(), ExportError> {
        let message = if self.work.is_redacted {
            self.redactor.redact(&event.message).text
        } else {
            event.message.as_str().into()
        };
        let row = Row {
            timestamp_ms: event.timestamp_ms,
            ingestion_ms: Some(event.ingestion_ms),
            stream: event.stream.as_str().into(),
            event_id: Some(event.event_id.as_str().into()),
            message,
        };
        self.push(&row)
    }

    /// Adds a row as it is.
    pub(crate) fn push(&mut self, row: &Row<'_>) -> Result<(), ExportError> {
        let grown = push(&mut self.open, row)?;
        self.grow(grown, row);
        Ok(())
    }

    fn grow(&mut self, (grown, size): (usize, usize), row: &Row<'_>) {
        self.stored_bytes += grown;
        if size >= PART {
            self.full = Some(hour(row));
        } else if self.stored_bytes >= ALL {
            let largest = self.open.iter().max_by_key(|(_, rows)| rows.stored_bytes());
            self.full = largest.map(|(hour, _)| *hour);
        }
    }

    /// Whether [`Hours::put_full`] is due before another row is added.
    pub(crate) fn is_full(&self) -> bool {
        self.full.is_some()
    }

    /// Puts the rows of an hour that have become too many to be kept.
    pub(crate) async fn put_full(&mut self, bucket: &impl Bucket) -> Result<(), ExportError> {
        match self.full.take() {
            Some(hour) => self.put(bucket, hour).await,
            None => Ok(()),
        }
    }

    /// Puts all that is left; what there is then.
    pub(crate) async fn finish(mut self, bucket: &impl Bucket) -> Result<Output, ExportError> {
        while let Some(hour) = self.open.keys().next().copied() {
            self.put(bucket, hour).await?;
        }
        Ok(self.output)
    }

    async fn put(&mut self, bucket: &impl Bucket, hour: Timestamp) -> Result<(), ExportError> {
        let Some(encoder) = self.open.remove(&hour) else {
            return Ok(());
        };
        self.stored_bytes = self.stored_bytes.saturating_sub(encoder.stored_bytes());
        if let Some(encoded) = encoder.finish()? {
            parts::put(bucket, self.work, hour, encoded, &mut self.output).await?;
        }
        Ok(())
    }
}

/// By how much the object of the row's hour has grown, and how large it is.
fn push(
    open: &mut BTreeMap<Timestamp, Encoder>,
    row: &Row<'_>,
) -> Result<(usize, usize), ExportError> {
    let encoder = match open.entry(hour(row)) {
        std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
        std::collections::btree_map::Entry::Vacant(entry) => entry.insert(Encoder::new()?),
    };
    let before = encoder.stored_bytes();
    encoder.push(row)?;
    let size = encoder.stored_bytes();
    Ok((size - before, size))
}

fn hour(row: &Row<'_>) -> Timestamp {
    // Whoever adds rows knows that they are of the window.
    Timestamp::from_millisecond(row.timestamp_ms).map_or(Timestamp::MIN, hour_of)
}
