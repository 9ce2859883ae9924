//! A window's rows beside the source's events, one by one.
//!
//! The window is walked piece by piece: the rows of a piece are kept in mind as hashes, its events are listed, and those without a row are
//! added. When all is walked, each hour has at least as many rows as the source has events. Where it has more, rows that are there twice by
//! their ids are taken out; if it still has more then, people have to look.
//!
//! Rows are only ever added or taken out together with a fact that says so, and nothing depends on what an earlier call had in mind: it
//! can be stopped anywhere, and begun again from what the ledger has.

mod duplicates;
mod present;
#[cfg(test)]
mod tests;
mod walk;

use jiff::Timestamp;
use shared::clock::Clock;
use shared::exports::manifest::{CountedBy, Output, Part, SourceCount};
use shared::exports::window::hour_of;

use self::walk::Walk;
use crate::compact::compact;
use crate::ledger::{Fact, Reconciling};
use crate::sources::{Bucket, Events};
use crate::work::{ExportError, Work};

/// Lists the source's events from where `done` says, adds those that the rows lack, and takes out rows that are there twice. Until the
/// time is up, or rows were taken out: [`Fact::Reconciling`]; when rows and events are the same: [`Fact::Reconciled`]; if that cannot be:
/// [`Fact::Unreconciled`], with the numbers. A part that is gone or damaged is left out, and its events are added again.
pub async fn reconcile(
    (events, bucket): (&impl Events, &impl Bucket),
    work: Work<'_>,
    output: &Output,
    done: Option<&Reconciling>,
    clock: &impl Clock,
) -> Result<Fact, ExportError> {
    let fresh = || Reconciling {
        began_at: clock.now(),
        to: work.window.start(),
        piece_ms: None,
        hours: Vec::new(),
    };
    let done = done.cloned().unwrap_or_else(fresh);
    match compare((events, bucket), work, output, done.clone(), clock).await {
        Err(ExportError::Gone { key } | ExportError::Unreadable { key, .. })
            if has(output, &key, done.to) =>
        {
            Ok(without(output, &key, done))
        }
        fact => fact,
    }
}

/// Whether a part of an hour that is still to be listed has this key: the source has its events then.
fn has(output: &Output, key: &str, to: Timestamp) -> bool {
    let is_it = |part: &Part| part.key == key && hour_of(to) <= part.hour;
    output.parts.iter().any(is_it)
}

/// A part is gone or damaged: its hour is listed once more without it, and its rows are written again.
fn without(output: &Output, key: &str, done: Reconciling) -> Fact {
    let hour = hour_of(done.to);
    let is_before = |(of, _): &(Timestamp, u64)| *of < hour;
    let kept = output.parts.iter().filter(|part| part.key != key);
    Fact::Reconciling {
        done: Reconciling {
            to: hour,
            piece_ms: None,
            hours: done.hours.into_iter().filter(is_before).collect(),
            ..done
        },
        output: Output {
            parts: kept.cloned().collect(),
        },
    }
}

async fn compare(
    (events, bucket): (&impl Events, &impl Bucket),
    work: Work<'_>,
    output: &Output,
    done: Reconciling,
    clock: &impl Clock,
) -> Result<Fact, ExportError> {
    let (before, to) = (output, done.to);
    let walk = Walk::new(work, before, done);
    let (done, output) = walk.on(events, bucket, clock).await?;
    if done.to < work.window.end() {
        return Ok(Fact::Reconciling { done, output });
    }
    let Some((hour, rows, counted)) = difference(&output, &done) else {
        let (output, is_compact) = compact(bucket, work, output, clock).await?;
        if !is_compact {
            return Ok(Fact::Reconciling { done, output });
        }
        let source = SourceCount {
            by: CountedBy::EventIds,
            at: clock.now(),
            hours: done.hours,
        };
        return Ok(Fact::Reconciled { output, source });
    };
    // What was added and listed is not lost whatever becomes of the rest.
    let has_time = done.to == to || clock.now() < work.by;
    if output != *before || !has_time {
        return Ok(Fact::Reconciling { done, output });
    }
    let output = duplicates::remove(bucket, work, (hour, output), clock).await?;
    if output == *before {
        return Ok(Fact::Unreconciled(format!(
            "in the hour from {hour:.0} there are {rows} rows, and the source has {counted} events"
        )));
    }
    Ok(Fact::Reconciling { done, output })
}

/// The first hour that has other than what was listed: its rows, and its events.
fn difference(output: &Output, done: &Reconciling) -> Option<(Timestamp, u64, u64)> {
    let mut hours = std::collections::BTreeMap::<Timestamp, (u64, u64)>::new();
    for (hour, rows) in output.hours() {
        hours.entry(hour).or_default().0 += rows;
    }
    for (hour, events) in &done.hours {
        hours.entry(*hour).or_default().1 += events;
    }
    let differs = |(_, (rows, events)): &(Timestamp, (u64, u64))| rows != events;
    let (hour, (rows, events)) = hours.into_iter().find(differs)?;
    Some((hour, rows, events))
}
