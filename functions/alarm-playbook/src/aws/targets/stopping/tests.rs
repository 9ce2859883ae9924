use aws_sdk_ecs::Client;
use aws_sdk_ecs::operation::stop_service_deployment::{
    StopServiceDeploymentError, StopServiceDeploymentInput, StopServiceDeploymentOutput,
};
use aws_sdk_ecs::operation::stop_task::{StopTaskInput, StopTaskOutput};
use aws_sdk_ecs::types::error::{ClientException, ConflictException};
use aws_smithy_mocks::{Rule, mock};
use shared::failure::{FailureKind, chain};

use super::super::tests::{
    REFUSED, UNCLEAR, aws_error, clients, mocked, nature, order, service_target, targets, with_ecs,
};
use super::*;
use crate::action::Action;
use crate::aws::Clients;
use crate::targets::Targets as _;

async fn carry_out(clients: &Clients, action: Action) -> Result<Work, CallError> {
    targets(clients)
        .carry_out(&service_target(), &order(action))
        .await
}

fn rollback() -> Action {
    Action::StopServiceDeployment("deployment/3".to_owned())
}

fn stop_tasks() -> Action {
    Action::StopTasks(vec!["task/1".to_owned(), "task/2".to_owned()])
}

fn asked(task: &str) -> StopTaskInput {
    let input = StopTaskInput::builder().cluster("shop").task(task);
    let input = input.reason("lambda-medic 0123456789abcdef0123-1");
    input.build().unwrap()
}

fn stopped(task: &str) -> Rule {
    let input = asked(task);
    mock!(Client::stop_task)
        .match_requests(move |request| *request == input)
        .then_output(|| StopTaskOutput::builder().build())
}

fn refused(task: &str, error: fn() -> StopTaskError) -> Rule {
    let input = asked(task);
    mock!(Client::stop_task)
        .match_requests(move |request| *request == input)
        .then_error(error)
}

#[tokio::test]
async fn a_deployment_is_stopped_and_rolled_back() {
    let input = StopServiceDeploymentInput::builder()
        .service_deployment_arn("deployment/3")
        .stop_type(StopServiceDeploymentStopType::Rollback)
        .build()
        .unwrap();
    let rule = mock!(Client::stop_service_deployment)
        .match_requests(move |request| *request == input)
        .then_output(|| StopServiceDeploymentOutput::builder().build());
    let work = carry_out(&with_ecs(&[rule]), rollback()).await;
    assert_eq!(
        work.unwrap(),
        Work::ServiceDeployment("deployment/3".to_owned())
    );
}

#[tokio::test]
async fn a_deployment_that_cannot_be_stopped_any_more_is_refused_and_an_unclear_answer_comes_once()
{
    let over = mock!(Client::stop_service_deployment).then_error(|| {
        let over = ConflictException::builder().build();
        StopServiceDeploymentError::ConflictException(over)
    });
    let error = carry_out(&with_ecs(&[over]), rollback()).await;
    assert_eq!(nature(&error.unwrap_err()), REFUSED);
    let broken = mock!(Client::stop_service_deployment)
        .sequence()
        .http_status(500, Some(aws_error("ServerException")))
        .times(3)
        .build();
    let counted = broken.clone();
    let clients = Clients {
        ecs: mocked!(aws_sdk_ecs, Sequential, [broken]),
        ..clients()
    };
    let error = carry_out(&clients, rollback()).await.unwrap_err();
    assert_eq!((nature(&error), counted.num_calls()), (UNCLEAR, 1));
}

#[tokio::test]
async fn each_task_is_stopped_and_one_that_is_gone_is_stopped_already() {
    let gone = refused("task/1", || {
        let gone =
            InvalidParameterException::builder().message("The referenced task was not found.");
        StopTaskError::InvalidParameterException(gone.build())
    });
    let clients = with_ecs(&[gone, stopped("task/2")]);
    let expected = Work::Tasks(vec!["task/1".to_owned(), "task/2".to_owned()]);
    assert_eq!(carry_out(&clients, stop_tasks()).await.unwrap(), expected);
}

#[tokio::test]
async fn a_refusal_of_the_first_task_did_nothing_and_one_of_a_later_task_did_something() {
    let denied =
        || StopTaskError::ClientException(ClientException::builder().message("no").build());
    let first = with_ecs(&[refused("task/1", denied), stopped("task/2")]);
    let error = carry_out(&first, stop_tasks()).await.unwrap_err();
    assert_eq!(nature(&error), REFUSED);
    let second = with_ecs(&[stopped("task/1"), refused("task/2", denied)]);
    let error = carry_out(&second, stop_tasks()).await.unwrap_err();
    assert_eq!(nature(&error), (FailureKind::Permanent, Effect::Unknown));
    insta::assert_snapshot!(chain(&error), @"couldn't stop all unhealthy tasks of ECS service shop/checkout: couldn't stop task task/2: service error: ClientException: no: ClientException: no");
}

#[tokio::test]
async fn to_stop_a_task_is_tried_again_because_it_stops_once() {
    let rule = mock!(Client::stop_task)
        .sequence()
        .http_status(500, Some(aws_error("ServerException")))
        .output(|| StopTaskOutput::builder().build())
        .build();
    let counted = rule.clone();
    let clients = Clients {
        ecs: mocked!(aws_sdk_ecs, Sequential, [rule]),
        ..clients()
    };
    let one = Action::StopTasks(vec!["task/1".to_owned()]);
    let work = carry_out(&clients, one).await;
    assert_eq!(work.unwrap(), Work::Tasks(vec!["task/1".to_owned()]));
    assert_eq!(counted.num_calls(), 2);
}
