use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::operation::describe_log_groups::{
    DescribeLogGroupsInput, DescribeLogGroupsOutput,
};
use aws_sdk_resourcegroupstagging::operation::get_resources::{
    GetResourcesInput, GetResourcesOutput,
};
use aws_sdk_resourcegroupstagging::types::ResourceTagMapping;
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use shared::aws::lazy;

use super::*;
use crate::aws::Clients;
use crate::aws::tests::{at, clients, sources, told};

async fn groups(rule: Rule) -> Result<Page<ListedGroup>, String> {
    let logs = lazy(move || mock_client!(aws_sdk_cloudwatchlogs, RuleMode::Sequential, &[&rule]));
    let clients = Clients { logs, ..clients() };
    let listed = sources(&clients).groups(Some("1".to_owned())).await;
    listed.map_err(|error| told(&error))
}

async fn tagged(rule: Rule) -> Result<Page<String>, String> {
    let tagging = lazy(move || {
        mock_client!(
            aws_sdk_resourcegroupstagging,
            RuleMode::Sequential,
            &[&rule]
        )
    });
    let clients = Clients {
        tagging,
        ..clients()
    };
    let tag = ("export".to_owned(), "yes".to_owned());
    let listed = sources(&clients).tagged(&tag, None).await;
    listed.map_err(|error| told(&error))
}

fn group(name: &str) -> ListedGroup {
    ListedGroup {
        name: name.to_owned(),
        created_at: at("20:45:00"),
        retention: None,
        can_be_read: true,
    }
}

#[tokio::test]
async fn groups_come_with_their_retention_and_whether_their_class_can_be_read() {
    let input = DescribeLogGroupsInput::builder().limit(50).next_token("1");
    let input = input.build().unwrap();
    let rule = mock!(Client::describe_log_groups)
        .match_requests(move |request| *request == input)
        .then_output(|| {
            let group = |name: &str| {
                let group = LogGroup::builder().log_group_name(name);
                group.creation_time(at("20:45:00").as_millisecond())
            };
            let of = |class: &str| group(class).log_group_class(class.into()).build();
            DescribeLogGroupsOutput::builder()
                .log_groups(group("/ecs/shop").retention_in_days(30).build())
                .log_groups(of("STANDARD"))
                .log_groups(of("INFREQUENT_ACCESS"))
                .log_groups(of("DELIVERY"))
                .log_groups(of("NEWER"))
                .log_groups(LogGroup::builder().log_group_name("no time").build())
                .log_groups(group("odd").retention_in_days(-1).build())
                .log_groups(LogGroup::builder().build())
                .next_token("2")
                .build()
        });
    let items = vec![
        ListedGroup {
            retention: Some(SignedDuration::from_hours(720)),
            ..group("/ecs/shop")
        },
        group("STANDARD"),
        ListedGroup {
            can_be_read: false,
            ..group("INFREQUENT_ACCESS")
        },
        ListedGroup {
            can_be_read: false,
            ..group("DELIVERY")
        },
        group("NEWER"),
        ListedGroup {
            created_at: Timestamp::UNIX_EPOCH,
            ..group("no time")
        },
        group("odd"),
    ];
    let next = Some("2".to_owned());
    assert_eq!(groups(rule).await, Ok(Page { items, next }));
}

#[tokio::test]
async fn a_token_that_asks_for_its_own_page_is_not_followed() {
    let rule = mock!(Client::describe_log_groups)
        .then_output(|| DescribeLogGroupsOutput::builder().next_token("1").build());
    insta::assert_snapshot!(groups(rule).await.unwrap_err(), @"couldn't list the log groups: the same page twice; Permanent, effect Unknown");
}

#[tokio::test]
async fn tagged_groups_are_named_by_their_arns_and_an_empty_token_is_the_end() {
    let input = GetResourcesInput::builder()
        .resource_type_filters("logs:log-group")
        .tag_filters(TagFilter::builder().key("export").values("yes").build())
        .resources_per_page(100);
    let input = input.build().unwrap();
    let rule = mock!(aws_sdk_resourcegroupstagging::Client::get_resources)
        .match_requests(move |request| *request == input)
        .then_output(|| {
            let group = "arn:aws:logs:eu-west-1:111122223333:log-group:";
            let arns = [
                format!("{group}/ecs/shop"),
                format!("{group}/ecs/web:*"),
                "arn:aws:s3:::logs".to_owned(),
            ];
            let tagged = |arn: &String| ResourceTagMapping::builder().resource_arn(arn).build();
            GetResourcesOutput::builder()
                .set_resource_tag_mapping_list(Some(arns.iter().map(tagged).collect()))
                .resource_tag_mapping_list(ResourceTagMapping::builder().build())
                .pagination_token("")
                .build()
        });
    let items = vec!["/ecs/shop".to_owned(), "/ecs/web".to_owned()];
    assert_eq!(tagged(rule).await, Ok(Page { items, next: None }));
}
