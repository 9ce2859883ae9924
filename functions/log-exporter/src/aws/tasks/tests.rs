use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::operation::create_export_task::{
    CreateExportTaskInput, CreateExportTaskOutput,
};
use aws_sdk_cloudwatchlogs::operation::describe_export_tasks::{
    DescribeExportTasksInput, DescribeExportTasksOutput,
};
use aws_sdk_s3::primitives::SdkBody;
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use shared::aws::lazy;

use super::*;
use crate::aws::Clients;
use crate::aws::tests::{at, clients, sources, told, window};

const PREFIX: &str = "staging/account=111122223333/20260218T21-1";

fn clients_with(rule: &Rule) -> Clients {
    let rule = rule.clone();
    let logs = lazy(move || mock_client!(aws_sdk_cloudwatchlogs, RuleMode::MatchAny, &[&rule]));
    Clients { logs, ..clients() }
}

async fn create(rule: &Rule) -> Result<Result<String, Refusal>, String> {
    let clients = clients_with(rule);
    let window = window("21:00:00", "22:00:00");
    let created = sources(&clients).create("/ecs/shop", window, PREFIX).await;
    created.map_err(|error| told(&error))
}

/// An answer as it comes over the wire.
fn answered(status: u16, code: &'static str) -> HttpResponse {
    let body = format!(r#"{{"__type": "{code}", "message": "the words\u0000 of it"}}"#);
    HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body))
}

#[tokio::test]
async fn a_task_is_asked_for_up_to_the_last_moment_of_its_window() {
    let input = CreateExportTaskInput::builder()
        .task_name("log-exporter")
        .log_group_name("/ecs/shop")
        .from(at("21:00:00").as_millisecond())
        .to(at("22:00:00").as_millisecond() - 1)
        .destination("exports")
        .destination_prefix(PREFIX)
        .build()
        .unwrap();
    let rule = mock!(Client::create_export_task)
        .match_requests(move |request| *request == input)
        .then_output(|| CreateExportTaskOutput::builder().task_id("7").build());
    assert_eq!(create(&rule).await, Ok(Ok("7".to_owned())));
    let rule =
        mock!(Client::create_export_task).then_output(|| CreateExportTaskOutput::builder().build());
    insta::assert_snapshot!(create(&rule).await.unwrap_err(), @r#"couldn't begin an export task of log group /ecs/shop: CloudWatch Logs sent no task id; Permanent, effect Unknown"#);
}

#[tokio::test]
async fn each_answer_says_whether_there_is_no_task_or_whether_that_is_open_and_none_is_asked_for_twice()
 {
    let cases = [
        (400, "LimitExceededException"),
        (400, "InvalidParameterException"),
        (400, "ResourceNotFoundException"),
        (400, "AccessDeniedException"),
        (400, "InvalidOperationException"),
        (400, "ThrottlingException"),
        (400, "OperationAbortedException"),
        (400, "ResourceAlreadyExistsException"),
        (500, "ServiceUnavailableException"),
        (500, "InternalFailure"),
    ];
    let mut answers = Vec::new();
    for (status, code) in cases {
        let rule =
            mock!(Client::create_export_task).then_http_response(move || answered(status, code));
        let text = match create(&rule).await {
            Ok(Ok(id)) => id,
            Ok(Err(refusal)) => format!("{refusal:?}"),
            Err(error) => error,
        };
        answers.push(format!("{} {text:?}", rule.num_calls()));
    }
    insta::assert_snapshot!(answers.join("\n"), @"");
}

fn task(id: &str, code: Option<&str>) -> ExportTask {
    let status = ExportTaskStatus::builder().set_code(code.map(ExportTaskStatusCode::from));
    let status = status.message("the words of it").build();
    let task = ExportTask::builder().task_id(id).destination("exports");
    task.destination_prefix(PREFIX).status(status).build()
}

async fn status_of(tasks: Vec<ExportTask>) -> Result<TaskStatus, String> {
    let input = DescribeExportTasksInput::builder().task_id("7");
    let input = input.build().unwrap();
    let rule = mock!(Client::describe_export_tasks)
        .match_requests(move |request| *request == input)
        .then_output(move || {
            let answer = DescribeExportTasksOutput::builder();
            answer.set_export_tasks(Some(tasks.clone())).build()
        });
    let clients = clients_with(&rule);
    let status = sources(&clients).status("7").await;
    status.map_err(|error| told(&error))
}

#[tokio::test]
async fn a_task_is_under_way_over_failed_or_not_known() {
    let failed = |text: &str| Ok(TaskStatus::Failed(text.to_owned()));
    let cases = [
        (vec![task("7", Some("PENDING"))], Ok(TaskStatus::UnderWay)),
        (vec![task("7", Some("RUNNING"))], Ok(TaskStatus::UnderWay)),
        (
            vec![task("7", Some("PENDING_CANCEL"))],
            Ok(TaskStatus::UnderWay),
        ),
        (
            vec![task("7", Some("COMPLETED"))],
            Ok(TaskStatus::Completed),
        ),
        (
            vec![task("7", Some("FAILED"))],
            failed("FAILED: the words of it"),
        ),
        (
            vec![task("7", Some("CANCELLED"))],
            failed("CANCELLED: the words of it"),
        ),
        (vec![], Ok(TaskStatus::Unknown)),
        (vec![task("8", Some("COMPLETED"))], Ok(TaskStatus::Unknown)),
    ];
    for (tasks, status) in cases {
        assert_eq!(status_of(tasks.clone()).await, status, "{tasks:?}");
    }
    for status in [None, Some("PAUSED")] {
        assert_eq!(
            status_of(vec![task("7", status)]).await.unwrap_err(),
            "couldn't look at export task 7: it has no status that is documented; Permanent, effect Unknown"
        );
    }
}

#[tokio::test]
async fn a_task_that_the_service_forgot_is_not_known() {
    let rule = mock!(Client::describe_export_tasks)
        .then_http_response(|| answered(400, "ResourceNotFoundException"));
    let clients = clients_with(&rule);
    let status = sources(&clients).status("7").await;
    assert_eq!(status.unwrap(), TaskStatus::Unknown);
}

#[tokio::test]
async fn tasks_are_listed_that_write_to_the_bucket_also_those_without_a_status() {
    let input = DescribeExportTasksInput::builder().limit(50);
    let input = input.next_token("1").build().unwrap();
    let rule = mock!(Client::describe_export_tasks)
        .match_requests(move |request| *request == input)
        .then_output(|| {
            let mut foreign = task("9", Some("RUNNING"));
            foreign.destination = Some("theirs".to_owned());
            let mut nowhere = task("10", Some("RUNNING"));
            nowhere.destination_prefix = None;
            let tasks = [
                task("7", Some("COMPLETED")),
                task("8", None),
                foreign,
                nowhere,
            ];
            DescribeExportTasksOutput::builder()
                .set_export_tasks(Some(tasks.into()))
                .next_token("2")
                .build()
        });
    let clients = clients_with(&rule);
    let page = sources(&clients).tasks(Some("1".to_owned())).await;
    let listed = |id: &str, status| ListedTask {
        id: id.to_owned(),
        prefix: PREFIX.to_owned(),
        status,
    };
    let items = vec![
        listed("7", TaskStatus::Completed),
        listed("8", TaskStatus::UnderWay),
    ];
    let next = Some("2".to_owned());
    assert_eq!(page.unwrap(), Page { items, next });
}
