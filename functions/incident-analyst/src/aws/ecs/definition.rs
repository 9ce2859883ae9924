//! A task definition without anything that may be a secret. Pure.

use std::collections::BTreeMap;

use aws_sdk_ecs::types::{
    ContainerDefinition, HealthCheck, KeyValuePair, LogConfiguration, LogDriver, PortMapping,
    Secret, TaskDefinition as EcsDefinition, TransportProtocol,
};
use shared::short_hash::short_hash;

use crate::collect::{Container, TaskDefinition};

pub(super) fn of(definition: &EcsDefinition) -> TaskDefinition {
    let name = format!(
        "{}:{}",
        definition.family().unwrap_or_default(),
        definition.revision()
    );
    let arn = definition.task_definition_arn();
    let region = arn.and_then(|arn| arn.split(':').nth(3));
    let settings = [
        ("cpu", definition.cpu().map(str::to_owned)),
        ("memory", definition.memory().map(str::to_owned)),
    ];
    TaskDefinition {
        name,
        settings: known(settings),
        containers: definition
            .container_definitions()
            .iter()
            .map(|one| container(one, region))
            .collect(),
    }
}

fn container(container: &ContainerDefinition, region: Option<&str>) -> Container {
    let number = |number: Option<i32>| number.map(|number| number.to_string());
    let settings = [
        ("image", container.image().map(str::to_owned)),
        // 0 is what ECS takes for not set.
        ("cpu", number(Some(container.cpu()).filter(|cpu| *cpu != 0))),
        ("memory", number(container.memory())),
        ("memory reservation", number(container.memory_reservation())),
        ("ports", ports(container.port_mappings())),
    ];
    let hidden = [
        ("command", words(container.command())),
        ("entry point", words(container.entry_point())),
        ("health check", container.health_check().map(health_check)),
    ];
    let hidden = known(hidden)
        .into_iter()
        .map(|(name, value)| (name, hash(&value)));
    let environment = container
        .environment()
        .iter()
        .filter_map(|variable: &KeyValuePair| {
            Some((
                variable.name()?.to_owned(),
                hash(variable.value().unwrap_or_default()),
            ))
        });
    let secret = |secret: &Secret| (secret.name().to_owned(), hash(secret.value_from()));
    let log = container.log_configuration();
    let (log_group, log_region) = log.and_then(|log| log_group(log, region)).unzip();
    Container {
        name: container.name().unwrap_or_default().to_owned(),
        log_group,
        log_region: log_region.flatten(),
        settings: known(settings),
        hidden: hidden.collect(),
        environment: environment.collect(),
        secrets: container.secrets().iter().map(secret).collect(),
    }
}

fn known<const N: usize>(settings: [(&str, Option<String>); N]) -> BTreeMap<String, String> {
    let settings = settings.into_iter();
    settings
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect()
}

/// What tells that a value changed and not what it is.
fn hash(value: &str) -> String {
    short_hash(value, 8)
}

fn words(words: &[String]) -> Option<String> {
    (!words.is_empty()).then(|| words.join("\0"))
}

fn ports(ports: &[PortMapping]) -> Option<String> {
    let ports = ports.iter().map(|port| {
        let number = port.container_port().unwrap_or_default();
        let protocol = port.protocol().map_or("tcp", TransportProtocol::as_str);
        format!("{number}/{protocol}")
    });
    let ports: Vec<String> = ports.collect();
    (!ports.is_empty()).then(|| ports.join(", "))
}

fn health_check(check: &HealthCheck) -> String {
    let numbers = [
        check.interval(),
        check.timeout(),
        check.retries(),
        check.start_period(),
    ];
    format!("{}\0{numbers:?}", check.command().join("\0"))
}

/// The log group, and its region if that is another one than the task's: options of the `awslogs` driver (ECS developer guide,
/// "Send Amazon ECS logs to CloudWatch").
fn log_group(
    configuration: &LogConfiguration,
    region: Option<&str>,
) -> Option<(String, Option<String>)> {
    let options = configuration
        .options()
        .filter(|_| *configuration.log_driver() == LogDriver::Awslogs)?;
    let group = options.get("awslogs-group")?.clone();
    let other = options
        .get("awslogs-region")
        .filter(|other| region.is_some_and(|region| region != other.as_str()));
    Some((group, other.cloned()))
}
