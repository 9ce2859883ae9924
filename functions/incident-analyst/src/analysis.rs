//! What comes of an incident's evidence: the form of `analysis.json`, which others may rely on.
//!
//! The verdict's reasons, the timeline, the patterns, deployments and stopped tasks have references into [`Analysis::evidence`]. A metric's
//! onset and trend are read from its own series, which is in the analysis; a suspect's `because` has the numbers it rests on, of
//! metrics of which only some are in the analysis; targets stand for themselves. What is missing refers to nothing.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::evidence::{Gap, ServiceName, StoppedContainer, TargetHealth};
use crate::series::Series;

/// The version of this form. A reader takes any later one for unknown.
pub const SCHEMA_VERSION: u32 = 1;

/// An analysis of one incident.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Analysis {
    /// The version of this form.
    pub schema_version: u32,
    /// The incident's id, as in the key of its folder.
    pub incident_id: String,
    /// Whether it is over.
    pub state: State,
    /// One sentence for the top of a page and for a mail: what broke, and since when.
    pub headline: String,
    /// What we conclude.
    pub verdict: Verdict,
    /// The alarm that opened it.
    pub alarm: AlarmSummary,
    /// What it is about, if that is known.
    pub target: Option<ServiceName>,
    /// When what.
    pub window: Window,
    /// What happened, oldest first.
    pub timeline: Vec<Moment>,
    /// The metrics that were looked at, the alarm's own first.
    pub metrics: Vec<Metric>,
    /// Templates of log lines that are new or rose, the most telling first.
    pub patterns: Vec<Pattern>,
    /// Who is at fault, most likely first, by the metrics of all nodes; empty if that cannot be told.
    pub suspects: Vec<Suspect>,
    /// Deployments in the window and the hour before, newest first.
    pub deployments: Vec<DeploymentSummary>,
    /// Tasks that stopped, newest first.
    pub stopped_tasks: Vec<StoppedTaskSummary>,
    /// The targets behind the load balancer.
    pub target_health: Vec<TargetHealth>,
    /// What could not be found out.
    pub gaps: Vec<Gap>,
    /// What statements refer to, by id.
    pub evidence: Vec<EvidenceItem>,
    /// A model's words about the same evidence, if one was asked and its quotations are true.
    pub summary: Option<Summary>,
}

/// Whether an incident is over.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It lasts.
    Open,
    /// It is over.
    Closed,
}

/// What we conclude.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Verdict {
    /// What it is, or `undetermined`.
    pub cause: Cause,
    /// The rule that says so; `None` for `undetermined`.
    pub rule: Option<String>,
    /// One sentence: what is likely at fault.
    pub statement: String,
    /// From 0 to 1: what our rules weigh it at; which verdict to trust more than which, not measured on real incidents. 0 for `undetermined`.
    pub confidence: f64,
    /// What speaks for it.
    pub reasons: Vec<Reason>,
    /// What speaks against it, or for something else.
    pub against: Vec<Reason>,
    /// What would have to be known to say more.
    pub missing: Vec<String>,
    /// What to look at or do next, in words of our own.
    pub advice: Vec<String>,
}

/// A kind of cause.
#[derive(
    Clone, Copy, Debug, Deserialize, Eq, Hash, JsonSchema, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// A deployment brought it.
    BadDeployment,
    /// A container had not enough memory.
    OutOfMemory,
    /// Memory is about to run out.
    MemoryLeak,
    /// Something that the service needs does not answer or answers with errors.
    DependencyDown,
    /// More requests than it can take.
    Load,
    /// No room left on a disk.
    DiskFull,
    /// Its tasks start and die again and again.
    CrashLoop,
    /// A service refuses calls because there are too many.
    Throttling,
    /// A certificate or a name that does not resolve.
    CertificateOrDns,
    /// There is no place to run it.
    Capacity,
    /// Another service of the call graph is the likely origin.
    Suspect,
    /// That cannot be told.
    Undetermined,
}

/// A statement and what it rests on.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Reason {
    /// The statement.
    pub text: String,
    /// Ids of [`EvidenceItem`]s; never empty.
    pub evidence: Vec<String>,
}

/// The alarm of an incident.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct AlarmSummary {
    /// Its name.
    pub name: String,
    /// What its owner wrote about it.
    pub description: String,
    /// Why it fired, in CloudWatch's words.
    pub reason: String,
    /// `AWS/ApplicationELB HTTPCode_Target_5XX_Count (Sum)`.
    pub metric: Option<String>,
    /// The threshold, if it is a number.
    pub threshold: Option<f64>,
}

/// When what.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Window {
    /// From here on everything was looked at.
    pub from: Timestamp,
    /// When the trouble began, by the metrics; `None` if they do not show it.
    pub onset: Option<Timestamp>,
    /// When the alarm fired.
    pub breached_at: Timestamp,
    /// When it ended, if it has.
    pub ended_at: Option<Timestamp>,
    /// Up to here everything was looked at.
    pub until: Timestamp,
}

