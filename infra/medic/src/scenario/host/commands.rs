use std::collections::BTreeMap;

use anyhow::Context as _;
use aws_sdk_ssm::operation::get_command_invocation::{
    GetCommandInvocationError, GetCommandInvocationOutput,
};
use aws_sdk_ssm::primitives::{DateTime, DateTimeFormat};
use aws_sdk_ssm::types::{Command, CommandInvocationStatus};
use jiff::Timestamp;
use shared::aws::timestamp;

use super::{HostScenario, INSTANCE};

/// A command that SSM was asked to run on the host.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SentCommand {
    /// Its id.
    pub id: String,
    /// The document that it runs.
    pub document: String,
    /// The instances that it is for.
    pub instances: Vec<String>,
    /// The document's parameters.
    pub parameters: BTreeMap<String, Vec<String>>,
    /// What whoever sent it wrote beside it.
    pub comment: String,
    /// When it was asked for.
    pub sent_at: Timestamp,
    /// How far it is on the host, in SSM's words; empty while SSM does not show it there.
    pub status: String,
    /// When it ended there, if it did.
    pub ended_at: Option<Timestamp>,
    /// What it printed.
    pub output: String,
}

impl HostScenario {
    /// Every command since a time, oldest first.
    pub async fn commands(&self, since: Timestamp) -> anyhow::Result<Vec<SentCommand>> {
        let listed = self.ssm.list_commands().instance_id(INSTANCE).send().await;
        let listed = listed.context("couldn't list the commands of SSM")?;
        let mut commands = Vec::new();
        for command in listed.commands() {
            let sent_at = command.requested_date_time().and_then(timestamp);
            let (Some(id), Some(sent_at)) = (command.command_id(), sent_at) else {
                continue;
            };
            if sent_at >= since {
                let invocation = self.invocation(id).await?;
                commands.push(SentCommand::of(command, id, sent_at, invocation.as_ref()));
            }
        }
        commands.sort_by_key(|command| command.sent_at);
        Ok(commands)
    }

    async fn invocation(&self, id: &str) -> anyhow::Result<Option<GetCommandInvocationOutput>> {
        let call = self.ssm.get_command_invocation();
        match call.command_id(id).instance_id(INSTANCE).send().await {
            Ok(invocation) => Ok(Some(invocation)),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(GetCommandInvocationError::is_invocation_does_not_exist) =>
            {
                Ok(None)
            }
            Err(error) => Err(error).with_context(|| format!("couldn't look at command {id}")),
        }
    }
}

impl SentCommand {
    fn of(
        command: &Command,
        id: &str,
        sent_at: Timestamp,
        invocation: Option<&GetCommandInvocationOutput>,
    ) -> Self {
        let status = invocation.and_then(GetCommandInvocationOutput::status);
        let ended = invocation.and_then(GetCommandInvocationOutput::execution_end_date_time);
        let output = invocation.and_then(GetCommandInvocationOutput::standard_output_content);
        let parameters = command.parameters().into_iter().flatten();
        Self {
            id: id.to_owned(),
            document: command.document_name().unwrap_or_default().to_owned(),
            instances: command.instance_ids().to_vec(),
            parameters: parameters
                .map(|(name, values)| (name.clone(), values.clone()))
                .collect(),
            comment: command.comment().unwrap_or_default().to_owned(),
            sent_at,
            status: status
                .map_or("", CommandInvocationStatus::as_str)
                .to_owned(),
            ended_at: ended.and_then(time),
            output: output.unwrap_or_default().to_owned(),
        }
    }
}

/// A time as SSM writes it here: as a text, which is empty for what has not happened yet.
fn time(text: &str) -> Option<Timestamp> {
    let time = DateTime::from_str(text, DateTimeFormat::DateTimeWithOffset).ok()?;
    timestamp(&time)
}
