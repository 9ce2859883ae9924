//! Through a window, piece by piece, listing its events.

use jiff::{SignedDuration, Timestamp};
use shared::clock::Clock;
use shared::exports::manifest::Output;
use shared::exports::window::hour_of;

use super::present::Present;
use crate::hours::Hours;
use crate::ids::Seen;
use crate::ledger::Reconciling;
use crate::sources::{Bucket, Events, LogEvent};
use crate::work::{ExportError, Work};

/// A piece should have about so many events: a page or two, so that each tick gets on.
const EVENTS: u64 = 10_000;

/// A piece is halved if it has more.
const MOST_EVENTS: u64 = 20_000;

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const LEAST: SignedDuration = SignedDuration::from_millis(1);

/// A walk through a window.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    work: Work<'a>,
    done: Reconciling,
    /// Events of the piece that were compared; stays when the piece is begun again, as their rows were taken then.
    compared: Seen,
    hours: Hours<'a>,
}

/// What became of a piece.
enum Listed {
    All(u64),
    TooMany,
    TimeUp,
}

impl<'a> Walk<'a> {
    pub(super) fn new(work: Work<'a>, output: &Output, done: Reconciling) -> Self {
        Self {
            work,
            done,
            compared: Seen::default(),
            hours: Hours::new(work, output),
        }
    }

    /// Walks until the end of the window or until the time is up: how far, and what is there then.
    pub(super) async fn on(
        mut self,
        events: &impl Events,
        bucket: &impl Bucket,
        clock: &impl Clock,
    ) -> Result<(Reconciling, Output), ExportError> {
        let mut is_on = true;
        while is_on && self.done.to < self.work.window.end() {
            let mut present = Present::load(bucket, self.hours.output(), self.done.to).await?;
            is_on = self.pieces((events, bucket), &mut present, clock).await?;
        }
        Ok((self.done, self.hours.finish(bucket).await?))
    }

    /// Walks through what is in mind; whether there is time to go on.
    async fn pieces(
        &mut self,
        (events, bucket): (&impl Events, &impl Bucket),
        present: &mut Present,
        clock: &impl Clock,
    ) -> Result<bool, ExportError> {
        let shorter = self.done.piece_ms.map(SignedDuration::from_millis);
        let length = first_length(present.rows_of_hour());
        let mut length = shorter.map_or(length, |shorter| shorter.clamp(LEAST, length));
        self.compared.clear();
        while self.done.to < present.until() {
            let from = self.done.to;
            let until = later(from, length).min(present.until());
            let piece = (from, until);
            match self.piece((events, bucket), present, piece, clock).await? {
                Listed::All(count) => {
                    self.count(count);
                    self.done.to = until;
                    self.compared.clear();
                    if count < EVENTS / 4 {
                        length = (length * 2).min(HOUR);
                    }
                }
                Listed::TooMany => {
                    length = whole(until.duration_since(from) / 2);
                }
                // The next tick has no more time than this one, perhaps.
                Listed::TimeUp => {
                    self.keep_length(whole(until.duration_since(from) / 2));
                    return Ok(false);
                }
            }
            if clock.now() >= self.work.by {
                self.keep_length(length);
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn piece(
        &mut self,
        (events, bucket): (&impl Events, &impl Bucket),
        present: &mut Present,
        (from, until): (Timestamp, Timestamp),
        clock: &impl Clock,
    ) -> Result<Listed, ExportError> {
        let is_least = until.duration_since(from) <= LEAST;
        let span = from.as_millisecond()..until.as_millisecond();
        let (mut listed, mut next) = (Seen::default(), None);
        loop {
            let group = &self.work.place.group;
            let page = events.events(group, (from, until), next).await?;
            for event in &page.items {
                let is_new =
                    span.contains(&event.timestamp_ms) && listed.insert(event.event_id.as_str());
                if is_new {
                    self.compare(bucket, present, event).await?;
                }
            }
            next = page.next;
            if next.is_none() {
                return Ok(Listed::All(listed.len()));
            }
            if listed.len() > MOST_EVENTS && !is_least {
                return Ok(Listed::TooMany);
            }
            // The smallest piece is listed whatever it takes, or nothing would ever get on.
            if !is_least && clock.now() >= self.work.by {
                return Ok(Listed::TimeUp);
            }
        }
    }

    /// Adds an event without a row.
    async fn compare(
        &mut self,
        bucket: &impl Bucket,
        present: &mut Present,
        event: &LogEvent,
    ) -> Result<(), ExportError> {
        let is_there = !self.compared.insert(event.event_id.as_str()) || present.take(event);
        if !is_there {
            self.hours.push_event(event)?;
            if self.hours.is_full() {
                self.hours.put_full(bucket).await?;
            }
        }
        Ok(())
    }

    /// Notes how long the next tick's first piece is.
    fn keep_length(&mut self, length: SignedDuration) {
        self.done.piece_ms = i64::try_from(length.as_millis()).ok();
    }

    fn count(&mut self, events: u64) {
        let hour = hour_of(self.done.to);
        match self.done.hours.last_mut() {
            _ if events == 0 => {}
            Some((last, count)) if *last == hour => *count += events,
            _ => self.done.hours.push((hour, events)),
        }
    }
}

/// How long the first piece is, going by the rows that its hour has.
fn first_length(rows: u64) -> SignedDuration {
    let pieces = i32::try_from(rows / EVENTS + 1).unwrap_or(i32::MAX);
    whole(HOUR / pieces)
}

/// Whole milliseconds, as events have them, and one at least.
fn whole(length: SignedDuration) -> SignedDuration {
    let ms = i64::try_from(length.as_millis()).unwrap_or(i64::MAX);
    SignedDuration::from_millis(ms).max(LEAST)
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}
