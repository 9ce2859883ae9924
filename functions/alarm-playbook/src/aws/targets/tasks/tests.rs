use aws_sdk_ecs::Client;
use aws_sdk_ecs::operation::describe_container_instances::{
    DescribeContainerInstancesInput, DescribeContainerInstancesOutput,
};
use aws_sdk_ecs::operation::describe_tasks::{DescribeTasksInput, DescribeTasksOutput};
use aws_sdk_ecs::operation::list_tasks::{ListTasksInput, ListTasksOutput};
use aws_sdk_ecs::primitives::DateTime;
use aws_sdk_ecs::types::{
    AdvancedConfiguration, Attachment, ContainerInstance, KeyValuePair, NetworkBinding,
    NetworkInterface,
};
use aws_sdk_elasticloadbalancingv2::operation::describe_target_health::{
    DescribeTargetHealthInput, DescribeTargetHealthOutput,
};
use aws_sdk_elasticloadbalancingv2::types::{
    TargetDescription, TargetHealth, TargetHealthDescription, TargetHealthReasonEnum,
    TargetHealthStateEnum,
};
use aws_smithy_mocks::{Rule, mock};

use super::super::tests::{
    REFUSED, UNCLEAR, at, aws_error, clients, hostile, mocked, nature, targets,
};
use super::*;
use crate::aws::Clients;
use crate::target::tests::checkout;

const MISMATCH: &str = "Target.ResponseCodeMismatch: Health checks failed with these codes: [500]";

fn list(token: Option<&str>, arns: &[&str], next: Option<&str>) -> Rule {
    let input = ListTasksInput::builder()
        .cluster("shop")
        .service_name("checkout")
        .desired_status(DesiredStatus::Running)
        .set_next_token(token.map(str::to_owned))
        .build()
        .unwrap();
    let arns: Vec<String> = arns.iter().map(ToString::to_string).collect();
    let next = next.map(str::to_owned);
    mock!(Client::list_tasks)
        .match_requests(move |request| *request == input)
        .then_output(move || {
            ListTasksOutput::builder()
                .set_task_arns(Some(arns.clone()))
                .set_next_token(next.clone())
                .build()
        })
}

fn describe(tasks: Vec<Task>) -> Rule {
    let arns = tasks.iter().filter_map(Task::task_arn).map(str::to_owned);
    let input = DescribeTasksInput::builder()
        .cluster("shop")
        .set_tasks(Some(arns.collect()))
        .build()
        .unwrap();
    mock!(Client::describe_tasks)
        .match_requests(move |request| *request == input)
        .then_output(move || {
            DescribeTasksOutput::builder()
                .set_tasks(Some(tasks.clone()))
                .build()
        })
}

fn task(arn: &str) -> aws_sdk_ecs::types::builders::TaskBuilder {
    Task::builder()
        .task_arn(arn)
        .desired_status("RUNNING")
        .started_at(DateTime::from_secs(at("21:00:00").as_second()))
}

/// A task with its own network interface.
fn with_address(arn: &str, address: &str) -> Task {
    let interface = NetworkInterface::builder().private_ipv4_address(address);
    let container = Container::builder().name("web");
    let container = container.network_interfaces(interface.build()).build();
    task(arn).containers(container).build()
}

fn balancer(group: &str) -> LoadBalancer {
    LoadBalancer::builder()
        .target_group_arn(group)
        .container_name("web")
        .container_port(8080)
        .build()
}

fn target(id: &str, port: i32, state: TargetHealthStateEnum) -> TargetHealthDescription {
    let health = TargetHealth::builder()
        .state(state)
        .reason(TargetHealthReasonEnum::ResponseCodeMismatch)
        .description("Health checks failed with these codes: [500]");
    TargetHealthDescription::builder()
        .target(TargetDescription::builder().id(id).port(port).build())
        .target_health(health.build())
        .build()
}

fn group(arn: &str, targets: Vec<TargetHealthDescription>) -> Rule {
    let input = DescribeTargetHealthInput::builder()
        .target_group_arn(arn)
        .build()
        .unwrap();
    mock!(aws_sdk_elasticloadbalancingv2::Client::describe_target_health)
        .match_requests(move |request| *request == input)
        .then_output(move || {
            DescribeTargetHealthOutput::builder()
                .set_target_health_descriptions(Some(targets.clone()))
                .build()
        })
}

