use std::collections::BTreeSet;

use alarm_playbook::target::{EcsName, EcsService, Target};
use anyhow::Context as _;
use aws_sdk_ecs::types::{Deployment, DeploymentRolloutState, Service};

use super::Scenario;
use crate::poll::{self, Look, TimeLimit};

/// The service's cluster.
pub const CLUSTER: &str = "shop";

/// The service.
pub const SERVICE: &str = "checkout";

/// ECS puts it before the id of each deployment.
const DEPLOYMENT: &str = "ecs-svc/";

/// The ARN of the service in an account and region.
pub fn service_arn(region: &str, account: &str) -> String {
    format!("arn:aws:ecs:{region}:{account}:service/{CLUSTER}/{SERVICE}")
}

/// The service as the function knows it.
pub fn target() -> anyhow::Result<Target> {
    let name = |name: &str| EcsName::try_from(name.to_owned());
    let (cluster, service) = (name(CLUSTER)?, name(SERVICE)?);
    Ok(Target::EcsService(EcsService { cluster, service }))
}

/// The deployment that is wanted now.
pub fn primary(service: &Service) -> Option<&Deployment> {
    let mut deployments = service.deployments().iter();
    deployments.find(|deployment| deployment.status() == Some("PRIMARY"))
}

/// Every deployment that a description tells of: those there are, and those that the service's events speak of.
pub fn deployment_ids(service: &Service) -> BTreeSet<String> {
    let present = service.deployments().iter().filter_map(Deployment::id);
    let events = service.events().iter().filter_map(|event| event.message());
    let past = events.flat_map(|message| {
        message
            .split(|c: char| c.is_whitespace() || matches!(c, '(' | ')'))
            .filter(|word| word.starts_with(DEPLOYMENT))
    });
    present.chain(past).map(str::to_owned).collect()
}

impl Scenario {
    /// The service as ECS describes it.
    pub async fn service(&self) -> anyhow::Result<Service> {
        let named = || format!("couldn't describe ECS service {CLUSTER}/{SERVICE}");
        let call = self
            .ecs
            .describe_services()
            .cluster(CLUSTER)
            .services(SERVICE);
        let described = call.send().await.with_context(named)?;
        let mut services = described.services.unwrap_or_default();
        services.pop().with_context(named)
    }

    /// Waits until a deployment (the primary one, whichever it is, if `None`) is the only one and completed.
    pub async fn wait_for_rollout(
        &self,
        deployment: Option<&str>,
        limit: TimeLimit,
    ) -> anyhow::Result<Service> {
        let what = format!("a completed rollout of ECS service {CLUSTER}/{SERVICE}");
        poll::until(&what, limit, async || {
            let service = self.service().await?;
            Ok(match unfinished(&service, deployment) {
                None => Look::Seen(service),
                Some(unfinished) => Look::NotYet(unfinished),
            })
        })
        .await
    }
}

/// What keeps the rollout of a deployment from being complete.
fn unfinished(service: &Service, deployment: Option<&str>) -> Option<String> {
    let Some(primary) = primary(service) else {
        return Some("no deployment is PRIMARY".to_owned());
    };
    let id = primary.id().unwrap_or_default();
    let rollout = primary.rollout_state();
    if deployment.is_some_and(|wanted| wanted != id) {
        Some(format!("another deployment is PRIMARY: {id}"))
    } else if rollout != Some(&DeploymentRolloutState::Completed) {
        let rollout = rollout.map_or("in no state", DeploymentRolloutState::as_str);
        Some(format!("deployment {id} is {rollout}"))
    } else if service.running_count() != service.desired_count() || service.deployments().len() != 1
    {
        let (running, desired) = (service.running_count(), service.desired_count());
        Some(format!(
            "{running} of {desired} tasks run, in {} deployments",
            service.deployments().len()
        ))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_ecs::types::ServiceEvent;

    use super::*;

    fn deployment(id: &str, status: &str, rollout: DeploymentRolloutState) -> Deployment {
        Deployment::builder()
            .id(id)
            .status(status)
            .rollout_state(rollout)
            .build()
    }

    #[test]
    fn deployments_are_found_among_those_there_and_in_the_events() {
        let message = |text: &str| ServiceEvent::builder().message(text).build();
        let service = Service::builder()
            .deployments(deployment(
                "ecs-svc/2",
                "PRIMARY",
                DeploymentRolloutState::InProgress,
            ))
            .events(message("(service checkout) has reached a steady state."))
            .events(message(
                "(service checkout) (deployment ecs-svc/1) deployment completed.",
            ))
            .build();
        let expected = ["ecs-svc/1", "ecs-svc/2"].map(str::to_owned);
        assert_eq!(deployment_ids(&service), BTreeSet::from(expected));
    }

    #[test]
    fn a_rollout_is_unfinished_while_the_old_tasks_run() {
        let completed = || deployment("ecs-svc/2", "PRIMARY", DeploymentRolloutState::Completed);
        let finished = Service::builder()
            .desired_count(1)
            .running_count(1)
            .deployments(completed());
        let draining = finished.clone().running_count(2).deployments(deployment(
            "ecs-svc/1",
            "ACTIVE",
            DeploymentRolloutState::Completed,
        ));
        let (finished, draining) = (finished.build(), draining.build());
        assert_eq!(unfinished(&finished, None), None);
        assert_eq!(
            unfinished(&draining, None),
            Some("2 of 1 tasks run, in 2 deployments".to_owned())
        );
        assert_eq!(
            unfinished(&finished, Some("ecs-svc/3")),
            Some("another deployment is PRIMARY: ecs-svc/2".to_owned())
        );
    }
}
