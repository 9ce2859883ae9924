//! Changes of a service by `UpdateService`. It takes no client token: the SDK's own retry would change it twice after a
//! lost answer.

use aws_config::retry::RetryConfig;
use aws_sdk_ecs::config::Builder;
use aws_sdk_ecs::operation::update_service::builders::UpdateServiceFluentBuilder;
use aws_sdk_ecs::types::Service;
use shared::aws::Call;
use shared::failure::CallError;

use super::AwsTargets;
use super::ecs::state;
use crate::action::Work;
use crate::target::EcsService;

impl AwsTargets<'_> {
    pub(super) async fn force_new_deployment(
        &self,
        service: &EcsService,
    ) -> Result<Work, CallError> {
        let call = Call::new("force a new deployment of", service.to_string());
        let input = self.update(service).force_new_deployment(true);
        let updated = self.send_update(&call, input).await?;
        deployment(&call, updated.as_ref())
    }

    pub(super) async fn deploy(
        &self,
        service: &EcsService,
        task_definition: &str,
    ) -> Result<Work, CallError> {
        let call = Call::new("deploy another task definition to", service.to_string());
        let input = self.update(service).task_definition(task_definition);
        let updated = self.send_update(&call, input).await?;
        deployment(&call, updated.as_ref())
    }

    pub(super) async fn set_desired_count(
        &self,
        service: &EcsService,
        count: u32,
    ) -> Result<Work, CallError> {
        let call = Call::new("set the desired count of", service.to_string());
        let desired = i32::try_from(count).map_err(|error| call.refused(error))?;
        let input = self.update(service).desired_count(desired);
        self.send_update(&call, input).await?;
        Ok(Work::DesiredCount(count))
    }

    fn update(&self, service: &EcsService) -> UpdateServiceFluentBuilder {
        self.clients
            .ecs
            .update_service()
            .cluster(service.cluster.as_str())
            .service(service.service.as_str())
    }

    async fn send_update(
        &self,
        call: &Call,
        input: UpdateServiceFluentBuilder,
    ) -> Result<Option<Service>, CallError> {
        let answer = input
            .customize()
            .config_override(self.ecs_once(call)?)
            .send()
            .await
            .map_err(|error| call.failed(error))?;
        Ok(answer.service)
    }

    /// What every change by ECS has in common that must not be made twice.
    pub(super) fn ecs_once(&self, call: &Call) -> Result<Builder, CallError> {
        Ok(aws_sdk_ecs::Config::builder()
            .timeout_config(call.once(self.deadline)?)
            .retry_config(RetryConfig::disabled()))
    }
}

/// The deployment that a change began.
fn deployment(call: &Call, updated: Option<&Service>) -> Result<Work, CallError> {
    let state = updated.map(state);
    let primary = state.as_ref().and_then(|state| state.primary());
    primary
        .map(|deployment| Work::Deployment(deployment.id.clone()))
        .ok_or_else(|| call.misanswered("ECS sent no primary deployment"))
}

#[cfg(test)]
mod tests;
