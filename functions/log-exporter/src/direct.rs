//! What is new in a log group, read directly.

#[cfg(test)]
mod tests;
mod token;

use jiff::{SignedDuration, Timestamp};
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

/// The shortest time that two events can be apart.
const LEAST: SignedDuration = SignedDuration::from_millis(1);

/// What is to be read.
#[derive(Clone, Copy, Debug)]
pub struct Span<'a> {
    /// From when. Some of it may have been read before.
    pub from: Timestamp,
    /// Up to when, which is not read, nor is what comes after the window.
    pub until: Timestamp,
    /// The page to go on with: what the last [`Fact::Read`] of this `from` had. It carries its own `until`, so that another one now does
    /// no harm.
    pub token: Option<&'a str>,
}

/// Reads the events of a span and puts those that are not there as parts beside `output`, until all were read or the time is up:
/// [`Fact::Read`]. A page that is not known any more makes it begin the span again.
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
        is_again: false,
        seen: Seen::default(),
        hours: Hours::new(work, output),
    };
    let mut page = match reading.resume(events, span.token).await? {
        Some(page) => {
            if reading.is_again {
                reading.know(bucket, output).await?;
            }
            page
        }
        None => {
            reading.begin(bucket, output).await?;
            if reading.end() <= reading.from {
                return reading.finish(bucket, None).await;
            }
            reading.page(events, reading.until, None).await?
        }
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
    /// Whether rows of the span were there when it was begun.
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
        let until = until.min(self.work.window.end());
        events.events(group, (self.from, until), next).await
    }

    /// Where the span ends.
    fn end(&self) -> Timestamp {
        self.until.min(self.work.window.end())
    }

    /// Begins the span. If more of it is there than can be kept in mind, what is there is not read again: what came late is found when the
    /// window is sealed.
    async fn begin(&mut self, bucket: &impl Bucket, output: &Output) -> Result<(), ExportError> {
        self.is_again = self.there(output).next().is_some();
        if !self.know(bucket, output).await? {
            let last = self.there(output).map(|part| part.last).max();
            let after = last.and_then(|last| last.checked_add(LEAST).ok());
            self.from = after.unwrap_or(self.from).max(self.from);
            self.is_again = false;
        }
        Ok(())
    }

    /// The parts that have rows of the span.
    fn there<'o>(&self, output: &'o Output) -> impl Iterator<Item = &'o Part> + use<'o> {
        let (from, end) = (self.from, self.end());
        let is_of_span = move |part: &&Part| from <= part.last && part.first < end;
        output.parts.iter().filter(is_of_span)
    }

    /// Takes note of the rows of the span that are there; whether they are few enough. If not, none are known.
    async fn know(&mut self, bucket: &impl Bucket, output: &Output) -> Result<bool, ExportError> {
        let span = self.from.as_millisecond()..self.end().as_millisecond();
        for part in self.there(output) {
            let seen = &mut self.seen;
            let know = |row: &Row<'_>| {
                let is_known = span.contains(&row.timestamp_ms) && seen.len() < ids::MOST;
                if let Some(id) = row.event_id.as_ref().filter(|_| is_known) {
                    seen.insert(id.as_ref());
                }
                Ok(())
            };
            parts::each_row(bucket, part, know).await?;
        }
        let is_few = self.seen.len() < ids::MOST;
        if !is_few {
            self.seen.clear();
        }
        Ok(is_few)
    }

    async fn event(&mut self, bucket: &impl Bucket, event: &LogEvent) -> Result<(), ExportError> {
        let span = self.from.as_millisecond()..self.end().as_millisecond();
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
