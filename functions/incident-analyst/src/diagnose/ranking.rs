//! Who is at fault, where there are metrics of more than one node.

use jiff::SignedDuration;

use super::exhibit::Exhibit;
use super::facts::Facts;
use super::onset::{onset, values};
use super::seen::Seen;
use super::words::{name, one_line};
use crate::analysis::Suspect;
use crate::evidence::Evidence;
use crate::series::Series;
use crate::suspects::{Case, Ranking, Verdict, rank};

/// The ranking is made for so many; a call graph has at most a hundred nodes.
const MOST_SERIES: usize = 1_000;

/// A page shows so many.
const MOST_SUSPECTS: usize = 10;

/// Whose metrics are shown beside the alarm's, and how many of them.
const MOST_PLOTTED_SUSPECTS: usize = 3;
const MOST_PLOTTED: usize = 12;

/// Without an onset: alarms look at five periods of a minute, as a rule.
const BEFORE_BREACH: SignedDuration = SignedDuration::from_mins(5);

/// The ranking; `None` if there is nobody else to be at fault.
pub(super) fn ranking(evidence: &Evidence, onset: Option<jiff::Timestamp>) -> Option<Ranking> {
    let all = &evidence.metrics.found;
    let series = all.get(..MOST_SERIES).unwrap_or(all);
    if !series
        .iter()
        .any(|series| is_others(evidence, &series.node))
    {
        return None;
    }
    let incident = &evidence.incident;
    let before_breach = incident.breached_at.checked_sub(BEFORE_BREACH);
    let start = onset.unwrap_or(before_breach.unwrap_or(incident.breached_at));
    let span = (start, incident.until);
    Some(rank(&Case::of(series, &evidence.call_graph, "alarm", span)))
}

/// Adds that another node is suspected, if one is. That the alarm's own node is the most likely one says nothing about why.
pub(super) fn add(facts: &mut Facts, seen: &Seen<'_>) {
    let Some(suspect) = other_node(seen) else {
        return;
    };
    let text = one_line(suspect.because.trim_end_matches('.'), 300);
    let exhibits = series_of(seen, &suspect.node).filter_map(|series| shown(seen, series));
    facts.add("other_node_suspected", text, exhibits.collect());
}

/// The likeliest suspect, if it is not the alarm's own node.
pub(super) fn other_node<'a>(seen: &'a Seen<'_>) -> Option<&'a Suspect> {
    let suspect = seen.ranking.as_ref()?.suspects.first()?;
    is_others(seen.evidence, &suspect.node).then_some(suspect)
}

/// Whether a node is neither the alarm's nor its target's.
fn is_others(evidence: &Evidence, node: &str) -> bool {
    let alarm = evidence
        .metrics
        .found
        .iter()
        .find(|series| series.id == "alarm");
    let service = evidence.incident.service.as_ref();
    let is_alarms = alarm.is_none_or(|alarm| alarm.node == node);
    let is_services = service.is_some_and(|name| name.service == node);
    !is_alarms && !is_services
}

/// What the ranking would have to know to say more.
pub(super) fn missing(seen: &Seen<'_>) -> Vec<String> {
    match seen.ranking.as_ref().map(|ranking| &ranking.verdict) {
        Some(Verdict::Undetermined { missing }) => missing
            .iter()
            .take(5)
            .map(|missing| one_line(missing, 300))
            .collect(),
        _ => Vec::new(),
    }
}

/// Who may be at fault, cut to what a page shows.
pub(super) fn suspects(seen: &Seen<'_>) -> Vec<Suspect> {
    let ranking = seen.ranking.as_ref();
    let suspects = ranking.map_or(&[][..], |ranking| ranking.suspects.as_slice());
    let suspect = |suspect: &Suspect| Suspect {
        node: name(&suspect.node),
        score: suspect.score,
        because: one_line(&suspect.because, 300),
    };
    suspects.iter().take(MOST_SUSPECTS).map(suspect).collect()
}

/// The series of the likeliest suspects, as far as they are not the target's own.
pub(super) fn suspected_series<'a>(seen: &Seen<'a>) -> Vec<&'a Series> {
    let suspects = seen.ranking.iter().flat_map(|ranking| &ranking.suspects);
    let others = suspects.filter(|suspect| is_others(seen.evidence, &suspect.node));
    let series = others
        .take(MOST_PLOTTED_SUSPECTS)
        .flat_map(|suspect| series_of(seen, &suspect.node));
    series.take(MOST_PLOTTED).collect()
}

fn series_of<'a>(seen: &Seen<'a>, node: &str) -> impl Iterator<Item = &'a Series> {
    let all = seen.evidence.metrics.found.iter();
    all.filter(move |series| series.node == node)
}

/// Where the series is unusual or, if it is not, its last value.
fn shown(seen: &Seen<'_>, series: &Series) -> Option<Exhibit> {
    let unusual = onset(series, seen.evidence.incident.breached_at).map(|onset| onset.worst);
    let point = unusual.or_else(|| values(series).last().copied())?;
    Some(Exhibit::point(series, point))
}
