//! What a step does to the outside world: the exact change, written down before it is made, and what came of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::target::Target;
use shared::alarm::IncidentId;

/// A command that its host's agent does not take within this time is not carried out any more: the agent of a host that comes
/// back much later must not restart what somebody mended meanwhile. SSM takes no less than 30 (API reference, `SendCommand`).
pub const DELIVERY_SECONDS: i32 = 60;

/// One change of the outside world, with everything it takes to make it. Nothing in it comes from an alarm's text.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Fresh tasks of the same task definition.
    #[default]
    ForceNewDeployment,
    /// Tasks of another task definition, by its ARN.
    DeployTaskDefinition(String),
    /// A deployment that runs is stopped and rolled back, by the ARN of the service deployment.
    StopServiceDeployment(String),
    /// So many tasks; absolute, so that to ask twice is to ask once.
    SetDesiredCount(u32),
    /// These tasks are stopped, by their ARNs; ECS starts others.
    StopTasks(Vec<String>),
    /// The document of this name runs on the host of the container.
    RunDocument(String),
    /// The host's forced command runs.
    RunOverSsh(SshLogin),
    /// An automation runs.
    StartAutomation(Automation),
}

/// Where to log in, and who the host must prove to be.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SshLogin {
    /// A host name or address, with a port if it is not 22.
    pub address: String,
    /// The user to log in as.
    pub user: String,
    /// The host's public key, as `ssh-keyscan` prints it.
    pub host_key: String,
    /// The SSM parameter that holds the private key.
    pub key_parameter: String,
}

/// A run of an SSM Automation document.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Automation {
    /// The document's name.
    pub document: String,
    /// Its parameters.
    pub parameters: BTreeMap<String, Vec<String>>,
}

/// An action and the name under which it is made: whoever makes it again under the same name makes it once.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Order {
    /// What to do.
    pub action: Action,
    /// Its name.
    pub id: OrderId,
}

/// The name of one action: the incident and the rung of the ladder, such as `0a1b…-1`.
///
/// It marks what AWS keeps of a call (a command's comment, a client token), so that a call whose answer was lost is found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OrderId(String);

/// What an action began, by the name that its service knows it under.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// A deployment, such as `ecs-svc/1234567890123456789`.
    Deployment(String),
    /// A service deployment that is rolled back, by its ARN.
    ServiceDeployment(String),
    /// A number of tasks.
    DesiredCount(u32),
    /// Tasks that are stopped, by their ARNs.
    Tasks(Vec<String>),
    /// A command of SSM Run Command, by its id.
    Command(String),
    /// A command over SSH, by the order that the host keeps it under.
    Session(String),
    /// An execution of SSM Automation, by its id.
    Automation(String),
}

/// A call to an AWS service as it is planned, written down and shown.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PlannedCall {
    /// Such as `ecs`.
    pub service: String,
    /// Such as `UpdateService`.
    pub operation: String,
    /// The input, with the API reference's names.
    pub input: Value,
}

impl OrderId {
    /// The name of the action of a rung, counted from 0.
    pub fn new(incident: &IncidentId, rung: usize) -> Self {
        Self(format!("{incident}-{}", rung + 1))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Work {
    /// What it is called, without what it is.
    pub fn id(&self) -> String {
        match self {
            Self::Deployment(id)
            | Self::ServiceDeployment(id)
            | Self::Command(id)
            | Self::Session(id)
            | Self::Automation(id) => id.clone(),
            Self::DesiredCount(count) => format!("{count} tasks"),
            Self::Tasks(tasks) => tasks.join(", "),
        }
    }

    /// Whether it is a command or an automation, which tells itself how it ended.
    pub fn is_run(&self) -> bool {
        matches!(
            self,
            Self::Command(_) | Self::Session(_) | Self::Automation(_)
        )
    }

    /// What it is, as a label.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Deployment(_) | Self::ServiceDeployment(_) => "Deployment",
            Self::DesiredCount(_) => "Desired count",
            Self::Tasks(_) => "Stopped tasks",
            Self::Command(_) => "Command",
            Self::Session(_) => "Session",
            Self::Automation(_) => "Automation",
        }
    }
}

