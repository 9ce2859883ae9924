//! The services that steps act on: the narrow trait between the playbook and the world.

use std::future::Future;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::failure::CallError;

use crate::alarms::Tags;
use crate::target::EcsService;

/// What ECS says of a service.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ServiceState {
    /// `ACTIVE`, `DRAINING` or `INACTIVE`.
    pub status: String,
    /// Who deploys it: `ECS`, `CODE_DEPLOY` or `EXTERNAL`.
    pub deployment_controller: String,
    /// Its tags.
    pub tags: Tags,
    /// Its deployments, those that are being replaced included.
    pub deployments: Vec<Deployment>,
}

/// A deployment of a service.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Deployment {
    /// Such as `ecs-svc/1234567890123456789`.
    pub id: String,
    /// `PRIMARY` for the one that is wanted, `ACTIVE` for one that is being replaced.
    pub status: String,
    /// The ARN of the task definition it runs.
    pub task_definition: String,
    /// `IN_PROGRESS`, `COMPLETED` or `FAILED`; empty where ECS says nothing, as behind a Classic Load Balancer.
    pub rollout_state: String,
    /// Why, in its words.
    pub rollout_state_reason: String,
    /// When it was created.
    pub created_at: Option<Timestamp>,
    /// When ECS last changed anything about it.
    pub updated_at: Option<Timestamp>,
}

/// A deployment that an intent is about: the one that was there before, or the one that came of it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct DeploymentRef {
    /// Such as `ecs-svc/1234567890123456789`.
    pub deployment: String,
    /// The ARN of the task definition it runs.
    pub task_definition: String,
}

impl ServiceState {
    /// The deployment that is wanted now.
    pub fn primary(&self) -> Option<&Deployment> {
        let mut deployments = self.deployments.iter();
        deployments.find(|deployment| deployment.status == "PRIMARY")
    }

    /// The deployment that is being rolled out, if one is.
    ///
    /// Where ECS gives no rollout state, more than one deployment means that one replaces another.
    pub fn rollout(&self) -> Option<&Deployment> {
        let primary = self.primary()?;
        let is_silent = primary.rollout_state.is_empty() && self.deployments.len() > 1;
        let is_rolling = primary.rollout_state == "IN_PROGRESS" || is_silent;
        is_rolling.then_some(primary)
    }
}

impl From<&Deployment> for DeploymentRef {
    fn from(deployment: &Deployment) -> Self {
        Self {
            deployment: deployment.id.clone(),
            task_definition: deployment.task_definition.clone(),
        }
    }
}

/// A call to an AWS service as it is planned, written down and shown.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PlannedCall {
    /// Such as `ecs`.
    pub service: String,
    /// Such as `UpdateService`.
    pub operation: String,
    /// The input, with the API reference's names.
    pub input: serde_json::Value,
}

impl PlannedCall {
    /// The call that [`Services::force_new_deployment`] makes.
    pub fn force_new_deployment(service: &EcsService) -> Self {
        Self {
            service: "ecs".to_owned(),
            operation: "UpdateService".to_owned(),
            input: serde_json::json!({
                "cluster": service.cluster,
                "service": service.service,
                "forceNewDeployment": true,
            }),
        }
    }
}

/// Services on ECS.
pub trait Services: Sync {
    /// What is known of the service now, or `None` if there is no such service.
    fn describe(
        &self,
        service: &EcsService,
    ) -> impl Future<Output = Result<Option<ServiceState>, CallError>> + Send;

    /// `UpdateService` with `forceNewDeployment`: fresh tasks of the same task definition. Returns the new
    /// primary deployment.
    ///
    /// It takes no client token, so it must be sent once only: an error with
    /// [`Effect::Unknown`](shared::failure::Effect::Unknown) is settled by looking, never by sending again.
    fn force_new_deployment(
        &self,
        service: &EcsService,
    ) -> impl Future<Output = Result<DeploymentRef, CallError>> + Send;
}
