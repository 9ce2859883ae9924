//! A service all of whose texts are the attacker's. Names by which things are asked for again are true, because AWS checks those.

use std::collections::BTreeMap;
use std::time::Duration;

use incident_analyst::collect::{
    AlarmHistories, AnswerStatus, Child, Container, CurrentDeployment, DescribedService,
    ExportedLogs, LogEvent, LogSource, MetricAnswer, MetricQuery, Metrics, Objects, Page,
    ServiceDeployment, Services, Span, TargetGroup, TargetHealths, TaskDefinition,
};
use incident_analyst::evidence::{
    AlarmChange, ServiceEvent, ServiceName, StoppedContainer, StoppedTask, TargetHealth,
};
use jiff::Timestamp;
use shared::alarm::Kind;
use shared::failure::CallError;

/// The text that stands everywhere.
pub(super) struct Hostile<'a>(pub(super) &'a str);

const GROUP: &str =
    "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/checkout/943f017f100becff";
const BALANCER: &str =
    "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/shop/50dc6c495c0c9188";
const TASK: &str = "arn:aws:ecs:eu-west-1:111122223333:task/shop/0123456789abcdef";

/// CloudWatch Logs takes no more in one event (quotas: "Event size").
const MOST_EVENT_BYTES: usize = 1024 * 1024;

fn definition(revision: u32) -> String {
    format!("arn:aws:ecs:eu-west-1:111122223333:task-definition/checkout:{revision}")
}

fn minutes_before(span: Span, minutes: u64) -> Timestamp {
    span.until - Duration::from_mins(minutes)
}

impl Hostile<'_> {
    fn text(&self) -> String {
        self.0.to_owned()
    }

    /// As long as AWS lets such a text be.
    fn short(&self) -> String {
        self.0.chars().take(1_024).collect()
    }
}

impl Metrics for Hostile<'_> {
    /// Quiet, and then much of everything: something for every rule.
    async fn metric_data(
        &self,
        queries: &[MetricQuery],
        span: Span,
        _: Option<String>,
    ) -> Result<Page<MetricAnswer>, CallError> {
        let values = |period: u32| {
            let step = Duration::from_secs(u64::from(period.max(1)));
            let all = (0..3_600_u32).map(|number| span.from + step * number);
            let bad_from = minutes_before(span, 4);
            let all = all.take_while(|at| *at < span.until);
            all.map(|at| (at, if at < bad_from { 1.0 } else { 95.0 }))
                .collect()
        };
        let answer = |(query, asked): (usize, &MetricQuery)| MetricAnswer {
            query,
            status: AnswerStatus::Complete,
            values: values(asked.period),
        };
        Ok(Page::last(queries.iter().enumerate().map(answer).collect()))
    }

    async fn child_alarms(&self, _: &str, _: Option<String>) -> Result<Page<Child>, CallError> {
        Ok(Page::last(Vec::new()))
    }
}

impl LogSource for Hostile<'_> {
    /// As it is, and as an error that is new.
    async fn log_events(
        &self,
        _: &str,
        span: Span,
        _: usize,
        _: Option<String>,
    ) -> Result<Option<Page<LogEvent>>, CallError> {
        let messages = [self.text(), format!("ERROR {}", self.0)];
        let event = |(number, message): (u32, String)| LogEvent {
            id: format!("{}-{number}", span.from.as_second()),
            stream: self.short(),
            at: minutes_before(span, 1) + Duration::from_secs(u64::from(number)),
            message: message
                .get(..message.floor_char_boundary(MOST_EVENT_BYTES))
                .unwrap_or_default()
                .to_owned(),
        };
        let events = (0..).zip(messages.into_iter().cycle().take(6));
        Ok(Some(Page::last(events.map(event).collect())))
    }
}

