//! Targets whose clients are the SDK's mocks, and what is said of all of them at once.

use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_ecs::operation::stop_service_deployment::StopServiceDeploymentOutput;
use aws_sdk_ecs::operation::stop_task::StopTaskOutput;
use aws_sdk_ecs::operation::update_service::UpdateServiceOutput;
use aws_sdk_ecs::types::StopServiceDeploymentStopType;
use aws_sdk_ssm::operation::send_command::SendCommandOutput;
use aws_sdk_ssm::operation::start_automation_execution::StartAutomationExecutionOutput;
use aws_sdk_ssm::types::Command;
use aws_smithy_mocks::{Rule, mock};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use shared::clock::{Clock as _, System};
use shared::failure::{Classify as _, Effect, FailureKind, chain};

use super::*;
use crate::action::{Automation, OrderId};
use crate::target::tests::{checkout, web};
use shared::alarm::IncidentId;

/// Clients that answer nothing; those that a test needs are replaced.
pub(super) fn clients() -> Clients {
    let config = SdkConfig::builder().behavior_version(BehaviorVersion::latest());
    Clients::new(&config.build())
}

/// A client that answers in this order, or by whichever rule matches.
macro_rules! mocked {
    ($client:ident, $mode:ident, $rules:expr) => {{
        let rules: Vec<aws_smithy_mocks::Rule> = $rules.to_vec();
        shared::aws::lazy(move || {
            aws_smithy_mocks::mock_client!(
                $client,
                aws_smithy_mocks::RuleMode::$mode,
                &rules.iter().collect::<Vec<_>>()
            )
        })
    }};
}
pub(super) use mocked;

pub(super) fn with_ecs(rules: &[Rule]) -> Clients {
    Clients {
        ecs: mocked!(aws_sdk_ecs, MatchAny, rules),
        ..clients()
    }
}

pub(super) fn with_ssm(rules: &[Rule]) -> Clients {
    Clients {
        ssm: mocked!(aws_sdk_ssm, MatchAny, rules),
        ..clients()
    }
}

pub(super) fn targets(clients: &Clients) -> AwsTargets<'_> {
    targets_for(clients, 30)
}

pub(super) fn targets_for(clients: &Clients, seconds: i64) -> AwsTargets<'_> {
    AwsTargets {
        clients,
        account: "111122223333",
        region: "eu-west-1",
        deadline: Deadline::at(System.now() + SignedDuration::from_secs(seconds)),
    }
}

pub(super) fn at(time: &str) -> Timestamp {
    format!("2026-02-18T{time}Z").parse().unwrap()
}

pub(super) fn order(action: Action) -> Order {
    let incident = IncidentId::parse("0123456789abcdef0123").unwrap();
    let id = OrderId::new(&incident, 0);
    Order { action, id }
}

pub(super) fn service_target() -> Target {
    Target::EcsService(checkout())
}

pub(super) fn host_target() -> Target {
    Target::Ec2Container(web())
}

/// What a caller branches on.
pub(super) fn nature(error: &CallError) -> (FailureKind, Effect) {
    (error.kind(), error.effect())
}

pub(super) const REFUSED: (FailureKind, Effect) = (FailureKind::Permanent, Effect::None);
pub(super) const THROTTLED: (FailureKind, Effect) = (FailureKind::Transient, Effect::None);
pub(super) const UNCLEAR: (FailureKind, Effect) = (FailureKind::Transient, Effect::Unknown);

/// An answer in the JSON protocols as AWS sends its errors.
pub(super) fn aws_error(code: &str) -> String {
    json!({"__type": code, "message": "no"}).to_string()
}

/// A text as no service sends it, but whoever writes what a service repeats.
pub(super) fn hostile() -> String {
    "\u{202e}</td>\0é😀\r\nStatus: RECOVERED ".repeat(10_000)
}

fn automation() -> Automation {
    Automation {
        document: "AWS-RestartEC2Instance".to_owned(),
        parameters: [(
            "InstanceId".to_owned(),
            vec!["i-0123456789abcdef0".to_owned()],
        )]
        .into(),
    }
}

/// Carries the action out and compares the one input that was sent with the one that was written down.
async fn check_sent(
    (target, action): (Target, Action),
    rule: impl FnOnce(Box<dyn Fn(Value) + Send + Sync>) -> Clients,
) {
    let order = order(action);
    let planned = order.calls(&target);
    let expected: Vec<Value> = planned.into_iter().map(|call| call.input).collect();
    let sent = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = std::sync::Arc::clone(&sent);
    let clients = rule(Box::new(move |input| seen.lock().unwrap().push(input)));
    targets(&clients).carry_out(&target, &order).await.unwrap();
    assert_eq!(*sent.lock().unwrap(), expected);
}

