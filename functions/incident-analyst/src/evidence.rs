//! What the collectors found: facts with their sources, and no opinion about them.
//!
//! Everything in here was said by somebody else. It is bounded by the collectors, and escaped and redacted by whoever writes it down.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::alarm::{Alarm, IncidentId};

use crate::series::Series;

/// All that was found about one incident.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// What it is about.
    pub incident: Incident,
    /// The alarm's own metrics and those of the target and of the nodes of the call graph; the alarm's first one has the id `alarm`.
    pub metrics: Gathered<Vec<Series>>,
    /// The call graph over [`Series::node`]: caller and callee.
    pub call_graph: Vec<(String, String)>,
    /// Log entries around the breach, and counts before and in the window.
    pub logs: Gathered<Logs>,
    /// The ECS service, its deployments, events and stopped tasks.
    pub service: Gathered<Option<Service>>,
    /// The targets behind the load balancer.
    pub health: Gathered<Vec<TargetHealth>>,
    /// The alarm's state changes of the last day, oldest first.
    pub alarm_history: Gathered<Vec<AlarmChange>>,
    /// What the alarm playbook did about it.
    pub remediation: Gathered<Option<Remediation>>,
}

/// What an analysis is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Incident {
    /// The incident's id, the same that the alarm playbook gives it.
    pub id: IncidentId,
    /// The alarm that opened it.
    pub alarm: Alarm,
    /// When the alarm changed its state: the breach.
    pub breached_at: Timestamp,
    /// The ECS service that it is about, if one of the configured services is.
    pub service: Option<ServiceName>,
    /// From here on everything was collected, an hour before the breach.
    pub from: Timestamp,
    /// Up to here, which is now or, when it is over, some minutes after its end.
    pub until: Timestamp,
    /// When it ended, if it has.
    pub ended_at: Option<Timestamp>,
}

/// An ECS service by its names. It comes from the function's settings, never from an alarm's text.
#[derive(
    Clone, Debug, Deserialize, Eq, Hash, JsonSchema, Ord, PartialEq, PartialOrd, Serialize,
)]
pub struct ServiceName {
    /// The cluster's name.
    pub cluster: String,
    /// The service's name.
    pub service: String,
}

/// What a source said, and what it did not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gathered<T> {
    /// What was found; empty or partial if there is a gap.
    pub found: T,
    /// What is missing, if anything is.
    pub gaps: Vec<Gap>,
}

impl<T> Gathered<T> {
    /// All that there is.
    pub fn whole(found: T) -> Self {
        Self {
            found,
            gaps: Vec::new(),
        }
    }
}

/// Something that could not be found out.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Gap {
    /// Which source it is.
    pub source: Source,
    /// Why, in a sentence for people: `The log group /ecs/shop does not exist.`
    pub because: String,
}

/// Where evidence comes from.
#[derive(
    Clone, Copy, Debug, Deserialize, Eq, Hash, JsonSchema, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// CloudWatch metrics.
    Metrics,
    /// CloudWatch Logs.
    Logs,
    /// Logs that the log exporter wrote to S3.
    ExportedLogs,
    /// ECS: service, deployments, events, tasks.
    Service,
    /// The load balancer's target health.
    TargetHealth,
    /// The alarm's history.
    AlarmHistory,
    /// The alarm playbook's record.
    Remediation,
}

/// What the logs say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Logs {
    /// The log groups that were read.
    pub groups: Vec<String>,
    /// The last hundred entries around the breach, oldest first.
    pub entries: Vec<LogEntry>,
    /// Templates of lines, with how often they came before and since; the most important first.
    pub patterns: Vec<PatternCount>,
    /// How many entries were read for the counts, before and since the window began.
    pub counted: (u64, u64),
    /// The log groups of whose hour before the window only a part was read: what was not seen in it may have been there.
    pub sampled_before: Vec<String>,
    /// What the exported logs have of the same time a day before, if they were read.
    pub day_before: Option<DayBefore>,
}

/// How often templates came at the same time of the day before.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct DayBefore {
    /// By [`PatternCount::template`].
    pub counts: BTreeMap<u64, u64>,
    /// Whether it is known that nothing is missing.
    pub is_whole: bool,
}

impl DayBefore {
    /// How often a template came, as far as that was read; `None` if it was not seen and may have been missing.
    pub fn of(&self, template: u64) -> Option<u64> {
        let count = self.counts.get(&template).copied();
        count.or(self.is_whole.then_some(0))
    }
}

