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
        is_again: true,
        seen: Seen::default(),
        hours: Hours::new(work, output),
    };
    let first = reading.resume(events, span.token).await?;
    if reading.is_again {
        reading.know(bucket, output).await?;
    }
    let mut page = match first {
        Some(page) => page,
        None => reading.page(events, reading.until, None).await?,
    };
    loop {
        for event in &page.items {
            reading.event(bucket, event).await?;
        }
        let is_enough = clock.now() >= work.by || reading.seen.len() >= ids::MOST;
        let Some(next) = page.next else {
            return reading.finish(bucket, None).await;
        };
        if is_enough {
            return reading.finish(bucket, Some(next)).await;
        }
        let further = reading.page(events, reading.until, Some(next.clone()));
        page = match further.await {
            Ok(page) => page,
            Err(error) => {
                // What was read stays, and the page is asked for again by the next tick.
                stopped_early(&error);
                return reading.finish(bucket, Some(next)).await;
            }
        };
    }
}

fn stopped_early(error: &CallError) {
    let why = Quoted::line(&chain(error));
    warn!("reading stops early: {why}");
}

/// A span that is being read.
struct Reading<'a> {
    work: Work<'a>,
    from: Timestamp,
    until: Timestamp,
    /// Whether events of the span may be there already, as far as that is known.
    is_again: bool,
    seen: Seen,
    hours: Hours<'a>,
}

impl Reading<'_> {
    /// The page that the span goes on with; `None` if it has to be begun.
    async fn resume(
        &mut self,
        events: &impl Events,
        token: Option<&str>,
    ) -> Result<Option<Page<LogEvent>>, ExportError> {
        let Some(token) = token.and_then(Token::parse) else {
            return Ok(None);
        };
        match self.page(events, token.until, Some(token.next)).await {
            Ok(page) => {
                self.until = token.until;
                self.is_again = token.is_again;
                Ok(Some(page))
            }
            // "The token expires after 24 hours" (API reference, `FilterLogEvents`), and the service has no error of its own for that.
            Err(error) if error.kind() == FailureKind::Permanent => {
                let why = Quoted::line(&chain(&error));
                warn!("a span is read again from its beginning: {why}");
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

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
        self.is_again = rows > 0;
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
        let (from, until, is_again) = (self.from, self.until, self.is_again);
        let token = |next| {
            let token = Token {
                until,
                is_again,
                next,
            };
            token.written()
        };
        let output = self.hours.finish(bucket).await?;
        Ok(match next {
            Some(next) => Fact::Read {
                until: from,
                token: Some(token(next)),
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
