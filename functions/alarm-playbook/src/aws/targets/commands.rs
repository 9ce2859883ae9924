//! Commands of SSM Run Command: a document that runs on one host.

use aws_config::retry::RetryConfig;
use aws_sdk_ssm::config::Builder;
use aws_sdk_ssm::operation::get_command_invocation::{
    GetCommandInvocationError, GetCommandInvocationOutput,
};
use aws_sdk_ssm::types::Command;
use shared::aws::{Call, timestamp};
use shared::clock::{Clock as _, System};
use shared::failure::{CallError, Effect, FailureKind};

use self::status::{Seen, status};
use super::AwsTargets;
use crate::action::{DELIVERY_SECONDS, Order, Work};
use crate::target::Ec2Container;
use crate::targets::Run;

mod sent;
mod status;

/// The longest comment that SSM takes (API reference, `SendCommand`).
const LONGEST_COMMENT: usize = 100;

impl AwsTargets<'_> {
    /// Sends a command. It takes no client token, so it is sent once; its comment is what it is found by.
    pub(super) async fn send_command(
        &self,
        container: &Ec2Container,
        document: &str,
        order: &Order,
    ) -> Result<Work, CallError> {
        let call = Call::new("send a command for", container.to_string());
        let once = aws_sdk_ssm::Config::builder()
            .timeout_config(call.once(self.deadline)?)
            .retry_config(RetryConfig::disabled());
        let comment = order.comment();
        if comment.chars().count() > LONGEST_COMMENT {
            return Err(call.refused("the order's name is too long for a comment"));
        }
        let answer = self
            .clients
            .ssm
            .send_command()
            .document_name(document)
            .instance_ids(container.instance.as_str())
            .parameters("Container", vec![container.container.as_str().to_owned()])
            .parameters("Attempt", vec![order.id.as_str().to_owned()])
            .comment(comment)
            .timeout_seconds(DELIVERY_SECONDS)
            .customize()
            .config_override(once)
            .send()
            .await
            .map_err(|error| call.failed(error))?;
        let id = answer.command.and_then(|command| command.command_id);
        id.map(Work::Command)
            .ok_or_else(|| call.misanswered("SSM sent no id of the command"))
    }

    /// How far the command of this id is. One that SSM does not list is one that it does not list yet.
    pub(super) async fn command(
        &self,
        container: &Ec2Container,
        id: &str,
    ) -> Result<Option<Run>, CallError> {
        let call = Call::new("look for", format!("command {id}"));
        let answer = self
            .clients
            .ssm
            .list_commands()
            .command_id(id)
            .customize()
            .config_override(self.ssm_look(&call)?)
            .send()
            .await
            .map_err(|error| call.failed(error))?;
        let Some(command) = answer.commands.unwrap_or_default().into_iter().next() else {
            let not_yet = (FailureKind::Transient, Effect::None);
            return Err(call.classified(not_yet, "SSM does not list it"));
        };
        self.followed(container, &command).await
    }

    /// How far a command is that SSM listed.
    async fn followed(
        &self,
        container: &Ec2Container,
        command: &Command,
    ) -> Result<Option<Run>, CallError> {
        let call = Call::new("follow a command for", container.to_string());
        let asked_at = command.requested_date_time().and_then(timestamp);
        let (Some(id), Some(began_at)) = (command.command_id(), asked_at) else {
            return Err(call.misanswered("SSM sent a command without its id or time"));
        };
        let seen = match self.invocation(&call, container, id).await? {
            Ok(invocation) => Seen::Invocation(Box::new(invocation)),
            Err(seen) => seen,
        };
        let status = status(&seen, (command, began_at), System.now());
        let work = Work::Command(id.to_owned());
        Ok(Some(Run {
            work,
            began_at,
            status,
        }))
    }

    async fn invocation(
        &self,
        call: &Call,
        container: &Ec2Container,
        id: &str,
    ) -> Result<Result<GetCommandInvocationOutput, Seen>, CallError> {
        let answer = self
            .clients
            .ssm
            .get_command_invocation()
            .command_id(id)
            .instance_id(container.instance.as_str())
            .customize()
            .config_override(self.ssm_look(call)?)
            .send()
            .await;
        match answer {
            Ok(answer) => Ok(Ok(answer)),
            Err(error) => match error.as_service_error() {
                Some(GetCommandInvocationError::InvocationDoesNotExist(_)) => {
                    Ok(Err(Seen::Nothing))
                }
                // What a document with several steps is answered with, if no step is asked for.
                Some(GetCommandInvocationError::InvalidPluginName(_)) => Ok(Err(Seen::Steps)),
                _ => Err(call.failed(error)),
            },
        }
    }

    /// What every look at SSM has in common: it may be repeated, and it ends in time.
    pub(super) fn ssm_look(&self, call: &Call) -> Result<Builder, CallError> {
        let timeouts = call.repeatable(self.deadline)?;
        Ok(aws_sdk_ssm::Config::builder().timeout_config(timeouts))
    }
}

#[cfg(test)]
mod tests;
