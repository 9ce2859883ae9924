//! What several tests are about: the checkout service, its alarm and its incident; and a world in memory to collect from.

use std::collections::BTreeMap;
use std::future::pending;
use std::time::Duration;

use jiff::Timestamp;
use shared::alarm::{Alarm, Kind, Metric};
use shared::clock::Clock;
use shared::failure::{CallError, Effect, FailureKind};
use tokio::time::Instant;

use super::sources::{
    AlarmHistories, AnswerStatus, Child, CurrentDeployment, DescribedService, ExportedLogs,
    LogEvent, LogSource, MetricAnswer, MetricQuery, Metrics, Objects, Page, ServiceDeployment,
    Services, Span, TargetGroup, TargetHealths,
};
use super::subject::subject_of;
use super::task_definition::{Container, TaskDefinition};
use crate::evidence::{
    AlarmChange, Incident, ServiceEvent, ServiceName, StoppedTask, TargetHealth,
};

pub(super) const GROUP: &str =
    "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/checkout/943f";
pub(super) const BALANCER: &str =
    "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/shop/50dc";

pub(super) fn at(time: &str) -> Timestamp {
    format!("2026-02-18T{time}Z").parse().unwrap()
}

pub(super) fn checkout() -> ServiceName {
    ServiceName {
        cluster: "shop".to_owned(),
        service: "checkout".to_owned(),
    }
}

