//! The tasks of a service, and whether they are well.

use std::collections::BTreeMap;

use aws_sdk_ecs::types::{Container, DesiredStatus, HealthStatus, LoadBalancer, Task};
use shared::aws::{Call, timestamp};
use shared::failure::CallError;
use tracing::warn;

use super::AwsTargets;
use super::health::Behind;
use crate::target::EcsService;
use crate::targets::TaskHealth;

/// A hundred tasks a page, as many as may be described at once (API reference, `ListTasks` and `DescribeTasks`).
const MOST_PAGES: usize = 10;

impl AwsTargets<'_> {
    /// The tasks that are to run, by ARN, with what their load balancers and health checks think of them.
    pub(super) async fn tasks(
        &self,
        service: &EcsService,
        balancers: &[LoadBalancer],
    ) -> Result<Vec<TaskHealth>, CallError> {
        let (tasks, behind) = tokio::try_join!(
            self.running_tasks(service),
            self.unhealthy_targets(balancers)
        )?;
        // Only targets that are instances take the instances of tasks to be told apart.
        let instances = if behind.iter().any(Behind::has_instances) {
            self.instances(service, &tasks).await?
        } else {
            BTreeMap::new()
        };
        let health = tasks
            .iter()
            .filter_map(|task| health(task, &behind, &instances));
        let mut health: Vec<_> = health.collect();
        health.sort_by(|a, b| a.arn.cmp(&b.arn));
        Ok(health)
    }

    async fn running_tasks(&self, service: &EcsService) -> Result<Vec<Task>, CallError> {
        let call = Call::new("list the tasks of", service.to_string());
        let (mut tasks, mut next) = (Vec::new(), None);
        for _ in 0..MOST_PAGES {
            let page = self
                .clients
                .ecs
                .list_tasks()
                .cluster(service.cluster.as_str())
                .service_name(service.service.as_str())
                .desired_status(DesiredStatus::Running)
                .set_next_token(next)
                .customize()
                .config_override(self.ecs_look(&call)?)
                .send()
                .await
                .map_err(|error| call.failed(error))?;
            let arns = page.task_arns.unwrap_or_default();
            // ECS refuses to describe no tasks.
            if !arns.is_empty() {
                tasks.extend(self.described_tasks(service, arns).await?);
            }
            next = page.next_token;
            if next.is_none() {
                return Ok(tasks);
            }
        }
        warn!("{service} has more than {MOST_PAGES} pages of tasks; the rest was not looked at");
        Ok(tasks)
    }

    async fn described_tasks(
        &self,
        service: &EcsService,
        arns: Vec<String>,
    ) -> Result<impl Iterator<Item = Task>, CallError> {
        let call = Call::new("describe the tasks of", service.to_string());
        let answer = self
            .clients
            .ecs
            .describe_tasks()
            .cluster(service.cluster.as_str())
            .set_tasks(Some(arns))
            .customize()
            .config_override(self.ecs_look(&call)?)
            .send()
            .await
            .map_err(|error| call.failed(error))?;
        // A task may have been told to stop since it was listed.
        let is_to_run = |task: &Task| task.desired_status() == Some("RUNNING");
        Ok(answer
            .tasks
            .unwrap_or_default()
            .into_iter()
            .filter(is_to_run))
    }
}

fn health(
    task: &Task,
    behind: &[Behind],
    instances: &BTreeMap<String, String>,
) -> Option<TaskHealth> {
    let instance = task
        .container_instance_arn()
        .and_then(|arn| instances.get(arn));
    let mut balancers = behind.iter();
    let by_balancer = balancers.find_map(|behind| behind.unhealthy(task, instance));
    Some(TaskHealth {
        arn: task.task_arn()?.to_owned(),
        unhealthy: by_balancer.or_else(|| by_health_check(task)),
        started_at: task.started_at().and_then(timestamp),
    })
}

/// A task is `UNHEALTHY` if one of its essential containers is (API reference, `Task`).
fn by_health_check(task: &Task) -> Option<String> {
    if task.health_status() != Some(&HealthStatus::Unhealthy) {
        return None;
    }
    let containers = task.containers().iter();
    let unhealthy =
        containers.filter(|container| container.health_status() == Some(&HealthStatus::Unhealthy));
    let names: Vec<&str> = unhealthy.filter_map(Container::name).collect();
    Some(match names.as_slice() {
        [] => "UNHEALTHY by its container's health check".to_owned(),
        names => format!("UNHEALTHY by the health check of {}", names.join(", ")),
    })
}

#[cfg(test)]
mod tests;
