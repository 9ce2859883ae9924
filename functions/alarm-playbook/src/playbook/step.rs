use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::TargetSource;
use crate::ssh::{HostKey, SshAddress, SshUser};
use crate::target::InstanceId;

/// A step: one rung of a playbook's ladder, with what it needs to know.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Fresh tasks of the same task definition: `UpdateService` with `forceNewDeployment`.
    RestartService,
    /// More tasks: `UpdateService` with `desiredCount`. Never fewer.
    ScaleService(ScaleService),
    /// Back to what served before: a running deployment is stopped and rolled back, else the newest successful deployment of
    /// another task definition from before the alarm is deployed again.
    RollbackDeployment,
    /// The tasks that the load balancer, or their own health check, calls unhealthy are stopped; ECS starts others.
    StopUnhealthyTasks,
    /// The container is restarted on its host by SSM Run Command.
    RestartContainer,
    /// The container is restarted on its host by a forced command over SSH.
    RestartContainerOverSsh(OverSsh),
    /// An SSM Automation document that the installation allows.
    RunAutomation(RunAutomation),
    /// People are told, and the next step follows at once.
    Notify(Message),
    /// Somebody is called, and nothing more is done: the last step.
    Page(Message),
}

/// How many tasks a service is scaled to.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct ScaleService {
    /// So many more than now; or `to`.
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub by: Option<u32>,
    /// So many in all; or `by`.
    #[serde(default)]
    pub to: Option<u32>,
    /// At least so many.
    #[serde(default)]
    pub min: u32,
    /// At most so many. Required: a step that can grow without end would pay for every false alarm.
    pub max: u32,
}

/// How hosts are reached over SSH.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct OverSsh {
    /// The user to log in as.
    pub user: SshUser,
    /// The SSM parameter (a `SecureString`) that holds the private key in OpenSSH's form.
    pub key_parameter: String,
    /// Each host of the playbook by its instance id.
    pub hosts: BTreeMap<InstanceId, SshHost>,
}

/// A host.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct SshHost {
    /// A host name or address, with a port if it is not 22.
    pub address: SshAddress,
    /// The host's public key, such as `ssh-ed25519 AAAA…`. A host that shows another is not talked to.
    pub host_key: HostKey,
}

/// An automation, as the playbook has it.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct RunAutomation {
    /// The document's name; the installation's own list must have it, too.
    pub document: String,
    /// Its parameters, as the document names them.
    #[serde(default)]
    pub parameters: BTreeMap<String, Vec<String>>,
}

/// What people read first.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// One line.
    #[schemars(length(max = 200))]
    pub subject: String,
}

/// The steps by their names alone, as records and reports have them.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepName {
    /// Fresh tasks.
    RestartService,
    /// More tasks.
    ScaleService,
    /// Back to what served before.
    RollbackDeployment,
    /// Sick tasks stopped.
    StopUnhealthyTasks,
    /// A container restarted by SSM.
    RestartContainer,
    /// A container restarted over SSH.
    RestartContainerOverSsh,
    /// An SSM Automation document.
    RunAutomation,
    /// People told.
    Notify,
    /// Somebody called.
    Page,
}

impl Step {
    /// Its name.
    pub fn name(&self) -> StepName {
        match self {
            Self::RestartService => StepName::RestartService,
            Self::ScaleService(_) => StepName::ScaleService,
            Self::RollbackDeployment => StepName::RollbackDeployment,
            Self::StopUnhealthyTasks => StepName::StopUnhealthyTasks,
            Self::RestartContainer => StepName::RestartContainer,
            Self::RestartContainerOverSsh(_) => StepName::RestartContainerOverSsh,
            Self::RunAutomation(_) => StepName::RunAutomation,
            Self::Notify(_) => StepName::Notify,
            Self::Page(_) => StepName::Page,
        }
    }

