//! What is stopped: a deployment that runs, and tasks.

use aws_sdk_ecs::Config;
use aws_sdk_ecs::operation::stop_task::StopTaskError;
use aws_sdk_ecs::types::StopServiceDeploymentStopType;
use aws_sdk_ecs::types::error::InvalidParameterException;
use shared::aws::Call;
use shared::failure::{CallError, Classify as _, Effect};

use super::AwsTargets;
use crate::action::{Order, Work};
use crate::target::EcsService;

/// ECS has no code of its own for a task that stopped so long ago that it is forgotten, about an hour.
const FORGOTTEN: &str = "The referenced task was not found";

impl AwsTargets<'_> {
    pub(super) async fn stop_service_deployment(&self, arn: &str) -> Result<Work, CallError> {
        let call = Call::new("roll back", format!("service deployment {arn}"));
        self.clients
            .ecs
            .stop_service_deployment()
            .service_deployment_arn(arn)
            .stop_type(StopServiceDeploymentStopType::Rollback)
            .customize()
            .config_override(self.ecs_once(&call)?)
            .send()
            .await
            .map_err(|error| call.failed(error))?;
        Ok(Work::ServiceDeployment(arn.to_owned()))
    }

    /// Stops one task after the other. It ends at the first that is not stopped: the rest can be stopped again.
    pub(super) async fn stop_tasks(
        &self,
        service: &EcsService,
        tasks: &[String],
        order: &Order,
    ) -> Result<Work, CallError> {
        for (stopped, task) in tasks.iter().enumerate() {
            match self.stop_task(service, task, order).await {
                Ok(()) => {}
                // That this task was not stopped does not mean that nothing was done.
                Err(error) if stopped > 0 && error.effect() == Effect::None => {
                    let some = (error.kind(), Effect::Unknown);
                    let service = service.to_string();
                    return Err(CallError::new(
                        "stop all unhealthy tasks of",
                        service,
                        some,
                        error,
                    ));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(Work::Tasks(tasks.to_vec()))
    }

    /// A task is stopped once, however often that is asked for, so the SDK may ask again.
    async fn stop_task(
        &self,
        service: &EcsService,
        task: &str,
        order: &Order,
    ) -> Result<(), CallError> {
        let call = Call::new("stop", format!("task {task}"));
        let timeouts = call.once(self.deadline)?;
        let answer = self
            .clients
            .ecs
            .stop_task()
            .cluster(service.cluster.as_str())
            .task(task)
            .reason(order.comment())
            .customize()
            .config_override(Config::builder().timeout_config(timeouts))
            .send()
            .await;
        match answer {
            Ok(_) => Ok(()),
            Err(error) if error.as_service_error().is_some_and(is_gone) => Ok(()),
            Err(error) => Err(call.failed(error)),
        }
    }
}

fn is_gone(error: &StopTaskError) -> bool {
    let StopTaskError::InvalidParameterException(error) = error else {
        return false;
    };
    let message = InvalidParameterException::message(error);
    message.is_some_and(|message| message.contains(FORGOTTEN))
}

#[cfg(test)]
mod tests;
