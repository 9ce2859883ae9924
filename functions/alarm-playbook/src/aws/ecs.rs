use aws_config::retry::RetryConfig;
use aws_sdk_ecs::Client;
use aws_sdk_ecs::operation::describe_services::DescribeServicesError;
use aws_sdk_ecs::types::{
    Deployment as EcsDeployment, DeploymentRolloutState, Service, ServiceField, Tag,
};
use shared::aws::{Call, LazyClient, timestamp};
use shared::deadline::Deadline;
use shared::failure::CallError;

use crate::services::{Deployment, DeploymentRef, ServiceState, Services};
use crate::target::EcsService;

/// ECS, for the length of one invocation.
#[derive(Clone, Debug)]
pub struct EcsServices<'a> {
    /// The client, built once per sandbox.
    pub client: &'a LazyClient<Client>,
    /// By when every call must be over.
    pub deadline: Deadline,
}

impl Services for EcsServices<'_> {
    async fn describe(&self, service: &EcsService) -> Result<Option<ServiceState>, CallError> {
        let call = Call::new("describe", service.to_string());
        let timeouts = call.repeatable(self.deadline)?;
        let answer = self
            .client
            .describe_services()
            .cluster(service.cluster.as_str())
            .services(service.service.as_str())
            .include(ServiceField::Tags)
            .customize()
            .config_override(aws_sdk_ecs::Config::builder().timeout_config(timeouts))
            .send()
            .await;
        match answer {
            Ok(output) => Ok(output.services().first().map(state)),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(DescribeServicesError::is_cluster_not_found_exception) =>
            {
                Ok(None)
            }
            Err(error) => Err(call.failed(error)),
        }
    }

    async fn force_new_deployment(&self, service: &EcsService) -> Result<DeploymentRef, CallError> {
        let call = Call::new("force a new deployment of", service.to_string());
        // Without a client token the SDK's own retry would deploy twice after a lost answer.
        let once = aws_sdk_ecs::Config::builder()
            .timeout_config(call.once(self.deadline)?)
            .retry_config(RetryConfig::disabled());
        let answer = self
            .client
            .update_service()
            .cluster(service.cluster.as_str())
            .service(service.service.as_str())
            .force_new_deployment(true)
            .customize()
            .config_override(once)
            .send()
            .await
            .map_err(|error| call.failed(error))?;
        answer
            .service()
            .map(state)
            .as_ref()
            .and_then(ServiceState::primary)
            .map(DeploymentRef::from)
            .ok_or_else(|| call.misanswered("ECS sent no primary deployment"))
    }
}

