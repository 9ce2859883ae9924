//! A bucket and a log group with state, and a clock that moves when it is looked at. The bucket keeps no versions and never fails; the log
//! group lists events in the order in which they came, which is any order.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Mutex;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::{SignedDuration, Timestamp};
use shared::clock::Clock;
use shared::exports::layout::{Place, staging_prefix};
use shared::exports::manifest::{Output, Part};
use shared::exports::row::Row;
use shared::exports::window::Window;
use shared::failure::{CallError, Effect, FailureKind};

use crate::parts;
use crate::sources::{Body, Bucket, Events, ListedObject, LogEvent, Page};
use crate::work::Work;

pub(crate) fn at(text: &str) -> Timestamp {
    format!("2026-02-18T{text}Z").parse().unwrap()
}

pub(crate) fn place() -> Place {
    Place {
        account: "111122223333".to_owned(),
        region: "eu-west-1".to_owned(),
        group: "/ecs/shop".to_owned(),
    }
}

pub(crate) fn window() -> Window {
    Window::new(at("20:00:00"), at("22:00:00")).unwrap()
}

pub(crate) fn work(place: &Place) -> Work<'_> {
    Work {
        place,
        window: window(),
        is_redacted: false,
        by: at("23:30:00"),
    }
}

/// A clock that moves on by so much whenever it is looked at.
pub(crate) struct Ticking(Mutex<Timestamp>, SignedDuration);

impl Ticking {
    pub(crate) fn still() -> Self {
        Self(Mutex::new(at("23:00:00")), SignedDuration::ZERO)
    }

    /// One that lets [`work`] have so many looks.
    pub(crate) fn looks(count: i32) -> Self {
        Self(
            Mutex::new(at("23:00:00")),
            SignedDuration::from_mins(30) / count,
        )
    }
}

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        let mut now = self.0.lock().unwrap();
        *now += self.1;
        *now
    }

    async fn pause(&self, _time: Duration) {}
}

/// Objects, when they were written, and the size of the pieces in which they are read.
pub(crate) struct Objects {
    pub(crate) all: Mutex<BTreeMap<String, (Vec<u8>, Timestamp)>>,
    pub(crate) now: Timestamp,
    pub(crate) piece: usize,
}

impl Default for Objects {
    fn default() -> Self {
        Self {
            all: Mutex::default(),
            now: at("23:00:00"),
            piece: 1_000,
        }
    }
}

impl Objects {
    pub(crate) fn with(self, key: &str, body: Vec<u8>) -> Self {
        let object = (body, self.now);
        self.all.lock().unwrap().insert(key.to_owned(), object);
        self
    }

    /// Rows as parts, each slice one.
    pub(crate) async fn output(&self, slices: &[&[Row<'_>]]) -> Output {
        let mut output = Output::default();
        let place = place();
        for rows in slices {
            let mut hours = crate::hours::Hours::new(work(&place), &output);
            for row in *rows {
                hours.push(row).unwrap();
            }
            output = hours.finish(self).await.unwrap();
        }
        output
    }

    /// All rows of an output, sorted.
    pub(crate) async fn rows(&self, output: &Output) -> Vec<Row<'static>> {
        let mut rows = Vec::new();
        for part in &output.parts {
            assert!(
                part.key
                    .contains(&format!("/hour={}/", part.hour.strftime("%H")))
            );
            rows.extend(self.rows_of(part).await);
        }
        rows.sort_by(|one, other| order(one).cmp(&order(other)));
        rows
    }

    /// The rows of a part, as they are.
    pub(crate) async fn rows_of(&self, part: &Part) -> Vec<Row<'static>> {
        let mut rows = Vec::new();
        let keep = |row: &Row<'_>| {
            rows.push(owned(row));
            Ok(())
        };
        parts::each_row(self, part, keep).await.unwrap();
        rows
    }
}

type Order<'a> = (i64, &'a str, Option<&'a str>, &'a str);

fn order<'a>(row: &'a Row<'_>) -> Order<'a> {
    (
        row.timestamp_ms,
        &row.stream,
        row.event_id.as_deref(),
        &row.message,
    )
}

