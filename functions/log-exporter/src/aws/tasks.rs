//! Export tasks, by `CreateExportTask` and `DescribeExportTasks`.

use aws_config::retry::RetryConfig;
use aws_sdk_cloudwatchlogs::Config;
use aws_sdk_cloudwatchlogs::config::http::HttpResponse;
use aws_sdk_cloudwatchlogs::error::{ProvideErrorMetadata as _, SdkError};
use aws_sdk_cloudwatchlogs::operation::create_export_task::CreateExportTaskError;
use aws_sdk_cloudwatchlogs::operation::describe_export_tasks::DescribeExportTasksError;
use aws_sdk_cloudwatchlogs::types::{ExportTask, ExportTaskStatus, ExportTaskStatusCode};
use shared::aws::{Call, said};
use shared::exports::window::Window;
use shared::failure::{CallError, Classify as _, Effect, FailureKind};
use shared::outbound::Quoted;

use super::AwsSources;
use super::groups::another;
use crate::ledger::{Refusal, TaskStatus};
use crate::sources::{ExportTasks, ListedTask, Page};

/// As many as a page may have (API reference, `DescribeExportTasks`).
const A_PAGE: i32 = 50;

/// What people see in the list of tasks. Which window it is for is told by where it writes to.
const TASK_NAME: &str = "log-exporter";

impl ExportTasks for AwsSources<'_> {
    /// The SDK's retries are off: the call takes no token, and one that went through unseen would be made twice.
    async fn create(
        &self,
        group: &str,
        window: Window,
        prefix: &str,
    ) -> Result<Result<String, Refusal>, CallError> {
        let call = Call::new("begin an export task of", format!("log group {group}"));
        let once = Config::builder()
            .timeout_config(call.once(self.deadline)?)
            .retry_config(RetryConfig::disabled());
        let request = self.clients.logs.create_export_task();
        let request = request
            .task_name(TASK_NAME)
            .log_group_name(group)
            .from(window.start().as_millisecond())
            // The last moment that is exported (API reference, `CreateExportTask`).
            .to(window.end().as_millisecond() - 1)
            .destination(self.export_bucket)
            .destination_prefix(prefix);
        match request.customize().config_override(once).send().await {
            Ok(answer) => match answer.task_id {
                Some(id) => Ok(Ok(id)),
                None => Err(call.misanswered("CloudWatch Logs sent no task id")),
            },
            Err(error) => refusal(&call, error).map(Err),
        }
    }

    async fn status(&self, task: &str) -> Result<TaskStatus, CallError> {
        let call = Call::new("look at", format!("export task {task}"));
        let request = self.clients.logs.describe_export_tasks().task_id(task);
        let request = request
            .customize()
            .config_override(self.logs_config(&call)?);
        let listed = match request.send().await {
            Ok(answer) => answer.export_tasks.unwrap_or_default(),
            Err(error) if is_unknown(&error) => return Ok(TaskStatus::Unknown),
            Err(error) => return Err(call.failed_saying_why(error)),
        };
        let mut listed = listed.into_iter();
        match listed.find(|listed| listed.task_id() == Some(task)) {
            None => Ok(TaskStatus::Unknown),
            Some(found) => status(found.status())
                .ok_or_else(|| call.misanswered("it has no status that is documented")),
        }
    }

    async fn tasks(&self, next: Option<String>) -> Result<Page<ListedTask>, CallError> {
        let call = Call::new("list", "the export tasks");
        let asked = next.clone();
        let request = self.clients.logs.describe_export_tasks().limit(A_PAGE);
        let request = request.set_next_token(next).customize();
        let request = request.config_override(self.logs_config(&call)?);
        let answer = request.send().await;
        let page = answer.map_err(|error| call.failed_saying_why(error))?;
        let tasks = page.export_tasks.unwrap_or_default();
        let ours = |task: &ExportTask| task.destination() == Some(self.export_bucket);
        Ok(Page {
            items: tasks.into_iter().filter(ours).filter_map(listed).collect(),
            next: another(&call, asked.as_deref(), page.next_token)?,
        })
    }
}

/// Why there is no task, if the service said so. Whatever leaves open whether there is one is an error.
fn refusal(
    call: &Call,
    error: SdkError<CreateExportTaskError, HttpResponse>,
) -> Result<Refusal, CallError> {
    let Some(answer) = error.as_service_error() else {
        return Err(call.failed_saying_why(error));
    };
    let why = said(answer);
    let why = why.or_else(|| answer.code().map(str::to_owned));
    let why = why.unwrap_or_else(|| "it did not say why".to_owned());
    let not_now = |effect| call.classified((FailureKind::Transient, effect), why.clone());
    match answer {
        CreateExportTaskError::LimitExceededException(_) => Ok(Refusal::Busy),
        // Two requests at once were in each other's way, and neither was carried out.
        CreateExportTaskError::OperationAbortedException(_) => Err(not_now(Effect::None)),
        // Perhaps it is the one that was asked for: it is looked for by where it writes to.
        CreateExportTaskError::ResourceAlreadyExistsException(_) => Err(not_now(Effect::Unknown)),
        _ => {
            let error = call.failed_saying_why(error);
            match (error.kind(), error.effect()) {
                (FailureKind::Permanent, Effect::None) => {
                    Ok(Refusal::Never(Quoted::line(&why).to_string()))
                }
                _ => Err(error),
            }
        }
    }
}

fn is_unknown(error: &SdkError<DescribeExportTasksError, HttpResponse>) -> bool {
    let error = error.as_service_error();
    error.is_some_and(|error| error.code() == Some("ResourceNotFoundException"))
}

/// How a task is getting on; `None` if that is not known.
fn status(status: Option<&ExportTaskStatus>) -> Option<TaskStatus> {
    let status = status?;
    let code = status.code()?;
    match code {
        ExportTaskStatusCode::Pending
        | ExportTaskStatusCode::PendingCancel
        | ExportTaskStatusCode::Running => Some(TaskStatus::UnderWay),
        ExportTaskStatusCode::Completed => Some(TaskStatus::Completed),
        ExportTaskStatusCode::Failed | ExportTaskStatusCode::Cancelled => {
            let why = status.message().filter(|message| !message.is_empty());
            let text = why.map_or_else(|| code.to_string(), |why| format!("{code}: {why}"));
            Some(TaskStatus::Failed(Quoted::line(&text).to_string()))
        }
        _ => None,
    }
}

/// A task that does not say where it writes to, or has no id, is none of ours. One whose status is not known may be under way.
fn listed(task: ExportTask) -> Option<ListedTask> {
    let status = status(task.status()).unwrap_or(TaskStatus::UnderWay);
    Some(ListedTask {
        id: task.task_id?,
        prefix: task.destination_prefix?,
        status,
    })
}

#[cfg(test)]
mod tests;
