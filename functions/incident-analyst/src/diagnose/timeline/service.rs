//! What happened to the service.

use super::{Told, told};
use crate::analysis::MomentKind;
use crate::diagnose::exhibit::{Exhibit, end_of};
use crate::diagnose::facts::failed_tasks;
use crate::diagnose::seen::Seen;
use crate::diagnose::words::{name, quoted};
use crate::evidence::ServiceEvent;

/// What ECS says every few hours, and with each task that a deployment starts or stops: the deployment itself is in the timeline.
const UNREMARKABLE: [&str; 6] = [
    "has reached a steady state",
    "has started ",
    "has stopped ",
    "registered ",
    "has begun draining connections",
    "deployment completed",
];

pub(super) fn deployments(seen: &Seen<'_>) -> Vec<Told> {
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

pub(super) fn stopped_tasks(seen: &Seen<'_>) -> Vec<Told> {
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

pub(super) fn events(seen: &Seen<'_>) -> Vec<Told> {
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
