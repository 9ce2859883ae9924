//! What an export task staged, rewritten as parts.
//!
//! Memory is bounded whatever the size: one staged object is read at a time, record by record, and of each hour the rows that were not put
//! yet are kept, compressed.

#[cfg(test)]
mod memory;
mod progress;
mod staged;
#[cfg(test)]
mod tests;

use shared::clock::Clock;
use shared::exports::decode::{DecodeError, Record, Records};
use shared::exports::layout::staging_prefix;
use shared::exports::row::Row;
use shared::failure::chain;
use shared::outbound::Quoted;

use self::progress::Progress;
use self::staged::Staged;
use crate::compact::compact;
use crate::hours::Hours;
use crate::ledger::{Fact, Pending};
use crate::sources::{Body as _, Bucket, ListedObject};
use crate::work::{ExportError, Work};

/// So many records are copied before the clock is looked at again.
const RECORDS: u64 = 4096;

/// In so many ticks one after the other an object may not be unpacked as far as it was copied: some ticks have less time for it than others.
const MOST_STALLS: u32 = 24;

/// Copies what the task of an attempt staged, from where `pending` says that it was copied to, until all of it was or the time is up:
/// [`Fact::Copied`]. Staged objects that are none of an export task, or that are too large for the function, make it
/// [`Fact::Unreconciled`], in a sentence.
pub async fn copy(
    bucket: &impl Bucket,
    work: Work<'_>,
    attempt: u32,
    pending: &Pending,
    clock: &impl Clock,
) -> Result<Fact, ExportError> {
    let staging = format!("{}/", staging_prefix(work.place, work.window, attempt));
    let mut copying = Copying {
        work,
        clock,
        progress: Progress::parse(pending.copied_to.as_deref()),
        hours: Hours::new(work, &pending.output),
    };
    loop {
        let after = copying.progress.after.clone();
        let page = bucket.list(&staging, after.as_deref()).await?;
        let is_last = page.is_empty();
        for object in page {
            match copying.object(bucket, &staging, object).await? {
                Copied::Whole => {}
                Copied::TimeUp => return copying.finish(bucket, false).await,
                Copied::Unexpected(words) => return Ok(Fact::Unreconciled(words)),
            }
        }
        if is_last {
            return copying.finish(bucket, true).await;
        }
    }
}

/// A copy that is under way.
struct Copying<'a, C> {
    work: Work<'a>,
    clock: &'a C,
    progress: Progress,
    hours: Hours<'a>,
}

/// What became of a staged object.
enum Copied {
    Whole,
    TimeUp,
    Unexpected(String),
}

impl<C: Clock> Copying<'_, C> {
    async fn object(
        &mut self,
        bucket: &impl Bucket,
        staging: &str,
        ListedObject { key, .. }: ListedObject,
    ) -> Result<Copied, ExportError> {
        let copied = match Staged::of(staging, &key) {
            Staged::Test => Copied::Whole,
            Staged::Events { stream } => self.events(bucket, &key, stream).await?,
            Staged::Other => Copied::Unexpected(format!(
                "object {} lies where the export task wrote, and is none that export tasks write",
                Quoted::line(&key)
            )),
        };
        if matches!(copied, Copied::Whole) {
            self.progress = Progress::after(key);
            if self.is_time_up() {
                return Ok(Copied::TimeUp);
            }
        }
        Ok(copied)
    }

    async fn events(
        &mut self,
        bucket: &impl Bucket,
        key: &str,
        stream: &str,
    ) -> Result<Copied, ExportError> {
        let Some(mut body) = bucket.open(key).await? else {
            let key = Quoted::line(key);
            let words = format!("object {key}, which the export task wrote, is gone");
            return Ok(Copied::Unexpected(words));
        };
        let mut records = Records::new(self.work.window);
        let mut read = 0;
        while let Some(bytes) = body.next().await? {
            records.feed(bytes);
            loop {
                let record = match records.next() {
                    Ok(Some(record)) => record,
                    Ok(None) => break,
                    Err(error) => return Ok(unreadable(key, &error)),
                };
                read += 1;
                self.record(stream, record, read)?;
                if self.hours.is_full() {
                    self.hours.put_full(bucket).await?;
                }
                if read % RECORDS == 0 && self.is_time_up() {
                    self.progress.stop(read);
                    return Ok(self.stopped(key));
                }
            }
        }
        match records.last() {
            Ok(Some(record)) => self.record(stream, record, read + 1)?,
            Ok(None) => {}
            Err(error) => return Ok(unreadable(key, &error)),
        }
        Ok(Copied::Whole)
    }

    /// Adds record `number` of an object, unless an earlier tick did.
    fn record(&mut self, stream: &str, record: Record<'_>, number: u64) -> Result<(), ExportError> {
        if number <= self.progress.records {
            return Ok(());
        }
        self.hours.push(&Row {
            timestamp_ms: record.timestamp_ms,
            ingestion_ms: None,
            stream: stream.into(),
            event_id: None,
            message: record.message,
        })
    }

    fn stopped(&self, key: &str) -> Copied {
        let Progress {
            records, stalls, ..
        } = self.progress;
        if stalls < MOST_STALLS {
            return Copied::TimeUp;
        }
        let key = Quoted::line(key);
        Copied::Unexpected(format!(
            "object {key}, which the export task wrote, is so large that its first {records} records, which were copied before, \
             cannot be unpacked in the time of a tick: give the function more memory, with which it is faster"
        ))
    }

    fn is_time_up(&self) -> bool {
        self.clock.now() >= self.work.by
    }

    /// What was copied. All is done only when nothing tiny is left: that can take more ticks than one.
    async fn finish(self, bucket: &impl Bucket, mut is_all: bool) -> Result<Fact, ExportError> {
        let mut output = self.hours.finish(bucket).await?;
        if is_all {
            (output, is_all) = compact(bucket, self.work, output, self.clock).await?;
        }
        Ok(Fact::Copied {
            to: self.progress.written(),
            is_all,
            output,
        })
    }
}

fn unreadable(key: &str, error: &DecodeError) -> Copied {
    let key = Quoted::line(key);
    let why = Quoted::line(&chain(error));
    let words = format!("object {key}, which the export task wrote, cannot be read: {why}");
    Copied::Unexpected(words)
}