pub(crate) fn sorted(mut rows: Vec<Row<'static>>) -> Vec<Row<'static>> {
    rows.sort_by(|one, other| order(one).cmp(&order(other)));
    rows
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

/// An object that is read piece by piece.
pub(crate) struct Pieces(std::vec::IntoIter<Vec<u8>>);

impl Body for Pieces {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, CallError> {
        Ok(self.0.next())
    }
}

impl Bucket for Objects {
    type Body = Pieces;

    async fn open(&self, key: &str) -> Result<Option<Pieces>, CallError> {
        let all = self.all.lock().unwrap();
        Ok(all.get(key).map(|(body, _)| {
            let pieces: Vec<_> = body.chunks(self.piece).map(<[u8]>::to_vec).collect();
            Pieces(pieces.into_iter())
        }))
    }

    async fn put(&self, key: &str, body: Vec<u8>) -> Result<(), CallError> {
        self.all
            .lock()
            .unwrap()
            .insert(key.to_owned(), (body, self.now));
        Ok(())
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
    ) -> Result<Vec<ListedObject>, CallError> {
        let all = self.all.lock().unwrap();
        let is_listed = |key: &String| {
            key.starts_with(prefix) && after.is_none_or(|after| key.as_str() > after)
        };
        let listed = all.iter().filter(|(key, _)| is_listed(key)).take(3);
        let object = |(key, (body, modified_at)): (&String, &(Vec<u8>, Timestamp))| ListedObject {
            key: key.clone(),
            size: body.len() as u64,
            modified_at: *modified_at,
        };
        Ok(listed.map(object).collect())
    }

    async fn remove(&self, keys: &[String]) -> Result<(), CallError> {
        let mut all = self.all.lock().unwrap();
        all.retain(|key, _| !keys.contains(key));
        Ok(())
    }
}

/// A log group.
#[derive(Default)]
pub(crate) struct Source {
    pub(crate) events: Vec<LogEvent>,
    /// How many are on a page; two more if it is nothing.
    pub(crate) page: usize,
    /// Whether the first token that is shown is not known any more.
    pub(crate) has_forgotten: Mutex<bool>,
    /// The pages that were asked for: the span, and the token.
    pub(crate) asked: Mutex<Vec<(Timestamp, Timestamp, Option<String>)>>,
}

impl Events for Source {
    async fn events(
        &self,
        group: &str,
        (from, until): (Timestamp, Timestamp),
        next: Option<String>,
    ) -> Result<Page<LogEvent>, CallError> {
        assert_eq!(group, "/ecs/shop");
        self.asked.lock().unwrap().push((from, until, next.clone()));
        if next.is_some() && std::mem::take(&mut *self.has_forgotten.lock().unwrap()) {
            let kind = (FailureKind::Permanent, Effect::None);
            return Err(CallError::new(
                "list the events of",
                group,
                kind,
                "the token expired",
            ));
        }
        let span = from.as_millisecond()..until.as_millisecond();
        let events = self
            .events
            .iter()
            .filter(|event| span.contains(&event.timestamp_ms));
        let begin: usize = next.map_or(0, |next| next.parse().unwrap());
        let rest: Vec<_> = events.skip(begin).cloned().collect();
        let is_more = rest.len() > self.page;
        Ok(Page {
            items: rest.into_iter().take(self.page).collect(),
            next: is_more.then(|| (begin + self.page).to_string()),
        })
    }

    async fn got_events_since(&self, _: &str, _: Timestamp) -> Result<bool, CallError> {
        Ok(true)
    }
}

/// Event `number`, at this time after the window's beginning.
pub(crate) fn event(number: i64, ms: i64, message: &str) -> LogEvent {
    let timestamp_ms = window().start().as_millisecond() + ms;
    LogEvent {
        timestamp_ms,
        ingestion_ms: timestamp_ms + 5,
        stream: "web/1".to_owned(),
        event_id: format!("{number:056}"),
        message: message.to_owned(),
    }
}

/// The row of an event that was read directly.
pub(crate) fn row(event: &LogEvent) -> Row<'static> {
    Row {
        timestamp_ms: event.timestamp_ms,
        ingestion_ms: Some(event.ingestion_ms),
        stream: event.stream.clone().into(),
        event_id: Some(event.event_id.clone().into()),
        message: event.message.clone().into(),
    }
}

/// The row of an event that an export task wrote.
pub(crate) fn task_row(event: &LogEvent) -> Row<'static> {
    Row {
        ingestion_ms: None,
        event_id: None,
        stream: event.stream.replace('/', "-").into(),
        ..row(event)
    }
}

/// What an export task writes of events of a stream, and its key.
pub(crate) fn staged(stream: &str, number: i64, events: &[LogEvent]) -> (String, Vec<u8>) {
    let staging = staging_prefix(&place(), window(), 1);
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    for event in events {
        let at = Timestamp::from_millisecond(event.timestamp_ms).unwrap();
        writeln!(packer, "{at:.3} {}", event.message).unwrap();
    }
    let key = format!("{staging}/task-id/{stream}/{number:06}.gz");
    (key, packer.finish().unwrap())
}