/// An entry of a log.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct LogEntry {
    /// CloudWatch's own id of the event.
    pub event_id: String,
    /// The log group.
    pub group: String,
    /// The log stream.
    pub stream: String,
    /// When it happened, by the clock of whoever wrote it.
    pub at: Timestamp,
    /// Its text, one line, bounded.
    pub message: String,
}

/// A template of log lines and how often it came.
#[derive(Clone, Debug, PartialEq)]
pub struct PatternCount {
    /// The template's hash.
    pub template: u64,
    /// The template as people read it: what changes from line to line is `<*>`.
    pub text: String,
    /// Whether the line tells of an error, by its level or its words.
    pub is_error: bool,
    /// How often in the hour before the window.
    pub before: u64,
    /// How often in the window.
    pub since: u64,
    /// When it came first and last, within what was read.
    pub first_at: Timestamp,
    /// When it came last.
    pub last_at: Timestamp,
    /// A line of it, the first since the window began if there is one.
    pub example: LogEntry,
}

/// An ECS service.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// Its name.
    pub name: ServiceName,
    /// How many tasks there should be.
    pub desired: u32,
    /// How many run.
    pub running: u32,
    /// How many are about to run.
    pub pending: u32,
    /// Newest first.
    pub deployments: Vec<Deployment>,
    /// What ECS says of it, newest first.
    pub events: Vec<ServiceEvent>,
    /// Tasks that stopped lately, newest first.
    pub stopped_tasks: Vec<StoppedTask>,
}

/// A deployment of a service.
#[derive(Clone, Debug, PartialEq)]
pub struct Deployment {
    /// Its id, such as `ecs-svc/123`.
    pub id: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was over, if it is.
    pub finished_at: Option<Timestamp>,
    /// `COMPLETED`, `FAILED`, `IN_PROGRESS`.
    pub rollout_state: String,
    /// What it runs, `family:revision`.
    pub task_definition: String,
    /// Whether lambda-medic made it.
    pub is_ours: bool,
    /// What changed from the revision before, in the words of the task definition: `image shop:1.4 -> shop:1.5`. Values of environment
    /// variables are never in it, only their names.
    pub changes: Vec<String>,
}

/// An event of a service.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceEvent {
    /// Its id.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// What ECS said.
    pub message: String,
}

/// A task that stopped.
#[derive(Clone, Debug, PartialEq)]
pub struct StoppedTask {
    /// The last part of its ARN.
    pub id: String,
    /// When, if ECS says.
    pub stopped_at: Option<Timestamp>,
    /// Why, in ECS's words.
    pub reason: String,
    /// `EssentialContainerExited`, `TaskFailedToStart` and so on; empty if ECS does not say.
    pub stop_code: String,
    /// What it ran, `family:revision`.
    pub task_definition: String,
    /// Its containers' ends: name, exit code, reason.
    pub containers: Vec<StoppedContainer>,
}

/// A container that stopped.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct StoppedContainer {
    /// Its name.
    pub name: String,
    /// Its exit code, if it ran.
    pub exit_code: Option<i32>,
    /// Why, if ECS says: `OutOfMemoryError: Container killed due to memory usage`.
    pub reason: String,
}

/// A target behind a load balancer.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct TargetHealth {
    /// Instance, address or function, and port.
    pub target: String,
    /// `healthy`, `unhealthy`, `draining` and so on.
    pub state: String,
    /// Such as `Target.ResponseCodeMismatch`; empty if it is healthy.
    pub reason: String,
    /// In the load balancer's words.
    pub description: String,
}

/// A state change of the alarm.
#[derive(Clone, Debug, PartialEq)]
pub struct AlarmChange {
    /// When.
    pub at: Timestamp,
    /// The state it left, as CloudWatch spells it.
    pub from: String,
    /// The state it took.
    pub to: String,
    /// Why.
    pub reason: String,
}

/// What the alarm playbook did about the incident, as its record says.
#[derive(Clone, Debug, PartialEq)]
pub struct Remediation {
    /// What was done, in the playbook's words, oldest first.
    pub steps: Vec<RemediationStep>,
    /// `recovered`, `not_recovered`, `inconclusive`; `None` as long as nobody knows.
    pub verdict: Option<String>,
    /// When it was proven.
    pub proven_at: Option<Timestamp>,
}

/// A step of a remediation.
#[derive(Clone, Debug, PartialEq)]
pub struct RemediationStep {
    /// Such as `restart_service`.
    pub step: String,
    /// When it was decided.
    pub at: Timestamp,
    /// What came of it.
    pub outcome: String,
}
