//! How far a part of a log has been read, and what is missing of it. Pure.

use jiff::{SignedDuration, Timestamp};
use shared::failure::chain;

use super::gap;
use super::slices::slices;
use crate::collect::paging::Missing;
use crate::collect::sources::{LogEvent, Page, Span};
use crate::evidence::Gap;

/// Pages without entries cost a call and nothing else; of 10,000 streams most pages are such.
const EMPTY_PAGES: usize = 200;

/// In so many parts a span is sampled, with a page of each.
const SAMPLES: i32 = 8;

/// A part of a log group that is read page by page.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) group: usize,
    pub(super) span: Span,
    /// How many more pages with entries are read.
    pages: usize,
    empty_pages: usize,
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
    /// There is no such log group.
    NoGroup,
    /// As far as it could be.
    Missing(Missing),
}

impl Part {
    pub(super) fn new(group: usize, span: Span, pages: usize) -> Self {
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
    pub(super) fn samples(&self, breached_at: Timestamp) -> Vec<Self> {
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
    pub(super) fn turn(&mut self, page: &Page<LogEvent>) {
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
    pub(super) fn gap(&self, groups: &[String], samples: &[Self]) -> Option<Gap> {
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
            End::Missing(Missing::Failed(error)) => Some(gap(&chain(error))),
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