pub(super) fn dimensions(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let pairs = pairs.iter();
    pairs
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// Targets answer with 5XX.
pub(super) fn alarm() -> Alarm {
    let arn = "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:checkout-5xx"
        .parse()
        .ok();
    Alarm {
        kind: Some(Kind::Metric),
        state_changed_at: Some(at("21:00:00")),
        metric: Some(Metric {
            namespace: "AWS/ApplicationELB".to_owned(),
            name: "HTTPCode_Target_5XX_Count".to_owned(),
            dimensions: dimensions(&[
                ("LoadBalancer", "app/shop/50dc"),
                ("TargetGroup", "targetgroup/checkout/943f"),
            ]),
            stat: Some("SUM".to_owned()),
        }),
        threshold: Some(10.0),
        period_seconds: Some(60),
        ..Alarm::remembered("checkout-5xx", arn.as_ref(), "Threshold Crossed")
    }
}

/// It lasts for two minutes.
pub(super) fn incident() -> Incident {
    subject_of(alarm(), None, Some(checkout()), at("21:02:00"))
}

/// Tokio's clock, which tests stop; it was 21:02 when it was made.
#[derive(Debug)]
pub(super) struct Stopped(Instant);

impl Stopped {
    pub(super) fn new() -> Self {
        Self(Instant::now())
    }
}

impl Clock for Stopped {
    fn now(&self) -> Timestamp {
        at("21:02:00") + self.0.elapsed()
    }

    async fn pause(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Trouble {
    Refused,
    Hangs,
}

/// The most entries of a page of a log, and the most bytes (API reference, `FilterLogEvents`).
const A_PAGE: usize = 10_000;
const A_PAGE_BYTES: usize = 1024 * 1024;

/// The shop in memory. Every call takes 100 ms.
#[derive(Debug, Default)]
pub(super) struct World {
    /// By a part of the operation's name.
    pub(super) troubles: Vec<(&'static str, Trouble)>,
    /// How many entries a second the log has.
    pub(super) entries_a_second: i64,
    /// How long each of them is.
    pub(super) entry_bytes: usize,
    /// How many empty pages come before each page of the log.
    pub(super) empty_pages: usize,
    /// How many entries a page of the log has at most, if it is less than what AWS allows.
    pub(super) page_entries: Option<usize>,
    pub(super) objects: BTreeMap<String, String>,
    /// What lies in the bucket that logs are exported to.
    pub(super) exported: BTreeMap<String, Vec<u8>>,
    /// A cluster whose services are listed and not described.
    pub(super) refused_cluster: Option<&'static str>,
    /// Where the service's logs are, if in another region.
    pub(super) log_region: Option<&'static str>,
    /// A composite alarm under the composite alarm.
    pub(super) composite_child: Option<&'static str>,
}

impl World {
    async fn call<T: Send>(&self, operation: &'static str, answer: T) -> Result<T, CallError> {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let mut troubles = self.troubles.iter();
        match troubles
            .find(|(part, _)| operation.contains(part))
            .map(|(_, trouble)| *trouble)
        {
            Some(Trouble::Hangs) => pending().await,
            Some(Trouble::Refused) => {
                let kind = (FailureKind::Permanent, Effect::None);
                Err(CallError::new(operation, "the shop", kind, "access denied"))
            }
            None => Ok(answer),
        }
    }
}

fn definition(revision: u32, log_region: Option<&str>) -> TaskDefinition {
    let image = format!("shop:1.{revision}");
    TaskDefinition {
        name: format!("checkout:{revision}"),
        settings: dimensions(&[("cpu", "256")]),
        containers: vec![Container {
            name: "web".to_owned(),
            log_group: Some("/ecs/shop".to_owned()),
            log_region: log_region.map(str::to_owned),
            settings: dimensions(&[("image", &image)]),
            ..Container::default()
        }],
    }
}

fn definition_arn(revision: u32) -> String {
    format!("arn:aws:ecs:eu-west-1:111122223333:task-definition/checkout:{revision}")
}

impl Metrics for World {
    async fn metric_data(
        &self,
        queries: &[MetricQuery],
        span: Span,
        _: Option<String>,
    ) -> Result<Page<MetricAnswer>, CallError> {
        let answer = |query| MetricAnswer {
            query,
            status: AnswerStatus::Complete,
            values: vec![(span.from, 1.0)],
        };
        self.call(
            "measure",
            Page::last((0..queries.len()).map(answer).collect()),
        )
        .await
    }

    async fn child_alarms(&self, _: &str, _: Option<String>) -> Result<Page<Child>, CallError> {
        let metric = alarm().metric.into_iter().map(Child::Watching);
        let composite = self.composite_child.into_iter().map(str::to_owned);
        self.call(
            "describe the alarms under",
            Page::last(metric.chain(composite.map(Child::Composite)).collect()),
        )
        .await
    }
}

impl LogSource for World {
    /// Pages as large as AWS makes them, of every group of ECS. The token counts pages, empty ones included.
    async fn log_events(
        &self,
        group: &str,
        span: Span,
        limit: usize,
        next: Option<String>,
    ) -> Result<Option<Page<LogEvent>>, CallError> {
        let page: usize = next.as_deref().unwrap_or("0").parse().unwrap();
        let (turn, place) = (page / (self.empty_pages + 1), page % (self.empty_pages + 1));
        let seconds = span.until.duration_since(span.from).as_secs();
        let total = seconds * self.entries_a_second;
        let most = limit.min(self.page_entries.unwrap_or(A_PAGE));
        let most = most.min(A_PAGE_BYTES / (self.entry_bytes + 30)).max(1);
        let from = i64::try_from(turn * most).unwrap();
        let until = total.min(from + i64::try_from(most).unwrap());
        let numbers = if place < self.empty_pages {
            from..from
        } else {
            from..until
        };
        let entry = |number: i64| LogEvent {
            id: format!("{}-{number}", span.from.as_second()),
            stream: "web/1".to_owned(),
            at: span.from
                + Duration::from_millis(
                    u64::try_from(number * 1_000 / self.entries_a_second).unwrap(),
                ),
            message: format!(
                "ERROR no stock for order {number} {}",
                "x".repeat(self.entry_bytes)
            ),
        };
        let is_last = place == self.empty_pages && until >= total;
        let page = Page {
            items: numbers.map(entry).collect(),
            next: (!is_last).then(|| (page + 1).to_string()),
        };
        self.call(
            "read the log group",
            group.starts_with("/ecs/").then_some(page),
        )
        .await
    }
}

impl Services for World {
    async fn clusters(&self, _: Option<String>) -> Result<Page<String>, CallError> {
        self.call("list the clusters of", Page::last(vec!["shop".to_owned()]))
            .await
    }

    async fn services_of(&self, _: &str, next: Option<String>) -> Result<Page<String>, CallError> {
        let page = match next {
            None => Page {
                items: vec![],
                next: Some("more".to_owned()),
            },
            Some(_) => Page::last(vec!["web".to_owned(), "checkout".to_owned()]),
        };
        self.call("list the services of", page).await
    }

    async fn describe_services(
        &self,
        cluster: &str,
        services: &[String],
    ) -> Result<Vec<DescribedService>, CallError> {
        if self.refused_cluster == Some(cluster) {
            let kind = (FailureKind::Permanent, Effect::None);
            let call = "describe the services of";
            return Err(CallError::new(call, cluster, kind, "access denied"));
        }
        let described = services
            .iter()
            .filter(|service| matches!(service.as_str(), "web" | "checkout"));
        let described = described.map(|service| DescribedService {
            name: ServiceName {
                cluster: cluster.to_owned(),
                service: service.clone(),
            },
            tasks: (2, 1, 1),
            task_definition: definition_arn(5),
            deployments: vec![CurrentDeployment {
                id: "ecs-svc/5".to_owned(),
                created_at: at("20:50:00"),
                updated_at: Some(at("20:55:00")),
                rollout_state: "COMPLETED".to_owned(),
                task_definition: definition_arn(5),
            }],
            events: ["19:00:00", "20:55:00"]
                .map(|time| ServiceEvent {
                    id: time.to_owned(),
                    at: at(time),
                    message: "steady".to_owned(),
                })
                .into(),
            target_groups: vec![GROUP.replace("checkout", service)],
        });
        self.call("describe the services of", described.collect())
            .await
    }

    async fn task_definition(&self, name: &str) -> Result<Option<TaskDefinition>, CallError> {
        let revision = name
            .rsplit(':')
            .next()
            .and_then(|revision| revision.parse().ok());
        self.call(
            "describe the task definition of",
            revision.map(|revision| definition(revision, self.log_region)),
        )
        .await
    }

    async fn service_deployments(
        &self,
        _: &ServiceName,
        _: Span,
        _: Option<String>,
    ) -> Result<Page<ServiceDeployment>, CallError> {
        let deployment = |revision: u32, time| ServiceDeployment {
            arn: format!("deployment/{revision}"),
            status: "SUCCESSFUL".to_owned(),
            revision: format!("revision/{revision}"),
            created_at: at(time),
            finished_at: Some(at("20:55:00")),
        };
        let past = vec![deployment(3, "10:00:00"), deployment(5, "20:50:01")];
        self.call("list the deployments of", Page::last(past)).await
    }

    async fn revisions(&self, arns: &[String]) -> Result<BTreeMap<String, String>, CallError> {
        let runs = |arn: &String| {
            (
                arn.clone(),
                definition_arn(arn.rsplit('/').next().unwrap().parse().unwrap()),
            )
        };
        self.call("describe the revisions of", arns.iter().map(runs).collect())
            .await
    }

    async fn stopped_tasks(
        &self,
        _: &ServiceName,
        _: Option<String>,
    ) -> Result<Page<String>, CallError> {
        self.call(
            "list the stopped tasks of",
            Page::last(vec!["task/1".to_owned()]),
        )
        .await
    }

    async fn describe_tasks(
        &self,
        _: &str,
        arns: &[String],
    ) -> Result<Vec<StoppedTask>, CallError> {
        let task = |arn: &String| StoppedTask {
            id: arn.replace("task/", ""),
            stopped_at: Some(at("20:59:00")),
            reason: "Essential container in task exited".to_owned(),
            stop_code: "EssentialContainerExited".to_owned(),
            task_definition: "checkout:5".to_owned(),
            containers: vec![],
        };
        self.call("describe the tasks of", arns.iter().map(task).collect())
            .await
    }
}

impl TargetHealths for World {
    async fn target_groups(&self, arns: &[String]) -> Result<Vec<TargetGroup>, CallError> {
        let group = |arn: &String| TargetGroup {
            arn: arn.clone(),
            load_balancers: vec![BALANCER.to_owned()],
        };
        self.call(
            "describe the target groups of",
            arns.iter().map(group).collect(),
        )
        .await
    }

    async fn target_health(&self, _: &str) -> Result<Vec<TargetHealth>, CallError> {
        let target = |target: &str, state: &str| TargetHealth {
            target: target.to_owned(),
            state: state.to_owned(),
            reason: String::new(),
            description: String::new(),
        };
        self.call(
            "read the health of",
            vec![
                target("10.0.0.1:80", "healthy"),
                target("10.0.0.2:80", "unhealthy"),
            ],
        )
        .await
    }
}

impl AlarmHistories for World {
    async fn alarm_changes(
        &self,
        _: &str,
        _: Option<Kind>,
        _: Span,
        _: Option<String>,
    ) -> Result<Page<AlarmChange>, CallError> {
        let change = |time, from: &str, to: &str| AlarmChange {
            at: at(time),
            from: from.to_owned(),
            to: to.to_owned(),
            reason: String::new(),
        };
        let changes = vec![
            change("21:00:00", "OK", "ALARM"),
            change("09:00:00", "ALARM", "OK"),
        ];
        self.call("read the history of", Page::last(changes)).await
    }
}

impl ExportedLogs for World {
    async fn exported_keys(&self, prefix: &str) -> Result<Vec<String>, CallError> {
        let keys = self.exported.keys().filter(|key| key.starts_with(prefix));
        self.call("list the exported objects of", keys.cloned().collect())
            .await
    }

    async fn exported(&self, key: &str, most: usize) -> Result<Option<Vec<u8>>, CallError> {
        let object = self.exported.get(key).filter(|object| object.len() <= most);
        self.call("read an exported object of", object.cloned())
            .await
    }
}

impl Objects for World {
    async fn object(&self, key: &str, _: usize) -> Result<Option<Vec<u8>>, CallError> {
        self.call(
            "read the object of",
            self.objects
                .get(key)
                .map(|object| object.clone().into_bytes()),
        )
        .await
    }
}
