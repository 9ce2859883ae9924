//! Which log groups there are, by `DescribeLogGroups` and `GetResources`.

use aws_sdk_cloudwatchlogs::types::{LogGroup, LogGroupClass};
use aws_sdk_resourcegroupstagging::types::TagFilter;
use jiff::{SignedDuration, Timestamp};
use shared::aws::Call;
use shared::failure::CallError;

use super::AwsSources;
use crate::sources::{ListedGroup, LogGroups, Page};

/// As many as a page may have (API reference, `DescribeLogGroups`).
const GROUPS: i32 = 50;

/// As many as a page may have (API reference, `GetResources`).
const TAGGED: i32 = 100;

impl LogGroups for AwsSources<'_> {
    async fn groups(&self, next: Option<String>) -> Result<Page<ListedGroup>, CallError> {
        let call = Call::new("list", "the log groups");
        let asked = next.clone();
        let request = self.clients.logs.describe_log_groups().limit(GROUPS);
        let request = request.set_next_token(next).customize();
        let request = request.config_override(self.logs_config(&call)?);
        let answer = request.send().await;
        let page = answer.map_err(|error| call.failed_saying_why(error))?;
        let groups = page.log_groups.unwrap_or_default();
        Ok(Page {
            items: groups.into_iter().filter_map(listed).collect(),
            next: another(&call, asked.as_deref(), page.next_token)?,
        })
    }

    async fn tagged(
        &self,
        (key, value): &(String, String),
        next: Option<String>,
    ) -> Result<Page<String>, CallError> {
        let call = Call::new("list", format!("the log groups with the tag {key}={value}"));
        let timeouts = call.repeatable(self.deadline)?;
        let config = aws_sdk_resourcegroupstagging::Config::builder().timeout_config(timeouts);
        let asked = next.clone();
        let request = self.clients.tagging.get_resources();
        let request = request
            .resource_type_filters("logs:log-group")
            .tag_filters(TagFilter::builder().key(key).values(value).build())
            .resources_per_page(TAGGED)
            .set_pagination_token(next);
        let answer = request.customize().config_override(config).send().await;
        let page = answer.map_err(|error| call.failed_saying_why(error))?;
        let resources = page.resource_tag_mapping_list().iter();
        let arns = resources.filter_map(|resource| resource.resource_arn());
        Ok(Page {
            items: arns.filter_map(name_of).collect(),
            next: another(&call, asked.as_deref(), page.pagination_token)?,
        })
    }
}

/// The token of another page. The tagging API ends with an empty one, and a token that asks for the page it came with would never end.
pub(super) fn another(
    call: &Call,
    asked: Option<&str>,
    next: Option<String>,
) -> Result<Option<String>, CallError> {
    let next = next.filter(|token| !token.is_empty());
    if next.is_some() && next.as_deref() == asked {
        return Err(call.misanswered("the same page twice"));
    }
    Ok(next)
}

/// A group without a name cannot be asked about. One that does not say when it was made may be as old as any.
fn listed(group: LogGroup) -> Option<ListedGroup> {
    let made = Timestamp::from_millisecond(group.creation_time.unwrap_or_default());
    let days = group.retention_in_days.filter(|days| *days > 0);
    Some(ListedGroup {
        name: group.log_group_name?,
        created_at: made.unwrap_or(Timestamp::UNIX_EPOCH),
        retention: days.map(|days| SignedDuration::from_hours(24 * i64::from(days))),
        // Of a class that is new to this program the service says itself what it cannot do.
        can_be_read: !matches!(
            group.log_group_class,
            Some(LogGroupClass::InfrequentAccess | LogGroupClass::Delivery)
        ),
    })
}

/// The name in `arn:aws:logs:eu-west-1:111122223333:log-group:/ecs/shop`, which some answers end with `:*`.
fn name_of(arn: &str) -> Option<String> {
    let (_, name) = arn.split_once(":log-group:")?;
    Some(name.strip_suffix(":*").unwrap_or(name).to_owned())
}

#[cfg(test)]
mod tests;
