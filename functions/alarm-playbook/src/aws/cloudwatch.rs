use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::operation::list_tags_for_resource::ListTagsForResourceError;
use shared::aws::{Call, LazyClient};
use shared::deadline::Deadline;
use shared::failure::CallError;

use crate::alarm::AlarmArn;
use crate::alarms::{Alarms, Tags};

/// CloudWatch, for the length of one invocation.
#[derive(Clone, Debug)]
pub struct CloudWatchAlarms<'a> {
    /// The client, built once per sandbox.
    pub client: &'a LazyClient<Client>,
    /// By when every call must be over.
    pub deadline: Deadline,
}

impl Alarms for CloudWatchAlarms<'_> {
    async fn tags(&self, alarm: &AlarmArn) -> Result<Option<Tags>, CallError> {
        let call = Call::new("read the tags of", format!("alarm {alarm}"));
        let timeouts = call.repeatable(self.deadline)?;
        let answer = self
            .client
            .list_tags_for_resource()
            .resource_arn(alarm.to_string())
            .customize()
            .config_override(aws_sdk_cloudwatch::Config::builder().timeout_config(timeouts))
            .send()
            .await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(ListTagsForResourceError::is_resource_not_found_exception) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(call.failed(error)),
        };
        let pair = |tag: &aws_sdk_cloudwatch::types::Tag| {
            Some((tag.key()?.to_owned(), tag.value()?.to_owned()))
        };
        Ok(Some(answer.tags().iter().filter_map(pair).collect()))
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_cloudwatch::operation::list_tags_for_resource::ListTagsForResourceOutput;
    use aws_sdk_cloudwatch::types::Tag;
    use aws_sdk_cloudwatch::types::error::ResourceNotFoundException;
    use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
    use jiff::SignedDuration;
    use shared::aws::lazy;
    use shared::clock::{Clock as _, System};

    use super::*;

    const ARN: &str = "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:checkout-5xx";

    async fn tags_with(rule: Rule) -> Option<Tags> {
        let alarms = CloudWatchAlarms {
            client: &lazy(move || mock_client!(aws_sdk_cloudwatch, RuleMode::MatchAny, [&rule])),
            deadline: Deadline::at(System.now() + SignedDuration::from_secs(30)),
        };
        alarms.tags(&ARN.parse().unwrap()).await.unwrap()
    }

    #[tokio::test]
    async fn the_tags_of_an_alarm_are_asked_for_by_its_arn() {
        let rule = mock!(Client::list_tags_for_resource)
            .match_requests(|request| request.resource_arn() == Some(ARN))
            .then_output(|| {
                let tag = Tag::builder().key("team").value("shop").build();
                ListTagsForResourceOutput::builder().tags(tag).build()
            });
        let expected = Tags::from([("team".to_owned(), "shop".to_owned())]);
        assert_eq!(tags_with(rule).await, Some(expected));
    }

    #[tokio::test]
    async fn an_alarm_that_does_not_exist_is_none() {
        let rule = mock!(Client::list_tags_for_resource).then_error(|| {
            let gone = ResourceNotFoundException::builder().build();
            ListTagsForResourceError::ResourceNotFoundException(gone)
        });
        assert_eq!(tags_with(rule).await, None);
    }
}
