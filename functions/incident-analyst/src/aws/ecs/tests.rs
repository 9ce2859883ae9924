use aws_sdk_ecs::Client;
use aws_sdk_ecs::operation::describe_services::DescribeServicesOutput;
use aws_sdk_ecs::operation::describe_task_definition::{
    DescribeTaskDefinitionError, DescribeTaskDefinitionOutput,
};
use aws_sdk_ecs::operation::describe_tasks::DescribeTasksOutput;
use aws_sdk_ecs::operation::list_services::ListServicesOutput;
use aws_sdk_ecs::operation::list_tasks::ListTasksOutput;
use aws_sdk_ecs::types::error::ClientException;
use aws_sdk_ecs::types::{
    Container as EcsContainer, ContainerDefinition, KeyValuePair, LoadBalancer, LogConfiguration,
    LogDriver, Service, Task, TaskDefinition as EcsDefinition, TaskStopCode,
};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use shared::aws::lazy;
use shared::failure::chain;

use super::*;
use crate::aws::Clients;
use crate::aws::tests::{at, clients, sources};
use crate::evidence::StoppedContainer;

fn clients_with(rule: Rule) -> Clients {
    let ecs = lazy(move || mock_client!(aws_sdk_ecs, RuleMode::Sequential, &[&rule]));
    Clients { ecs, ..clients() }
}

fn checkout() -> ServiceName {
    ServiceName {
        cluster: "shop".to_owned(),
        service: "checkout".to_owned(),
    }
}

#[tokio::test]
async fn services_are_listed_by_the_ends_of_their_arns_page_by_page() {
    let rule = mock!(Client::list_services)
        .match_requests(|request| {
            (request.cluster(), request.next_token()) == (Some("shop"), Some("token"))
        })
        .then_output(|| {
            ListServicesOutput::builder()
                .service_arns("arn:aws:ecs:eu-west-1:1:service/shop/checkout")
                .next_token("more")
                .build()
        });
    let clients = clients_with(rule);
    let page = sources(&clients)
        .services_of("shop", Some("token".to_owned()))
        .await
        .unwrap();
    assert_eq!(
        page,
        Page {
            items: vec!["checkout".to_owned()],
            next: Some("more".to_owned())
        }
    );
}

#[tokio::test]
async fn a_service_is_described_by_what_it_has_and_a_deleted_one_is_none() {
    let rule = mock!(Client::describe_services)
        .match_requests(|request| request.services() == ["checkout", "gone"])
        .then_output(|| {
            let balancer = LoadBalancer::builder().target_group_arn("group").build();
            let service = Service::builder()
                .service_name("checkout")
                .status("ACTIVE")
                .desired_count(2)
                .running_count(-1);
            let service = service
                .task_definition("definition")
                .load_balancers(balancer.clone())
                .load_balancers(balancer);
            let gone = Service::builder().service_name("gone").status("INACTIVE");
            DescribeServicesOutput::builder()
                .services(service.build())
                .services(gone.build())
                .build()
        });
    let clients = clients_with(rule);
    let names = ["checkout".to_owned(), "gone".to_owned()];
    let described = sources(&clients)
        .describe_services("shop", &names)
        .await
        .unwrap();
    let expected = DescribedService {
        name: checkout(),
        tasks: (2, 0, 0),
        task_definition: "definition".to_owned(),
        deployments: vec![],
        events: vec![],
        target_groups: vec!["group".to_owned()],
    };
    assert_eq!(described, [expected]);
}

fn definition() -> EcsDefinition {
    let log = LogConfiguration::builder()
        .log_driver(LogDriver::Awslogs)
        .options("awslogs-group", "/ecs/shop")
        .options("awslogs-region", "eu-west-1")
        .build();
    let elsewhere = LogConfiguration::builder()
        .log_driver(LogDriver::Awslogs)
        .options("awslogs-group", "/ecs/shop")
        .options("awslogs-region", "eu-central-1")
        .build();
    let agent = ContainerDefinition::builder()
        .name("agent")
        .log_configuration(elsewhere.unwrap());
    let variable = KeyValuePair::builder()
        .name("TOKEN")
        .value("hush-hush")
        .build();
    let container = ContainerDefinition::builder()
        .name("web")
        .image("shop:1.7")
        .command("--key=hush-hush");
    let container = container
        .environment(variable)
        .log_configuration(log.unwrap())
        .build();
    let definition = EcsDefinition::builder()
        .family("checkout")
        .revision(7)
        .task_definition_arn("arn:aws:ecs:eu-west-1:1:task-definition/checkout:7")
        .cpu("256")
        .container_definitions(container)
        .container_definitions(agent.build());
    definition.build()
}

#[tokio::test]
async fn a_task_definition_has_its_log_group_and_no_value_of_its_environment() {
    let rule = mock!(Client::describe_task_definition)
        .match_requests(|request| request.task_definition() == Some("checkout:7"))
        .then_output(|| {
            DescribeTaskDefinitionOutput::builder()
                .task_definition(definition())
                .build()
        });
    let clients = clients_with(rule);
    let definition = sources(&clients)
        .task_definition("checkout:7")
        .await
        .unwrap()
        .unwrap();
    assert!(!format!("{definition:?}").contains("hush"));
    let regions = definition.containers.iter();
    let regions: Vec<Option<&str>> = regions
        .map(|container| container.log_region.as_deref())
        .collect();
    assert_eq!(regions, [None, Some("eu-central-1")]);
    let web = definition.containers.first().unwrap();
    let names: Vec<&String> = web
        .environment
        .keys()
        .chain(web.hidden.keys())
        .chain(web.settings.keys())
        .collect();
    assert_eq!(
        (web.log_group.as_deref(), names),
        (
            Some("/ecs/shop"),
            vec!["TOKEN", "command", "image"]
                .into_iter()
                .map(str::to_owned)
                .collect::<Vec<_>>()
                .iter()
                .collect()
        )
    );
}

