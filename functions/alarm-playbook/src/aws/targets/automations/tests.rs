use aws_sdk_ssm::Client;
use aws_sdk_ssm::operation::get_automation_execution::{
    GetAutomationExecutionInput, GetAutomationExecutionOutput,
};
use aws_sdk_ssm::operation::start_automation_execution::{
    StartAutomationExecutionInput, StartAutomationExecutionOutput,
};
use aws_sdk_ssm::primitives::DateTime;
use aws_sdk_ssm::types::error::{
    AutomationExecutionNotFoundException, IdempotentParameterMismatch,
    InvalidAutomationExecutionParametersException,
};
use aws_smithy_mocks::{Rule, mock};
use shared::failure::{Classify as _, chain};

use super::super::tests::{
    REFUSED, at, aws_error, clients, host_target, hostile, mocked, nature, order, targets, with_ssm,
};
use super::*;
use crate::action::Action;
use crate::aws::Clients;
use crate::targets::Targets as _;

fn start() -> Order {
    order(Action::StartAutomation(Automation {
        document: "restart-instance".to_owned(),
        parameters: [("InstanceId".to_owned(), vec!["i-1".to_owned()])].into(),
    }))
}

async fn carry_out(clients: &Clients) -> Result<Work, CallError> {
    targets(clients).carry_out(&host_target(), &start()).await
}

async fn run(clients: &Clients) -> Result<Option<Run>, CallError> {
    let work = Work::Automation("a-1".to_owned());
    targets(clients)
        .run(&host_target(), &start(), Some(&work))
        .await
}

fn answering(execution: AutomationExecution) -> Clients {
    let input = GetAutomationExecutionInput::builder().automation_execution_id("a-1");
    let input = input.build().unwrap();
    let rule = mock!(Client::get_automation_execution)
        .match_requests(move |request| *request == input)
        .then_output(move || {
            GetAutomationExecutionOutput::builder()
                .automation_execution(execution.clone())
                .build()
        });
    with_ssm(&[rule])
}

fn execution(status: &str) -> AutomationExecution {
    let seconds = |time| DateTime::from_secs(at(time).as_second());
    AutomationExecution::builder()
        .automation_execution_status(status.into())
        .execution_start_time(seconds("21:47:04"))
        .execution_end_time(seconds("21:48:04"))
        .failure_message("Step fails when it is Execute")
        .build()
}

#[tokio::test]
async fn an_automation_is_started_under_its_orders_token_and_again_if_the_answer_is_lost() {
    let input = StartAutomationExecutionInput::builder()
        .document_name("restart-instance")
        .parameters("InstanceId", vec!["i-1".to_owned()])
        .client_token(start().client_token())
        .build()
        .unwrap();
    let rule = mock!(Client::start_automation_execution)
        .match_requests(move |request| *request == input)
        .sequence()
        .http_status(500, Some(aws_error("InternalServerError")))
        .output(|| {
            StartAutomationExecutionOutput::builder()
                .automation_execution_id("a-1")
                .build()
        })
        .build();
    let counted = rule.clone();
    let clients = Clients {
        ssm: mocked!(aws_sdk_ssm, Sequential, [rule]),
        ..clients()
    };
    let work = carry_out(&clients).await;
    assert_eq!(work.unwrap(), Work::Automation("a-1".to_owned()));
    assert_eq!(counted.num_calls(), 2);
}

fn failing(error: fn() -> StartAutomationExecutionError) -> [Rule; 1] {
    [mock!(Client::start_automation_execution).then_error(error)]
}

#[tokio::test]
async fn a_refusal_did_nothing_unless_it_says_that_the_token_was_used() {
    let refused = with_ssm(&failing(|| {
        let wrong = InvalidAutomationExecutionParametersException::builder().build();
        StartAutomationExecutionError::InvalidAutomationExecutionParametersException(wrong)
    }));
    assert_eq!(nature(&carry_out(&refused).await.unwrap_err()), REFUSED);
    let used = with_ssm(&failing(|| {
        let used = IdempotentParameterMismatch::builder().build();
        StartAutomationExecutionError::IdempotentParameterMismatch(used)
    }));
    let error = carry_out(&used).await.unwrap_err();
    let was_done = (FailureKind::Permanent, Effect::Unknown);
    assert_eq!(
        (error.kind(), error.effect()),
        was_done,
        "{}",
        chain(&error)
    );
}

#[tokio::test]
async fn an_execution_runs_ends_well_or_fails() {
    let failed = |reason: &str| RunStatus::Failed {
        reason: reason.to_owned(),
    };
    let succeeded = || RunStatus::Succeeded { at: at("21:48:04") };
    for (status, expected) in [
        ("Pending", RunStatus::InProgress),
        ("InProgress", RunStatus::InProgress),
        ("Waiting", RunStatus::InProgress),
        ("PendingApproval", RunStatus::InProgress),
        ("Cancelling", RunStatus::InProgress),
        ("Success", succeeded()),
        ("CompletedWithSuccess", succeeded()),
        ("Failed", failed("Failed: Step fails when it is Execute")),
        (
            "TimedOut",
            failed("TimedOut: Step fails when it is Execute"),
        ),
        (
            "Cancelled",
            failed("Cancelled: Step fails when it is Execute"),
        ),
        (
            "Rejected",
            failed("Rejected: Step fails when it is Execute"),
        ),
        (
            "NewlyInvented",
            failed("NewlyInvented: Step fails when it is Execute"),
        ),
    ] {
        let expected = Run {
            work: Work::Automation("a-1".to_owned()),
            began_at: at("21:47:04"),
            status: expected,
        };
        let run = run(&answering(execution(status))).await;
        assert_eq!(run.unwrap(), Some(expected), "{status}");
    }
}

#[test]
fn what_an_execution_says_is_cut_and_what_it_does_not_say_is_not_needed() {
    let mut long = execution("Failed");
    long.failure_message = Some(hostile());
    let RunStatus::Failed { reason } = status(&long, at("22:00:00")) else {
        panic!("it failed");
    };
    assert!(reason.len() <= LONGEST_REASON, "{reason}");
    let nothing = AutomationExecution::builder().build();
    let reason = "no status".to_owned();
    assert_eq!(
        status(&nothing, at("22:00:00")),
        RunStatus::Failed { reason }
    );
}

#[tokio::test]
async fn an_execution_that_is_not_there_is_none_and_one_that_may_not_be_seen_an_error() {
    let missing = mock!(Client::get_automation_execution).then_error(|| {
        let missing = AutomationExecutionNotFoundException::builder().build();
        GetAutomationExecutionError::AutomationExecutionNotFoundException(missing)
    });
    assert_eq!(run(&with_ssm(&[missing])).await.unwrap(), None);
    let denied = mock!(Client::get_automation_execution)
        .sequence()
        .http_status(400, Some(aws_error("AccessDeniedException")))
        .build();
    assert_eq!(
        nature(&run(&with_ssm(&[denied])).await.unwrap_err()),
        REFUSED
    );
}
