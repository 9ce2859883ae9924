//! Which targets their load balancers find unhealthy, and which of a service's tasks they are.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use aws_sdk_ecs::types::{
    AdvancedConfiguration, Attachment, Container, LoadBalancer, NetworkBinding, NetworkInterface,
    Task,
};
use aws_sdk_elasticloadbalancingv2::Config;
use aws_sdk_elasticloadbalancingv2::types::{
    TargetHealth, TargetHealthDescription, TargetHealthReasonEnum, TargetHealthStateEnum,
};
use futures::future::try_join_all;
use shared::aws::Call;
use shared::failure::CallError;

use super::AwsTargets;
use super::bounded::beginning;

/// The longest that load balancers are known to write has about a hundred characters.
const LONGEST_REASON: usize = 300;

/// The container of a service that a load balancer sends requests to, and which of its targets are unhealthy.
#[derive(Clone, Debug)]
pub(super) struct Behind {
    container: String,
    port: i32,
    /// Why, by the target's address or instance id and its port.
    unhealthy: BTreeMap<(String, i32), String>,
}

impl AwsTargets<'_> {
    /// What each of a service's load balancers thinks, one question for each target group. Classic Load Balancers, which
    /// have none, are not asked.
    pub(super) async fn unhealthy_targets(
        &self,
        balancers: &[LoadBalancer],
    ) -> Result<Vec<Behind>, CallError> {
        try_join_all(balancers.iter().map(|balancer| self.behind(balancer))).await
    }

    async fn behind(&self, balancer: &LoadBalancer) -> Result<Behind, CallError> {
        // Of a blue/green deployment's two target groups either may be the one in use.
        let alternate = balancer
            .advanced_configuration()
            .and_then(AdvancedConfiguration::alternate_target_group_arn);
        let groups = [balancer.target_group_arn(), alternate];
        let groups: BTreeSet<&str> = groups.into_iter().flatten().collect();
        let described = try_join_all(groups.into_iter().map(|arn| self.target_health(arn))).await?;
        let unhealthy = described.iter().flatten().filter_map(unhealthy);
        Ok(Behind {
            container: balancer.container_name().unwrap_or_default().to_owned(),
            port: balancer.container_port().unwrap_or_default(),
            unhealthy: unhealthy.collect(),
        })
    }

    async fn target_health(&self, group: &str) -> Result<Vec<TargetHealthDescription>, CallError> {
        let call = Call::new("read the health of", format!("target group {group}"));
        let timeouts = call.repeatable(self.deadline)?;
        let answer = self
            .clients
            .elb
            .describe_target_health()
            .target_group_arn(group)
            .customize()
            .config_override(Config::builder().timeout_config(timeouts))
            .send()
            .await
            .map_err(|error| call.failed(error))?;
        Ok(answer.target_health_descriptions.unwrap_or_default())
    }
}

impl Behind {
    /// Whether an unhealthy target is known by its instance.
    pub(super) fn has_instances(&self) -> bool {
        self.unhealthy.keys().any(|(id, _)| id.starts_with("i-"))
    }

    /// Why a task is unhealthy, if it is one of the unhealthy targets. `instance` is the id of the instance it runs on.
    pub(super) fn unhealthy(&self, task: &Task, instance: Option<&String>) -> Option<String> {
        let by_address = addresses(task).map(|address| (address, self.port));
        let by_instance = instance.map(|instance| (instance.clone(), self.host_port(task)));
        let mut names = by_address.chain(by_instance);
        names.find_map(|name| self.unhealthy.get(&name).cloned())
    }

    /// The port on the instance. A container on the host's own network has no other one than its own.
    fn host_port(&self, task: &Task) -> i32 {
        let mut containers = task.containers().iter();
        let container = containers.find(|container| container.name() == Some(&self.container));
        let mut bindings = container
            .map(Container::network_bindings)
            .unwrap_or_default()
            .iter();
        let binding = bindings.find(|binding| binding.container_port() == Some(self.port));
        binding
            .and_then(NetworkBinding::host_port)
            .unwrap_or(self.port)
    }
}

/// The addresses of a task that has its own network interface, which all of its containers share.
fn addresses(task: &Task) -> impl Iterator<Item = String> {
    let interfaces = task
        .containers()
        .iter()
        .flat_map(Container::network_interfaces);
    let of_containers = interfaces.flat_map(|interface: &NetworkInterface| {
        [interface.private_ipv4_address(), interface.ipv6_address()]
    });
    let attached = task.attachments().iter().flat_map(Attachment::details);
    let of_attachments = attached
        .filter(|detail| detail.name() == Some("privateIPv4Address"))
        .map(|detail| detail.value());
    of_containers.chain(of_attachments).flatten().map(plain)
}

/// The one form of an address that may be written in several.
fn plain(address: &str) -> String {
    let parsed = address.parse::<IpAddr>();
    parsed.map_or_else(|_| address.to_owned(), |address| address.to_string())
}

/// A target that is unhealthy and gets requests: not one that is still looked at, that is leaving or that is not used.
fn unhealthy(description: &TargetHealthDescription) -> Option<((String, i32), String)> {
    let (target, health) = (description.target()?, description.target_health()?);
    let is_unhealthy = health.state() == Some(&TargetHealthStateEnum::Unhealthy);
    let name = (plain(target.id()?), target.port()?);
    is_unhealthy.then(|| (name, reason(health)))
}

/// Such as `Target.ResponseCodeMismatch: Health checks failed with these codes: [500]`.
fn reason(health: &TargetHealth) -> String {
    let code = health.reason().map(TargetHealthReasonEnum::as_str);
    let parts: Vec<&str> = [code, health.description()].into_iter().flatten().collect();
    match parts.as_slice() {
        [] => "unhealthy".to_owned(),
        parts => beginning(&parts.join(": "), LONGEST_REASON).to_owned(),
    }
}
