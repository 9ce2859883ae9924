//! The state of a target from a file, in the form that the AWS CLI prints it.

use alarm_playbook::alarms::Tags;
use alarm_playbook::target::Target;
use alarm_playbook::targets::{Deployment, HostState, PastDeployment, ServiceState, TargetState};
use anyhow::Context as _;
use jiff::Timestamp;
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
    created_at: Option<Timestamp>,
    #[serde(default)]
    desired_count: u32,
    #[serde(default)]
    running_count: u32,
    deployment_configuration: Option<DeploymentConfiguration>,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DeploymentConfiguration {
    minimum_healthy_percent: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tagged {
    tags: Vec<Tag>,
}

/// ECS writes `key` and `value`, CloudWatch `Key` and `Value`.
#[derive(Deserialize)]
struct Tag {
    #[serde(alias = "Key")]
    key: String,
    #[serde(alias = "Value")]
    value: String,
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
    created_at: Option<Timestamp>,
    updated_at: Option<Timestamp>,
}

/// Reads what `aws ecs describe-services` printed about one service.
pub(super) fn parse(json: &str) -> anyhow::Result<ServiceState> {
    let described: Described = serde_json::from_str(json)?;
    let service = described.services.into_iter().next();
    let service = service.context("it describes no service")?;
    Ok(ServiceState {
        status: service.status,
        deployment_controller: service
            .deployment_controller
            .map_or("ECS".to_owned(), |controller| controller.r#type),
        tags: by_key(service.tags),
        deployments: service
            .deployments
            .into_iter()
            .map(Deployment::from)
            .collect(),
        created_at: service.created_at,
        desired_count: service.desired_count,
        running_count: service.running_count,
        minimum_healthy_percent: service
            .deployment_configuration
            .and_then(|configuration| configuration.minimum_healthy_percent),
        ..ServiceState::default()
    })
}

/// Reads what `aws cloudwatch list-tags-for-resource` printed.
pub(super) fn parse_tags(json: &str) -> anyhow::Result<Tags> {
    let tagged: Tagged = serde_json::from_str(json)?;
    Ok(by_key(tagged.tags))
}

fn by_key(tags: Vec<Tag>) -> Tags {
    tags.into_iter().map(|tag| (tag.key, tag.value)).collect()
}

impl From<EcsDeployment> for Deployment {
    fn from(deployment: EcsDeployment) -> Self {
        Self {
            id: deployment.id,
            status: deployment.status,
            task_definition: deployment.task_definition,
            rollout_state: deployment.rollout_state,
            rollout_state_reason: String::new(),
            created_at: deployment.created_at,
            updated_at: deployment.updated_at,
        }
    }
}

/// A target that nothing is the matter with but the alarm.
pub(super) fn undisturbed(target: &Target) -> TargetState {
    match target {
        Target::EcsService(_) => TargetState::Service(undisturbed_service()),
        Target::Ec2Container(_) => TargetState::Host(HostState {
            ping_status: Some("Online".to_owned()),
            tags: Tags::new(),
        }),
    }
}

/// The same, where a version that served before the present one can be gone back to.
pub(super) fn undisturbed_with_a_past(target: &Target) -> TargetState {
    match undisturbed(target) {
        TargetState::Service(service) => TargetState::Service(ServiceState {
            history: Some(vec![PastDeployment {
                arn: "unknown".to_owned(),
                status: "SUCCESSFUL".to_owned(),
                task_definition: "the version before".to_owned(),
                images: Vec::new(),
                created_at: None,
                finished_at: Some(Timestamp::UNIX_EPOCH),
            }]),
            ..service
        }),
        host @ TargetState::Host(_) => host,
    }
}

fn undisturbed_service() -> ServiceState {
    ServiceState {
        status: "ACTIVE".to_owned(),
        deployment_controller: "ECS".to_owned(),
        deployments: vec![Deployment {
            id: "unknown".to_owned(),
            status: "PRIMARY".to_owned(),
            task_definition: "unknown".to_owned(),
            rollout_state: "COMPLETED".to_owned(),
            rollout_state_reason: String::new(),
            created_at: None,
            updated_at: None,
        }],
        ..ServiceState::default()
    }
}