#[tokio::test]
async fn what_is_sent_to_ecs_is_what_was_written_down() {
    let updates = |note: Box<dyn Fn(Value) + Send + Sync>| {
        let rule = mock!(aws_sdk_ecs::Client::update_service)
            .match_requests(move |input| {
                let mut written = json!({"cluster": input.cluster(), "service": input.service()});
                let mut add = |name: &str, value: Option<Value>| {
                    if let Some(value) = value {
                        written[name] = value;
                    }
                };
                add(
                    "forceNewDeployment",
                    input.force_new_deployment().map(Value::from),
                );
                add("taskDefinition", input.task_definition().map(Value::from));
                add("desiredCount", input.desired_count().map(Value::from));
                note(written);
                true
            })
            .then_output(|| {
                UpdateServiceOutput::builder()
                    .service(super::ecs::tests::service())
                    .build()
            });
        with_ecs(&[rule])
    };
    for action in [
        Action::ForceNewDeployment,
        Action::DeployTaskDefinition("checkout:6".to_owned()),
        Action::SetDesiredCount(4),
    ] {
        check_sent((service_target(), action), updates).await;
    }
    let stop = Action::StopServiceDeployment("arn:deployment".to_owned());
    check_sent((service_target(), stop), |note| {
        let rule = mock!(aws_sdk_ecs::Client::stop_service_deployment)
            .match_requests(move |input| {
                let stop_type = input.stop_type().map(StopServiceDeploymentStopType::as_str);
                note(json!({"serviceDeploymentArn": input.service_deployment_arn(), "stopType": stop_type}));
                true
            })
            .then_output(|| StopServiceDeploymentOutput::builder().build());
        with_ecs(&[rule])
    })
    .await;
    let stop = Action::StopTasks(vec!["arn:1".to_owned(), "arn:2".to_owned()]);
    check_sent((service_target(), stop), |note| {
        let rule = mock!(aws_sdk_ecs::Client::stop_task)
            .match_requests(move |input| {
                note(json!({"cluster": input.cluster(), "task": input.task(), "reason": input.reason()}));
                true
            })
            .then_output(|| StopTaskOutput::builder().build());
        with_ecs(&[rule])
    })
    .await;
}

#[tokio::test]
async fn what_is_sent_to_ssm_is_what_was_written_down() {
    let run = Action::RunDocument("restart-container".to_owned());
    check_sent((host_target(), run), |note| {
        let rule = mock!(aws_sdk_ssm::Client::send_command)
            .match_requests(move |input| {
                note(json!({
                    "DocumentName": input.document_name(),
                    "InstanceIds": input.instance_ids(),
                    "Parameters": input.parameters(),
                    "Comment": input.comment(),
                    "TimeoutSeconds": input.timeout_seconds(),
                }));
                true
            })
            .then_output(|| {
                let command = Command::builder().command_id("c-1").build();
                SendCommandOutput::builder().command(command).build()
            });
        with_ssm(&[rule])
    })
    .await;
    let start = Action::StartAutomation(automation());
    check_sent((host_target(), start), |note| {
        let rule = mock!(aws_sdk_ssm::Client::start_automation_execution)
            .match_requests(move |input| {
                note(json!({
                    "DocumentName": input.document_name(),
                    "Parameters": input.parameters(),
                    "ClientToken": input.client_token(),
                }));
                true
            })
            .then_output(|| {
                StartAutomationExecutionOutput::builder()
                    .automation_execution_id("a-1")
                    .build()
            });
        with_ssm(&[rule])
    })
    .await;
}

#[tokio::test]
async fn an_action_for_another_kind_of_target_is_refused() {
    let clients = clients();
    let targets = targets(&clients);
    let order = order(Action::ForceNewDeployment);
    let error = targets.carry_out(&host_target(), &order).await.unwrap_err();
    assert_eq!(nature(&error), REFUSED);
    insta::assert_snapshot!(chain(&error), @"couldn't carry out an action on container web on i-0123456789abcdef0: it is an action for another kind of target");
}

#[tokio::test]
async fn only_commands_sessions_and_automations_run() {
    let clients = clients();
    let targets = targets(&clients);
    let deployment = Work::Deployment("ecs-svc/2".to_owned());
    let of_a_service = order(Action::ForceNewDeployment);
    let run = targets
        .run(&service_target(), &of_a_service, Some(&deployment))
        .await;
    assert_eq!(run.unwrap(), None);
    // It is started again under the same token instead of being looked for.
    let start = order(Action::StartAutomation(automation()));
    let run = targets.run(&host_target(), &start, None).await;
    assert_eq!(run.unwrap(), None);
}
