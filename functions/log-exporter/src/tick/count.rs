//! Counting the source.

use std::collections::BTreeMap;

use jiff::Timestamp;
use shared::clock::{Clock, Nonces};
use shared::exports::manifest::{CountedBy, SourceCount};
use shared::exports::window::hour_of;
use shared::records::Records;

use super::failed::StepError;
use super::step::Found;
use super::turn::{POLL, Turn};
use super::{Logs, Tick};
use crate::ids::Seen;
use crate::ledger::{Entry, Fact, State};
use crate::preflight::LooksAtBucket;
use crate::sources::{Bucket, Count};

impl<L: Logs, B: Bucket, R: Records, P: LooksAtBucket, T: Clock + Nonces> Tick<'_, L, B, R, P, T> {
    /// Begins to count a window's events, unless it is proven and none came to its group since.
    pub(super) async fn count(&self, turn: &Turn<'_>, entry: &Entry) -> Result<Found, StepError> {
        if let State::Verified(proven) = &entry.state
            && !self
                .logs
                .got_events_since(turn.name, proven.swept_at)
                .await?
        {
            return Ok(Found::Fact(Fact::Unchanged));
        }
        if self.counts_by_listing() {
            return Ok(Found::Fact(self.list_all(turn, entry).await?));
        }
        let query = self.logs.begin(turn.name, entry.window).await?;
        Ok(Found::Fact(Fact::Counting(query)))
    }

    /// What a query that counts has found.
    pub(super) async fn ask_count(&self, entry: &Entry, query: &str) -> Result<Found, StepError> {
        let at = self.time.now();
        Ok(match self.logs.answer(query, entry.window).await? {
            Count::UnderWay => Found::Wait(POLL),
            Count::Failed(words) => Found::Fact(Fact::Uncounted(words)),
            Count::Of(hours) => {
                let by = CountedBy::Insights;
                Found::Fact(Fact::Counted(SourceCount { by, at, hours }))
            }
        })
    }

    /// Counts by listing all events, in one go.
    async fn list_all(&self, turn: &Turn<'_>, entry: &Entry) -> Result<Fact, StepError> {
        let window = entry.window;
        let at = self.time.now();
        let mut hours: BTreeMap<Timestamp, u64> = BTreeMap::new();
        // Two pages can have the same event.
        let (mut seen, mut next) = (Seen::default(), None);
        loop {
            let span = (window.start(), window.end());
            let page = self.logs.events(turn.name, span, next).await?;
            for event in &page.items {
                if let Ok(happened_at) = Timestamp::from_millisecond(event.timestamp_ms)
                    && window.contains(happened_at)
                    && seen.insert(event.event_id.as_str())
                {
                    *hours.entry(hour_of(happened_at)).or_default() += 1;
                }
            }
            next = page.next;
            if next.is_none() {
                let (by, hours) = (CountedBy::EventIds, hours.into_iter().collect());
                return Ok(Fact::Counted(SourceCount { by, at, hours }));
            }
            if self.time.now() >= turn.until {
                let words = "there are more events than can be listed in one turn; with COUNT_BY=insights they are counted by a query";
                return Ok(Fact::Uncounted(words.to_owned()));
            }
        }
    }
}
