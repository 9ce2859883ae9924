//! Executions of SSM Automation.

use aws_sdk_ssm::Config;
use aws_sdk_ssm::operation::get_automation_execution::GetAutomationExecutionError;
use aws_sdk_ssm::operation::start_automation_execution::StartAutomationExecutionError;
use aws_sdk_ssm::types::{AutomationExecution, AutomationExecutionStatus};
use jiff::Timestamp;
use shared::aws::{Call, timestamp};
use shared::clock::{Clock as _, System};
use shared::failure::{CallError, Effect, FailureKind};

use super::AwsTargets;
use super::bounded::beginning;
use crate::action::{Automation, Order, Work};
use crate::targets::{Run, RunStatus};

/// A failure message names the step and quotes what it answered.
const LONGEST_REASON: usize = 400;

impl AwsTargets<'_> {
    /// Starts an automation. Its client token makes it one execution however often it is started, so the SDK may try again.
    pub(super) async fn start_automation(
        &self,
        automation: &Automation,
        order: &Order,
    ) -> Result<Work, CallError> {
        let call = Call::new("start", format!("automation {}", automation.document));
        let timeouts = call.once(self.deadline)?;
        let parameters = automation.parameters.clone().into_iter().collect();
        let answer = self
            .clients
            .ssm
            .start_automation_execution()
            .document_name(&automation.document)
            .set_parameters(Some(parameters))
            .client_token(order.client_token())
            .customize()
            .config_override(Config::builder().timeout_config(timeouts))
            .send()
            .await;
        let answer = match answer {
            Ok(answer) => answer,
            // It was started under this token before, and otherwise.
            Err(error)
                if error.as_service_error().is_some_and(
                    StartAutomationExecutionError::is_idempotent_parameter_mismatch,
                ) =>
            {
                let was_done = (FailureKind::Permanent, Effect::Unknown);
                return Err(call.classified(was_done, error));
            }
            Err(error) => return Err(call.failed(error)),
        };
        answer
            .automation_execution_id
            .map(Work::Automation)
            .ok_or_else(|| call.misanswered("SSM sent no id of the execution"))
    }

    /// How far the execution of this id is, or `None` if there is none.
    pub(super) async fn automation(&self, id: &str) -> Result<Option<Run>, CallError> {
        let call = Call::new("follow", format!("automation execution {id}"));
        let answer = self
            .clients
            .ssm
            .get_automation_execution()
            .automation_execution_id(id)
            .customize()
            .config_override(self.ssm_look(&call)?)
            .send()
            .await;
        let execution = match answer {
            Ok(answer) => answer.automation_execution,
            Err(error)
                if error.as_service_error().is_some_and(
                    GetAutomationExecutionError::is_automation_execution_not_found_exception,
                ) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(call.failed(error)),
        };
        let execution = execution.ok_or_else(|| call.misanswered("SSM sent no execution"))?;
        let now = System.now();
        Ok(Some(Run {
            work: Work::Automation(id.to_owned()),
            began_at: execution
                .execution_start_time()
                .and_then(timestamp)
                .unwrap_or(now),
            status: status(&execution, now),
        }))
    }
}

fn status(execution: &AutomationExecution, now: Timestamp) -> RunStatus {
    use AutomationExecutionStatus::{
        Approved, Cancelling, ChangeCalendarOverrideApproved, CompletedWithSuccess, Inprogress,
        Pending, PendingApproval, PendingChangeCalendarOverride, RunbookInprogress, Scheduled,
        Success, Waiting,
    };
    match execution.automation_execution_status() {
        Some(
            Approved
            | Cancelling
            | ChangeCalendarOverrideApproved
            | Inprogress
            | Pending
            | PendingApproval
            | PendingChangeCalendarOverride
            | RunbookInprogress
            | Scheduled
            | Waiting,
        ) => RunStatus::InProgress,
        Some(Success | CompletedWithSuccess) => {
            let ended_at = execution.execution_end_time().and_then(timestamp);
            let at = ended_at.unwrap_or(now);
            RunStatus::Succeeded { at }
        }
        status => {
            let status = status.map_or("no status", AutomationExecutionStatus::as_str);
            let reason = match execution.failure_message() {
                Some(message) => format!("{status}: {message}"),
                None => status.to_owned(),
            };
            let reason = beginning(&reason, LONGEST_REASON).to_owned();
            RunStatus::Failed { reason }
        }
    }
}

#[cfg(test)]
mod tests;
