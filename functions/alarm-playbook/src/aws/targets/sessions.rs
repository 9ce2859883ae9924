//! Commands over SSH: the forced command of a host's key, which does an order once however often it is asked to.

use std::time::Duration;

use serde::Deserialize;
use shared::aws::Call;
use shared::clock::{Clock as _, System};
use shared::failure::{CallError, Classify as _, Effect};

use super::AwsTargets;
use super::bounded::ending;
use crate::action::{Order, SshLogin, Work};
use crate::ssh::{self, SshAnswer, SshError, SshHost};
use crate::target::Target;
use crate::targets::{Run, RunStatus};

/// What takes longer is asked for again by the schedule.
const TO_WAIT: Duration = Duration::from_secs(5);

/// How the forced command ends if it does not know what it is asked for, having done nothing (`EX_USAGE` of `sysexits.h`).
const REFUSED: u32 = 64;

/// The end of an output says what went wrong.
const LONGEST_OUTPUT: usize = 400;

/// What the forced command prints at its end, if it got as far.
#[derive(Debug, Deserialize)]
struct Printed {
    container: String,
    attempt: String,
}

impl AwsTargets<'_> {
    /// Asks the host's forced command to carry out an order. Any answer of it but a refusal means that it began.
    pub(super) async fn begin_session(
        &self,
        login: &SshLogin,
        target: &Target,
        order: &Order,
    ) -> Result<Work, CallError> {
        let call = Call::new("restart over SSH", target.to_string());
        match self.ask(&call, login, &order.ssh_command(target)).await? {
            Some(answer) if answer.exit_status == Some(REFUSED) => Err(call.refused(format!(
                "the host's forced command refused it: {}",
                ending(&answer.output, LONGEST_OUTPUT)
            ))),
            _ => Ok(Work::Session(order.id.as_str().to_owned())),
        }
    }

    /// How far an order is: asked for by asking for the same again. When it began the host does not tell.
    pub(super) async fn session(
        &self,
        login: &SshLogin,
        target: &Target,
        order: &Order,
    ) -> Result<Option<Run>, CallError> {
        let call = Call::new("follow the restart over SSH of", target.to_string());
        let answer = self.ask(&call, login, &order.ssh_command(target)).await?;
        let now = System.now();
        let status = match answer {
            None => RunStatus::InProgress,
            Some(answer) => match failure(&answer, target, order) {
                None => RunStatus::Succeeded { at: now },
                Some(reason) => RunStatus::Failed { reason },
            },
        };
        Ok(Some(Run {
            work: Work::Session(order.id.as_str().to_owned()),
            began_at: now,
            status,
        }))
    }

    /// What the host answered, or `None` if the command was sent and not answered in time.
    async fn ask(
        &self,
        call: &Call,
        login: &SshLogin,
        command: &str,
    ) -> Result<Option<SshAnswer>, CallError> {
        let host = host(login).map_err(|error| call.refused(error))?;
        let kept = self.clients.keys.get(&login.key_parameter, System.now());
        let key = match &kept {
            Some(kept) => kept.clone(),
            None => self.read_key(&login.key_parameter).await?,
        };
        let mut answer = ssh::run(&host, &key, command, self.patience(call)?).await;
        if kept.is_some() && matches!(answer, Err(SshError::Refused { .. })) {
            let key = self.read_key(&login.key_parameter).await?;
            answer = ssh::run(&host, &key, command, self.patience(call)?).await;
        }
        match answer {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if error.effect() == Effect::Unknown => Ok(None),
            Err(error) => {
                let class = (error.kind(), error.effect());
                Err(call.classified(class, error))
            }
        }
    }

    /// Short enough that what came of it can still be written down.
    fn patience(&self, call: &Call) -> Result<Duration, CallError> {
        let left = call.once(self.deadline)?.operation_timeout();
        Ok(left.map_or(TO_WAIT, |left| left.min(TO_WAIT)))
    }
}

fn host(login: &SshLogin) -> Result<SshHost, ssh::NotAnSshHost> {
    Ok(SshHost {
        address: login.address.clone().try_into()?,
        user: login.user.clone().try_into()?,
        host_key: login.host_key.clone().try_into()?,
    })
}

/// Why an answer is not that of a restart that went well, or `None` if it is. Whatever else runs there may end well, too.
fn failure(answer: &SshAnswer, target: &Target, order: &Order) -> Option<String> {
    let output = ending(&answer.output, LONGEST_OUTPUT);
    match answer.exit_status {
        Some(0) if is_of(&answer.output, target, order) => None,
        Some(0) => Some(format!("it did not answer for this order: {output}")),
        Some(status) => Some(format!("exit status {status}: {output}")),
        None => Some(format!("it ended without an exit status: {output}")),
    }
}

fn is_of(output: &str, target: &Target, order: &Order) -> bool {
    let container = target.ec2_container();
    let container = container.map(|container| container.container.as_str());
    let mut printed = output
        .lines()
        .filter_map(|line| serde_json::from_str::<Printed>(line).ok());
    printed.any(|printed| {
        Some(printed.container.as_str()) == container && printed.attempt == order.id.as_str()
    })
}

#[cfg(test)]
mod tests;
