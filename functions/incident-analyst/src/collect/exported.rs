//! How often the patterns of an incident came at the same time of the day before, by what the log exporter left in S3.
//!
//! CloudWatch Logs is asked for an hour before the window only: more of it costs seconds, and older events may be gone by its retention.
//! Objects are read through their manifests, which say whether anything is missing; what is not proven is a gap.

mod asked;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use shared::exports::layout::Place;
use shared::exports::manifest::{Manifest, Part};
use shared::exports::read::{PartReader, ReadError, parts, unproven};
use shared::failure::chain;
use tokio::time::Instant;

use self::asked::{Asked, Trouble};
use super::sources::{Sources, Span};
use super::text::sentence;
use crate::evidence::{DayBefore, Gap, Gathered, Incident, Source};
use crate::mining::{Limits, LogEntryRef, Miner};

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// A longer window has more parts than there is time for; the beginning tells enough.
const LONGEST: SignedDuration = SignedDuration::from_hours(2);

/// How many bytes of rows are read in all: each is unpacked twice, on a seventh of a vCPU.
const MOST_BYTES: u64 = 8 * 1024 * 1024;

/// How many different patterns are counted.
const MOST_PATTERNS: usize = 4_096;

/// What the logs of these groups had a day before the window that began at `began`.
pub(super) async fn day_before(
    sources: &impl Sources,
    incident: &Incident,
    (groups, began): (&[String], Timestamp),
    until: Instant,
) -> Gathered<Option<DayBefore>> {
    let (Some(account), Some(region)) = (&incident.alarm.account, &incident.alarm.region) else {
        let gap = gap("the alarm does not say whose exported logs to read");
        return Gathered {
            found: None,
            gaps: vec![gap],
        };
    };
    let end = incident.until.min(began + LONGEST);
    let mut history = History {
        span: Span {
            from: began - DAY,
            until: end - DAY,
        },
        miner: miner(),
        left: MOST_BYTES,
        is_any: false,
        gaps: Vec::new(),
    };
    for group in groups {
        let place = Place {
            account: account.clone(),
            region: region.clone(),
            group: group.clone(),
        };
        let asked = Asked { sources, until };
        if let Err(trouble) = history.add(&asked, &place).await {
            history.gaps.push(gap(&trouble.told(group)));
        }
    }
    history.finish()
}

fn miner() -> Miner {
    let limits = Limits {
        templates: MOST_PATTERNS,
        patterns: MOST_PATTERNS,
        ..Limits::default()
    };
    // All of it counts as since.
    Miner::new(Timestamp::UNIX_EPOCH, limits)
}

#[derive(Debug)]
struct History {
    span: Span,
    miner: Miner,
    left: u64,
    is_any: bool,
    gaps: Vec<Gap>,
}

impl History {
    /// Counts what the group had in the span.
    async fn add<S: Sources>(
        &mut self,
        asked: &Asked<'_, S>,
        place: &Place,
    ) -> Result<(), Trouble> {
        let Span { from, until } = self.span;
        let manifests = asked.manifests(place, self.span).await?;
        if manifests.is_empty() {
            return Err(Trouble::NotExported);
        }
        self.is_any = true;
        if !unproven(&manifests, from, until).is_empty() {
            let trouble = Trouble::Unproven(doubt(&manifests));
            self.gaps.push(gap(&trouble.told(&place.group)));
        }
        for manifest in &manifests {
            for part in parts(manifest, from, until) {
                self.left = self.left.checked_sub(part.bytes).ok_or(Trouble::TooMuch)?;
                let body = asked.part(part).await?;
                self.count(part, &body, &place.group)?;
            }
        }
        Ok(())
    }

    /// Counts the rows of a part, once it is known to be what the manifest says.
    fn count(&mut self, part: &Part, body: &[u8], group: &str) -> Result<(), Trouble> {
        let untrusted = |error: ReadError| Trouble::Untrusted(chain(&error));
        each_row(part, body, |_| ()).map_err(untrusted)?;
        let Span { from, until } = self.span;
        let miner = &mut self.miner;
        let add = |entry: &LogEntryRef<'_>| {
            if from <= entry.at && entry.at < until {
                miner.add(&LogEntryRef { group, ..*entry });
            }
        };
        each_row(part, body, add).map_err(untrusted)
    }

    fn finish(mut self) -> Gathered<Option<DayBefore>> {
        let mined = self.miner.finish();
        self.gaps
            .extend(mined.gaps.iter().map(|because| gap(because)));
        let counts = mined.patterns.iter();
        let counts: BTreeMap<u64, u64> = counts
            .map(|pattern| (pattern.template, pattern.since))
            .collect();
        let found = self.is_any.then_some(DayBefore {
            counts,
            is_whole: self.gaps.is_empty(),
        });
        Gathered {
            found,
            gaps: self.gaps,
        }
    }
}

fn each_row(
    part: &Part,
    body: &[u8],
    mut take: impl FnMut(&LogEntryRef<'_>),
) -> Result<(), ReadError> {
    let mut reader = PartReader::new(part)?;
    reader.feed(body.to_vec())?;
    while let Some(row) = reader.next()? {
        let Ok(at) = Timestamp::from_millisecond(row.timestamp_ms) else {
            continue;
        };
        take(&LogEntryRef {
            event_id: row.event_id.as_deref().unwrap_or_default(),
            group: "",
            stream: &row.stream,
            at,
            message: &row.message,
        });
    }
    reader.finish()
}

/// What the first manifest that proves nothing says.
fn doubt(manifests: &[Manifest]) -> String {
    use shared::exports::manifest::Proof;
    let mut doubts = manifests
        .iter()
        .filter_map(|manifest| match &manifest.proof {
            Proof::Counted | Proof::EventIds => None,
            Proof::Open => Some("they are still being exported".to_owned()),
            Proof::Suspect { reason } | Proof::Lost { reason } => Some(reason.clone()),
        });
    let next = doubts.next();
    next.unwrap_or_else(|| "a part of the time was not exported".to_owned())
}

fn gap(because: &str) -> Gap {
    Gap {
        source: Source::ExportedLogs,
        because: sentence(because),
    }
}

#[cfg(test)]
mod tests;
