//! The rows of a piece of an hour, as hashes.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};

use jiff::{SignedDuration, Timestamp};
use shared::exports::manifest::{Output, Part};
use shared::exports::row::Row;
use shared::exports::window::hour_of;

use crate::ids;
use crate::parts;
use crate::sources::{Bucket, LogEvent};
use crate::work::ExportError;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// The shortest time that two events can be apart.
const LEAST: SignedDuration = SignedDuration::from_millis(1);

/// The rows of a piece of an hour.
#[derive(Debug)]
pub(super) struct Present {
    state: RandomState,
    rows: HashMap<u64, u32>,
    until: Timestamp,
    of_hour: u64,
}

impl Present {
    /// The rows from `from` on: up to the end of its hour, or as far as they can be kept in mind.
    pub(super) async fn load(
        bucket: &impl Bucket,
        output: &Output,
        from: Timestamp,
    ) -> Result<Self, ExportError> {
        let hour = hour_of(from);
        let parts: Vec<_> = output
            .parts
            .iter()
            .filter(|part| part.hour == hour)
            .collect();
        let mut present = Self {
            state: RandomState::new(),
            rows: HashMap::new(),
            until: hour.saturating_add(HOUR).unwrap_or(Timestamp::MAX),
            of_hour: parts.iter().map(|part| part.rows).sum(),
        };
        while !present.fill(bucket, &parts, from).await? {
            let length = present.until.duration_since(from).as_millis() / 2;
            let half = i64::try_from(length).unwrap_or_default().max(1);
            present.until = later(from, SignedDuration::from_millis(half));
        }
        Ok(present)
    }

    /// Up to when it has the rows.
    pub(super) fn until(&self) -> Timestamp {
        self.until
    }

    /// How many rows its hour has.
    pub(super) fn rows_of_hour(&self) -> u64 {
        self.of_hour
    }

    /// Whether there is a row of this event, which then is no other event's any more.
    pub(super) fn take(&mut self, event: &LogEvent) -> bool {
        let by_id = self.state.hash_one((event.event_id.as_str(), true));
        if self.take_one(by_id) {
            return true;
        }
        let by_words = words(
            &self.state,
            event.timestamp_ms,
            &event.stream,
            &event.message,
        );
        self.take_one(by_words)
    }

    fn take_one(&mut self, hash: u64) -> bool {
        let left = self.rows.get_mut(&hash).filter(|left| **left > 0);
        left.map(|left| *left -= 1).is_some()
    }

    /// Whether the rows up to [`Present::until`] were few enough.
    async fn fill(
        &mut self,
        bucket: &impl Bucket,
        parts: &[&Part],
        from: Timestamp,
    ) -> Result<bool, ExportError> {
        let until = self.until;
        let is_least = until.duration_since(from) <= LEAST;
        let span = from.as_millisecond()..until.as_millisecond();
        self.rows.clear();
        for part in parts {
            if part.last < from || until <= part.first {
                continue;
            }
            let (state, rows) = (&self.state, &mut self.rows);
            let keep = |row: &Row<'_>| {
                // One more than the most shows that there are too many.
                let has_room = is_least || rows.len() as u64 <= ids::MOST;
                if span.contains(&row.timestamp_ms) && has_room {
                    *rows.entry(hash(state, row)).or_default() += 1;
                }
                Ok(())
            };
            parts::each_row(bucket, part, keep).await?;
        }
        Ok(is_least || self.rows.len() as u64 <= ids::MOST)
    }
}

fn hash(state: &RandomState, row: &Row<'_>) -> u64 {
    match &row.event_id {
        Some(id) => state.hash_one((id.as_ref(), true)),
        None => words(state, row.timestamp_ms, &row.stream, &row.message),
    }
}

/// What two events without ids have to have in common; a task writes `-` for each `/` of a stream's name. Messages of Lambda functions end
/// with a line end, and it is not documented whether a task writes it.
fn words(state: &RandomState, timestamp_ms: i64, stream: &str, message: &str) -> u64 {
    let message = message.trim_end_matches(['\r', '\n']);
    state.hash_one((timestamp_ms, stream.replace('/', "-"), message))
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}
