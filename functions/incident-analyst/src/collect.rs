//! Asks everybody who may know something about an incident, at the same time and each for a limited time. It never fails: what
//! could not be found out is a gap, in words.

mod allowlist;
mod call_graph;
mod exported;
mod health;
mod logs;
mod metrics;
mod paging;
mod remediation;
#[cfg(test)]
mod samples;
mod service;
mod sources;
mod subject;
mod task_definition;
mod text;

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use shared::clock::Clock;
use shared::deadline::Deadline;
use tokio::time::Instant;

use self::call_graph::CallGraph;
use self::paging::in_time;
use self::service::{Looked, Shape};
pub(crate) use self::task_definition::name as task_definition_name;
pub(crate) use self::text::one_line;
use self::text::sentence;

pub use self::allowlist::{Allowlist, BadPattern};
pub use self::sources::{
    AlarmHistories, AnswerStatus, Child, CurrentDeployment, DescribedService, ExportedLogs,
    LogEvent, LogSource, MetricAnswer, MetricQuery, Metrics, Objects, Page, ServiceDeployment,
    Services, Sources, Span, TargetGroup, TargetHealths,
};
pub use self::subject::Heard;
pub use self::task_definition::{Container, TaskDefinition};
use crate::evidence::{Evidence, Gap, Gathered, Incident, Logs, Source, TargetHealth};
use crate::series::Series;

/// All sources together: the report is to be there within seconds, and a function of 30 s has to write it down as well.
const MOST: Duration = Duration::from_secs(8);

/// To find the service behind an alarm.
const MOST_FOR_SUBJECT: Duration = Duration::from_secs(3);

/// What is kept free of the invocation to conclude and to write down.
const RESERVE: SignedDuration = SignedDuration::from_secs(4);

/// How much is looked at before the breach.
pub const BEFORE: SignedDuration = SignedDuration::from_hours(1);

/// What the installation says of where to look.
#[derive(Clone, Debug, Default)]
pub struct CollectSettings {
    /// Which ECS services may be looked at.
    pub services: Allowlist,
    /// Log groups beside those of the service's task definition.
    pub log_groups: Vec<String>,
    /// The key of the call graph in the state bucket.
    pub call_graph: Option<String>,
    /// The bucket that the log exporter writes to, if there is one.
    pub export_bucket: Option<String>,
}

/// What an analysis is about, and what could not be found out about that.
#[derive(Clone, Debug, PartialEq)]
pub struct Subject {
    /// The incident.
    pub incident: Incident,
    /// Why its service is not known, if it is not.
    pub gaps: Vec<Gap>,
}

/// What an analysis is about: the incident that an alarm opened, with the ECS service that is meant if it is one of those that
/// may be looked at. Never fails: without a service there is a gap that says why.
pub async fn incident_of(
    sources: &impl Sources,
    heard: Heard,
    settings: &CollectSettings,
    clock: &impl Clock,
    deadline: Deadline,
) -> Subject {
    let until = Instant::now() + time_left(clock, deadline).min(MOST_FOR_SUBJECT);
    subject::subject(sources, heard, &settings.services, clock.now(), until).await
}

/// All that can be found out about an incident until the time is up. Every source is asked by itself; what it cannot say is a
/// gap.
///
/// Where the service's logs and target groups are is asked first, for a part of the time; what does not need to know it begins
/// at once.
pub async fn collect(
    sources: &impl Sources,
    subject: Subject,
    settings: &CollectSettings,
    clock: &impl Clock,
    deadline: Deadline,
) -> Evidence {
    let time = time_left(clock, deadline);
    let until = Instant::now() + time;
    let Subject { incident, gaps } = subject;
    let history = health::alarm_history(sources, &incident, until);
    let done = remediation::remediation(sources, &incident, until);
    let times = Times {
        now: clock.now(),
        first_until: until - time / 2,
        until,
    };
    let shaped = shaped(sources, &incident, settings, times);
    let (alarm_history, done, mut evidence) =
        Box::pin(async { futures::join!(history, done, shaped) }).await;
    mark_ours(&mut evidence, &done.deployments);
    let mut service_gaps = gaps;
    service_gaps.append(&mut evidence.service.gaps);
    Evidence {
        metrics: evidence.metrics,
        call_graph: evidence.call_graph,
        logs: evidence.logs,
        service: Gathered {
            found: evidence.service.service,
            gaps: service_gaps,
        },
        health: evidence.health,
        alarm_history,
        remediation: Gathered {
            found: done.remediation,
            gaps: done.gaps,
        },
        incident,
    }
}

/// What is known of the service once its shape is.
#[derive(Debug)]
struct Shaped {
    metrics: Gathered<Vec<Series>>,
    call_graph: Vec<(String, String)>,
    logs: Gathered<Logs>,
    service: Looked,
    health: Gathered<Vec<TargetHealth>>,
}

