//! What is asked of the world: one narrow trait per source, a page at a time. AWS implements them, and so do the tests.

use std::collections::BTreeMap;
use std::future::Future;

use jiff::Timestamp;
use shared::alarm::{Kind, Metric};
use shared::failure::CallError;

use super::task_definition::TaskDefinition;
use crate::evidence::{AlarmChange, ServiceEvent, ServiceName, StoppedTask, TargetHealth};

/// All sources. Whatever implements each of them is one.
pub trait Sources:
    Metrics + LogSource + Services + TargetHealths + AlarmHistories + Objects + ExportedLogs
{
}

impl<T> Sources for T where
    T: Metrics + LogSource + Services + TargetHealths + AlarmHistories + Objects + ExportedLogs
{
}

/// A page of a list.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Page<T> {
    /// What it has; none is normal, also if there is another page.
    pub items: Vec<T>,
    /// What asks for the next page, if there is one.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// The only page.
    pub fn last(items: Vec<T>) -> Self {
        Self { items, next: None }
    }
}

/// A span of time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Span {
    /// Its first moment.
    pub from: Timestamp,
    /// Its end, which is not in it.
    pub until: Timestamp,
}

/// CloudWatch metrics.
pub trait Metrics: Sync {
    /// A page of the values of up to 500 metrics in a span, ascending. Answers refer to queries by their place in `queries`.
    fn metric_data(
        &self,
        queries: &[MetricQuery],
        span: Span,
        next: Option<String>,
    ) -> impl Future<Output = Result<Page<MetricAnswer>, CallError>> + Send;

    /// A page of the children of a composite alarm.
    fn child_alarms(
        &self,
        composite: &str,
        next: Option<String>,
    ) -> impl Future<Output = Result<Page<Child>, CallError>> + Send;
}

/// What is under a composite alarm.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Child {
    /// A metric that an alarm watches.
    Watching(Metric),
    /// Another composite alarm, by its name. It is not followed.
    Composite(String),
}

/// What to ask of a metric.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MetricQuery {
    /// Such as `AWS/ECS`.
    pub namespace: String,
    /// Such as `CPUUtilization`.
    pub name: String,
    /// Such as `ClusterName` to `shop`.
    pub dimensions: BTreeMap<String, String>,
    /// As `GetMetricData` spells it: `Average`, `Sum`, `p99`.
    pub stat: String,
    /// Seconds.
    pub period: u32,
}

/// Some values of one metric.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricAnswer {
    /// The query's place in the call.
    pub query: usize,
    /// Whether these are the last.
    pub status: AnswerStatus,
    /// Values by the beginning of their period.
    pub values: Vec<(Timestamp, f64)>,
}

/// What `GetMetricData` says of a metric's values (API reference, `MetricDataResult`).
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum AnswerStatus {
    /// All of them.
    Complete,
    /// There are more.
    Partial,
    /// Something else, such as `InternalError` or `Forbidden`.
    Other(String),
}

/// CloudWatch Logs.
pub trait LogSource: Sync {
    /// A page of a log group's events in a span, ascending by time; `None` if there is no such group. A page may be empty
    /// although there are more, and mostly is where there are many streams. It has `limit` events at most, 1 to 10,000.
    fn log_events(
        &self,
        group: &str,
        span: Span,
        limit: usize,
        next: Option<String>,
    ) -> impl Future<Output = Result<Option<Page<LogEvent>>, CallError>> + Send;
}

/// An event of a log as it was read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LogEvent {
    /// CloudWatch's id of it.
    pub id: String,
    /// The log stream.
    pub stream: String,
    /// When it happened, by the clock of whoever wrote it.
    pub at: Timestamp,
    /// Its text, as it is.
    pub message: String,
}

/// ECS.
pub trait Services: Sync {
    /// A page of the names of clusters.
    fn clusters(
        &self,
        next: Option<String>,
    ) -> impl Future<Output = Result<Page<String>, CallError>> + Send;

    /// A page of the names of a cluster's services.
    fn services_of(
        &self,
        cluster: &str,
        next: Option<String>,
    ) -> impl Future<Output = Result<Page<String>, CallError>> + Send;

    /// Up to ten services of a cluster; those that do not exist are left out.
    fn describe_services(
        &self,
        cluster: &str,
        services: &[String],
    ) -> impl Future<Output = Result<Vec<DescribedService>, CallError>> + Send;