/// Something that happened.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Moment {
    /// When.
    pub at: Timestamp,
    /// What kind of thing it is.
    pub kind: MomentKind,
    /// What, in a sentence.
    pub text: String,
    /// Ids of [`EvidenceItem`]s.
    pub evidence: Vec<String>,
}

/// A kind of thing that happens.
#[derive(
    Clone, Copy, Debug, Deserialize, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(rename_all = "snake_case")]
pub enum MomentKind {
    /// A deployment began, was over or failed.
    Deployment,
    /// A metric left what is usual.
    Onset,
    /// A new or rising pattern in the logs.
    Pattern,
    /// A task stopped.
    TaskStopped,
    /// ECS said something.
    ServiceEvent,
    /// The alarm changed its state.
    Alarm,
    /// lambda-medic did something about it.
    Remediation,
    /// It is well again.
    Recovery,
}

/// A metric, and what is to be seen in it.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Metric {
    /// The metric over time.
    pub series: Series,
    /// The line to draw, if the alarm has one and this is its metric.
    pub threshold: Option<f64>,
    /// When it left what is usual, if it did.
    pub onset: Option<Timestamp>,
    /// Where it goes, if it goes somewhere: `rises by 1.4 points a minute, full at 14:32`.
    pub trend: Option<String>,
}

/// A template of log lines that is new or rose.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Pattern {
    /// The template: what changes from line to line is `<*>`.
    pub text: String,
    /// Whether it tells of an error.
    pub is_error: bool,
    /// How often in the hour before.
    pub before: u64,
    /// How often in the window.
    pub since: u64,
    /// How often at the same time of the day before, by the exported logs; not there if that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day_before: Option<u64>,
    /// When it came first.
    pub first_at: Timestamp,
    /// A line of it.
    pub example: String,
    /// Its [`EvidenceItem`].
    pub evidence: String,
}

/// Somebody who may be at fault.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Suspect {
    /// Whose metric it is.
    pub node: String,
    /// Higher is more likely; no two are alike.
    pub score: f64,
    /// Why, in a sentence with the numbers that it rests on; it has no references, as these are of whole series.
    pub because: String,
}

/// A deployment.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct DeploymentSummary {
    /// Its id.
    pub id: String,
    /// When it began.
    pub at: Timestamp,
    /// What it runs, `family:revision`.
    pub task_definition: String,
    /// `COMPLETED`, `FAILED`, `IN_PROGRESS`.
    pub rollout_state: String,
    /// Whether lambda-medic made it.
    pub is_ours: bool,
    /// Seconds from its beginning to the trouble's; negative if it came after, or after the alarm fired. 0 if it was within the period in
    /// which the trouble began: which was first, nobody knows. `None` if nobody knows when the trouble began.
    pub seconds_before_onset: Option<i64>,
    /// What changed with it.
    pub changes: Vec<String>,
    /// Its [`EvidenceItem`].
    pub evidence: String,
}

/// A task that stopped.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct StoppedTaskSummary {
    /// The last part of its ARN.
    pub id: String,
    /// When.
    pub at: Option<Timestamp>,
    /// Why.
    pub reason: String,
    /// Its containers' ends.
    pub containers: Vec<StoppedContainer>,
    /// Its [`EvidenceItem`].
    pub evidence: String,
}

/// Something that statements rest on.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct EvidenceItem {
    /// Short and unique in this analysis: `E1`, `E2`.
    pub id: String,
    /// When, if it has a time.
    pub at: Option<Timestamp>,
    /// What it is and where it is to be found.
    pub reference: Reference,
    /// The thing itself, or its most important part, in one line.
    pub quote: String,
}

/// Where a piece of evidence is to be found.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Reference {
    /// A point of a metric.
    Datapoint {
        /// The id of the series.
        series: String,
    },
    /// A line of a log.
    LogEvent {
        /// Its group.
        group: String,
        /// Its stream.
        stream: String,
        /// CloudWatch's id of it.
        event_id: String,
    },
    /// A deployment of the service.
    Deployment {
        /// Its id.
        id: String,
    },
    /// An event of the service.
    ServiceEvent {
        /// Its id.
        id: String,
    },
    /// A task that stopped.
    Task {
        /// The last part of its ARN.
        id: String,
    },
    /// A target of the load balancer.
    TargetHealth {
        /// The target.
        target: String,
    },
    /// A state change of the alarm.
    AlarmChange,
    /// The alarm playbook's record.
    Remediation,
}

/// A model's words.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Summary {
    /// What it says; never more than a few sentences.
    pub text: String,
    /// Ids of the evidence that it quotes; never empty.
    pub evidence: Vec<String>,
    /// Which model said it.
    pub model: String,
}
