//! How sure it is that nothing is missing of a span, by its manifests. Pure.

use std::fmt::Write as _;

use jiff::Timestamp;
use shared::exports::manifest::{Manifest, Proof};
use shared::outbound::{Quoted, visible};

use crate::when::date_and_time;

/// So many findings are told one by one.
const MOST_TOLD: usize = 20;

/// A piece of a span of which it is not proven that nothing is missing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// From when.
    pub from: Timestamp,
    /// Up to when.
    pub until: Timestamp,
    /// What is known of it.
    pub is: Unproven,
}

/// Why it is not proven.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Unproven {
    /// No manifest says anything of it.
    Gap,
    /// It is not over.
    Future,
    /// It is still being read.
    Open,
    /// What was read is not what the source has, or that could not be found out.
    Suspect(String),
    /// The source forgot it before it was proven.
    Lost(String),
}

/// The pieces of `[from, until)` of which it is not proven that nothing is missing, in order. The manifests are in the order of time.
pub fn findings(
    manifests: &[Manifest],
    from: Timestamp,
    until: Timestamp,
    now: Timestamp,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut covered = from;
    let gap = |from: Timestamp, until: Timestamp, findings: &mut Vec<Finding>| {
        let past = until.min(now);
        if from < past {
            findings.push(finding((from, past), Unproven::Gap));
        }
        if from.max(now) < until {
            findings.push(finding((from.max(now), until), Unproven::Future));
        }
    };
    for manifest in manifests {
        let start = manifest.window.start().max(from);
        let end = manifest.window.end().min(until);
        gap(covered, start, &mut findings);
        covered = covered.max(end);
        let is = match &manifest.proof {
            Proof::Counted | Proof::EventIds => continue,
            Proof::Open => Unproven::Open,
            Proof::Suspect { reason } => Unproven::Suspect(reason.clone()),
            Proof::Lost { reason } => Unproven::Lost(reason.clone()),
        };
        findings.push(finding((start, end), is));
    }
    gap(covered, until, &mut findings);
    findings
}

fn finding((from, until): (Timestamp, Timestamp), is: Unproven) -> Finding {
    Finding { from, until, is }
}

/// What is said of a span before its events are printed.
pub(super) fn told(
    group: &str,
    manifests: &[Manifest],
    findings: &[Finding],
    (from, until): (Timestamp, Timestamp),
) -> String {
    let windows = manifests.len();
    let s = if windows == 1 { "" } else { "s" };
    let rows: u64 = manifests
        .iter()
        .map(|manifest| manifest.output.rows())
        .sum();
    let group = visible(group, 512);
    let (from, until) = (date_and_time(from), date_and_time(until));
    let about = format!("{group} from {from} to {until}: {windows} window{s} of {rows} rows");
    if findings.is_empty() {
        let by_count = manifests
            .iter()
            .any(|manifest| matches!(manifest.proof, Proof::Counted));
        let how = if by_count { " (by count)" } else { "" };
        return format!("medic: {about}; proven{how} when the source was last asked");
    }
    let mut text = format!("medic: {about}; NOT PROVEN to be all:");
    for finding in findings.iter().take(MOST_TOLD) {
        // Writing to a String cannot fail.
        let _ = write!(text, "\n  {finding}");
    }
    if findings.len() > MOST_TOLD {
        let _ = write!(text, "\n  and {} more", findings.len() - MOST_TOLD);
    }
    text
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (from, until) = (date_and_time(self.from), date_and_time(self.until));
        write!(f, "{from} to {until}  ")?;
        match &self.is {
            Unproven::Gap => f.write_str("GAP: not exported, or not yet"),
            Unproven::Future => f.write_str("not over yet"),
            Unproven::Open => f.write_str("open: still being read, more will come"),
            Unproven::Suspect(reason) => write!(f, "SUSPECT: {}", Quoted::line(reason)),
            Unproven::Lost(reason) => write!(f, "LOST: {}", Quoted::line(reason)),
        }
    }
}
