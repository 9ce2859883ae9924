use aws_sdk_ecs::Client;
use aws_sdk_ecs::operation::update_service::builders::UpdateServiceInputBuilder;
use aws_sdk_ecs::operation::update_service::{
    UpdateServiceError, UpdateServiceInput, UpdateServiceOutput,
};
use aws_sdk_ecs::types::error::ServiceNotActiveException;
use aws_smithy_mocks::{Rule, mock};
use shared::failure::{Effect, FailureKind, chain};

use super::super::tests::{
    REFUSED, THROTTLED, UNCLEAR, aws_error, mocked, nature, order, service_target, targets,
    targets_for, with_ecs,
};
use super::*;
use crate::action::Action;
use crate::aws::Clients;
use crate::targets::Targets as _;

fn input() -> UpdateServiceInputBuilder {
    UpdateServiceInput::builder()
        .cluster("shop")
        .service("checkout")
}

fn updated(input: UpdateServiceInputBuilder) -> Rule {
    let input = input.build().unwrap();
    mock!(Client::update_service)
        .match_requests(move |request| *request == input)
        .then_output(|| {
            UpdateServiceOutput::builder()
                .service(super::super::ecs::tests::service())
                .build()
        })
}

async fn carry_out(clients: &Clients, action: Action) -> Result<Work, CallError> {
    targets(clients)
        .carry_out(&service_target(), &order(action))
        .await
}

#[tokio::test]
async fn a_deployment_is_known_by_the_id_of_the_new_primary_one() {
    let deployment = Work::Deployment("ecs-svc/2".to_owned());
    let forced = with_ecs(&[updated(input().force_new_deployment(true))]);
    let work = carry_out(&forced, Action::ForceNewDeployment).await;
    assert_eq!(work.unwrap(), deployment);
    let deployed = with_ecs(&[updated(input().task_definition("checkout:6"))]);
    let deploy = Action::DeployTaskDefinition("checkout:6".to_owned());
    assert_eq!(carry_out(&deployed, deploy).await.unwrap(), deployment);
}

#[tokio::test]
async fn a_number_of_tasks_is_set_and_one_that_ecs_cannot_count_is_refused() {
    let clients = with_ecs(&[updated(input().desired_count(4))]);
    let work = carry_out(&clients, Action::SetDesiredCount(4)).await;
    assert_eq!(work.unwrap(), Work::DesiredCount(4));
    let error = carry_out(&clients, Action::SetDesiredCount(u32::MAX)).await;
    assert_eq!(nature(&error.unwrap_err()), REFUSED);
}

#[tokio::test]
async fn an_answer_without_a_primary_deployment_leaves_the_effect_open() {
    let rule = mock!(Client::update_service).then_output(|| UpdateServiceOutput::builder().build());
    let clients = with_ecs(&[rule]);
    let error = carry_out(&clients, Action::ForceNewDeployment)
        .await
        .unwrap_err();
    assert_eq!(nature(&error), (FailureKind::Permanent, Effect::Unknown));
}

#[tokio::test]
async fn a_refusal_is_permanent_and_names_the_service() {
    let rule = mock!(Client::update_service).then_error(|| {
        let inactive = ServiceNotActiveException::builder().message("Service was not ACTIVE.");
        UpdateServiceError::ServiceNotActiveException(inactive.build())
    });
    let clients = with_ecs(&[rule]);
    let error = carry_out(&clients, Action::ForceNewDeployment)
        .await
        .unwrap_err();
    assert_eq!(nature(&error), REFUSED);
    insta::assert_snapshot!(chain(&error), @"couldn't force a new deployment of ECS service shop/checkout: service error: ServiceNotActiveException: Service was not ACTIVE.: ServiceNotActiveException: Service was not ACTIVE.");
}

#[tokio::test]
async fn a_change_whose_answer_is_unclear_is_sent_once_and_a_throttled_one_too() {
    for action in [
        Action::ForceNewDeployment,
        Action::DeployTaskDefinition("checkout:6".to_owned()),
        Action::SetDesiredCount(4),
    ] {
        for (status, code, expected) in [
            (500, "ServerException", UNCLEAR),
            (400, "ThrottlingException", THROTTLED),
        ] {
            let rule = mock!(Client::update_service)
                .sequence()
                .http_status(status, Some(aws_error(code)))
                .times(3)
                .build();
            let counted = rule.clone();
            let clients = Clients {
                ecs: mocked!(aws_sdk_ecs, Sequential, [rule]),
                ..super::super::tests::clients()
            };
            let error = carry_out(&clients, action.clone()).await.unwrap_err();
            assert_eq!((nature(&error), counted.num_calls()), (expected, 1));
        }
    }
}

#[tokio::test]
async fn nothing_is_sent_when_the_invocation_is_about_to_end() {
    let rule = updated(input().force_new_deployment(true));
    let counted = rule.clone();
    let clients = with_ecs(&[rule]);
    let order = order(Action::ForceNewDeployment);
    let late = targets_for(&clients, 2);
    let error = late.carry_out(&service_target(), &order).await.unwrap_err();
    assert_eq!((nature(&error), counted.num_calls()), (THROTTLED, 0));
}
