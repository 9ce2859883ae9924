//! A deployment of another version, as somebody makes it.

use anyhow::Context as _;
use aws_sdk_ecs::types::{ContainerDefinition, KeyValuePair, TaskDefinition};

use super::Scenario;
use super::service::{CLUSTER, SERVICE, primary};
use crate::deployment::IMAGE;

/// What is new in the second release: an image, and what tells the one program of the local cloud that it is that image. The
/// setting that this release needs was forgotten.
const RELEASE: (&str, &str) = ("RELEASE", "2");

/// What a deployment runs, and which one it is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Deployed {
    /// Its id.
    pub deployment: String,
    /// `family:revision` of what ran before.
    pub from: String,
    /// `family:revision` of what is to run.
    pub to: String,
}

impl Scenario {
    /// Registers the second release as a new revision and deploys it, as a pipeline does.
    pub async fn deploy_second_release(&self) -> anyhow::Result<Deployed> {
        let service = self.service().await?;
        let present = primary(&service).and_then(|primary| primary.task_definition());
        let present = present.context("the service has no task definition")?;
        let described = self
            .ecs
            .describe_task_definition()
            .task_definition(present)
            .send()
            .await
            .with_context(|| format!("couldn't describe task definition {present}"))?;
        let described = described.task_definition();
        let described = described.with_context(|| format!("there is no {present}"))?;
        let next = self.register(described).await?;
        let updated = self
            .ecs
            .update_service()
            .cluster(CLUSTER)
            .service(SERVICE)
            .task_definition(&next)
            .send()
            .await
            .with_context(|| format!("couldn't deploy {next} to ECS service {SERVICE}"))?;
        let deployment = updated.service().and_then(primary);
        let deployment = deployment.and_then(|deployment| deployment.id());
        Ok(Deployed {
            deployment: deployment.context("nothing was deployed")?.to_owned(),
            from: revision(present).to_owned(),
            to: revision(&next).to_owned(),
        })
    }

    /// The next revision of a task definition; returns its ARN.
    async fn register(&self, present: &TaskDefinition) -> anyhow::Result<String> {
        let family = present.family().unwrap_or_default();
        let named = || format!("couldn't register a revision of task definition {family}");
        let containers = present.container_definitions().iter();
        let registered = self
            .ecs
            .register_task_definition()
            .family(family)
            .set_container_definitions(Some(containers.map(second_release).collect()))
            .set_requires_compatibilities(present.requires_compatibilities.clone())
            .set_network_mode(present.network_mode.clone())
            .set_cpu(present.cpu.clone())
            .set_memory(present.memory.clone())
            .set_execution_role_arn(present.execution_role_arn.clone())
            .send()
            .await
            .with_context(named)?;
        let arn = registered
            .task_definition
            .and_then(|next| next.task_definition_arn);
        arn.with_context(named)
    }
}

fn second_release(container: &ContainerDefinition) -> ContainerDefinition {
    let mut next = container.clone();
    next.image = Some(format!("{IMAGE}:2"));
    let (name, value) = RELEASE;
    let release = KeyValuePair::builder().name(name).value(value).build();
    next.environment.get_or_insert_default().push(release);
    next
}

/// `family:revision` of a task definition's ARN.
pub fn revision(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_release_is_another_image_and_one_variable_more() {
        let port = KeyValuePair::builder().name("PORT").value("8080").build();
        let first = ContainerDefinition::builder()
            .name("checkout")
            .image("demo-app:1")
            .environment(port.clone());
        let release = KeyValuePair::builder().name("RELEASE").value("2").build();
        let expected = first.clone().image("demo-app:2").environment(release);
        assert_eq!(second_release(&first.build()), expected.build());
    }

    #[test]
    fn a_revision_is_the_last_part_of_its_arn() {
        let arn = "arn:aws:ecs:eu-west-1:111122223333:task-definition/checkout:7";
        assert_eq!(revision(arn), "checkout:7");
    }
}
