//! What ECS says of a service.

use aws_sdk_ecs::config::Builder;
use aws_sdk_ecs::operation::describe_services::DescribeServicesError;
use aws_sdk_ecs::types::{
    Deployment as EcsDeployment, DeploymentConfiguration, DeploymentRolloutState, Service,
    ServiceField, Tag,
};
use shared::aws::{Call, timestamp};
use shared::failure::CallError;

use super::AwsTargets;
use crate::target::EcsService;
use crate::targets::{Also, Deployment, ServiceState};

impl AwsTargets<'_> {
    /// A service and what else is asked for, or `None` if there is none. Of a service that was deleted nothing else is
    /// asked: ECS shows it for a while, and refuses the other questions.
    pub(super) async fn service(
        &self,
        service: &EcsService,
        also: Also,
    ) -> Result<Option<ServiceState>, CallError> {
        let Some(described) = self.describe(service).await? else {
            return Ok(None);
        };
        let mut state = state(&described);
        if state.status == "INACTIVE" {
            return Ok(Some(state));
        }
        let (scaling, history, tasks) = tokio::try_join!(
            if_asked(also.scaling, self.scaling(service)),
            if_asked(also.history, self.history(service)),
            if_asked(also.tasks, self.tasks(service, described.load_balancers())),
        )?;
        (state.scaling, state.history, state.tasks) = (scaling.flatten(), history, tasks);
        Ok(Some(state))
    }

    async fn describe(&self, service: &EcsService) -> Result<Option<Service>, CallError> {
        let call = Call::new("describe", service.to_string());
        let answer = self
            .clients
            .ecs
            .describe_services()
            .cluster(service.cluster.as_str())
            .services(service.service.as_str())
            .include(ServiceField::Tags)
            .customize()
            .config_override(self.ecs_look(&call)?)
            .send()
            .await;
        match answer {
            Ok(output) => Ok(output.services.unwrap_or_default().into_iter().next()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(DescribeServicesError::is_cluster_not_found_exception) =>
            {
                Ok(None)
            }
            Err(error) => Err(call.failed(error)),
        }
    }

    /// What every look at ECS has in common: it may be repeated, and it ends in time.
    pub(super) fn ecs_look(&self, call: &Call) -> Result<Builder, CallError> {
        let timeouts = call.repeatable(self.deadline)?;
        Ok(aws_sdk_ecs::Config::builder().timeout_config(timeouts))
    }
}

async fn if_asked<T>(
    is_asked: bool,
    answer: impl Future<Output = Result<T, CallError>>,
) -> Result<Option<T>, CallError> {
    if is_asked {
        answer.await.map(Some)
    } else {
        Ok(None)
    }
}

pub(super) fn state(service: &Service) -> ServiceState {
    let controller = service.deployment_controller();
    let configuration = service.deployment_configuration();
    let minimum = configuration.and_then(DeploymentConfiguration::minimum_healthy_percent);
    let deployments = service.deployments().iter();
    ServiceState {
        status: service.status().unwrap_or_default().to_owned(),
        // A service without a controller is deployed by ECS (API reference, `DeploymentController`).
        deployment_controller: controller
            .map_or("ECS", |controller| controller.r#type().as_str())
            .to_owned(),
        tags: service.tags().iter().filter_map(tag).collect(),
        deployments: deployments.filter_map(deployment).collect(),
        created_at: service.created_at().and_then(timestamp),
        // ECS counts in integers that may be negative.
        desired_count: service.desired_count().try_into().unwrap_or_default(),
        running_count: service.running_count().try_into().unwrap_or_default(),
        minimum_healthy_percent: minimum.and_then(|percent| percent.try_into().ok()),
        scaling: None,
        history: None,
        tasks: None,
    }
}

fn tag(tag: &Tag) -> Option<(String, String)> {
    Some((tag.key()?.to_owned(), tag.value()?.to_owned()))
}

fn deployment(deployment: &EcsDeployment) -> Option<Deployment> {
    let rollout_state = deployment
        .rollout_state()
        .map(DeploymentRolloutState::as_str);
    Some(Deployment {
        id: deployment.id()?.to_owned(),
        status: deployment.status().unwrap_or_default().to_owned(),
        task_definition: deployment.task_definition()?.to_owned(),
        rollout_state: rollout_state.unwrap_or_default().to_owned(),
        rollout_state_reason: deployment
            .rollout_state_reason()
            .unwrap_or_default()
            .to_owned(),
        created_at: deployment.created_at().and_then(timestamp),
        updated_at: deployment.updated_at().and_then(timestamp),
    })
}

#[cfg(test)]
pub(super) mod tests;
