//! The limits that Application Auto Scaling keeps a service within.

use aws_sdk_applicationautoscaling::Config;
use aws_sdk_applicationautoscaling::types::{ScalableDimension, ScalableTarget, ServiceNamespace};
use shared::aws::Call;
use shared::failure::CallError;

use super::AwsTargets;
use crate::target::EcsService;
use crate::targets::ScalingLimits;

impl AwsTargets<'_> {
    /// The limits of a service, or `None` if it is not scaled.
    pub(super) async fn scaling(
        &self,
        service: &EcsService,
    ) -> Result<Option<ScalingLimits>, CallError> {
        let call = Call::new("read the scaling limits of", service.to_string());
        let timeouts = call.repeatable(self.deadline)?;
        let answer = self
            .clients
            .autoscaling
            .describe_scalable_targets()
            .service_namespace(ServiceNamespace::Ecs)
            .resource_ids(format!("service/{}/{}", service.cluster, service.service))
            .scalable_dimension(ScalableDimension::EcsServiceDesiredCount)
            .customize()
            .config_override(Config::builder().timeout_config(timeouts))
            .send()
            .await
            .map_err(|error| call.failed(error))?;
        Ok(answer.scalable_targets().first().map(limits))
    }
}

fn limits(target: &ScalableTarget) -> ScalingLimits {
    ScalingLimits {
        min: target.min_capacity().try_into().unwrap_or_default(),
        max: target.max_capacity().try_into().unwrap_or_default(),
    }
}

#[cfg(test)]
pub(super) mod tests;
