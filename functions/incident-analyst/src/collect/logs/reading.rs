//! What has been read of the logs so far, and how: pages of several parts at once.

use futures::future::join_all;
use jiff::Timestamp;
use tokio::time::Instant;

use super::allowance::{Allowance, Budget};
use super::nearest::Nearest;
use super::part::{End, Part};
use super::slices::slices;
use crate::collect::paging::{Missing, in_time};
use crate::collect::sources::{LogEvent, Page, Sources, Span};
use crate::evidence::LogEntry;
use crate::mining::{Limits, LogEntryRef, Mined, Miner};

/// As many as the report shows.
const MOST_ENTRIES: usize = 100;

/// How many calls are under way at the same time: accounts may call `FilterLogEvents` five times a second (CloudWatch Logs
/// quotas), and a page has a megabyte.
const AT_ONCE: usize = 4;

/// What has been read so far.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    groups: &'a [String],
    /// Of each group.
    budgets: Vec<Budget>,
    miner: Miner,
    nearest: Nearest,
}

impl<'a> Reading<'a> {
    /// Nothing has been read; `most` is what may be, of all groups together. The window began at `began`.
    pub(super) fn new(
        groups: &'a [String],
        most: Allowance,
        (breached_at, began): (Timestamp, Timestamp),
    ) -> Self {
        Self {
            groups,
            budgets: vec![Budget::new(most.share(groups.len())); groups.len()],
            miner: Miner::new(began, Limits::default()),
            nearest: Nearest::new(breached_at, MOST_ENTRIES),
        }
    }

    /// These spans of every group. Of each a part of what is left to its group is read.
    pub(super) fn parts(&self, spans: &[Span], of: usize) -> Vec<Part> {
        let parts = spans.iter().flat_map(|span| {
            let budgets = self.budgets.iter().enumerate();
            budgets.map(|(group, budget)| part((group, budget), *span, of))
        });
        parts.collect()
    }

    /// The rest of parts that were cut, in slices that share what is left to their groups: of all parts first the last slice, which
    /// is the nearest to the breach or to what is compared with it.
    pub(super) fn samples(&self, parts: &[Part], most: usize) -> Vec<Part> {
        let slices_of = |part: &Part| {
            let slices = part
                .rest()
                .map(|rest| slices(rest, i32::try_from(most).unwrap_or(1)));
            let slices = slices.into_iter().flatten().rev().enumerate();
            let group = part.group;
            slices.map(move |(rank, span)| (rank, group, span))
        };
        let mut slices: Vec<(usize, usize, Span)> = parts.iter().flat_map(slices_of).collect();
        slices.sort_by_key(|(rank, _, _)| *rank);
        let samples = slices.iter().filter_map(|(_, group, span)| {
            let of = slices.iter().filter(|(_, other, _)| other == group).count();
            Some(part((*group, self.budgets.get(*group)?), *span, of))
        });
        samples.collect()
    }

    /// Reads a page of every part, several parts at once, until none is open. Pages are taken in in the order of the parts,
    /// whichever comes first, so that the same logs give the same counts.
    pub(super) async fn read(
        &mut self,
        sources: &impl Sources,
        parts: &mut [Part],
        until: Instant,
    ) {
        while parts.iter().any(|part| matches!(part.end, End::Open)) {
            let open = parts
                .iter_mut()
                .filter(|part| matches!(part.end, End::Open));
            let mut open: Vec<&mut Part> = open.collect();
            for some in open.chunks_mut(AT_ONCE) {
                let pages = some.iter().map(|part| {
                    let group = name(self.groups, part.group);
                    let page = sources.log_events(group, part.span, part.page, part.next.clone());
                    in_time(until, page)
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
            Err(Missing::TooLate) => {
                part.end = End::NoTime;
                return;
            }
            Err(missing) => {
                part.end = End::Missing(missing);
                return;
            }
        };
        let group = name(self.groups, part.group);
        for event in &page.items {
            self.nearest.add(group, event);
            self.miner.add(&LogEntryRef {
                event_id: &event.id,
                group,
                stream: &event.stream,
                at: event.at,
                message: &event.message,
            });
        }
        let spent = Allowance {
            events: page.items.len(),
            bytes: page.items.iter().map(|event| event.message.len()).sum(),
        };
        if let Some(budget) = self.budgets.get_mut(part.group) {
            budget.spend(spent);
        }
        part.turn(&page, spent);
    }

    /// The counts, and the entries around the breach.
    pub(super) fn finish(self) -> (Mined, Vec<LogEntry>) {
        (self.miner.finish(), self.nearest.oldest_first())
    }
}

fn part((group, budget): (usize, &Budget), span: Span, of: usize) -> Part {
    let allowed = budget.left.share(of);
    Part::new(group, span, (allowed, budget.page(allowed)))
}

fn name(groups: &[String], group: usize) -> &str {
    groups.get(group).map(String::as_str).unwrap_or_default()
}
