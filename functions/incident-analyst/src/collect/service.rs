//! The ECS service: what it is made of, its deployments with what each changed, its events, its stopped tasks.

mod deployments;
mod shape;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use futures::future::join_all;
use jiff::SignedDuration;
use tokio::time::Instant;

use self::deployments::{Merged, merged};
pub(super) use self::shape::{Shape, shape};
use super::paging::{Limits, Missing, follow, in_time};
use super::sources::{DescribedService, ServiceDeployment, Sources, Span};
use super::task_definition::{self, TaskDefinition};
use crate::evidence::{Gap, Incident, Service, ServiceName, Source, StoppedTask};

/// What was deployed this long before the breach may still be the cause of it, and what ran before it is to be known.
const DEPLOYED_WITHIN: SignedDuration = SignedDuration::from_hours(24 * 7);

/// For so many deployments, the newest ones, it is looked up what they changed.
const COMPARED: usize = 4;

/// As many as may be described at once (API reference, `DescribeServiceRevisions`).
const MOST_REVISIONS: usize = 20;

/// As many as may be described at once (API reference, `DescribeTasks`).
const MOST_TASKS: usize = 100;

/// A crash loop stops more tasks than anybody would read.
const KEPT_TASKS: usize = 50;

/// The service, and the ids under which each of its deployments is known, in the same order.
#[derive(Debug, Default)]
pub(super) struct Looked {
    pub(super) service: Option<Service>,
    pub(super) ids: Vec<Vec<String>>,
    pub(super) gaps: Vec<Gap>,
}

/// Everything else about a service of a known shape.
pub(super) async fn service(
    sources: &impl Sources,
    incident: &Incident,
    shape: &Shape,
    until: Instant,
) -> Looked {
    let mut looked = Looked::default();
    let Some(described) = &shape.service else {
        return looked;
    };
    let deployments = deployments(
        sources,
        incident,
        (described, shape.task_definition.as_ref()),
        until,
    );
    let tasks = stopped_tasks(sources, incident, &described.name, until);
    let (deployments, tasks) = futures::join!(deployments, tasks);
    looked.gaps.extend(deployments.1);
    looked.gaps.extend(tasks.1);
    let ids = deployments
        .0
        .iter()
        .map(|merged| merged.ids.iter().cloned().collect());
    looked.ids = ids.collect();
    let (desired, running, pending) = described.tasks;
    let mut events = described.events.clone();
    events.retain(|event| (incident.from..=incident.until).contains(&event.at));
    events.sort_by_key(|event| Reverse(event.at));
    looked.service = Some(Service {
        name: described.name.clone(),
        desired,
        running,
        pending,
        deployments: deployments
            .0
            .into_iter()
            .map(|merged| merged.deployment)
            .collect(),
        events,
        stopped_tasks: tasks.0,
    });
    looked
}

/// The deployments, newest first, with what each changed.
async fn deployments(
    sources: &impl Sources,
    incident: &Incident,
    (service, current): (&DescribedService, Option<&TaskDefinition>),
    until: Instant,
) -> (Vec<Merged>, Vec<Gap>) {
    let mut gaps = Vec::new();
    let what = format!(
        "the deployments of {}/{}",
        service.name.cluster, service.name.service
    );
    let limits = Limits {
        until,
        pages: 10,
        items: 200,
    };
    let span = Span {
        from: incident.breached_at - DEPLOYED_WITHIN,
        until: incident.until,
    };
    let past = follow(limits, |next| {
        sources.service_deployments(&service.name, span, next)
    })
    .await;
    let mut past = past.or_gap(&mut gaps, Source::Service, &what);
    past.sort_by_key(|past| Reverse(past.created_at));
    past.truncate(MOST_REVISIONS);
    let running = match in_time(until, running(sources, &past)).await {
        Ok(running) => running,
        Err(missing) => {
            gaps.push(missing.gap(Source::Service, &what));
            BTreeMap::new()
        }
    };
    let mut merged = merged(&service.deployments, &past, &running);
    let mut known = BTreeMap::new();
    if let Some(current) = current {
        known.insert(service.task_definition.clone(), current.clone());
    }
    compare(sources, &mut merged, known, until)
        .await
        .into_iter()
        .for_each(|missing| {
            gaps.push(missing.gap(Source::Service, &format!("what changed with {what}")));
        });
    (merged, gaps)
}

