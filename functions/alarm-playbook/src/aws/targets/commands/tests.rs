use aws_sdk_ssm::Client;
use aws_sdk_ssm::operation::get_command_invocation::GetCommandInvocationInput;
use aws_sdk_ssm::operation::list_commands::{ListCommandsInput, ListCommandsOutput};
use aws_sdk_ssm::operation::send_command::{SendCommandInput, SendCommandOutput};
use aws_sdk_ssm::primitives::DateTime;
use aws_sdk_ssm::types::error::{InvalidInstanceId, InvalidPluginName, InvocationDoesNotExist};
use aws_sdk_ssm::types::{CommandFilterKey, CommandInvocationStatus, CommandStatus};
use aws_smithy_mocks::{Rule, mock};
use jiff::{SignedDuration, Timestamp};

use super::super::tests::{
    REFUSED, THROTTLED, UNCLEAR, at, aws_error, clients, host_target, hostile, mocked, nature,
    order, targets, with_ssm,
};
use super::*;
use crate::action::Action;
use crate::aws::Clients;
use crate::targets::{RunStatus, Targets as _};

const COMMENT: &str = "lambda-medic 0123456789abcdef0123-1";

fn restart() -> Order {
    order(Action::RunDocument("restart-container".to_owned()))
}

async fn carry_out(clients: &Clients) -> Result<Work, CallError> {
    targets(clients).carry_out(&host_target(), &restart()).await
}

async fn run(clients: &Clients, work: Option<&Work>) -> Result<Option<Run>, CallError> {
    targets(clients).run(&host_target(), &restart(), work).await
}

fn work() -> Work {
    Work::Command("c-1".to_owned())
}

fn sent(at: Timestamp) -> Command {
    Command::builder()
        .command_id("c-1")
        .document_name("restart-container")
        .comment(COMMENT)
        .requested_date_time(DateTime::from_millis(at.as_millisecond()))
        .status(CommandStatus::Pending)
        .build()
}

fn listed(command: Option<Command>) -> Rule {
    let input = ListCommandsInput::builder()
        .command_id("c-1")
        .build()
        .unwrap();
    mock!(Client::list_commands)
        .match_requests(move |request| *request == input)
        .then_output(move || {
            ListCommandsOutput::builder()
                .set_commands(Some(command.clone().into_iter().collect()))
                .build()
        })
}

fn asked() -> GetCommandInvocationInput {
    GetCommandInvocationInput::builder()
        .command_id("c-1")
        .instance_id("i-0123456789abcdef0")
        .build()
        .unwrap()
}

fn shown(invocation: GetCommandInvocationOutput) -> Rule {
    let input = asked();
    mock!(Client::get_command_invocation)
        .match_requests(move |request| *request == input)
        .then_output(move || invocation.clone())
}

fn not_shown(error: fn() -> GetCommandInvocationError) -> Rule {
    let input = asked();
    mock!(Client::get_command_invocation)
        .match_requests(move |request| *request == input)
        .then_error(error)
}

fn no_invocation() -> GetCommandInvocationError {
    let missing = InvocationDoesNotExist::builder().build();
    GetCommandInvocationError::InvocationDoesNotExist(missing)
}

fn invocation(status: CommandInvocationStatus) -> GetCommandInvocationOutput {
    GetCommandInvocationOutput::builder()
        .status(status)
        .status_details("Failed")
        .response_code(1)
        .execution_start_date_time("2026-02-18T21:47:05.1Z")
        .execution_end_date_time("2026-02-18T21:47:19.5Z")
        .standard_output_content("restarting\n")
        .standard_error_content("it does not run\n")
        .build()
}

fn failed(reason: &str) -> RunStatus {
    RunStatus::Failed {
        reason: reason.to_owned(),
    }
}

fn a_run(began_at: Timestamp, status: RunStatus) -> Run {
    let work = work();
    Run {
        work,
        began_at,
        status,
    }
}

#[tokio::test]
async fn a_command_is_sent_with_all_that_it_takes_to_find_it_again() {
    let input = SendCommandInput::builder()
        .document_name("restart-container")
        .instance_ids("i-0123456789abcdef0")
        .parameters("Container", vec!["web".to_owned()])
        .parameters("Attempt", vec!["0123456789abcdef0123-1".to_owned()])
        .comment(COMMENT)
        .timeout_seconds(60)
        .build()
        .unwrap();
    let rule = mock!(Client::send_command)
        .match_requests(move |request| *request == input)
        .then_output(|| {
            let command = Command::builder().command_id("c-1").build();
            SendCommandOutput::builder().command(command).build()
        });
    assert_eq!(carry_out(&with_ssm(&[rule])).await.unwrap(), work());
}

