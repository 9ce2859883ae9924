//! Log entries around the breach and counts of their patterns, before and since. What is too much to be read is sampled, and said.

mod nearest;
mod part;
mod slices;

use std::collections::BTreeSet;

use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use self::nearest::Nearest;
use self::part::{End, Part};
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
        gaps.push(gap("it is not known where the logs are: neither the service's containers nor LOG_GROUPS name a log group that could be found"));
    }
    if groups.len() > MOST_GROUPS {
        gaps.push(gap(&format!(
            "only {MOST_GROUPS} of {} log groups were read",
            groups.len()
        )));
        groups.truncate(MOST_GROUPS);
    }
    let (window, before) = spans(incident);
    let mut reading = Reading::new(&groups, incident.breached_at, window.from);
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
    // Both spans of a group that may not be read are refused alike.
    let mut said = BTreeSet::new();
    gaps.retain(|gap| said.insert(gap.because.clone()));
    let read = there(&groups, &parts);
    let mined = reading.miner.finish();
    let mined_gaps = mined.gaps.iter().map(|because| gap(because));
    gaps.extend(mined_gaps);
    Gathered {
        found: Logs {
            entries: reading.nearest.oldest_first(),
            patterns: mined.patterns,
            counted: mined.counted,
            groups: read,
        },
        gaps,
    }
}

/// What is looked at, and what it is compared with.
fn spans(incident: &Incident) -> (Span, Span) {
    let began = incident.breached_at - WINDOW;
    let window = Span {
        from: began,
        until: incident.until,
    };
    let before = Span {
        from: began - BEFORE,
        until: began,
    };
    (window, before)
}

/// The groups that there are.
fn there(groups: &[String], parts: &[Part]) -> Vec<String> {
    let is_gone = |group: usize| {
        let mut parts = parts.iter().filter(|part| part.group == group);
        parts.any(|part| matches!(part.end, End::NoGroup))
    };
    let groups = groups.iter().enumerate();
    let there = groups.filter(|(group, _)| !is_gone(*group));
    there.map(|(_, name)| name.clone()).collect()
}

fn gap(because: &str) -> Gap {
    Gap {
        source: Source::Logs,
        because: sentence(because),
    }
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