async fn running(
    sources: &impl Sources,
    past: &[ServiceDeployment],
) -> Result<BTreeMap<String, String>, shared::failure::CallError> {
    let mut arns: Vec<String> = past.iter().map(|past| past.revision.clone()).collect();
    arns.sort();
    arns.dedup();
    if arns.is_empty() {
        return Ok(BTreeMap::new());
    }
    sources.revisions(&arns).await
}

/// Adds what each of the newest deployments changed, in comparison with the one before it, or with the revision before if there
/// is none known.
async fn compare(
    sources: &impl Sources,
    merged: &mut [Merged],
    mut known: BTreeMap<String, TaskDefinition>,
    until: Instant,
) -> Option<Missing> {
    let pairs: Vec<(String, Option<String>)> = (0..merged.len().min(COMPARED))
        .filter_map(|newer| {
            let definition = merged.get(newer)?.task_definition.clone();
            let older = merged
                .get(newer + 1)
                .map(|older| older.task_definition.clone());
            let older = older.or_else(|| task_definition::before(&definition));
            Some((definition, older))
        })
        .collect();
    let differ = pairs
        .iter()
        .filter(|(new, old)| old.as_ref().is_some_and(|old| old != new));
    let mut names: Vec<&String> = differ
        .flat_map(|(new, old)| [Some(new), old.as_ref()])
        .flatten()
        .collect();
    names.sort();
    names.dedup();
    names.retain(|name| !known.contains_key(*name));
    let described = names
        .iter()
        .map(|name| in_time(until, sources.task_definition(name)));
    let described = join_all(described).await;
    let mut missing = None;
    for (name, definition) in names.iter().zip(described) {
        match definition {
            Ok(Some(definition)) => {
                known.insert((*name).clone(), definition);
            }
            // A revision may have been deleted, and the number before may never have been another one's.
            Ok(None) => {}
            Err(why) => missing = Some(why),
        }
    }
    for (merged, (new, old)) in merged.iter_mut().zip(&pairs) {
        if let (Some(new), Some(old)) =
            (known.get(new), old.as_ref().and_then(|old| known.get(old)))
        {
            merged.deployment.changes = new.changes_since(old);
        }
    }
    missing
}

/// The tasks that stopped since everything is looked at, newest first.
async fn stopped_tasks(
    sources: &impl Sources,
    incident: &Incident,
    name: &ServiceName,
    until: Instant,
) -> (Vec<StoppedTask>, Vec<Gap>) {
    let mut gaps = Vec::new();
    let what = format!("the stopped tasks of {}/{}", name.cluster, name.service);
    let limits = Limits {
        until,
        pages: 10,
        items: 5 * MOST_TASKS,
    };
    let arns = follow(limits, |next| sources.stopped_tasks(name, next)).await;
    let arns = arns.or_gap(&mut gaps, Source::Service, &what);
    let described = arns
        .chunks(MOST_TASKS)
        .map(|arns| in_time(until, sources.describe_tasks(&name.cluster, arns)));
    let mut tasks = Vec::new();
    for some in join_all(described).await {
        match some {
            Ok(some) => tasks.extend(some),
            Err(missing) => gaps.push(missing.gap(Source::Service, &what)),
        }
    }
    tasks.retain(|task| {
        task.stopped_at
            .is_none_or(|at| (incident.from..=incident.until).contains(&at))
    });
    tasks.sort_by_key(|task| (Reverse(task.stopped_at), task.id.clone()));
    if tasks.len() > KEPT_TASKS {
        gaps.push(Gap {
            source: Source::Service,
            because: format!(
                "{} tasks stopped; only the newest {KEPT_TASKS} are shown.",
                tasks.len()
            ),
        });
        tasks.truncate(KEPT_TASKS);
    }
    (tasks, gaps)
}
