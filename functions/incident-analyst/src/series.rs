//! A metric over time.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A metric over time, as it was asked for.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Series {
    /// Short and the same each time, such as `alarm` or `service.cpu`: what evidence refers to.
    pub id: String,
    /// Whose metric it is: the target's own name, or a node of the call graph. Suspects are named by it.
    pub node: String,
    /// What people call it, such as `CPUUtilization (Average)`.
    pub label: String,
    /// `Percent`, `Seconds`, `Count` and so on, as CloudWatch names units; empty if nobody said.
    pub unit: String,
    /// What it measures, for rules; `Other` for what we don't know.
    pub kind: MetricKind,
    /// The seconds from one point to the next.
    pub period: u32,
    /// Oldest first, each time once. A point is `None` where CloudWatch has no data; nothing in it is NaN or infinite.
    pub points: Vec<Point>,
}

/// One point of a series.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Point {
    /// The beginning of its period.
    pub at: Timestamp,
    /// What was measured.
    pub value: Option<f64>,
}

/// What a metric measures.
#[derive(
    Clone, Copy, Debug, Deserialize, Eq, Hash, JsonSchema, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(rename_all = "snake_case")]
pub enum MetricKind {
    /// Requests in a period.
    Requests,
    /// How long an answer takes.
    Latency,
    /// Answers of 5xx by the targets or by the load balancer, or errors of another kind, in a period.
    Errors,
    /// Answers of 4xx in a period.
    ClientErrors,
    /// CPU in use, percent of what there is.
    Cpu,
    /// Memory in use, percent of what there is.
    Memory,
    /// Disk in use, percent of what there is.
    Disk,
    /// Healthy targets or hosts.
    HealthyHosts,
    /// Unhealthy targets or hosts.
    UnhealthyHosts,
    /// Share of requests that succeed, percent.
    Availability,
    /// Calls that a service refused because there were too many.
    Throttles,
    /// Messages or calls that wait.
    Queue,
    /// Tasks that run.
    RunningTasks,
    /// Anything else.
    Other,
}
