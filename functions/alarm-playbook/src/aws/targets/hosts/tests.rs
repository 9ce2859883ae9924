use aws_sdk_resourcegroupstagging::operation::get_resources::{
    GetResourcesInput, GetResourcesOutput,
};
use aws_sdk_ssm::operation::describe_instance_information::{
    DescribeInstanceInformationInput, DescribeInstanceInformationOutput,
};
use aws_smithy_mocks::{Rule, mock};

use super::super::tests::{
    REFUSED, THROTTLED, UNCLEAR, aws_error, clients, host_target, mocked, nature, targets,
};
use super::*;
use crate::aws::Clients;
use crate::targets::{Also, TargetState, Targets as _};

const INSTANCE: &str = "i-0123456789abcdef0";
const ARN: &str = "arn:aws:ec2:eu-west-1:111122223333:instance/i-0123456789abcdef0";

/// SSM, which knows these instances.
fn ssm(known: &'static [&'static str]) -> Rule {
    let filter = InstanceInformationStringFilter::builder()
        .key("InstanceIds")
        .values(INSTANCE);
    let input = DescribeInstanceInformationInput::builder()
        .filters(filter.build().unwrap())
        .build()
        .unwrap();
    mock!(aws_sdk_ssm::Client::describe_instance_information)
        .match_requests(move |request| *request == input)
        .then_output(|| {
            let online = |id: &&str| {
                let information = InstanceInformation::builder().instance_id(*id);
                information.ping_status(PingStatus::Online).build()
            };
            DescribeInstanceInformationOutput::builder()
                .set_instance_information_list(Some(known.iter().map(online).collect()))
                .build()
        })
}

/// The tagging API, which knows these resources.
fn tagging(known: &'static [&'static str]) -> Rule {
    let input = GetResourcesInput::builder()
        .resource_arn_list(ARN)
        .build()
        .unwrap();
    mock!(aws_sdk_resourcegroupstagging::Client::get_resources)
        .match_requests(move |request| *request == input)
        .then_output(|| {
            let tag = Tag::builder().key("team").value("shop").build().unwrap();
            let tagged = |arn: &&str| {
                let mapping = ResourceTagMapping::builder().resource_arn(*arn);
                mapping.tags(tag.clone()).build()
            };
            GetResourcesOutput::builder()
                .set_resource_tag_mapping_list(Some(known.iter().map(tagged).collect()))
                .build()
        })
}

async fn look(ssm: Rule, tagging: Rule) -> Result<Option<TargetState>, CallError> {
    let clients = Clients {
        ssm: mocked!(aws_sdk_ssm, MatchAny, [ssm]),
        tagging: mocked!(aws_sdk_resourcegroupstagging, MatchAny, [tagging]),
        ..clients()
    };
    targets(&clients)
        .look(&host_target(), Also::default())
        .await
}

fn host(ping_status: Option<&str>, tags: &[(&str, &str)]) -> TargetState {
    let pair = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    TargetState::Host(HostState {
        ping_status: ping_status.map(str::to_owned),
        tags: tags.iter().map(pair).collect(),
    })
}

#[tokio::test]
async fn a_host_is_known_to_ssm_or_to_the_tagging_api_or_not_at_all() {
    let tags = [("team", "shop")];
    for (ssm, tagging, expected) in [
        (
            ssm(&[INSTANCE]),
            tagging(&[ARN]),
            Some(host(Some("Online"), &tags)),
        ),
        (
            ssm(&[INSTANCE]),
            tagging(&[]),
            Some(host(Some("Online"), &[])),
        ),
        (ssm(&[]), tagging(&[ARN]), Some(host(None, &tags))),
        (ssm(&[]), tagging(&[]), None),
        // Of another instance nothing is taken.
        (
            ssm(&["i-9"]),
            tagging(&["arn:aws:ec2:::instance/i-9"]),
            None,
        ),
    ] {
        assert_eq!(look(ssm, tagging).await.unwrap(), expected);
    }
}

#[tokio::test]
async fn a_host_that_may_not_be_looked_at_is_an_error_and_not_none() {
    for (status, code, expected) in [
        (400, "AccessDeniedException", REFUSED),
        (400, "ThrottlingException", THROTTLED),
        // Also what SSM says where a permission is missing (API reference, `DescribeInstanceInformation`).
        (400, "InvalidInstanceId", REFUSED),
        (500, "InternalServerError", UNCLEAR),
    ] {
        let failing = mock!(aws_sdk_ssm::Client::describe_instance_information)
            .sequence()
            .http_status(status, Some(aws_error(code)))
            .times(9)
            .build();
        let error = look(failing, tagging(&[])).await.unwrap_err();
        assert_eq!(nature(&error), expected, "{code}");
        let failing = mock!(aws_sdk_resourcegroupstagging::Client::get_resources)
            .sequence()
            .http_status(status, Some(aws_error(code)))
            .times(9)
            .build();
        let error = look(ssm(&[]), failing).await.unwrap_err();
        assert_eq!(nature(&error), expected, "{code}");
    }
}

#[test]
fn a_region_belongs_to_a_partition() {
    assert_eq!(partition("eu-west-1"), "aws");
    assert_eq!(partition("cn-north-1"), "aws-cn");
    assert_eq!(partition("us-gov-west-1"), "aws-us-gov");
}