async fn tasks(
    ecs: &[Rule],
    elb: &[Rule],
    balancers: &[LoadBalancer],
) -> Result<Vec<TaskHealth>, CallError> {
    let clients = Clients {
        ecs: mocked!(aws_sdk_ecs, MatchAny, ecs),
        elb: mocked!(aws_sdk_elasticloadbalancingv2, MatchAny, elb),
        ..clients()
    };
    targets(&clients).tasks(&checkout(), balancers).await
}

fn health(arn: &str, unhealthy: Option<&str>) -> TaskHealth {
    TaskHealth {
        arn: arn.to_owned(),
        unhealthy: unhealthy.map(str::to_owned),
        started_at: Some(at("21:00:00")),
    }
}

#[tokio::test]
async fn the_task_behind_an_unhealthy_target_is_told_by_address_and_port() {
    use TargetHealthStateEnum::{Draining, Healthy, Initial, Unhealthy, Unused};
    let described = (1..=6).map(|n| with_address(&format!("task/{n}"), &format!("10.0.0.{n}")));
    let described: Vec<Task> = described.collect();
    let ecs = [
        list(
            None,
            &["task/1", "task/2", "task/3", "task/4"],
            Some("more"),
        ),
        list(Some("more"), &["task/6", "task/5"], None),
        describe(described[..4].to_vec()),
        describe(vec![described[5].clone(), described[4].clone()]),
    ];
    let elb = [group(
        "group/1",
        vec![
            target("10.0.0.1", 8080, Healthy),
            target("10.0.0.2", 8080, Unhealthy),
            target("10.0.0.3", 8080, Initial),
            target("10.0.0.4", 8080, Draining),
            target("10.0.0.5", 8080, Unused),
            // Another container of the same task.
            target("10.0.0.6", 9000, Unhealthy),
            TargetHealthDescription::builder().build(),
        ],
    )];
    let expected = vec![
        health("task/1", None),
        health("task/2", Some(MISMATCH)),
        health("task/3", None),
        health("task/4", None),
        health("task/5", None),
        health("task/6", None),
    ];
    let tasks = tasks(&ecs, &elb, &[balancer("group/1")]).await;
    assert_eq!(tasks.unwrap(), expected);
}

#[tokio::test]
async fn an_address_is_known_in_whatever_form_and_from_the_attachment_too() {
    let interface = NetworkInterface::builder().ipv6_address("2001:DB8:0::1");
    let container = Container::builder().name("web");
    let container = container.network_interfaces(interface.build()).build();
    let detail = |name: &str, value: &str| KeyValuePair::builder().name(name).value(value).build();
    let attachment = Attachment::builder()
        .details(detail("subnetId", "10.0.0.9"))
        .details(detail("privateIPv4Address", "10.0.0.8"));
    let described = vec![
        task("task/1").containers(container).build(),
        task("task/2").attachments(attachment.build()).build(),
        with_address("task/3", "10.0.0.9"),
    ];
    let ecs = [
        list(None, &["task/1", "task/2", "task/3"], None),
        describe(described),
    ];
    let unhealthy = |id| target(id, 8080, TargetHealthStateEnum::Unhealthy);
    let elb = [
        group(
            "group/1",
            vec![unhealthy("2001:db8::1"), unhealthy("nonsense")],
        ),
        group("group/2", vec![unhealthy("10.0.0.8")]),
    ];
    let alternate = AdvancedConfiguration::builder().alternate_target_group_arn("group/2");
    let mut balancer = balancer("group/1");
    balancer.advanced_configuration = Some(alternate.build());
    let expected = vec![
        health("task/1", Some(MISMATCH)),
        health("task/2", Some(MISMATCH)),
        health("task/3", None),
    ];
    assert_eq!(tasks(&ecs, &elb, &[balancer]).await.unwrap(), expected);
}

