//! What happened, oldest first.

mod service;

use jiff::Timestamp;

use super::exhibit::{Exhibit, Exhibits};
use super::facts::log_sentence;
use super::seen::{Reading, Seen};
use super::trend;
use super::words::{name, number, one_line, quoted};
use crate::analysis::{Moment, MomentKind};
use crate::evidence::AlarmChange;

/// A person reads a page of it.
const MOST_MOMENTS: usize = 60;

/// Of one kind; what is told again and again must not push the rest out.
const MOST_OF_A_KIND: usize = 12;

/// The moments of the incident, sorted by time and kind, each once.
pub(super) fn timeline(seen: &Seen<'_>, exhibits: &mut Exhibits) -> Vec<Moment> {
    let mut moments = Vec::new();
    let mut add = |of_a_kind| moments.extend(kept(of_a_kind, seen.evidence.incident.breached_at));
    add(alarm_changes(seen));
    add(remediation(seen));
    add(recovery(seen));
    add(service::deployments(seen));
    add(onsets(seen));
    add(service::stopped_tasks(seen));
    add(patterns(seen));
    add(service::events(seen));
    moments.truncate(MOST_MOMENTS);
    moments.sort_by(|a, b| (a.at, a.kind, &a.text).cmp(&(b.at, b.kind, &b.text)));
    moments.dedup_by(|a, b| (a.at, a.kind, &a.text) == (b.at, b.kind, &b.text));
    let cited = moments.into_iter().map(|told| Moment {
        at: told.at,
        kind: told.kind,
        text: told.text,
        evidence: vec![exhibits.cite(&told.exhibit)],
    });
    cited.collect()
}

/// A moment before it is decided whether it is shown.
struct Told {
    at: Timestamp,
    kind: MomentKind,
    text: String,
    exhibit: Exhibit,
}

fn told(at: Timestamp, kind: MomentKind, text: String, exhibit: Exhibit) -> Told {
    Told {
        at,
        kind,
        text,
        exhibit,
    }
}

/// Of one kind, those nearest to the breach: of an alarm that changes every minute, the change that opened the incident is always one.
fn kept(moments: Vec<Told>, breached_at: Timestamp) -> Vec<Told> {
    let mut moments = moments;
    let distance = |moment: &Told| moment.at.duration_since(breached_at).abs();
    moments.sort_by(|a, b| (distance(a), a.at, &a.text).cmp(&(distance(b), b.at, &b.text)));
    moments.dedup_by(|a, b| (a.at, &a.text) == (b.at, &b.text));
    moments.truncate(MOST_OF_A_KIND);
    moments
}

fn alarm_changes(seen: &Seen<'_>) -> Vec<Told> {
    let incident = &seen.evidence.incident;
    let changes = seen.evidence.alarm_history.found.iter();
    let near = changes.filter(|change| (incident.from..=incident.until).contains(&change.at));
    let is_breach = |change: &AlarmChange| {
        let distance = change.at.duration_since(incident.breached_at);
        change.to == "ALARM" && distance.as_secs() == 0
    };
    let is_known = near.clone().any(is_breach);
    let mut moments: Vec<Told> = near
        .map(|change| {
            let to = name(&change.to);
            let text = format!("The alarm went from {} to {to}.", name(&change.from));
            told(change.at, MomentKind::Alarm, text, Exhibit::alarm(change))
        })
        .collect();
    if !is_known {
        let at = incident.breached_at;
        let exhibit = Exhibit::alarm_said(at, &incident.alarm.reason);
        moments.push(told(
            at,
            MomentKind::Alarm,
            "The alarm fired.".to_owned(),
            exhibit,
        ));
    }
    moments
}

fn remediation(seen: &Seen<'_>) -> Vec<Told> {
    let Some(remediation) = &seen.evidence.remediation.found else {
        return Vec::new();
    };
    let steps = remediation.steps.iter().map(|step| {
        let (what, outcome) = (name(&step.step), one_line(&step.outcome, 120));
        let text = format!("lambda-medic did {what}: {outcome}.");
        told(
            step.at,
            MomentKind::Remediation,
            text,
            Exhibit::remediation(step),
        )
    });
    steps.collect()
}

fn recovery(seen: &Seen<'_>) -> Vec<Told> {
    let mut moments = Vec::new();
    let remediation = seen.evidence.remediation.found.as_ref();
    let proof = remediation.and_then(|found| Some((found.proven_at?, found.verdict.as_deref()?)));
    if let Some((at, verdict)) = proof {
        let text = match verdict {
            "recovered" => "The recovery was proven.".to_owned(),
            other => format!("The proof of recovery came out as {}.", quoted(other)),
        };
        let kind = if verdict == "recovered" {
            MomentKind::Recovery
        } else {
            MomentKind::Remediation
        };
        moments.push(told(at, kind, text, Exhibit::proof(at, verdict)));
    }
    if let Some(at) = seen.evidence.incident.ended_at {
        let text = "The incident ended.".to_owned();
        moments.push(told(at, MomentKind::Recovery, text, end(seen, at)));
    }
    moments
}

/// What says that it ended: the alarm, or else the playbook's record.
fn end(seen: &Seen<'_>, at: Timestamp) -> Exhibit {
    // An OK before the breach ended another incident.
    let during = seen.evidence.incident.breached_at..=at;
    let mut changes = seen.evidence.alarm_history.found.iter().rev();
    let ok = changes.find(|change| change.to == "OK" && during.contains(&change.at));
    match (ok, &seen.evidence.remediation.found) {
        (Some(change), _) => Exhibit::alarm(change),
        (None, Some(_)) => Exhibit::proof(at, "closed"),
        (None, None) => Exhibit::alarm_said(at, "OK"),
    }
}

fn onsets(seen: &Seen<'_>) -> Vec<Told> {
    let moments = seen.readings.iter().filter_map(onset_of);
    moments.collect()
}

fn onset_of(reading: &Reading<'_>) -> Option<Told> {
    let label = name(&reading.series.label);
    if let Some(trend) = reading.trend {
        let said = trend::sentence(reading.series.kind, &trend);
        let text = format!("{label} began to rise: it {said}.");
        let exhibit = Exhibit::point(reading.series, trend.from);
        return Some(told(trend.from.0, MomentKind::Onset, text, exhibit));
    }
    let onset = reading.onset?;
    let verb = if onset.rose { "rose" } else { "fell" };
    let (usual, first) = (number(onset.usual), number(onset.first.1));
    let text = format!("{label} {verb} from {usual} to {first}.");
    let exhibit = Exhibit::point(reading.series, onset.first);
    Some(told(onset.first.0, MomentKind::Onset, text, exhibit))
}

fn patterns(seen: &Seen<'_>) -> Vec<Told> {
    let errors = seen
        .patterns
        .iter()
        .filter(|rising| rising.pattern.is_error);
    let moments = errors.take(6).map(|rising| {
        let pattern = rising.pattern;
        // What was there before rose some time in the window; its first line in it is the example's.
        let at = if rising.is_unseen() {
            pattern.first_at
        } else {
            pattern.example.at
        };
        let text = format!("{}.", log_sentence(rising));
        told(
            at,
            MomentKind::Pattern,
            text,
            Exhibit::log(&pattern.example),
        )
    });
    moments.collect()
}

#[cfg(test)]
mod tests;
