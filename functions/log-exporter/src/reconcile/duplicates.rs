//! Rows that are there twice by their event ids.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};

use jiff::Timestamp;
use shared::clock::Clock;
use shared::exports::encode::Encoder;
use shared::exports::manifest::{Output, Part};
use shared::exports::row::Row;

use crate::parts;
use crate::sources::Bucket;
use crate::work::{ExportError, Work};

/// So many ids are compared at once, in 32 MB.
const IDS: u64 = 4_000_000;

/// So many are noted as doubled at most; the others wait for the next call.
const DOUBLED: usize = 500_000;

/// Rewrites the parts of an hour that have rows which are there already, one at least, until the time is up; what there is then.
pub(super) async fn remove(
    bucket: &impl Bucket,
    work: Work<'_>,
    (hour, mut output): (Timestamp, Output),
    clock: &impl Clock,
) -> Result<Output, ExportError> {
    let of_hour = output.parts.iter().filter(|part| part.hour == hour);
    let parts: Vec<_> = of_hour.cloned().collect();
    let state = RandomState::new();
    let doubled = doubled(bucket, &parts, &state).await?;
    let (mut kept, mut is_begun) = (HashSet::new(), false);
    for part in parts {
        if doubled.is_empty() || is_begun && clock.now() >= work.by {
            break;
        }
        let (mut encoder, mut dropped) = (Encoder::new()?, 0);
        let rewrite = |row: &Row<'_>| {
            let id = row.event_id.as_deref().map(|id| state.hash_one(id));
            let doubled = id.filter(|id| doubled.contains(id));
            if doubled.is_some_and(|id| !kept.insert(id)) {
                dropped += 1;
                return Ok(());
            }
            Ok(encoder.push(row)?)
        };
        parts::each_row(bucket, &part, rewrite).await?;
        if dropped > 0 {
            check(&part, encoder.rows() + dropped)?;
            is_begun = true;
            output.parts.retain(|there| *there != part);
            if let Some(encoded) = encoder.finish()? {
                parts::put(bucket, work, hour, encoded, &mut output).await?;
            }
        }
    }
    Ok(output)
}

fn check(part: &Part, after: u64) -> Result<(), ExportError> {
    if after == part.rows {
        return Ok(());
    }
    Err(ExportError::Miscounted {
        hour: part.hour,
        before: part.rows,
        after,
    })
}

/// The hashes of ids that more than one row has.
async fn doubled(
    bucket: &impl Bucket,
    parts: &[Part],
    state: &RandomState,
) -> Result<HashSet<u64>, ExportError> {
    let rows: u64 = parts.iter().map(|part| part.rows).sum();
    let rounds = rows / IDS + 1;
    let mut doubled = HashSet::new();
    for round in 0..rounds {
        let mut hashes = Vec::new();
        for part in parts {
            let note = |row: &Row<'_>| {
                let id = row.event_id.as_deref().map(|id| state.hash_one(id));
                hashes.extend(id.filter(|id| id % rounds == round));
                Ok(())
            };
            parts::each_row(bucket, part, note).await?;
        }
        hashes.sort_unstable();
        let pairs = hashes.iter().zip(hashes.iter().skip(1));
        let same = pairs.filter(|(one, next)| one == next).map(|(id, _)| *id);
        let room = DOUBLED.saturating_sub(doubled.len());
        doubled.extend(same.take(room));
    }
    Ok(doubled)
}
