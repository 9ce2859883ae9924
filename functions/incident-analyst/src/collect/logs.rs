//! Log entries around the breach and counts of their patterns, before and since. What is too much to be read is sampled, and said.
//!
//! What is nearest to the breach is read first, and every log group has its share: neither the clock nor a flood takes the breach away.

mod allowance;
mod nearest;
mod part;
mod reading;
mod slices;

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use self::allowance::Allowance;
use self::part::{End, Part};
use self::reading::Reading;
use self::slices::around;
use super::sources::{Sources, Span};
use super::text::sentence;
use crate::evidence::{Gap, Gathered, Incident, Logs, Source};

/// The window begins before the breach: an alarm fires minutes after the trouble began.
const WINDOW: SignedDuration = SignedDuration::from_mins(15);

/// What is counted before the window, to compare with.
const BEFORE: SignedDuration = SignedDuration::from_hours(1);

/// More log groups than this are not read.
const MOST_GROUPS: usize = 10;

/// A quarter of what may be read of a group is for what is around the breach; a third of what is left is for the window before
/// that, and one for the hour before the window. What then is left is for samples of what was too much.
const AROUND: usize = 4;
const REST: usize = 3;

/// In so many slices a part is sampled, with a page of each, if there is one log group. Each call counts: accounts may make five
/// a second (CloudWatch Logs quotas, `FilterLogEvents`).
const SAMPLES: usize = 8;

/// One slice would go on where reading ended.
const LEAST_SAMPLES: usize = 2;

/// What is read in all: what a seventh of a vCPU counts in a second or two.
const MOST: Allowance = Allowance {
    events: 100_000,
    bytes: 16 * 1024 * 1024,
};

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
    let (early, late) = around(window, incident.breached_at);
    let mut reading = Reading::new(&groups, MOST, (incident.breached_at, window.from));
    let ends = Ends::of(until);
    let mut parts = reading.parts(&[late], AROUND);
    reading.read(sources, &mut parts, ends.around).await;
    let mut rest = reading.parts(&[early, before], REST);
    reading.read(sources, &mut rest, ends.rest).await;
    parts.append(&mut rest);
    let mut samples = reading.samples(&parts, (SAMPLES / groups.len().max(1)).max(LEAST_SAMPLES));
    reading.read(sources, &mut samples, until).await;
    for part in &parts {
        gaps.extend(part.gap(&groups, &samples));
    }
    // Both spans of a group that may not be read are refused alike.
    let mut said = BTreeSet::new();
    gaps.retain(|gap| said.insert(gap.because.clone()));
    let read = there(&groups, &parts);
    let sampled_before = parts
        .iter()
        .filter(|part| part.span == before && !part.is_whole(&samples));
    let sampled_before = sampled_before.filter_map(|part| groups.get(part.group).cloned());
    let sampled_before = sampled_before.collect();
    let (mined, entries) = reading.finish();
    let mined_gaps = mined.gaps.iter().map(|because| gap(because));
    gaps.extend(mined_gaps);
    Gathered {
        found: Logs {
            entries,
            patterns: mined.patterns,
            counted: mined.counted,
            groups: read,
            sampled_before,
            day_before: None,
        },
        gaps,
    }
}

/// By when the parts of the time are over: empty pages around the breach do not take all of it.
#[derive(Debug)]
struct Ends {
    around: Instant,
    rest: Instant,
}

impl Ends {
    fn of(until: Instant) -> Self {
        let now = Instant::now();
        let time = until.saturating_duration_since(now);
        Self {
            around: now + time / 2,
            rest: now + time * 3 / 4,
        }
    }
}

/// When the window of an incident begins.
pub(super) fn window_began(incident: &Incident) -> Timestamp {
    incident.breached_at - WINDOW
}

/// What is looked at, and what it is compared with.
fn spans(incident: &Incident) -> (Span, Span) {
    let began = window_began(incident);
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

#[cfg(test)]
mod tests;
