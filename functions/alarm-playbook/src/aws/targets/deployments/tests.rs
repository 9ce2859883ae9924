use aws_sdk_ecs::Client;
use aws_sdk_ecs::operation::describe_service_revisions::{
    DescribeServiceRevisionsInput, DescribeServiceRevisionsOutput,
};
use aws_sdk_ecs::operation::list_service_deployments::{
    ListServiceDeploymentsInput, ListServiceDeploymentsOutput,
};
use aws_sdk_ecs::primitives::DateTime;
use aws_sdk_ecs::types::error::{ServiceNotFoundException, UnsupportedFeatureException};
use aws_smithy_mocks::{Rule, mock};

use super::super::tests::{REFUSED, at, mocked, nature, targets, with_ecs};
use super::*;
use crate::aws::Clients;
use crate::target::tests::checkout;

/// The moment `number` minutes after 20:00.
fn minutes(number: i64) -> DateTime {
    DateTime::from_secs(at("20:00:00").as_second() + 60 * number)
}

fn brief(number: i64, status: ServiceDeploymentStatus) -> ServiceDeploymentBrief {
    ServiceDeploymentBrief::builder()
        .service_deployment_arn(format!("deployment/{number}"))
        .target_service_revision_arn(format!("revision/{number:03}"))
        .status(status)
        .created_at(minutes(number))
        .finished_at(minutes(number + 5))
        .build()
}

fn revision(number: i64) -> ServiceRevision {
    let image = ContainerImage::builder()
        .container_name("web")
        .image("shop/checkout:latest")
        .image_digest(format!("sha256:{number}"));
    let sidecar = ContainerImage::builder().image("envoy:1");
    ServiceRevision::builder()
        .service_revision_arn(format!("revision/{number:03}"))
        .task_definition(format!("checkout:{number}"))
        .container_images(image.build())
        .container_images(sidecar.build())
        .build()
}

fn past(number: i64, status: &str) -> PastDeployment {
    let image = |name: &str, digest: Option<String>| Image {
        name: name.to_owned(),
        digest,
    };
    PastDeployment {
        arn: format!("deployment/{number}"),
        status: status.to_owned(),
        task_definition: format!("checkout:{number}"),
        images: vec![
            image("shop/checkout:latest", Some(format!("sha256:{number}"))),
            image("envoy:1", None),
        ],
        created_at: timestamp(&minutes(number)),
        finished_at: timestamp(&minutes(number + 5)),
    }
}

/// One page of the list, after the one that had `token`.
fn page(token: Option<&str>, briefs: Vec<ServiceDeploymentBrief>, next: Option<&str>) -> Rule {
    let input = ListServiceDeploymentsInput::builder()
        .cluster("shop")
        .service("checkout")
        .max_results(100)
        .set_next_token(token.map(str::to_owned))
        .build()
        .unwrap();
    let next = next.map(str::to_owned);
    mock!(Client::list_service_deployments)
        .match_requests(move |request| *request == input)
        .then_output(move || {
            ListServiceDeploymentsOutput::builder()
                .set_service_deployments(Some(briefs.clone()))
                .set_next_token(next.clone())
                .build()
        })
}

fn revisions(asked: impl IntoIterator<Item = i64>, known: Vec<i64>) -> Rule {
    let arns = asked
        .into_iter()
        .map(|number| format!("revision/{number:03}"));
    let input = DescribeServiceRevisionsInput::builder()
        .set_service_revision_arns(Some(arns.collect()))
        .build()
        .unwrap();
    mock!(Client::describe_service_revisions)
        .match_requests(move |request| *request == input)
        .then_output(move || {
            let known = known.iter().copied().map(revision).collect();
            DescribeServiceRevisionsOutput::builder()
                .set_service_revisions(Some(known))
                .build()
        })
}

async fn history(rules: &[Rule]) -> Result<Vec<PastDeployment>, CallError> {
    let clients = Clients {
        ecs: mocked!(aws_sdk_ecs, Sequential, rules),
        ..super::super::tests::clients()
    };
    targets(&clients).history(&checkout()).await
}

#[tokio::test]
async fn the_newest_deployment_is_first_in_whatever_order_they_are_listed() {
    use ServiceDeploymentStatus::{InProgress, RollbackSuccessful, Successful};
    let rules = [
        page(
            None,
            vec![brief(1, Successful), brief(3, InProgress)],
            Some("more"),
        ),
        page(Some("more"), vec![brief(2, RollbackSuccessful)], None),
        revisions(vec![1, 2, 3], vec![3, 1, 2]),
    ];
    let expected = vec![
        past(3, "IN_PROGRESS"),
        past(2, "ROLLBACK_SUCCESSFUL"),
        past(1, "SUCCESSFUL"),
    ];
    assert_eq!(history(&rules).await.unwrap(), expected);
}

#[tokio::test]
async fn forty_deployments_are_described_twenty_at_a_time() {
    let briefs = (0..60).map(|number| brief(number, ServiceDeploymentStatus::Successful));
    let rules = [
        page(None, briefs.collect(), None),
        revisions(20..40, (20..40).collect()),
        revisions(40..60, (40..60).collect()),
    ];
    let expected: Vec<_> = (20..60)
        .rev()
        .map(|number| past(number, "SUCCESSFUL"))
        .collect();
    assert_eq!(history(&rules).await.unwrap(), expected);
}

#[tokio::test]
async fn a_deployment_whose_revision_is_forgotten_is_left_out() {
    let briefs = vec![
        brief(1, ServiceDeploymentStatus::Successful),
        brief(2, ServiceDeploymentStatus::Successful),
        ServiceDeploymentBrief::builder().build(),
    ];
    let rules = [page(None, briefs, None), revisions(vec![1, 2], vec![1])];
    assert_eq!(history(&rules).await.unwrap(), vec![past(1, "SUCCESSFUL")]);
}

#[tokio::test]
async fn a_list_that_does_not_end_is_left_after_ten_pages() {
    let endless = mock!(Client::list_service_deployments).then_output(|| {
        ListServiceDeploymentsOutput::builder()
            .next_token("more")
            .build()
    });
    let counted = endless.clone();
    let clients = with_ecs(&[endless]);
    let history = targets(&clients).history(&checkout()).await;
    assert_eq!((history.unwrap(), counted.num_calls()), (Vec::new(), 10));
}

#[tokio::test]
async fn a_service_that_ecs_does_not_deploy_has_no_history_and_a_missing_one_is_an_error() {
    let unsupported = mock!(Client::list_service_deployments).then_error(|| {
        let unsupported = UnsupportedFeatureException::builder().build();
        ListServiceDeploymentsError::UnsupportedFeatureException(unsupported)
    });
    assert_eq!(history(&[unsupported]).await.unwrap(), Vec::new());
    let missing = mock!(Client::list_service_deployments).then_error(|| {
        let missing = ServiceNotFoundException::builder().build();
        ListServiceDeploymentsError::ServiceNotFoundException(missing)
    });
    assert_eq!(nature(&history(&[missing]).await.unwrap_err()), REFUSED);
}
