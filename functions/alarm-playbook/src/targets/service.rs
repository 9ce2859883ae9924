use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::alarms::Tags;

/// How far apart ECS may date a service and its first deployment.
const MADE_WITH_THE_SERVICE: SignedDuration = SignedDuration::from_secs(10);

/// What ECS says of a service.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ServiceState {
    /// `ACTIVE`, `DRAINING` or `INACTIVE`.
    pub status: String,
    /// Who deploys it: `ECS`, `CODE_DEPLOY` or `EXTERNAL`.
    pub deployment_controller: String,
    /// Its tags.
    pub tags: Tags,
    /// Its deployments, those that are being replaced included.
    pub deployments: Vec<Deployment>,
    /// When it was created.
    pub created_at: Option<Timestamp>,
    /// How many tasks it is to have.
    pub desired_count: u32,
    /// How many run.
    pub running_count: u32,
    /// How many percent of the desired tasks a deployment keeps running; none where ECS does not say.
    pub minimum_healthy_percent: Option<u32>,
    /// Within which limits it is scaled by others; none if it is not, or if nobody asked.
    pub scaling: Option<ScalingLimits>,
    /// Its past service deployments, newest first; none if nobody asked.
    pub history: Option<Vec<PastDeployment>>,
    /// Its tasks; none if nobody asked.
    pub tasks: Option<Vec<TaskHealth>>,
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

/// The limits of a scalable target (API reference of Application Auto Scaling, `ScalableTarget`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ScalingLimits {
    /// No fewer tasks.
    pub min: u32,
    /// No more tasks.
    pub max: u32,
}

/// A service deployment, as ECS remembers it (API reference, `ServiceDeployment`).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PastDeployment {
    /// Its ARN.
    pub arn: String,
    /// Such as `SUCCESSFUL`, `IN_PROGRESS` or `ROLLBACK_SUCCESSFUL`.
    pub status: String,
    /// The ARN of the task definition of its target revision.
    pub task_definition: String,
    /// The images of that revision.
    pub images: Vec<Image>,
    /// When it was created.
    pub created_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// A container's image.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Image {
    /// As the task definition names it.
    pub name: String,
    /// What it was when it was deployed, such as `sha256:…`.
    pub digest: Option<String>,
}

/// A task that is to run, and whether it is well.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TaskHealth {
    /// Its ARN.
    pub arn: String,
    /// Why it is not well, in the words of its load balancer or of its container's health check; none if it is.
    pub unhealthy: Option<String>,
    /// When it was started.
    pub started_at: Option<Timestamp>,
}

impl ServiceState {
    /// The deployment that is wanted now.
    pub fn primary(&self) -> Option<&Deployment> {
        let mut deployments = self.deployments.iter();
        deployments.find(|deployment| deployment.status == "PRIMARY")
    }

    /// Whether a deployment is the service's first, made with it.
    pub fn is_first(&self, deployment: &Deployment) -> bool {
        let made_with = |service: Timestamp, deployment: Timestamp| {
            deployment.duration_since(service).abs() < MADE_WITH_THE_SERVICE
        };
        self.created_at
            .zip(deployment.created_at)
            .is_some_and(|(service, deployment)| made_with(service, deployment))
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