impl Services for Hostile<'_> {
    async fn clusters(&self, _: Option<String>) -> Result<Page<String>, CallError> {
        Ok(Page::last(vec!["shop".to_owned()]))
    }

    async fn services_of(&self, _: &str, _: Option<String>) -> Result<Page<String>, CallError> {
        Ok(Page::last(vec!["checkout".to_owned()]))
    }

    async fn describe_services(
        &self,
        cluster: &str,
        services: &[String],
    ) -> Result<Vec<DescribedService>, CallError> {
        let now: Timestamp = super::NOW.parse().unwrap_or_default();
        let before = |minutes| now - Duration::from_mins(minutes);
        let described = |service: &String| DescribedService {
            name: ServiceName {
                cluster: cluster.to_owned(),
                service: service.clone(),
            },
            tasks: (2, 1, 1),
            task_definition: definition(8),
            deployments: vec![CurrentDeployment {
                id: "ecs-svc/8".to_owned(),
                created_at: before(6),
                updated_at: Some(before(5)),
                rollout_state: "COMPLETED".to_owned(),
                task_definition: definition(8),
            }],
            events: vec![ServiceEvent {
                id: "event-1".to_owned(),
                at: before(3),
                message: self.short(),
            }],
            target_groups: vec![GROUP.to_owned()],
        };
        let known = services.iter().filter(|service| *service == "checkout");
        Ok(known.map(described).collect())
    }

    async fn task_definition(&self, name: &str) -> Result<Option<TaskDefinition>, CallError> {
        let is_new = name.ends_with(":8");
        let image = if is_new {
            self.short()
        } else {
            "shop:1.7".to_owned()
        };
        let new = is_new.then(|| (self.short(), "hash".to_owned()));
        let container = Container {
            name: self.short(),
            log_group: Some("/ecs/shop".to_owned()),
            settings: BTreeMap::from([("image".to_owned(), image)]),
            environment: new.into_iter().collect(),
            ..Container::default()
        };
        Ok(Some(TaskDefinition {
            name: name.rsplit('/').next().unwrap_or(name).to_owned(),
            containers: vec![container],
            ..TaskDefinition::default()
        }))
    }

    async fn service_deployments(
        &self,
        _: &ServiceName,
        _: Span,
        _: Option<String>,
    ) -> Result<Page<ServiceDeployment>, CallError> {
        Ok(Page::last(Vec::new()))
    }

    async fn revisions(&self, _: &[String]) -> Result<BTreeMap<String, String>, CallError> {
        Ok(BTreeMap::new())
    }

    async fn stopped_tasks(
        &self,
        _: &ServiceName,
        _: Option<String>,
    ) -> Result<Page<String>, CallError> {
        Ok(Page::last(vec![TASK.to_owned()]))
    }

    async fn describe_tasks(&self, _: &str, _: &[String]) -> Result<Vec<StoppedTask>, CallError> {
        let now: Timestamp = super::NOW.parse().unwrap_or_default();
        Ok(vec![StoppedTask {
            id: "0123456789abcdef".to_owned(),
            stopped_at: Some(now - Duration::from_mins(2)),
            reason: self.short(),
            stop_code: "EssentialContainerExited".to_owned(),
            task_definition: "checkout:8".to_owned(),
            containers: vec![StoppedContainer {
                name: self.short(),
                exit_code: Some(1),
                reason: self.short(),
            }],
        }])
    }
}

impl TargetHealths for Hostile<'_> {
    async fn target_groups(&self, arns: &[String]) -> Result<Vec<TargetGroup>, CallError> {
        let group = |arn: &String| TargetGroup {
            arn: arn.clone(),
            load_balancers: vec![BALANCER.to_owned()],
        };
        Ok(arns.iter().map(group).collect())
    }

    async fn target_health(&self, _: &str) -> Result<Vec<TargetHealth>, CallError> {
        Ok(vec![TargetHealth {
            target: "10.0.0.7:8080".to_owned(),
            state: "unhealthy".to_owned(),
            reason: "Target.ResponseCodeMismatch".to_owned(),
            description: self.short(),
        }])
    }
}

impl AlarmHistories for Hostile<'_> {
    async fn alarm_changes(
        &self,
        _: &str,
        _: Option<Kind>,
        span: Span,
        _: Option<String>,
    ) -> Result<Page<AlarmChange>, CallError> {
        Ok(Page::last(vec![AlarmChange {
            at: minutes_before(span, 1),
            from: "OK".to_owned(),
            to: "ALARM".to_owned(),
            reason: self.short(),
        }]))
    }
}

impl ExportedLogs for Hostile<'_> {
    async fn exported_keys(&self, _: &str) -> Result<Vec<String>, CallError> {
        Ok(Vec::new())
    }

    async fn exported(&self, _: &str, _: usize) -> Result<Option<Vec<u8>>, CallError> {
        Ok(None)
    }
}

impl Objects for Hostile<'_> {
    async fn object(&self, _: &str, _: usize) -> Result<Option<Vec<u8>>, CallError> {
        Ok(None)
    }
}