    /// A task definition by its ARN or `family:revision`; `None` if there is none.
    fn task_definition(
        &self,
        name: &str,
    ) -> impl Future<Output = Result<Option<TaskDefinition>, CallError>> + Send;

    /// A page of the deployments of a service that began in a span, those that are over included.
    fn service_deployments(
        &self,
        service: &ServiceName,
        span: Span,
        next: Option<String>,
    ) -> impl Future<Output = Result<Page<ServiceDeployment>, CallError>> + Send;

    /// What up to twenty revisions of services run: task definition ARNs by the ARNs of the revisions.
    fn revisions(
        &self,
        arns: &[String],
    ) -> impl Future<Output = Result<BTreeMap<String, String>, CallError>> + Send;

    /// A page of the ARNs of a service's tasks that stopped lately: ECS keeps them for about an hour.
    fn stopped_tasks(
        &self,
        service: &ServiceName,
        next: Option<String>,
    ) -> impl Future<Output = Result<Page<String>, CallError>> + Send;

    /// Up to a hundred stopped tasks; those that ECS does not know any more are left out.
    fn describe_tasks(
        &self,
        cluster: &str,
        arns: &[String],
    ) -> impl Future<Output = Result<Vec<StoppedTask>, CallError>> + Send;
}

/// A service as ECS describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribedService {
    /// Its name.
    pub name: ServiceName,
    /// How many tasks there should be, how many run, how many are about to.
    pub tasks: (u32, u32, u32),
    /// The ARN of the task definition that it is to run.
    pub task_definition: String,
    /// The deployments that are not over, and the one that serves.
    pub deployments: Vec<CurrentDeployment>,
    /// The last hundred events.
    pub events: Vec<ServiceEvent>,
    /// The ARNs of the target groups that it registers its tasks with.
    pub target_groups: Vec<String>,
}

/// A deployment as the service has it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CurrentDeployment {
    /// Such as `ecs-svc/123`.
    pub id: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it last changed: of a completed one, when it completed.
    pub updated_at: Option<Timestamp>,
    /// `COMPLETED`, `FAILED`, `IN_PROGRESS`.
    pub rollout_state: String,
    /// The ARN of what it runs.
    pub task_definition: String,
}

/// A service deployment, which ECS keeps for 90 days.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ServiceDeployment {
    /// Its ARN.
    pub arn: String,
    /// `SUCCESSFUL`, `STOPPED`, `ROLLBACK_SUCCESSFUL` and so on.
    pub status: String,
    /// The ARN of the revision that it deploys.
    pub revision: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was over, if it is.
    pub finished_at: Option<Timestamp>,
}

/// Elastic Load Balancing.
pub trait TargetHealths: Sync {
    /// Target groups with the ARNs of their load balancers, up to a hundred.
    fn target_groups(
        &self,
        arns: &[String],
    ) -> impl Future<Output = Result<Vec<TargetGroup>, CallError>> + Send;

    /// The health of the targets of a group.
    fn target_health(
        &self,
        group: &str,
    ) -> impl Future<Output = Result<Vec<TargetHealth>, CallError>> + Send;
}

/// A target group.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TargetGroup {
    /// Its ARN.
    pub arn: String,
    /// The ARNs of the load balancers that send requests to it.
    pub load_balancers: Vec<String>,
}

/// The history of alarms.
pub trait AlarmHistories: Sync {
    /// A page of an alarm's changes of state in a span.
    fn alarm_changes(
        &self,
        alarm: &str,
        kind: Option<Kind>,
        span: Span,
        next: Option<String>,
    ) -> impl Future<Output = Result<Page<AlarmChange>, CallError>> + Send;
}

/// Objects in the state bucket.
pub trait Objects: Sync {
    /// The object under `key`, or `None` if there is none. One of more than `most` bytes is an error, and not read.
    fn object(
        &self,
        key: &str,
        most: usize,
    ) -> impl Future<Output = Result<Option<Vec<u8>>, CallError>> + Send;
}

/// Objects in the bucket that logs are exported to.
pub trait ExportedLogs: Sync {
    /// The first thousand keys below `prefix`; none without such a bucket.
    fn exported_keys(
        &self,
        prefix: &str,
    ) -> impl Future<Output = Result<Vec<String>, CallError>> + Send;

    /// The object under `key`, or `None` if there is none. One of more than `most` bytes is an error, and not read.
    fn exported(
        &self,
        key: &str,
        most: usize,
    ) -> impl Future<Output = Result<Option<Vec<u8>>, CallError>> + Send;
}
