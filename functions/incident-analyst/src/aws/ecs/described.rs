//! What ECS describes, as facts. Pure.

use aws_sdk_ecs::types::{
    AdvancedConfiguration, Container, Deployment, DeploymentRolloutState, LoadBalancer, Service,
    ServiceDeploymentBrief, ServiceDeploymentStatus, ServiceEvent as EcsEvent, Task, TaskStopCode,
};
use shared::aws::timestamp;

use super::last_part;
use crate::aws::bounded::one_line;
use crate::collect::{
    CurrentDeployment, DescribedService, ServiceDeployment, task_definition_name,
};
use crate::evidence::{ServiceEvent, ServiceName, StoppedContainer, StoppedTask};

pub(super) fn service(cluster: &str, service: &Service) -> Option<DescribedService> {
    // ECS counts in integers that may be negative.
    let count = |count: i32| u32::try_from(count).unwrap_or_default();
    let mut groups: Vec<String> = service.load_balancers().iter().flat_map(groups).collect();
    groups.sort();
    groups.dedup();
    Some(DescribedService {
        name: ServiceName {
            cluster: cluster.to_owned(),
            service: service.service_name()?.to_owned(),
        },
        tasks: (
            count(service.desired_count()),
            count(service.running_count()),
            count(service.pending_count()),
        ),
        task_definition: service.task_definition().unwrap_or_default().to_owned(),
        deployments: service
            .deployments()
            .iter()
            .filter_map(deployment)
            .collect(),
        events: service.events().iter().filter_map(event).collect(),
        target_groups: groups,
    })
}

/// In a blue/green deployment either of the two target groups may be the one in use.
fn groups(balancer: &LoadBalancer) -> Vec<String> {
    let alternate = balancer
        .advanced_configuration()
        .and_then(AdvancedConfiguration::alternate_target_group_arn);
    let groups = [balancer.target_group_arn(), alternate];
    groups.into_iter().flatten().map(str::to_owned).collect()
}

fn deployment(deployment: &Deployment) -> Option<CurrentDeployment> {
    let state = deployment
        .rollout_state()
        .map(DeploymentRolloutState::as_str);
    Some(CurrentDeployment {
        id: deployment.id()?.to_owned(),
        created_at: timestamp(deployment.created_at()?)?,
        updated_at: deployment.updated_at().and_then(timestamp),
        rollout_state: state.unwrap_or_default().to_owned(),
        task_definition: deployment.task_definition()?.to_owned(),
    })
}

fn event(event: &EcsEvent) -> Option<ServiceEvent> {
    Some(ServiceEvent {
        id: event.id()?.to_owned(),
        at: timestamp(event.created_at()?)?,
        message: one_line(event.message().unwrap_or_default()),
    })
}

pub(super) fn service_deployment(brief: &ServiceDeploymentBrief) -> Option<ServiceDeployment> {
    let status = brief.status().map(ServiceDeploymentStatus::as_str);
    Some(ServiceDeployment {
        arn: brief.service_deployment_arn()?.to_owned(),
        status: status.unwrap_or_default().to_owned(),
        revision: brief.target_service_revision_arn()?.to_owned(),
        created_at: timestamp(brief.created_at()?)?,
        finished_at: brief.finished_at().and_then(timestamp),
    })
}

pub(super) fn stopped_task(task: &Task) -> Option<StoppedTask> {
    let stopped_at = task
        .stopped_at()
        .or(task.execution_stopped_at())
        .or(task.stopping_at());
    Some(StoppedTask {
        id: last_part(task.task_arn()?),
        stopped_at: stopped_at.and_then(timestamp),
        reason: one_line(task.stopped_reason().unwrap_or_default()),
        stop_code: task
            .stop_code()
            .map(TaskStopCode::as_str)
            .unwrap_or_default()
            .to_owned(),
        task_definition: task_definition_name(task.task_definition_arn().unwrap_or_default())
            .to_owned(),
        containers: task.containers().iter().map(container).collect(),
    })
}

fn container(container: &Container) -> StoppedContainer {
    StoppedContainer {
        name: container.name().unwrap_or_default().to_owned(),
        exit_code: container.exit_code(),
        reason: one_line(container.reason().unwrap_or_default()),
    }
}