#[tokio::test]
async fn a_command_is_sent_once_whatever_the_answer() {
    for (status, code, expected) in [
        (400, "InvalidInstanceId", REFUSED),
        (400, "AccessDeniedException", REFUSED),
        (400, "ThrottlingException", THROTTLED),
        (500, "InternalServerError", UNCLEAR),
    ] {
        let rule = mock!(Client::send_command)
            .sequence()
            .http_status(status, Some(aws_error(code)))
            .times(3)
            .build();
        let counted = rule.clone();
        let clients = Clients {
            ssm: mocked!(aws_sdk_ssm, Sequential, [rule]),
            ..clients()
        };
        let error = carry_out(&clients).await.unwrap_err();
        assert_eq!(
            (nature(&error), counted.num_calls()),
            (expected, 1),
            "{code}"
        );
    }
}

#[tokio::test]
async fn a_command_runs_ends_well_or_fails() {
    use CommandInvocationStatus::{
        Cancelled, Cancelling, Delayed, Failed, InProgress, Pending, Success, TimedOut,
    };
    let reason = "Failed, response code 1: it does not run";
    let ended_at: Timestamp = "2026-02-18T21:47:19.5Z".parse().unwrap();
    for (status, expected) in [
        (Pending, RunStatus::InProgress),
        (InProgress, RunStatus::InProgress),
        (Delayed, RunStatus::InProgress),
        (Cancelling, RunStatus::InProgress),
        (Success, RunStatus::Succeeded { at: ended_at }),
        (Failed, failed(reason)),
        (TimedOut, failed(reason)),
        (Cancelled, failed(reason)),
        ("NewlyInvented".into(), failed(reason)),
    ] {
        let began_at = at("21:47:04");
        let rules = [
            listed(Some(sent(began_at))),
            shown(invocation(status.clone())),
        ];
        let run = run(&with_ssm(&rules), Some(&work())).await;
        assert_eq!(run.unwrap(), Some(a_run(began_at, expected)), "{status}");
    }
}

#[tokio::test]
async fn a_command_that_is_not_on_its_host_yet_gets_as_long_as_its_delivery_may_take() {
    for (seconds, expected) in [
        (10, RunStatus::InProgress),
        (70, RunStatus::InProgress),
        (90, failed("it never reached the host")),
    ] {
        let began_at = System.now() - SignedDuration::from_secs(seconds);
        let rules = [listed(Some(sent(began_at))), not_shown(no_invocation)];
        let run = run(&with_ssm(&rules), Some(&work())).await;
        assert_eq!(run.unwrap(), Some(a_run(began_at, expected)), "{seconds}");
    }
}

#[tokio::test]
async fn of_a_document_with_several_steps_all_of_the_command_tells() {
    for (status, expected) in [
        (CommandStatus::InProgress, RunStatus::InProgress),
        (CommandStatus::TimedOut, failed("ExecutionTimedOut")),
    ] {
        let mut command = sent(at("21:47:04"));
        command.status = Some(status);
        command.status_details = Some("ExecutionTimedOut".to_owned());
        let several = not_shown(|| {
            let several = InvalidPluginName::builder().build();
            GetCommandInvocationError::InvalidPluginName(several)
        });
        let rules = [listed(Some(command)), several];
        let run = run(&with_ssm(&rules), Some(&work())).await;
        assert_eq!(run.unwrap(), Some(a_run(at("21:47:04"), expected)));
    }
}

#[tokio::test]
async fn a_command_that_is_not_listed_or_may_not_be_seen_is_an_error_and_not_none() {
    let clients = with_ssm(&[listed(None)]);
    let error = run(&clients, Some(&work())).await.unwrap_err();
    assert_eq!(nature(&error), THROTTLED);
    let denied = not_shown(|| {
        let denied = InvalidInstanceId::builder().build();
        GetCommandInvocationError::InvalidInstanceId(denied)
    });
    let rules = [listed(Some(sent(at("21:47:04")))), denied];
    let error = run(&with_ssm(&rules), Some(&work())).await.unwrap_err();
    assert_eq!(nature(&error), REFUSED);
}

