//! Tiny parts of one hour into one: each object costs a request to whoever reads it.

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use shared::clock::Clock;
use shared::exports::encode::Encoder;
use shared::exports::manifest::{Output, Part};
use shared::exports::row::Row;

use crate::parts;
use crate::sources::Bucket;
use crate::work::{ExportError, Work};

/// Parts of so many bytes of rows and less are tiny: a tenth of that in the bucket.
const TINY: u64 = 8 * 1024 * 1024;

/// So many bytes of rows are put together at most, as they are sorted in memory, where they take more than twice as much.
const TOGETHER: u64 = 16 * 1024 * 1024;

/// Puts tiny parts of the same hour together, sorted by timestamp, until none are left that can be or the time is up: what is there then,
/// and whether none are left. There are as many rows as before, or it is an error.
pub(crate) async fn compact(
    bucket: &impl Bucket,
    work: Work<'_>,
    mut output: Output,
    clock: &impl Clock,
) -> Result<(Output, bool), ExportError> {
    loop {
        let tiny = together(&output);
        let Some(hour) = tiny.first().map(|part| part.hour) else {
            return Ok((output, true));
        };
        output = join(bucket, work, hour, tiny, output).await?;
        // Looked at after the first, so that each call gets on, however short its time is.
        if clock.now() >= work.by {
            let is_all = together(&output).is_empty();
            return Ok((output, is_all));
        }
    }
}

/// The first parts that go together: all of one hour, two at least, or none.
fn together(output: &Output) -> Vec<Part> {
    for (hour, _) in output.hours() {
        let of_hour = |part: &&Part| part.hour == hour && part.bytes <= TINY;
        let mut tiny: Vec<_> = output.parts.iter().filter(of_hour).collect();
        tiny.sort_by_key(|part| (part.bytes, &part.key));
        let mut bytes = 0;
        let fitting = tiny.into_iter().take_while(|part| {
            bytes += part.bytes;
            bytes <= TOGETHER
        });
        let fitting: Vec<_> = fitting.cloned().collect();
        if fitting.len() > 1 {
            return fitting;
        }
    }
    Vec::new()
}

async fn join(
    bucket: &impl Bucket,
    work: Work<'_>,
    hour: Timestamp,
    tiny: Vec<Part>,
    mut output: Output,
) -> Result<Output, ExportError> {
    let mut rows = Vec::new();
    for part in &tiny {
        let keep = |row: &Row<'_>| {
            rows.push(owned(row));
            Ok(())
        };
        parts::each_row(bucket, part, keep).await?;
    }
    rows.sort_by_key(|row| row.timestamp_ms);
    let mut encoder = Encoder::new()?;
    for row in rows {
        encoder.push(&row)?;
    }
    let before = tiny.iter().map(|part| part.rows).sum();
    let after = encoder.rows();
    if after != before {
        return Err(ExportError::Miscounted {
            hour,
            before,
            after,
        });
    }
    output.parts.retain(|part| !tiny.contains(part));
    if let Some(encoded) = encoder.finish()? {
        parts::put(bucket, work, hour, encoded, &mut output).await?;
    }
    Ok(output)
}

fn owned(row: &Row<'_>) -> Row<'static> {
    Row {
        timestamp_ms: row.timestamp_ms,
        ingestion_ms: row.ingestion_ms,
        stream: row.stream.to_string().into(),
        event_id: row.event_id.as_ref().map(|id| id.to_string().into()),
        message: row.message.to_string().into(),
    }
}
