//! How far a part of a log has been read, and what is missing of it. Pure.

use jiff::{SignedDuration, Timestamp};
use shared::failure::chain;

use super::allowance::Allowance;
use super::gap;
use crate::collect::paging::Missing;
use crate::collect::sources::{LogEvent, Page, Span};
use crate::evidence::Gap;

/// A page may be partly full or empty (API reference, `FilterLogEvents`), and of 10,000 streams most are; they cost a call each.
const MOST_PAGES: usize = 200;

/// A part of a log group that is read page by page.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) group: usize,
    pub(super) span: Span,
    /// What more of it is read.
    left: Allowance,
    /// How many entries a page has at most.
    pub(super) page: usize,
    pages: usize,
    pub(super) next: Option<String>,
    /// The time of the last entry that was read: pages are ascending.
    last: Option<Timestamp>,
    pub(super) end: End,
}

/// How far a part has been read.
#[derive(Debug)]
pub(super) enum End {
    /// There is another page to be read.
    Open,
    /// To its end.
    Whole,
    /// As far as it was to be, and there is more.
    Cut,
    /// As far as there was time for it.
    NoTime,
    /// There is no such log group.
    NoGroup,
    /// As far as it could be.
    Missing(Missing),
}

impl Part {
    /// A part of which so much is read, in pages of so many entries.
    pub(super) fn new(group: usize, span: Span, (left, page): (Allowance, usize)) -> Self {
        Self {
            group,
            span,
            left,
            page,
            pages: MOST_PAGES,
            next: None,
            last: None,
            end: if left.is_spent() { End::Cut } else { End::Open },
        }
    }

    /// What has not been read of a part of which there is more.
    pub(super) fn rest(&self) -> Option<Span> {
        let from = self
            .last
            .map_or(self.span.from, |last| last + SignedDuration::from_millis(1));
        let has_more = matches!(self.end, End::Cut | End::NoTime) && from < self.span.until;
        has_more.then_some(Span { from, ..self.span })
    }

    /// Takes a page in, and looks whether there is to be another.
    pub(super) fn turn(&mut self, page: &Page<LogEvent>, spent: Allowance) {
        self.last = self.last.max(page.items.last().map(|event| event.at));
        self.left.spend(spent);
        self.pages = self.pages.saturating_sub(1);
        self.end = match &page.next {
            None => End::Whole,
            next if *next == self.next => End::Missing(Missing::Repeated),
            _ if self.left.is_spent() => End::Cut,
            _ if self.pages == 0 => End::NoTime,
            _ => End::Open,
        };
        self.next.clone_from(&page.next);
    }

    /// Whether nothing of it is missing; `samples` are those of all parts.
    pub(super) fn is_whole(&self, samples: &[Self]) -> bool {
        match &self.end {
            End::Whole | End::NoGroup => true,
            End::Open | End::Missing(_) => false,
            End::Cut | End::NoTime => {
                let mut mine = samples.iter().filter(|sample| self.has(sample));
                self.rest().is_none()
                    || (samples.iter().any(|sample| self.has(sample))
                        && mine.all(|sample| matches!(sample.end, End::Whole)))
            }
        }
    }

    fn has(&self, sample: &Self) -> bool {
        sample.group == self.group
            && self.span.from <= sample.span.from
            && sample.span.until <= self.span.until
    }

    /// What was not read of it, if anything was not; `samples` are those of all parts.
    pub(super) fn gap(&self, groups: &[String], samples: &[Self]) -> Option<Gap> {
        let group = groups
            .get(self.group)
            .map(String::as_str)
            .unwrap_or_default();
        let mut mine = samples.iter().filter(|sample| self.has(sample));
        let is_sampled = mine.any(|sample| sample.last.is_some());
        let (from, until) = (clock(self.span.from), clock(self.span.until));
        let why = match &self.end {
            End::NoGroup => return Some(gap(&format!("the log group {group} does not exist"))),
            _ if self.is_whole(samples) => return None,
            End::Missing(Missing::Failed(error)) => return Some(gap(&chain(error))),
            End::Missing(Missing::Repeated) => "AWS gave the same page twice",
            End::Cut => "there are too many of them",
            End::Whole | End::Open | End::NoTime | End::Missing(_) => "there was no time for them",
        };
        let because = if is_sampled {
            format!(
                "of the log group {group} only samples of the entries from {from} to {until} were read: {why}"
            )
        } else {
            let from = clock(self.last.unwrap_or(self.span.from));
            format!(
                "of the log group {group} the entries from {from} to {until} were not read: {why}"
            )
        };
        Some(gap(&because))
    }
}

fn clock(at: Timestamp) -> String {
    at.strftime("%H:%M:%S UTC").to_string()
}
