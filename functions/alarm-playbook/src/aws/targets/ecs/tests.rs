use aws_sdk_ecs::Client;
use aws_sdk_ecs::operation::describe_services::{DescribeServicesInput, DescribeServicesOutput};
use aws_sdk_ecs::operation::list_service_deployments::ListServiceDeploymentsOutput;
use aws_sdk_ecs::operation::list_tasks::ListTasksOutput;
use aws_sdk_ecs::primitives::DateTime;
use aws_sdk_ecs::types::error::ClusterNotFoundException;
use aws_smithy_mocks::{Rule, mock};
use shared::failure::chain;

use super::super::tests::{
    REFUSED, THROTTLED, UNCLEAR, aws_error, mocked, nature, service_target, targets, targets_for,
    with_ecs,
};
use super::*;
use crate::alarms::Tags;
use crate::aws::Clients;
use crate::target::tests::checkout;
use crate::targets::{TargetState, Targets as _};

pub(in crate::aws::targets) fn service() -> Service {
    let deployment = |status: &str, id: &str, rollout: DeploymentRolloutState| {
        EcsDeployment::builder()
            .status(status)
            .id(id)
            .task_definition("checkout:7")
            .rollout_state(rollout)
            .created_at(DateTime::from_secs(1_771_451_224))
            .build()
    };
    let (done, rolling) = (
        DeploymentRolloutState::Completed,
        DeploymentRolloutState::InProgress,
    );
    let percents = DeploymentConfiguration::builder().minimum_healthy_percent(50);
    Service::builder()
        .status("ACTIVE")
        .tags(Tag::builder().key("team").value("shop").build())
        .deployments(deployment("ACTIVE", "ecs-svc/1", done))
        .deployments(deployment("PRIMARY", "ecs-svc/2", rolling))
        .deployment_configuration(percents.build())
        .desired_count(4)
        .running_count(3)
        .created_at(DateTime::from_secs(1_771_451_000))
        .build()
}

fn expected() -> ServiceState {
    let deployment = |id: &str, status: &str, rollout_state: &str| Deployment {
        id: id.to_owned(),
        status: status.to_owned(),
        task_definition: "checkout:7".to_owned(),
        rollout_state: rollout_state.to_owned(),
        rollout_state_reason: String::new(),
        created_at: Some("2026-02-18T21:47:04Z".parse().unwrap()),
        updated_at: None,
    };
    ServiceState {
        status: "ACTIVE".to_owned(),
        deployment_controller: "ECS".to_owned(),
        tags: Tags::from([("team".to_owned(), "shop".to_owned())]),
        deployments: vec![
            deployment("ecs-svc/1", "ACTIVE", "COMPLETED"),
            deployment("ecs-svc/2", "PRIMARY", "IN_PROGRESS"),
        ],
        desired_count: 4,
        created_at: Some("2026-02-18T21:43:20Z".parse().unwrap()),
        running_count: 3,
        minimum_healthy_percent: Some(50),
        scaling: None,
        history: None,
        tasks: None,
    }
}

fn described(service: Service) -> Rule {
    let input = DescribeServicesInput::builder()
        .cluster("shop")
        .services("checkout")
        .include(ServiceField::Tags)
        .build()
        .unwrap();
    mock!(Client::describe_services)
        .match_requests(move |request| *request == input)
        .then_output(move || {
            DescribeServicesOutput::builder()
                .services(service.clone())
                .build()
        })
}

async fn look(clients: &Clients, also: Also) -> Result<Option<TargetState>, CallError> {
    targets(clients).look(&service_target(), also).await
}

const ALL: Also = Also {
    scaling: true,
    history: true,
    tasks: true,
};

#[tokio::test]
async fn a_service_is_described_by_one_call_unless_more_is_asked_for() {
    let clients = with_ecs(&[described(service())]);
    let state = look(&clients, Also::default()).await.unwrap();
    assert_eq!(state, Some(TargetState::Service(expected())));
}

#[tokio::test]
async fn limits_history_and_tasks_are_added_when_they_are_asked_for() {
    let history = mock!(Client::list_service_deployments)
        .then_output(|| ListServiceDeploymentsOutput::builder().build());
    let tasks = mock!(Client::list_tasks).then_output(|| ListTasksOutput::builder().build());
    let clients = Clients {
        autoscaling: super::super::scaling::tests::client(),
        ..with_ecs(&[described(service()), history, tasks])
    };
    let expected = ServiceState {
        scaling: Some(super::super::scaling::tests::LIMITS),
        history: Some(Vec::new()),
        tasks: Some(Vec::new()),
        ..expected()
    };
    let state = look(&clients, ALL).await.unwrap();
    assert_eq!(state, Some(TargetState::Service(expected)));
}

#[tokio::test]
async fn of_a_service_that_was_deleted_nothing_else_is_asked() {
    let deleted = Service::builder().status("INACTIVE").build();
    let clients = with_ecs(&[described(deleted)]);
    let state = look(&clients, ALL).await.unwrap().unwrap();
    assert_eq!(state.service().unwrap().status, "INACTIVE");
}

#[tokio::test]
async fn a_service_or_a_cluster_that_does_not_exist_is_none() {
    let nothing =
        mock!(Client::describe_services).then_output(|| DescribeServicesOutput::builder().build());
    let no_cluster = mock!(Client::describe_services).then_error(|| {
        let missing = ClusterNotFoundException::builder().build();
        DescribeServicesError::ClusterNotFoundException(missing)
    });
    for rule in [nothing, no_cluster] {
        let clients = with_ecs(&[rule]);
        assert_eq!(look(&clients, ALL).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_service_that_may_not_be_looked_at_is_an_error_and_not_none() {
    for (status, code, expected) in [
        (400, "AccessDeniedException", REFUSED),
        (400, "ThrottlingException", THROTTLED),
        (500, "ServerException", UNCLEAR),
    ] {
        let rule = mock!(Client::describe_services)
            .sequence()
            .http_status(status, Some(aws_error(code)))
            .times(9)
            .build();
        let clients = Clients {
            ecs: mocked!(aws_sdk_ecs, Sequential, [rule]),
            ..super::super::tests::clients()
        };
        let error = look(&clients, ALL).await.unwrap_err();
        assert_eq!(nature(&error), expected, "{}", chain(&error));
    }
}

#[tokio::test]
async fn what_a_service_counts_below_nothing_is_nothing() {
    let odd = Service::builder().desired_count(-1).running_count(i32::MIN);
    let configuration = DeploymentConfiguration::builder().minimum_healthy_percent(-5);
    let odd = odd.deployment_configuration(configuration.build()).build();
    let expected = ServiceState {
        deployment_controller: "ECS".to_owned(),
        ..ServiceState::default()
    };
    assert_eq!(state(&odd), expected);
}

#[tokio::test]
async fn nothing_is_asked_when_the_invocation_is_about_to_end() {
    let clients = with_ecs(&[]);
    let late = targets_for(&clients, 0);
    let error = late.service(&checkout(), ALL).await.unwrap_err();
    assert_eq!(nature(&error), THROTTLED);
}
