//! Log entries around the breach and counts of their patterns, before and since. What is too much to be read is sampled, and said.

mod nearest;
mod slices;

use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use self::nearest::Nearest;
use self::slices::slices;
use super::paging::{Missing, in_time};
use super::sources::{LogEvent, Page, Sources, Span};
use super::text::sentence;
use crate::evidence::{Gap, Gathered, Incident, Logs, Source};
use crate::mining::{Limits, LogEntryRef, Miner};

/// The window begins before the breach: an alarm fires minutes after the trouble began.
const WINDOW: SignedDuration = SignedDuration::from_mins(15);

/// What is counted before the window, to compare with.
const BEFORE: SignedDuration = SignedDuration::from_hours(1);

/// As many as the report shows.
const MOST_ENTRIES: usize = 100;

/// More log groups than this are not read.
const MOST_GROUPS: usize = 10;

/// How many calls are under way at the same time: accounts may call `FilterLogEvents` five times a second (CloudWatch Logs
/// quotas), and a page has a megabyte.
const AT_ONCE: usize = 4;

/// A span that is not read to its end by so many pages with entries is sampled.
const WHOLE_PAGES: usize = 4;

/// Pages without entries cost a call and nothing else; of 10,000 streams most pages are such.
const EMPTY_PAGES: usize = 200;

/// In so many parts a span is sampled, with a page of each.
const SAMPLES: i32 = 8;

/// What is read in all: what a seventh of a vCPU counts in a second or two.
const MOST_EVENTS: usize = 100_000;
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// The logs of an incident, of these groups.
pub(super) async fn logs(
    sources: &impl Sources,
    incident: &Incident,
    mut groups: Vec<String>,
    until: Instant,
) -> Gathered<Logs> {
    let mut gaps = Vec::new();
    if groups.is_empty() {
        gaps.push(gap("it is not known where the logs are: no container of the service writes to CloudWatch Logs, and LOG_GROUPS names no log group"));
    }
    if groups.len() > MOST_GROUPS {
        gaps.push(gap(&format!(
            "only {MOST_GROUPS} of {} log groups were read",
            groups.len()
        )));
        groups.truncate(MOST_GROUPS);
    }
    let began = incident.breached_at - WINDOW;
    let window = Span {
        from: began,
        until: incident.until,
    };
    let before = Span {
        from: began - BEFORE,
        until: began,
    };
    let mut reading = Reading::new(&groups, incident.breached_at, began);
    let whole = |span| {
        groups
            .iter()
            .enumerate()
            .map(move |(group, _)| Part::new(group, span, WHOLE_PAGES))
    };
    let mut parts: Vec<Part> = whole(window).chain(whole(before)).collect();
    reading.read(sources, &mut parts, until).await;
    let mut samples: Vec<Part> = parts
        .iter()
        .flat_map(|part| part.samples(incident.breached_at))
        .collect();
    reading.read(sources, &mut samples, until).await;
    for part in &parts {
        gaps.extend(part.gap(&groups, &samples));
    }
    gaps.dedup();
    let mined = reading.miner.finish();
    let mined_gaps = mined.gaps.iter().map(|because| gap(because));
    gaps.extend(mined_gaps);
    Gathered {
        found: Logs {
            entries: reading.nearest.oldest_first(),
            patterns: mined.patterns,
            counted: mined.counted,
            groups,
        },
        gaps,
    }
}

fn gap(because: &str) -> Gap {
    Gap {
        source: Source::Logs,
        because: sentence(because),
    }
}

/// A part of a log group that is read page by page.
#[derive(Debug)]
struct Part {
    group: usize,
    span: Span,
    /// How many more pages with entries are read.
    pages: usize,
    empty_pages: usize,
    next: Option<String>,
    /// The time of the last entry that was read: pages are ascending.
    last: Option<Timestamp>,
    end: End,
}

/// How far a part has been read.
#[derive(Debug)]
enum End {
    /// There is another page to be read.
    Open,
    /// To its end.
    Whole,
    /// As far as it was to be, and there is more.
    Cut,
    /// There is no such log group.
    NoGroup,
    /// As far as it could be.
    Missing(Missing),
}

impl Part {
    fn new(group: usize, span: Span, pages: usize) -> Self {
        Self {
            group,
            span,
            pages,
            empty_pages: EMPTY_PAGES,
            next: None,
            last: None,
            end: End::Open,
        }
    }

    /// The rest of a part that was cut, in samples of a page each.
    fn samples(&self, breached_at: Timestamp) -> Vec<Self> {
        let rest = self.rest().map(|rest| slices(rest, SAMPLES, breached_at));
        let slices = rest.into_iter().flatten();
        slices
            .map(|slice| Self::new(self.group, slice, 1))
            .collect()
    }

    /// What has not been read of a part that was cut.
    fn rest(&self) -> Option<Span> {
        let from = self
            .last
            .map_or(self.span.from, |last| last + SignedDuration::from_millis(1));
        let is_cut = matches!(self.end, End::Cut) && from < self.span.until;
        is_cut.then_some(Span { from, ..self.span })
    }

