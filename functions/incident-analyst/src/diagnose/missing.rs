//! What is missing to say more.

use super::facts::Facts;
use super::onset::values;
use super::ranking;
use super::seen::Seen;
use super::usual::LEAST_VALUES;
use super::words::{name, one_line};
use crate::evidence::{Gap, Source};

/// Each source may have several gaps; a page shows so many.
pub(super) const MOST_GAPS: usize = 30;

/// A gap's reason is a sentence.
const MOST_REASON_CHARS: usize = 300;

/// All that could not be found out.
pub(super) fn gaps(seen: &Seen<'_>) -> Vec<Gap> {
    let evidence = seen.evidence;
    let all = evidence
        .metrics
        .gaps
        .iter()
        .chain(&evidence.logs.gaps)
        .chain(&evidence.service.gaps)
        .chain(&evidence.health.gaps)
        .chain(&evidence.alarm_history.gaps)
        .chain(&evidence.remediation.gaps);
    let mut gaps: Vec<Gap> = Vec::new();
    for gap in all.take(10 * MOST_GAPS) {
        let gap = Gap {
            source: gap.source,
            because: one_line(&gap.because, MOST_REASON_CHARS),
        };
        if gaps.len() < MOST_GAPS && !gaps.contains(&gap) {
            gaps.push(gap);
        }
    }
    gaps
}

/// Whether something that bears on the cause could not be found out.
pub(super) fn has_gaps(seen: &Seen<'_>) -> bool {
    let evidence = seen.evidence;
    let counts = [
        evidence.metrics.gaps.len(),
        // What the day before was like would not change what broke.
        evidence
            .logs
            .gaps
            .iter()
            .filter(|gap| gap.source != Source::ExportedLogs)
            .count(),
        evidence.service.gaps.len(),
    ];
    counts.iter().any(|count| *count > 0)
}

/// The gaps in words.
pub(super) fn from_gaps(seen: &Seen<'_>) -> Vec<String> {
    gaps(seen).into_iter().map(|gap| gap.because).collect()
}

/// The gaps, and what there was too little of.
pub(super) fn to_say_more(seen: &Seen<'_>) -> Vec<String> {
    let mut missing = from_gaps(seen);
    let evidence = seen.evidence;
    match seen.readings.iter().find(|reading| reading.is_alarms()) {
        None => missing.push("The alarm's own metric is not known.".to_owned()),
        Some(reading) => missing.extend(too_little(reading.series)),
    }
    if evidence.logs.found.entries.is_empty() && evidence.logs.found.patterns.is_empty() {
        missing.push("No log entries were found.".to_owned());
    }
    missing.extend(ranking::missing(seen));
    if evidence.service.found.is_none() {
        missing.push("It is not known which ECS service it is about.".to_owned());
    }
    missing
}

fn too_little(series: &crate::series::Series) -> Option<String> {
    let label = name(&series.label);
    match values(series).len() {
        0 => Some(format!("{label} has no datapoints.")),
        1 => Some(format!("{label} has one datapoint, which shows no change.")),
        few if few < LEAST_VALUES => Some(format!(
            "{label} has {few} datapoints, too few to say what is usual."
        )),
        _ => None,
    }
}

/// Why there is no verdict.
pub(super) fn statement(facts: &Facts) -> String {
    let changed = [
        "alarm_metric_left_usual",
        "errors_rose",
        "latency_rose",
        "availability_fell",
        "new_errors",
        "task_failed",
    ];
    if changed.iter().any(|name| facts.has(name)) {
        "Something changed, but what was found does not say why.".to_owned()
    } else {
        "Nothing that was found changed around the breach.".to_owned()
    }
}
