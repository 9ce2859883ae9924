//! The state of a target from a file, in the form that the AWS CLI prints it.

use alarm_playbook::services::{Deployment, ServiceState};
use anyhow::Context as _;
use serde::Deserialize;

#[derive(Deserialize)]
struct Described {
    services: Vec<Service>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Service {
    status: String,
    deployment_controller: Option<Controller>,
    deployments: Vec<EcsDeployment>,
}

#[derive(Deserialize)]
struct Controller {
    r#type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EcsDeployment {
    id: String,
    status: String,
    task_definition: String,
    #[serde(default)]
    rollout_state: String,
}

/// Reads what `aws ecs describe-services` printed about one service.
pub(super) fn parse(json: &str) -> anyhow::Result<ServiceState> {
    let described: Described = serde_json::from_str(json)?;
    let service = described.services.into_iter().next();
    let service = service.context("it describes no service")?;
    let mut rollouts = service.deployments.into_iter();
    let primary = rollouts.find(|rollout| rollout.status == "PRIMARY");
    Ok(ServiceState {
        status: service.status,
        deployment_controller: service
            .deployment_controller
            .map_or("ECS".to_owned(), |controller| controller.r#type),
        primary: primary.map(|rollout| Deployment {
            id: rollout.id,
            task_definition: rollout.task_definition,
            rollout_state: rollout.rollout_state,
        }),
    })
}

/// A service that nothing is the matter with but the alarm.
pub(super) fn undisturbed() -> ServiceState {
    ServiceState {
        status: "ACTIVE".to_owned(),
        deployment_controller: "ECS".to_owned(),
        primary: Some(Deployment {
            id: "unknown".to_owned(),
            task_definition: "unknown".to_owned(),
            rollout_state: "COMPLETED".to_owned(),
        }),
    }
}