#[test]
fn an_output_without_end_is_cut_to_its_end() {
    let output = format!("{} last words", hostile());
    let mut invocation = invocation(CommandInvocationStatus::Failed);
    invocation.standard_error_content = None;
    invocation.standard_output_content = Some(output);
    invocation.status_details = Some(hostile());
    invocation.execution_end_date_time = Some(hostile());
    let seen = |invocation: GetCommandInvocationOutput| {
        let command = sent(at("21:47:04"));
        let seen = Seen::Invocation(Box::new(invocation));
        status(&seen, (&command, at("21:47:04")), at("22:00:00"))
    };
    let RunStatus::Failed { reason } = seen(invocation.clone()) else {
        panic!("it failed");
    };
    assert!(
        reason.len() < 600 && reason.ends_with(" last words"),
        "{reason}"
    );
    invocation.status = Some(CommandInvocationStatus::Success);
    assert_eq!(
        seen(invocation),
        RunStatus::Succeeded { at: at("22:00:00") }
    );
    assert_eq!(
        seen(GetCommandInvocationOutput::builder().build()),
        failed("no status, response code 0")
    );
}

/// Whether these are the filters of a search, begun just now.
fn is_search(input: &ListCommandsInput, token: Option<&str>) -> bool {
    let [after, document] = input.filters() else {
        return false;
    };
    let two_hours_ago = System.now() - SignedDuration::from_hours(2);
    let after_at: Timestamp = after.value().parse().unwrap();
    let expected = ListCommandsInput::builder()
        .set_filters(Some(input.filters().to_vec()))
        .max_results(50)
        .set_next_token(token.map(str::to_owned))
        .build();
    *input == expected.unwrap()
        && (after.key(), after.value().len()) == (&CommandFilterKey::InvokedAfter, 20)
        && two_hours_ago.duration_since(after_at).as_secs() < 30
        && document.key() == &CommandFilterKey::DocumentName
        && document.value() == "restart-container"
}

fn found(token: Option<&'static str>, commands: Vec<Command>, next: Option<&'static str>) -> Rule {
    mock!(Client::list_commands)
        .match_requests(move |input| is_search(input, token))
        .then_output(move || {
            ListCommandsOutput::builder()
                .set_commands(Some(commands.clone()))
                .set_next_token(next.map(str::to_owned))
                .build()
        })
}

#[tokio::test]
async fn a_command_whose_answer_was_lost_is_found_by_its_comment() {
    let mut others = [sent(at("21:00:00")), sent(at("21:00:00"))];
    others[0].comment = Some("lambda-medic 0123456789abcdef0123-11".to_owned());
    others[1].document_name = Some("another".to_owned());
    let ended_at: Timestamp = "2026-02-18T21:47:19.5Z".parse().unwrap();
    let rules = [
        found(None, others.to_vec(), Some("more")),
        found(Some("more"), vec![sent(at("21:47:04"))], Some("even more")),
        shown(invocation(CommandInvocationStatus::Success)),
    ];
    let run_found = run(&with_ssm(&rules), None).await;
    let expected = a_run(at("21:47:04"), RunStatus::Succeeded { at: ended_at });
    assert_eq!(run_found.unwrap(), Some(expected));
    let rules = [found(None, others.to_vec(), None)];
    assert_eq!(run(&with_ssm(&rules), None).await.unwrap(), None);
}

#[tokio::test]
async fn a_search_that_does_not_end_or_is_refused_is_an_error_and_not_none() {
    let endless = mock!(Client::list_commands)
        .then_output(|| ListCommandsOutput::builder().next_token("more").build());
    let counted = endless.clone();
    let error = run(&with_ssm(&[endless]), None).await.unwrap_err();
    let unknown = (FailureKind::Permanent, Effect::Unknown);
    assert_eq!((nature(&error), counted.num_calls()), (unknown, 20));
    let denied = mock!(Client::list_commands)
        .sequence()
        .http_status(400, Some(aws_error("AccessDeniedException")))
        .build();
    let error = run(&with_ssm(&[denied]), None).await.unwrap_err();
    assert_eq!(nature(&error), REFUSED);
}