fn state(service: &Service) -> ServiceState {
    let controller = service.deployment_controller();
    ServiceState {
        status: service.status().unwrap_or_default().to_owned(),
        // A service without a controller is deployed by ECS (API reference, `DeploymentController`).
        deployment_controller: controller
            .map_or("ECS", |controller| controller.r#type().as_str())
            .to_owned(),
        tags: service.tags().iter().filter_map(tag).collect(),
        deployments: service
            .deployments()
            .iter()
            .filter_map(deployment)
            .collect(),
    }
}

fn tag(tag: &Tag) -> Option<(String, String)> {
    Some((tag.key()?.to_owned(), tag.value()?.to_owned()))
}

fn deployment(deployment: &EcsDeployment) -> Option<Deployment> {
    let rollout_state = deployment
        .rollout_state()
        .map(DeploymentRolloutState::as_str);
    Some(Deployment {
        id: deployment.id()?.to_owned(),
        status: deployment.status().unwrap_or_default().to_owned(),
        task_definition: deployment.task_definition()?.to_owned(),
        rollout_state: rollout_state.unwrap_or_default().to_owned(),
        rollout_state_reason: deployment
            .rollout_state_reason()
            .unwrap_or_default()
            .to_owned(),
        created_at: deployment.created_at().and_then(timestamp),
        updated_at: deployment.updated_at().and_then(timestamp),
    })
}

#[cfg(test)]
mod tests {
    use aws_sdk_ecs::operation::describe_services::DescribeServicesOutput;
    use aws_sdk_ecs::operation::update_service::{UpdateServiceError, UpdateServiceOutput};
    use aws_sdk_ecs::primitives::DateTime;
    use aws_sdk_ecs::types::error::{ClusterNotFoundException, ServiceNotActiveException};
    use aws_smithy_mocks::{RuleMode, mock, mock_client};
    use jiff::SignedDuration;
    use shared::aws::lazy;
    use shared::clock::{Clock as _, System};
    use shared::failure::{Classify as _, Effect, FailureKind, chain};

    use super::*;
    use crate::alarms::Tags;
    use crate::target::tests::checkout;

    fn services(client: &LazyClient<Client>, seconds_left: i64) -> EcsServices<'_> {
        let end = System.now() + SignedDuration::from_secs(seconds_left);
        let deadline = Deadline::at(end);
        EcsServices { client, deadline }
    }

    fn service() -> Service {
        let deployment = |status: &str, id: &str, rollout: DeploymentRolloutState| {
            EcsDeployment::builder()
                .status(status)
                .id(id)
                .task_definition("checkout:7")
                .rollout_state(rollout)
                .created_at(DateTime::from_secs(1_771_451_224))
                .build()
        };
        Service::builder()
            .status("ACTIVE")
            .tags(Tag::builder().key("team").value("shop").build())
            .deployments(deployment(
                "ACTIVE",
                "ecs-svc/1",
                DeploymentRolloutState::Completed,
            ))
            .deployments(deployment(
                "PRIMARY",
                "ecs-svc/2",
                DeploymentRolloutState::InProgress,
            ))
            .build()
    }

    #[tokio::test]
    async fn a_service_is_described_by_its_primary_deployment() {
        let rule = mock!(Client::describe_services)
            .match_requests(|request| {
                request.cluster() == Some("shop")
                    && request.services() == ["checkout".to_owned()]
                    && request.include() == [ServiceField::Tags]
            })
            .then_output(|| {
                DescribeServicesOutput::builder()
                    .services(service())
                    .build()
            });
        let client = lazy(move || mock_client!(aws_sdk_ecs, RuleMode::MatchAny, [&rule]));
        let deployment = |id: &str, status: &str, rollout_state: &str| Deployment {
            id: id.to_owned(),
            status: status.to_owned(),
            task_definition: "checkout:7".to_owned(),
            rollout_state: rollout_state.to_owned(),
            rollout_state_reason: String::new(),
            created_at: Some("2026-02-18T21:47:04Z".parse().unwrap()),
            updated_at: None,
        };
        let expected = ServiceState {
            status: "ACTIVE".to_owned(),
            deployment_controller: "ECS".to_owned(),
            tags: Tags::from([("team".to_owned(), "shop".to_owned())]),
            deployments: vec![
                deployment("ecs-svc/1", "ACTIVE", "COMPLETED"),
                deployment("ecs-svc/2", "PRIMARY", "IN_PROGRESS"),
            ],
        };
        let described = services(&client, 30).describe(&checkout()).await;
        assert_eq!(described.unwrap(), Some(expected));
    }

    #[tokio::test]
    async fn a_service_that_does_not_exist_is_none() {
        let rule = mock!(Client::describe_services)
            .then_output(|| DescribeServicesOutput::builder().build());
        let client = lazy(move || mock_client!(aws_sdk_ecs, RuleMode::MatchAny, [&rule]));
        assert_eq!(
            services(&client, 30).describe(&checkout()).await.unwrap(),
            None
        );
    }

    #[tokio::test]
    async fn a_service_in_a_cluster_that_does_not_exist_is_none_too() {
        let rule = mock!(Client::describe_services).then_error(|| {
            let missing = ClusterNotFoundException::builder().build();
            DescribeServicesError::ClusterNotFoundException(missing)
        });
        let client = lazy(move || mock_client!(aws_sdk_ecs, RuleMode::MatchAny, [&rule]));
        let described = services(&client, 30).describe(&checkout()).await;
        assert_eq!(described.unwrap(), None);
    }

    #[tokio::test]
    async fn a_forced_deployment_returns_the_new_primary_deployment() {
        let rule = mock!(Client::update_service)
            .match_requests(|request| {
                request.cluster() == Some("shop")
                    && request.service() == Some("checkout")
                    && request.force_new_deployment() == Some(true)
                    && request.task_definition().is_none()
                    && request.desired_count().is_none()
            })
            .then_output(|| UpdateServiceOutput::builder().service(service()).build());
        let client = lazy(move || mock_client!(aws_sdk_ecs, RuleMode::MatchAny, [&rule]));
        let expected = DeploymentRef {
            deployment: "ecs-svc/2".to_owned(),
            task_definition: "checkout:7".to_owned(),
        };
        let forced = services(&client, 30)
            .force_new_deployment(&checkout())
            .await;
        assert_eq!(forced.unwrap(), expected);
    }

    #[tokio::test]
    async fn a_refusal_is_permanent_and_names_the_service() {
        let rule = mock!(Client::update_service).then_error(|| {
            let inactive = ServiceNotActiveException::builder().message("Service was not ACTIVE.");
            UpdateServiceError::ServiceNotActiveException(inactive.build())
        });
        let client = lazy(move || mock_client!(aws_sdk_ecs, RuleMode::MatchAny, [&rule]));
        let error = services(&client, 30)
            .force_new_deployment(&checkout())
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.effect()),
            (FailureKind::Permanent, Effect::None)
        );
        insta::assert_snapshot!(chain(&error));
    }

    #[tokio::test]
    async fn a_server_error_is_sent_once_and_leaves_the_effect_open() {
        let rule = mock!(Client::update_service)
            .sequence()
            .http_status(500, None)
            .times(3)
            .build();
        let counted = rule.clone();
        let client = lazy(move || mock_client!(aws_sdk_ecs, RuleMode::Sequential, [&rule]));
        let error = services(&client, 30)
            .force_new_deployment(&checkout())
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.effect()),
            (FailureKind::Transient, Effect::Unknown)
        );
        assert_eq!(counted.num_calls(), 1);
    }

    #[tokio::test]
    async fn nothing_is_sent_when_the_invocation_is_about_to_end() {
        let rule = mock!(Client::update_service)
            .then_output(|| UpdateServiceOutput::builder().service(service()).build());
        let counted = rule.clone();
        let client = lazy(move || mock_client!(aws_sdk_ecs, RuleMode::MatchAny, [&rule]));
        let error = services(&client, 2)
            .force_new_deployment(&checkout())
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.effect()),
            (FailureKind::Transient, Effect::None)
        );
        assert_eq!(counted.num_calls(), 0);
    }
}
