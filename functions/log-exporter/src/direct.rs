//! What is new in a log group, read directly.

#[cfg(test)]
mod tests;
mod token;

use jiff::Timestamp;
use shared::clock::Clock;
use shared::exports::manifest::{Output, Part};
use shared::exports::row::Row;
use shared::failure::{CallError, Classify as _, FailureKind, chain};
use shared::outbound::Quoted;
use tracing::warn;

use self::token::Token;
use crate::hours::Hours;
use crate::ids::{self, Seen};
use crate::ledger::Fact;
use crate::parts;
use crate::sources::{Bucket, Events, LogEvent, Page};
use crate::work::{ExportError, Work};

/// What is to be read.
#[derive(Clone, Copy, Debug)]
pub struct Span<'a> {
    /// From when.
    pub from: Timestamp,
    /// Up to when, which is not read.
    pub until: Timestamp,
    /// The page to go on with: what the last [`Fact::Read`] of this `from` had. It carries its own `until`, so that another one now does
    /// no harm.
    pub token: Option<&'a str>,
}

/// Reads the events of a span and puts them as parts beside `output`, until all were read or the time is up: [`Fact::Read`]. A page
/// that is not known any more makes it begin the span again, without doubling what was read of it.
pub async fn read(
    (events, bucket): (&impl Events, &impl Bucket),
    work: Work<'_>,
    span: Span<'_>,
    output: &Output,
    clock: &impl Clock,
) -> Result<Fact, ExportError> {
    let mut reading = Reading {
        work,
        from: span.from,
        until: span.until,
        seen: Seen::default(),
        hours: Hours::new(work, output),
    };
    let mut next = None;
    let mut first = None;
    if let Some(Token { until, next: saved }) = span.token.and_then(Token::parse) {
        match reading.page(events, until, Some(saved)).await {
            Ok(page) => (reading.until, first) = (until, Some(page)),
            // "The token expires after 24 hours" (API reference, FilterLogEvents), and nothing else tells.
            Err(error) if error.kind() == FailureKind::Permanent => {
                warn!(
                    "the span is read again from its beginning: {}",
                    Quoted::line(&chain(&error))
                );
            }
            Err(error) => return Err(error.into()),
        }
    }
    if first.is_none() {
        reading.know(bucket, output).await?;
    }
    loop {
        let page = match first.take() {
            Some(page) => page,
            None => match reading.page(events, reading.until, next.clone()).await {
                Ok(page) => page,
                // What was read stays, and the page is asked for again by the next tick.
                Err(error) if next.is_some() => {
                    warn!("reading stops early: {}", Quoted::line(&chain(&error)));
                    return reading.finish(bucket, next).await;
                }
                Err(error) => return Err(error.into()),
            },
        };
        next = page.next;
        for event in &page.items {
            reading.event(bucket, event).await?;
        }
        let is_enough = clock.now() >= work.by || reading.seen.len() >= ids::MOST;
        if next.is_none() || is_enough {
            return reading.finish(bucket, next).await;
        }
    }
}

/// A span that is being read.
struct Reading<'a> {
    work: Work<'a>,
    from: Timestamp,
    until: Timestamp,
    seen: Seen,
    hours: Hours<'a>,
}

impl Reading<'_> {
    async fn page(
        &self,
        events: &impl Events,
        until: Timestamp,
        next: Option<String>,
    ) -> Result<Page<LogEvent>, CallError> {
        let group = &self.work.place.group;
        events.events(group, (self.from, until), next).await
    }

    /// Takes note of the rows of the span that are there: it was begun before, and is begun again. If there are too many to be kept in
    /// mind, some will be there twice until the window is sealed.
    async fn know(&mut self, bucket: &impl Bucket, output: &Output) -> Result<(), ExportError> {
        let is_of_span = |part: &&Part| self.from <= part.last && part.first < self.until;
        let there: Vec<_> = output.parts.iter().filter(is_of_span).collect();
        let rows: u64 = there.iter().map(|part| part.rows).sum();
        if rows >= ids::MOST {
            return Ok(());
        }
        for part in there {
            let seen = &mut self.seen;
            let know = |row: &Row<'_>| {
                if let Some(id) = &row.event_id {
                    seen.insert(id.as_ref());
                }
                Ok(())
            };
            parts::each_row(bucket, part, know).await?;
        }
        Ok(())
    }

    async fn event(&mut self, bucket: &impl Bucket, event: &LogEvent) -> Result<(), ExportError> {
        let span = self.from.as_millisecond()..self.until.as_millisecond();
        if !span.contains(&event.timestamp_ms) || !self.seen.insert(event.event_id.as_str()) {
            return Ok(());
        }
        self.hours.push_event(event)?;
        if self.hours.is_full() {
            self.hours.put_full(bucket).await?;
        }
        Ok(())
    }

    async fn finish(self, bucket: &impl Bucket, next: Option<String>) -> Result<Fact, ExportError> {
        let (from, until) = (self.from, self.until);
        let output = self.hours.finish(bucket).await?;
        Ok(match next {
            Some(next) => Fact::Read {
                until: from,
                token: Some(Token { until, next }.written()),
                output,
            },
            None => Fact::Read {
                until,
                token: None,
                output,
            },
        })
    }
}