/// When it is, by when it must be known where things are, and by when all must be over.
#[derive(Clone, Copy, Debug)]
struct Times {
    now: Timestamp,
    first_until: Instant,
    until: Instant,
}

async fn shaped(
    sources: &impl Sources,
    incident: &Incident,
    settings: &CollectSettings,
    Times {
        now,
        first_until,
        until,
    }: Times,
) -> Shaped {
    let shape = async {
        match &incident.service {
            Some(name) => service::shape(sources, name, first_until).await,
            None => Shape::default(),
        }
    };
    let graph = call_graph(sources, settings.call_graph.as_deref(), first_until);
    let (mut shape, (graph, graph_gap)) = futures::join!(shape, graph);
    let groups = log_groups(&shape, settings);
    let target_groups = shape
        .service
        .as_ref()
        .map_or(&[][..], |service| &service.target_groups);
    let known = (&shape.target_groups[..], &graph);
    let metrics = metrics::metrics(sources, incident, known, (now, until));
    let day_before = async {
        match &settings.export_bucket {
            Some(_) => {
                let began = logs::window_began(incident);
                exported::day_before(sources, incident, (&groups, began), until).await
            }
            None => Gathered::default(),
        }
    };
    let logs = logs::logs(sources, incident, groups.clone(), until);
    let looked = service::service(sources, incident, &shape, until);
    let health = health::health(sources, target_groups, until);
    let (mut metrics, mut logs, day_before, mut service, mut health) =
        futures::join!(metrics, logs, day_before, looked, health);
    logs.found.day_before = day_before.found;
    logs.gaps.extend(day_before.gaps);
    metrics.gaps.extend(graph_gap);
    logs.gaps.extend(logs_elsewhere(&shape));
    let is_health = |gap: &mut Gap| gap.source == Source::TargetHealth;
    health.gaps.extend(shape.gaps.extract_if(.., is_health));
    shape.gaps.append(&mut service.gaps);
    service.gaps = shape.gaps;
    Shaped {
        metrics,
        call_graph: graph.edges,
        logs,
        service,
        health,
    }
}

/// The log groups of the service's containers, then those of the settings, each once.
fn log_groups(shape: &Shape, settings: &CollectSettings) -> Vec<String> {
    let of_service = shape
        .task_definition
        .iter()
        .flat_map(TaskDefinition::log_groups);
    let mut seen = BTreeSet::new();
    let all = of_service.chain(&settings.log_groups);
    all.filter(|group| seen.insert((*group).clone()))
        .cloned()
        .collect()
}

/// Logs of another region are not read: a group of the same name here is another one.
fn logs_elsewhere(shape: &Shape) -> Vec<Gap> {
    let definitions = shape.task_definition.iter();
    let elsewhere = definitions.flat_map(TaskDefinition::log_groups_elsewhere);
    let gap = |(group, region): (&String, &String)| Gap {
        source: Source::Logs,
        because: sentence(&format!(
            "the log group {group} is in another region, {region}, and was not read"
        )),
    };
    elsewhere.map(gap).collect()
}

/// The call graph, if the installation has one.
async fn call_graph(
    sources: &impl Sources,
    key: Option<&str>,
    until: Instant,
) -> (CallGraph, Option<Gap>) {
    let Some(key) = key else {
        return Default::default();
    };
    let what = format!("the call graph {key}");
    let why = match in_time(until, sources.object(key, call_graph::MOST_BYTES)).await {
        Ok(Some(bytes)) => match CallGraph::parse(&bytes) {
            Ok(graph) => return (graph, None),
            Err(why) => format!("{what} could not be read: {why}"),
        },
        Ok(None) => format!("{what} does not exist"),
        Err(missing) => {
            return (
                CallGraph::default(),
                Some(missing.gap(Source::Metrics, &what)),
            );
        }
    };
    let gap = Gap {
        source: Source::Metrics,
        because: sentence(&why),
    };
    (CallGraph::default(), Some(gap))
}

/// Marks the deployments that lambda-medic made.
fn mark_ours(shaped: &mut Shaped, ours: &[String]) {
    let deployments = shaped
        .service
        .service
        .iter_mut()
        .flat_map(|service| &mut service.deployments);
    for (deployment, ids) in deployments.zip(&shaped.service.ids) {
        deployment.is_ours = ids.iter().any(|id| ours.contains(id));
    }
}

/// How long all sources together may take.
fn time_left(clock: &impl Clock, deadline: Deadline) -> Duration {
    let left = deadline.end().duration_since(clock.now()) - RESERVE;
    let left = Duration::try_from(left).unwrap_or_default();
    left.min(MOST)
}

#[cfg(test)]
mod tests;