    /// What is wrong with it in a playbook for such targets.
    pub(super) fn wrong(&self, target: &TargetSource) -> Option<String> {
        let name = self.name();
        if let Some(needed) = name.acts_on()
            && needed != target.kind()
        {
            return Some(format!("{} acts on an {needed}", name.as_str()));
        }
        match self {
            Self::ScaleService(scale) => scale.wrong().map(str::to_owned),
            Self::RestartContainerOverSsh(over) => over.wrong(target),
            Self::Notify(message) | Self::Page(message) => {
                let subject = message.subject.trim();
                let is_odd = subject.is_empty() || subject.chars().count() > 200;
                is_odd.then(|| "a subject has 1 to 200 characters".to_owned())
            }
            Self::RunAutomation(run) if run.document.trim().is_empty() => {
                Some("run_automation names no document".to_owned())
            }
            _ => None,
        }
    }
}

impl ScaleService {
    /// The count that follows from `current`, within the step's own limits and those of others; never less than `current`.
    pub fn count(&self, current: u32, others: Option<(u32, u32)>) -> u32 {
        let wanted = match (self.by, self.to) {
            (Some(by), _) => current.saturating_add(by),
            (None, Some(to)) => to,
            (None, None) => current,
        };
        let (least, most) = others.unwrap_or((0, u32::MAX));
        let (least, most) = (self.min.max(least), self.max.min(most));
        wanted.max(least).min(most).max(current)
    }

    fn wrong(&self) -> Option<&'static str> {
        match (self.by, self.to) {
            (None, None) | (Some(_), Some(_)) => Some("scale_service takes either `by` or `to`"),
            (Some(0), None) => Some("scale_service by 0 does nothing"),
            _ if self.min > self.max => Some("scale_service has a `min` above its `max`"),
            (None, Some(to)) if !(self.min..=self.max).contains(&to) => {
                Some("scale_service goes to a number outside its own limits")
            }
            _ => None,
        }
    }
}

impl OverSsh {
    /// A host without an address would be found out at night.
    fn wrong(&self, target: &TargetSource) -> Option<String> {
        let missing = target
            .instances()
            .iter()
            .find(|instance| !self.hosts.contains_key(*instance))?;
        let missing = missing.as_str();
        Some(format!(
            "restart_container_over_ssh has no host for {missing}"
        ))
    }
}

impl StepName {
    /// As the playbook file has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RestartService => "restart_service",
            Self::ScaleService => "scale_service",
            Self::RollbackDeployment => "rollback_deployment",
            Self::StopUnhealthyTasks => "stop_unhealthy_tasks",
            Self::RestartContainer => "restart_container",
            Self::RestartContainerOverSsh => "restart_container_over_ssh",
            Self::RunAutomation => "run_automation",
            Self::Notify => "notify",
            Self::Page => "page",
        }
    }

    /// As people read it.
    pub fn title(self) -> &'static str {
        match self {
            Self::RestartService => "restart ECS service",
            Self::ScaleService => "scale ECS service",
            Self::RollbackDeployment => "roll the deployment back",
            Self::StopUnhealthyTasks => "stop unhealthy tasks",
            Self::RestartContainer => "restart container",
            Self::RestartContainerOverSsh => "restart container over SSH",
            Self::RunAutomation => "run SSM Automation",
            Self::Notify => "tell people",
            Self::Page => "call somebody",
        }
    }

    /// As the subject of a sentence: the restart, the rollback.
    pub fn noun(self) -> &'static str {
        match self {
            Self::RestartService | Self::RestartContainer | Self::RestartContainerOverSsh => {
                "restart"
            }
            Self::ScaleService => "scaling",
            Self::RollbackDeployment => "rollback",
            Self::StopUnhealthyTasks => "stopping of tasks",
            Self::RunAutomation => "automation",
            Self::Notify | Self::Page => "message",
        }
    }

    /// What kind of target it needs; none if any will do.
    fn acts_on(self) -> Option<&'static str> {
        match self {
            Self::RestartService
            | Self::ScaleService
            | Self::RollbackDeployment
            | Self::StopUnhealthyTasks => Some(super::target::ECS_SERVICE),
            Self::RestartContainer | Self::RestartContainerOverSsh => {
                Some(super::target::EC2_CONTAINER)
            }
            Self::RunAutomation | Self::Notify | Self::Page => None,
        }
    }
}
