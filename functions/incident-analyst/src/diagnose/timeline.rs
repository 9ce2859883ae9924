//! What happened, oldest first.

use jiff::Timestamp;

use super::exhibit::{Exhibit, Exhibits, end_of};
use super::facts::{failed_tasks, log_sentence};
use super::seen::{Reading, Seen};
use super::trend;
use super::words::{name, number, one_line, quoted};
use crate::analysis::{Moment, MomentKind};
use crate::evidence::ServiceEvent;

/// A person reads a page of it.
const MOST_MOMENTS: usize = 60;

/// Of one kind; what is told again and again must not push the rest out.
const MOST_OF_A_KIND: usize = 12;

/// What ECS says every few hours, and with each task that a deployment starts or stops: the deployment itself is in the timeline.
const UNREMARKABLE: [&str; 6] = [
    "has reached a steady state",
    "has started ",
    "has stopped ",
    "registered ",
    "has begun draining connections",
    "deployment completed",
];

/// The moments of the incident, sorted by time and kind, each once.
pub(super) fn timeline(seen: &Seen<'_>, exhibits: &mut Exhibits) -> Vec<Moment> {
    let mut moments = Vec::new();
    moments.extend(kept(alarm_changes(seen)));
    moments.extend(kept(remediation(seen)));
    moments.extend(kept(recovery(seen)));
    moments.extend(kept(deployments(seen)));
    moments.extend(kept(onsets(seen)));
    moments.extend(kept(stopped_tasks(seen)));
    moments.extend(kept(patterns(seen)));
    moments.extend(kept(service_events(seen)));
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

fn kept(moments: Vec<Told>) -> Vec<Told> {
    let mut moments = moments;
    moments.sort_by(|a, b| (a.at, &a.text).cmp(&(b.at, &b.text)));
    moments.dedup_by(|a, b| (a.at, &a.text) == (b.at, &b.text));
    moments.truncate(MOST_OF_A_KIND);
    moments
}

fn alarm_changes(seen: &Seen<'_>) -> Vec<Told> {
    let incident = &seen.evidence.incident;
    let changes = seen.evidence.alarm_history.found.iter();
    let near = changes.filter(|change| (incident.from..=incident.until).contains(&change.at));
    let mut moments: Vec<Told> = near
        .take(100)
        .map(|change| {
            let to = name(&change.to);
            let text = format!("The alarm went from {} to {to}.", name(&change.from));
            told(change.at, MomentKind::Alarm, text, Exhibit::alarm(change))
        })
        .collect();
    let is_known = moments.iter().any(|moment| {
        let distance = moment.at.duration_since(incident.breached_at);
        distance.as_secs() == 0
    });
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
    let steps = remediation.steps.iter().take(100).map(|step| {
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
    let changes = seen.evidence.alarm_history.found.iter().rev();
    let ok = changes
        .take(100)
        .find(|change| change.to == "OK" && change.at <= at);
    match (ok, &seen.evidence.remediation.found) {
        (Some(change), _) => Exhibit::alarm(change),
        (None, Some(_)) => Exhibit::proof(at, "closed"),
        (None, None) => Exhibit::alarm_said(at, "OK"),
    }
}

fn deployments(seen: &Seen<'_>) -> Vec<Told> {
    let from = seen.evidence.incident.from;
    let mut moments = Vec::new();
    for placed in &seen.deployments {
        let deployment = placed.deployment;
        let version = name(&deployment.task_definition);
        let by_whom = if deployment.is_ours {
            " by lambda-medic"
        } else {
            ""
        };
        let exhibit = || Exhibit::deployment(deployment);
        if deployment.created_at >= from {
            let text = format!("The deployment of {version}{by_whom} began.");
            moments.push(told(
                deployment.created_at,
                MomentKind::Deployment,
                text,
                exhibit(),
            ));
        }
        if let Some(at) = deployment.finished_at.filter(|at| *at >= from) {
            let end = match deployment.rollout_state.as_str() {
                "FAILED" => "failed",
                "COMPLETED" => "was complete",
                _ => "was over",
            };
            let text = format!("The deployment of {version}{by_whom} {end}.");
            moments.push(told(at, MomentKind::Deployment, text, exhibit()));
        }
    }
    moments
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

fn stopped_tasks(seen: &Seen<'_>) -> Vec<Told> {
    let moments = failed_tasks(seen).into_iter().filter_map(|task| {
        let text = format!("A task stopped: {}.", quoted(&end_of(task)));
        Some(told(
            task.stopped_at?,
            MomentKind::TaskStopped,
            text,
            Exhibit::task(task),
        ))
    });
    moments.collect()
}

fn patterns(seen: &Seen<'_>) -> Vec<Told> {
    let errors = seen
        .patterns
        .iter()
        .filter(|rising| rising.pattern.is_error);
    let moments = errors.take(6).map(|rising| {
        let pattern = rising.pattern;
        // What was there before rose some time in the window; its first line in it is the example's.
        let at = if rising.is_new() {
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

fn service_events(seen: &Seen<'_>) -> Vec<Told> {
    let from = seen.evidence.incident.from;
    let service = seen.evidence.service.found.as_ref();
    let events = service.map_or(&[][..], |service| service.events.as_slice());
    let matters = |event: &&ServiceEvent| {
        let is_unremarkable = UNREMARKABLE
            .iter()
            .any(|words| event.message.contains(words));
        event.at >= from && !is_unremarkable
    };
    let moments = events.iter().take(200).filter(matters).map(|event| {
        let text = format!("ECS says: {}", quoted(&event.message));
        told(
            event.at,
            MomentKind::ServiceEvent,
            text,
            Exhibit::event(event),
        )
    });
    moments.collect()
}
