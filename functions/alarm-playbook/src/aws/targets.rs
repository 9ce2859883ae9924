//! Targets on AWS: services by the calls of ECS, containers on hosts by SSM or over SSH.
//!
//! Where to look: `ecs`, `scaling`, `deployments`, `tasks`, `health` and `instances` look at services, `hosts` at hosts;
//! `update` and `stopping` change services, `commands` and `sessions` hosts, `automations` whatever they change.

mod automations;
mod bounded;
mod commands;
mod deployments;
mod ecs;
mod health;
mod hosts;
mod instances;
mod keys;
mod scaling;
mod sessions;
mod stopping;
mod tasks;
mod update;

use shared::aws::Call;
use shared::deadline::Deadline;
use shared::failure::CallError;

pub use self::keys::KeyCache;
use super::Clients;
use crate::action::{Action, Order, Work};
use crate::target::Target;
use crate::targets::{Also, Run, TargetState, Targets};

/// What steps act on, for the length of one invocation.
#[derive(Clone, Copy, Debug)]
pub struct AwsTargets<'a> {
    /// The clients, built once per sandbox.
    pub clients: &'a Clients,
    /// The account of the function, and of the hosts.
    pub account: &'a str,
    /// The region of the function, and of the hosts.
    pub region: &'a str,
    /// By when every call must be over.
    pub deadline: Deadline,
}

impl Targets for AwsTargets<'_> {
    async fn look(&self, target: &Target, also: Also) -> Result<Option<TargetState>, CallError> {
        Ok(match target {
            Target::EcsService(service) => {
                let state = Box::pin(self.service(service, also)).await?;
                state.map(TargetState::Service)
            }
            Target::Ec2Container(container) => {
                let state = self.host(&container.instance).await?;
                state.map(TargetState::Host)
            }
        })
    }

    async fn carry_out(&self, target: &Target, order: &Order) -> Result<Work, CallError> {
        match (&order.action, target) {
            (Action::ForceNewDeployment, Target::EcsService(service)) => {
                self.force_new_deployment(service).await
            }
            (Action::DeployTaskDefinition(arn), Target::EcsService(service)) => {
                self.deploy(service, arn).await
            }
            (Action::SetDesiredCount(count), Target::EcsService(service)) => {
                self.set_desired_count(service, *count).await
            }
            (Action::StopServiceDeployment(arn), Target::EcsService(_)) => {
                self.stop_service_deployment(arn).await
            }
            (Action::StopTasks(tasks), Target::EcsService(service)) => {
                self.stop_tasks(service, tasks, order).await
            }
            (Action::RunDocument(document), Target::Ec2Container(container)) => {
                self.send_command(container, document, order).await
            }
            (Action::RunOverSsh(login), Target::Ec2Container(_)) => {
                Box::pin(self.begin_session(login, target, order)).await
            }
            (Action::StartAutomation(automation), _) => {
                self.start_automation(automation, order).await
            }
            _ => {
                let call = Call::new("carry out an action on", target.to_string());
                Err(call.refused("it is an action for another kind of target"))
            }
        }
    }

    async fn run(
        &self,
        target: &Target,
        order: &Order,
        work: Option<&Work>,
    ) -> Result<Option<Run>, CallError> {
        match (&order.action, target, work) {
            (Action::RunDocument(_), Target::Ec2Container(container), Some(Work::Command(id))) => {
                self.command(container, id).await
            }
            (Action::RunDocument(document), Target::Ec2Container(container), None) => {
                self.sent_command(container, document, order).await
            }
            (Action::RunOverSsh(login), Target::Ec2Container(_), Some(Work::Session(_))) => {
                Box::pin(self.session(login, target, order)).await
            }
            (Action::StartAutomation(_), _, Some(Work::Automation(id))) => {
                self.automation(id).await
            }
            _ => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests;