#[tokio::test]
async fn a_task_definition_that_does_not_exist_is_none() {
    let rule = mock!(Client::describe_task_definition).then_error(|| {
        let unknown = ClientException::builder();
        let meta = aws_sdk_ecs::error::ErrorMetadata::builder()
            .message("Unable to describe task definition.")
            .build();
        DescribeTaskDefinitionError::ClientException(unknown.meta(meta).build())
    });
    let clients = clients_with(rule);
    assert_eq!(
        sources(&clients)
            .task_definition("checkout:1")
            .await
            .unwrap(),
        None
    );
}

#[tokio::test]
async fn stopped_tasks_have_their_reasons_and_the_ends_of_their_containers() {
    let listed = mock!(Client::list_tasks)
        .match_requests(|request| {
            (request.desired_status(), request.service_name())
                == (Some(&DesiredStatus::Stopped), Some("checkout"))
        })
        .then_output(|| ListTasksOutput::builder().task_arns("task/shop/1").build());
    let clients = clients_with(listed);
    assert_eq!(
        sources(&clients)
            .stopped_tasks(&checkout(), None)
            .await
            .unwrap(),
        Page::last(vec!["task/shop/1".to_owned()])
    );
    let described = mock!(Client::describe_tasks)
        .match_requests(|request| request.tasks() == ["task/shop/1"])
        .then_output(|| {
            let container = EcsContainer::builder()
                .name("web")
                .exit_code(137)
                .reason("OutOfMemoryError:\nContainer killed")
                .build();
            let task = Task::builder()
                .task_arn("task/shop/1")
                .stop_code(TaskStopCode::EssentialContainerExited)
                .stopped_reason("Essential container in task exited");
            let task = task
                .stopped_at(date(at("20:59:00")))
                .task_definition_arn("arn:aws:ecs:eu-west-1:1:task-definition/checkout:7")
                .containers(container);
            DescribeTasksOutput::builder().tasks(task.build()).build()
        });
    let clients = clients_with(described);
    let tasks = sources(&clients)
        .describe_tasks("shop", &["task/shop/1".to_owned()])
        .await
        .unwrap();
    let expected = StoppedTask {
        id: "1".to_owned(),
        stopped_at: Some(at("20:59:00")),
        reason: "Essential container in task exited".to_owned(),
        stop_code: "EssentialContainerExited".to_owned(),
        task_definition: "checkout:7".to_owned(),
        containers: vec![StoppedContainer {
            name: "web".to_owned(),
            exit_code: Some(137),
            reason: "OutOfMemoryError: Container killed".to_owned(),
        }],
    };
    assert_eq!(tasks, [expected]);
}

fn said(code: &str) -> String {
    format!(r#"{{"__type": "{code}", "message": "because"}}"#)
}

#[tokio::test]
async fn what_fails_names_the_operation_the_service_and_what_ecs_says() {
    let because =
        |why: &str| format!("couldn't list the stopped tasks of ECS service shop/checkout: {why}");
    for (status, code) in [
        (400, "AccessDeniedException"),
        (400, "ThrottlingException"),
        (500, "ServerException"),
    ] {
        let rule = mock!(Client::list_tasks)
            .sequence()
            .http_status(status, Some(said(code)))
            .times(9)
            .build();
        let clients = clients_with(rule);
        let error = sources(&clients)
            .stopped_tasks(&checkout(), None)
            .await
            .unwrap_err();
        assert_eq!(chain(&error), because(&format!("because ({code})")));
    }
}

#[tokio::test]
async fn what_is_throttled_once_is_asked_again() {
    let rule = mock!(Client::list_tasks)
        .sequence()
        .http_status(400, Some(said("ThrottlingException")))
        .output(|| ListTasksOutput::builder().build())
        .build();
    let clients = clients_with(rule);
    let page = sources(&clients)
        .stopped_tasks(&checkout(), None)
        .await
        .unwrap();
    assert_eq!(page, Page::last(vec![]));
}

#[tokio::test]
async fn an_answer_that_is_none_is_a_failure_and_so_is_a_call_that_comes_too_late() {
    let rule = mock!(Client::list_tasks)
        .sequence()
        .http_status(200, Some("no JSON".to_owned()))
        .times(9)
        .build();
    let clients = clients_with(rule);
    let error = sources(&clients)
        .stopped_tasks(&checkout(), None)
        .await
        .unwrap_err();
    let begins = "couldn't list the stopped tasks of ECS service shop/checkout: response error";
    assert!(chain(&error).starts_with(begins), "{}", chain(&error));
    let mut late = sources(&clients);
    late.deadline = shared::deadline::Deadline::at(at("21:00:00"));
    let error = late.stopped_tasks(&checkout(), None).await.unwrap_err();
    assert_eq!(
        chain(&error),
        "couldn't list the stopped tasks of ECS service shop/checkout: the invocation ends at 2026-02-18T21:00:00Z, too soon to begin another call"
    );
}
