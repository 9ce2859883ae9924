//! The stack: created, and watched until every resource is there or one failed.

use anyhow::{Context as _, bail};
use aws_config::SdkConfig;
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::types::{
    Capability, Output, Parameter, ResourceStatus, Stack, StackEvent, StackStatus,
};

use crate::poll::{self, Look, TimeLimit};

/// A stack that does not exist yet.
pub(super) struct Wanted {
    pub(super) name: &'static str,
    pub(super) template: Template,
    pub(super) parameters: Vec<Parameter>,
}

/// A template by itself, or where it lies: CloudFormation takes no more than 51,200 bytes directly (user guide, "Quotas").
pub(super) enum Template {
    Body(String),
    At(String),
}

/// Creates the stack and returns its outputs once it is complete.
pub(super) async fn create(
    config: &SdkConfig,
    wanted: Wanted,
    limit: TimeLimit,
) -> anyhow::Result<Vec<Output>> {
    let client = Client::new(config);
    let name = wanted.name;
    let (body, url) = match wanted.template {
        Template::Body(body) => (Some(body), None),
        Template::At(url) => (None, Some(url)),
    };
    client
        .create_stack()
        .stack_name(name)
        .set_template_body(body)
        .set_template_url(url)
        .set_parameters(Some(wanted.parameters))
        .capabilities(Capability::CapabilityIam)
        .capabilities(Capability::CapabilityAutoExpand)
        .send()
        .await
        .with_context(|| format!("couldn't create stack {name}"))?;
    let what = format!("CREATE_COMPLETE of stack {name}");
    let stack = poll::until(&what, limit, async || {
        let stack = describe(&client, name).await?;
        match stack.stack_status() {
            Some(StackStatus::CreateComplete) => Ok(Look::Seen(stack)),
            Some(StackStatus::CreateInProgress) => {
                Ok(Look::NotYet("CREATE_IN_PROGRESS".to_owned()))
            }
            other => bail!(
                "stack {name} is {}: {}",
                other.map_or("in no state", StackStatus::as_str),
                failure(&events(&client, name).await?, stack.stack_status_reason()),
            ),
        }
    });
    Ok(stack.await?.outputs.unwrap_or_default())
}

/// The outputs of a stack that is there.
pub(super) async fn outputs(config: &SdkConfig, name: &str) -> anyhow::Result<Vec<Output>> {
    let stack = describe(&Client::new(config), name).await?;
    Ok(stack.outputs.unwrap_or_default())
}

async fn describe(client: &Client, name: &str) -> anyhow::Result<Stack> {
    let call = client.describe_stacks().stack_name(name).send().await;
    let described = call.with_context(|| format!("couldn't describe stack {name}"))?;
    let mut stacks = described.stacks.unwrap_or_default();
    stacks
        .pop()
        .with_context(|| format!("stack {name} is gone"))
}

async fn events(client: &Client, name: &str) -> anyhow::Result<Vec<StackEvent>> {
    let call = client.describe_stack_events().stack_name(name).send().await;
    let described = call.with_context(|| format!("couldn't read the events of stack {name}"))?;
    Ok(described.stack_events.unwrap_or_default())
}

/// Why a stack could not be created: the first resource that failed, or else what the stack itself says.
fn failure(newest_first: &[StackEvent], of_stack: Option<&str>) -> String {
    let first = newest_first
        .iter()
        .rev()
        .find(|event| event.resource_status() == Some(&ResourceStatus::CreateFailed));
    match first {
        Some(event) => format!(
            "{} ({}): {}",
            event.logical_resource_id().unwrap_or("a resource"),
            event.resource_type().unwrap_or("of unknown type"),
            event.resource_status_reason().unwrap_or("no reason given"),
        ),
        None => of_stack.unwrap_or("no reason given").to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(id: &str, status: ResourceStatus, reason: &str) -> StackEvent {
        StackEvent::builder()
            .logical_resource_id(id)
            .resource_type("AWS::SQS::Queue")
            .resource_status(status)
            .resource_status_reason(reason)
            .build()
    }

    #[test]
    fn the_first_resource_that_failed_is_the_reason() {
        let events = [
            event(
                "Other",
                ResourceStatus::CreateFailed,
                "Resource creation cancelled",
            ),
            event("Queue", ResourceStatus::CreateFailed, "no such attribute"),
            event("Queue", ResourceStatus::CreateInProgress, ""),
        ];
        let reason = failure(&events, Some("rolled back"));
        assert_eq!(reason, "Queue (AWS::SQS::Queue): no such attribute");
    }

    #[test]
    fn without_a_failed_resource_the_stack_says_why() {
        assert_eq!(
            failure(&[], Some("the template is circular")),
            "the template is circular"
        );
    }
}