#[tokio::test]
async fn targets_that_are_instances_are_told_by_instance_and_host_port() {
    let on = |arn: &str, instance: &str, host_port: Option<i32>| {
        let binding = NetworkBinding::builder().container_port(8080);
        let binding = host_port.map(|port| binding.host_port(port).build());
        let container = Container::builder().name("web");
        let container = container.set_network_bindings(Some(binding.into_iter().collect()));
        task(arn)
            .container_instance_arn(instance)
            .containers(container.build())
            .build()
    };
    let described = vec![
        on("task/1", "instance/a", Some(32_768)),
        on("task/2", "instance/a", Some(32_769)),
        on("task/3", "instance/b", Some(32_768)),
        on("task/4", "instance/b", None),
    ];
    let asked = DescribeContainerInstancesInput::builder()
        .cluster("shop")
        .container_instances("instance/a")
        .container_instances("instance/b")
        .build()
        .unwrap();
    let instance = |arn: &str, id: &str| {
        let instance = ContainerInstance::builder().container_instance_arn(arn);
        instance.ec2_instance_id(id).build()
    };
    let known = vec![instance("instance/a", "i-a"), instance("instance/b", "i-b")];
    let instances = mock!(Client::describe_container_instances)
        .match_requests(move |request| *request == asked)
        .then_output(move || {
            DescribeContainerInstancesOutput::builder()
                .set_container_instances(Some(known.clone()))
                .build()
        });
    let ecs = [
        list(None, &["task/1", "task/2", "task/3", "task/4"], None),
        describe(described),
        instances,
    ];
    let unhealthy = |id, port| target(id, port, TargetHealthStateEnum::Unhealthy);
    let elb = [group(
        "group/1",
        vec![unhealthy("i-a", 32_769), unhealthy("i-b", 8080)],
    )];
    let expected = vec![
        health("task/1", None),
        health("task/2", Some(MISMATCH)),
        health("task/3", None),
        health("task/4", Some(MISMATCH)),
    ];
    let tasks = tasks(&ecs, &elb, &[balancer("group/1")]).await;
    assert_eq!(tasks.unwrap(), expected);
}

#[tokio::test]
async fn without_a_load_balancer_the_containers_health_checks_tell() {
    let container = |name: &str, health| {
        let container = Container::builder().name(name);
        container.health_status(health).build()
    };
    let described = vec![
        task("task/1")
            .health_status(HealthStatus::Unhealthy)
            .containers(container("web", HealthStatus::Unhealthy))
            .containers(container("envoy", HealthStatus::Healthy))
            .build(),
        task("task/2")
            .health_status(HealthStatus::Unhealthy)
            .build(),
        task("task/3")
            .health_status(HealthStatus::from("UNKNOWN"))
            .build(),
        task("task/4").desired_status("STOPPED").build(),
        Task::builder().desired_status("RUNNING").build(),
    ];
    let arns = ["task/1", "task/2", "task/3", "task/4"];
    let ecs = [list(None, &arns, None), describe(described)];
    let expected = vec![
        health("task/1", Some("UNHEALTHY by the health check of web")),
        health("task/2", Some("UNHEALTHY by its container's health check")),
        health("task/3", None),
    ];
    let classic = LoadBalancer::builder()
        .load_balancer_name("classic")
        .build();
    assert_eq!(tasks(&ecs, &[], &[classic]).await.unwrap(), expected);
}

#[tokio::test]
async fn a_reason_without_end_is_cut() {
    let mut target = target("10.0.0.1", 8080, TargetHealthStateEnum::Unhealthy);
    let health = TargetHealth::builder()
        .state(TargetHealthStateEnum::Unhealthy)
        .description(hostile());
    target.target_health = Some(health.build());
    let ecs = [
        list(None, &["task/1"], None),
        describe(vec![with_address("task/1", "10.0.0.1")]),
    ];
    let elb = [group("group/1", vec![target])];
    let tasks = tasks(&ecs, &elb, &[balancer("group/1")]).await.unwrap();
    let reason = tasks[0].unhealthy.as_ref().unwrap();
    assert!(
        reason.len() <= 300 && hostile().starts_with(reason),
        "{reason}"
    );
}

#[tokio::test]
async fn tasks_are_not_called_well_because_nobody_may_look() {
    let no_tasks = list(None, &[], None);
    let refused = mock!(aws_sdk_elasticloadbalancingv2::Client::describe_target_health)
        .sequence()
        .http_status(
            403,
            Some(
                "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>"
                    .to_owned(),
            ),
        )
        .build();
    let error = tasks(&[no_tasks], &[refused], &[balancer("group/1")]).await;
    assert_eq!(nature(&error.unwrap_err()), REFUSED);
    let broken = mock!(Client::list_tasks)
        .sequence()
        .http_status(500, Some(aws_error("ServerException")))
        .times(9)
        .build();
    let error = tasks(&[broken], &[], &[]).await;
    assert_eq!(nature(&error.unwrap_err()), UNCLEAR);
}