impl Order {
    /// The calls that carry it out on `target`, as they are written down and shown.
    pub fn calls(&self, target: &Target) -> Vec<PlannedCall> {
        match &self.action {
            Action::ForceNewDeployment => update(target, "forceNewDeployment", json!(true)),
            Action::DeployTaskDefinition(arn) => update(target, "taskDefinition", json!(arn)),
            Action::SetDesiredCount(count) => update(target, "desiredCount", json!(count)),
            Action::StopServiceDeployment(arn) => {
                let input = json!({"serviceDeploymentArn": arn, "stopType": "ROLLBACK"});
                call("ecs", "StopServiceDeployment", input)
            }
            Action::StopTasks(tasks) => {
                let cluster = service_input(target).get("cluster").cloned();
                let stop = |task: &String| {
                    let input = json!({"cluster": cluster, "task": task, "reason": self.comment()});
                    call("ecs", "StopTask", input)
                };
                tasks.iter().flat_map(stop).collect()
            }
            Action::RunDocument(document) => self.command(document, target),
            Action::RunOverSsh(login) => self.session(login, target),
            Action::StartAutomation(Automation {
                document,
                parameters,
            }) => {
                let input = json!({
                    "DocumentName": document,
                    "Parameters": parameters,
                    "ClientToken": self.client_token(),
                });
                call("ssm", "StartAutomationExecution", input)
            }
        }
    }

    fn command(&self, document: &str, target: &Target) -> Vec<PlannedCall> {
        let container = target.ec2_container();
        let input = json!({
            "DocumentName": document,
            "InstanceIds": [container.map(|container| container.instance.as_str())],
            "Parameters": {
                "Container": [container.map(|container| container.container.as_str())],
                "Attempt": [self.id.as_str()],
            },
            "Comment": self.comment(),
            "TimeoutSeconds": DELIVERY_SECONDS,
        });
        call("ssm", "SendCommand", input)
    }

    fn session(&self, login: &SshLogin, target: &Target) -> Vec<PlannedCall> {
        let input = json!({
            "address": login.address,
            "user": login.user,
            "hostKey": login.host_key,
            "command": self.ssh_command(target),
        });
        call("ssh", "exec", input)
    }

    /// What AWS keeps beside a call, for people and for finding it again.
    pub fn comment(&self) -> String {
        format!("lambda-medic {}", self.id.0)
    }

    /// The order's id in the form that SSM wants of a client token: a UUID.
    pub fn client_token(&self) -> String {
        let digits = shared::short_hash::short_hash(&self.id.0, 16);
        let part = |from: usize, until: usize| digits.get(from..until).unwrap_or_default();
        [
            part(0, 8),
            part(8, 12),
            part(12, 16),
            part(16, 20),
            part(20, 32),
        ]
        .join("-")
    }

    /// What the forced command on a host is asked for.
    pub fn ssh_command(&self, target: &Target) -> String {
        let container = target
            .ec2_container()
            .map(|container| container.container.as_str());
        format!("restart {} {}", container.unwrap_or_default(), self.id.0)
    }
}

fn call(service: &str, operation: &str, input: Value) -> Vec<PlannedCall> {
    let (service, operation) = (service.to_owned(), operation.to_owned());
    vec![PlannedCall {
        service,
        operation,
        input,
    }]
}

/// `UpdateService` with one change.
fn update(target: &Target, change: &str, to: Value) -> Vec<PlannedCall> {
    let mut input = service_input(target);
    input.insert(change.to_owned(), to);
    call("ecs", "UpdateService", input.into())
}

fn service_input(target: &Target) -> Map<String, Value> {
    let Some(service) = target.ecs_service() else {
        return Map::new();
    };
    let pair = |(name, value): (&str, &str)| (name.to_owned(), json!(value));
    [
        ("cluster", service.cluster.as_str()),
        ("service", service.service.as_str()),
    ]
    .map(pair)
    .into_iter()
    .collect()
}