    /// Takes a page in, and looks whether there is to be another.
    fn turn(&mut self, page: &Page<LogEvent>) {
        self.last = self.last.max(page.items.last().map(|event| event.at));
        let left = if page.items.is_empty() {
            &mut self.empty_pages
        } else {
            &mut self.pages
        };
        *left = left.saturating_sub(1);
        let is_over = *left == 0;
        self.end = match &page.next {
            None => End::Whole,
            next if *next == self.next => End::Missing(Missing::Repeated),
            _ if is_over => End::Cut,
            _ => End::Open,
        };
        self.next.clone_from(&page.next);
    }

    /// What was not read of it, if anything was not; `samples` are those of all parts.
    fn gap(&self, groups: &[String], samples: &[Self]) -> Option<Gap> {
        let group = groups
            .get(self.group)
            .map(String::as_str)
            .unwrap_or_default();
        let mine = |sample: &&Self| {
            sample.group == self.group
                && self.span.from <= sample.span.from
                && sample.span.until <= self.span.until
        };
        let is_unfinished = |sample: &Self| !matches!(sample.end, End::Whole);
        match &self.end {
            End::Whole => None,
            End::NoGroup => Some(gap(&format!("the log group {group} does not exist"))),
            End::Missing(Missing::Failed(error)) => Some(gap(&shared::failure::chain(error))),
            End::Cut
                if !samples.iter().filter(mine).any(is_unfinished) && self.rest().is_some() =>
            {
                None
            }
            End::Cut
                if samples
                    .iter()
                    .filter(mine)
                    .any(|sample| sample.last.is_some()) =>
            {
                Some(gap(&format!(
                    "of the log group {group} only samples of the entries from {} to {} were read: there are too many of them",
                    clock(self.span.from),
                    clock(self.span.until),
                )))
            }
            End::Open | End::Cut | End::Missing(_) => Some(gap(&format!(
                "of the log group {group} the entries from {} to {} were not read: there was no time for them",
                clock(self.last.unwrap_or(self.span.from)),
                clock(self.span.until),
            ))),
        }
    }
}

fn clock(at: Timestamp) -> String {
    at.strftime("%H:%M:%S UTC").to_string()
}

/// What has been read so far.
#[derive(Debug)]
struct Reading<'a> {
    groups: &'a [String],
    miner: Miner,
    nearest: Nearest,
    events: usize,
    bytes: usize,
}

impl<'a> Reading<'a> {
    fn new(groups: &'a [String], breached_at: Timestamp, began: Timestamp) -> Self {
        Self {
            groups,
            miner: Miner::new(began, Limits::default()),
            nearest: Nearest::new(breached_at, MOST_ENTRIES),
            events: 0,
            bytes: 0,
        }
    }

    /// Reads a page of every part, several parts at once, until none is open. Pages are taken in in the order of the parts,
    /// whichever comes first, so that the same logs give the same counts.
    async fn read(&mut self, sources: &impl Sources, parts: &mut [Part], until: Instant) {
        while parts.iter().any(|part| matches!(part.end, End::Open)) {
            let open = parts
                .iter_mut()
                .filter(|part| matches!(part.end, End::Open));
            let mut open: Vec<&mut Part> = open.collect();
            for some in open.chunks_mut(AT_ONCE) {
                if self.is_full() {
                    for part in some.iter_mut() {
                        part.end = End::Cut;
                    }
                    continue;
                }
                let groups = self.groups;
                let pages = some.iter().map(|part| {
                    let group = groups
                        .get(part.group)
                        .map(String::as_str)
                        .unwrap_or_default();
                    in_time(
                        until,
                        sources.log_events(group, part.span, part.next.clone()),
                    )
                });
                let pages = join_all(pages).await;
                for (part, page) in some.iter_mut().zip(pages) {
                    self.take(part, page);
                }
            }
        }
    }

    fn take(&mut self, part: &mut Part, page: Result<Option<Page<LogEvent>>, Missing>) {
        let page = match page {
            Ok(Some(page)) => page,
            Ok(None) => {
                part.end = End::NoGroup;
                return;
            }
            Err(missing) => {
                part.end = End::Missing(missing);
                return;
            }
        };
        let group = self
            .groups
            .get(part.group)
            .map(String::as_str)
            .unwrap_or_default();
        for event in &page.items {
            self.events += 1;
            self.bytes += event.message.len();
            self.nearest.add(group, event);
            self.miner.add(&LogEntryRef {
                event_id: &event.id,
                group,
                stream: &event.stream,
                at: event.at,
                message: &event.message,
            });
        }
        part.turn(&page);
    }

    fn is_full(&self) -> bool {
        self.events >= MOST_EVENTS || self.bytes >= MOST_BYTES
    }
}

#[cfg(test)]
mod tests;
