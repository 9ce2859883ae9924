use aws_sdk_applicationautoscaling::Client;
use aws_sdk_applicationautoscaling::operation::describe_scalable_targets::{
    DescribeScalableTargetsInput, DescribeScalableTargetsOutput,
};
use aws_sdk_applicationautoscaling::primitives::DateTime;
use aws_smithy_mocks::mock;
use shared::aws::LazyClient;

use super::super::tests::{REFUSED, aws_error, clients, mocked, nature, targets};
use super::*;
use crate::aws::Clients;
use crate::target::tests::checkout;

pub(in crate::aws::targets) const LIMITS: ScalingLimits = ScalingLimits { min: 2, max: 10 };

fn answering(targets: Vec<ScalableTarget>) -> LazyClient<Client> {
    let input = DescribeScalableTargetsInput::builder()
        .service_namespace(ServiceNamespace::Ecs)
        .resource_ids("service/shop/checkout")
        .scalable_dimension(ScalableDimension::EcsServiceDesiredCount)
        .build()
        .unwrap();
    let rule = mock!(Client::describe_scalable_targets)
        .match_requests(move |request| *request == input)
        .then_output(move || {
            DescribeScalableTargetsOutput::builder()
                .set_scalable_targets(Some(targets.clone()))
                .build()
        });
    mocked!(aws_sdk_applicationautoscaling, MatchAny, [rule])
}

fn target(min: i32, max: i32) -> ScalableTarget {
    ScalableTarget::builder()
        .service_namespace(ServiceNamespace::Ecs)
        .resource_id("service/shop/checkout")
        .scalable_dimension(ScalableDimension::EcsServiceDesiredCount)
        .min_capacity(min)
        .max_capacity(max)
        .role_arn("arn:aws:iam::111122223333:role/scaling")
        .creation_time(DateTime::from_secs(1_771_451_224))
        .build()
        .unwrap()
}

/// A client that knows the limits of the checkout.
pub(in crate::aws::targets) fn client() -> LazyClient<Client> {
    answering(vec![target(2, 10)])
}

async fn scaling(autoscaling: LazyClient<Client>) -> Result<Option<ScalingLimits>, CallError> {
    let clients = Clients {
        autoscaling,
        ..clients()
    };
    targets(&clients).scaling(&checkout()).await
}

#[tokio::test]
async fn a_service_that_is_scaled_has_limits_and_another_one_none() {
    assert_eq!(scaling(client()).await.unwrap(), Some(LIMITS));
    assert_eq!(scaling(answering(Vec::new())).await.unwrap(), None);
    let odd = ScalingLimits { min: 0, max: 0 };
    let negative = answering(vec![target(-1, i32::MIN)]);
    assert_eq!(scaling(negative).await.unwrap(), Some(odd));
}

#[tokio::test]
async fn limits_that_may_not_be_read_are_an_error() {
    let rule = mock!(Client::describe_scalable_targets)
        .sequence()
        .http_status(400, Some(aws_error("AccessDeniedException")))
        .build();
    let client = mocked!(aws_sdk_applicationautoscaling, Sequential, [rule]);
    assert_eq!(nature(&scaling(client).await.unwrap_err()), REFUSED);
}
