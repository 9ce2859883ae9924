//! Log events, by `FilterLogEvents`.

use aws_sdk_cloudwatchlogs::Config;
use aws_sdk_cloudwatchlogs::operation::filter_log_events::FilterLogEventsError;
use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;
use jiff::Timestamp;
use shared::aws::Call;
use shared::failure::CallError;

use super::AwsSources;
use super::failed::failed;
use crate::collect::{LogEvent, LogSource, Page, Span};

impl LogSource for AwsSources<'_> {
    async fn log_events(
        &self,
        group: &str,
        span: Span,
        limit: usize,
        next: Option<String>,
    ) -> Result<Option<Page<LogEvent>>, CallError> {
        let call = Call::new("read the log group", group);
        let timeouts = call.repeatable(self.deadline)?;
        let answer = self
            .clients
            .logs
            .filter_log_events()
            .log_group_name(group)
            .start_time(span.from.as_millisecond())
            // The last moment that is in the answer (API reference, `FilterLogEvents`).
            .end_time(span.until.as_millisecond() - 1)
            .set_limit(i32::try_from(limit).ok())
            .set_next_token(next)
            .customize()
            .config_override(Config::builder().timeout_config(timeouts))
            .send()
            .await;
        match answer {
            Ok(page) => {
                let events = page.events.unwrap_or_default().into_iter();
                Ok(Some(Page {
                    items: events.filter_map(event).collect(),
                    next: page.next_token,
                }))
            }
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(FilterLogEventsError::is_resource_not_found_exception) =>
            {
                Ok(None)
            }
            Err(error) => Err(failed(&call, error)),
        }
    }
}

fn event(event: FilteredLogEvent) -> Option<LogEvent> {
    Some(LogEvent {
        at: Timestamp::from_millisecond(event.timestamp?).ok()?,
        id: event.event_id.unwrap_or_default(),
        stream: event.log_stream_name.unwrap_or_default(),
        message: event.message.unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use aws_sdk_cloudwatchlogs::Client;
    use aws_sdk_cloudwatchlogs::error::ErrorMetadata;
    use aws_sdk_cloudwatchlogs::operation::filter_log_events::{
        FilterLogEventsInput, FilterLogEventsOutput,
    };
    use aws_sdk_cloudwatchlogs::types::error::ResourceNotFoundException;
    use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
    use shared::aws::lazy;
    use shared::failure::chain;

    use super::*;
    use crate::aws::Clients;
    use crate::aws::tests::{at, clients, sources};

    fn clients_with(rule: Rule) -> Clients {
        let logs =
            lazy(move || mock_client!(aws_sdk_cloudwatchlogs, RuleMode::Sequential, &[&rule]));
        Clients { logs, ..clients() }
    }

    fn span() -> Span {
        Span {
            from: at("20:45:00"),
            until: at("21:02:00"),
        }
    }

    async fn read(rule: Rule) -> Result<Option<Page<LogEvent>>, String> {
        let clients = clients_with(rule);
        let read = sources(&clients)
            .log_events("/ecs/shop", span(), 500, Some("token".to_owned()))
            .await;
        read.map_err(|error| chain(&error))
    }

    #[tokio::test]
    async fn a_page_of_a_span_is_asked_for_and_events_without_a_time_are_left_out() {
        let input = FilterLogEventsInput::builder()
            .log_group_name("/ecs/shop")
            .start_time(at("20:45:00").as_millisecond())
            .end_time(at("21:02:00").as_millisecond() - 1)
            .limit(500)
            .next_token("token")
            .build()
            .unwrap();
        let rule = mock!(Client::filter_log_events)
            .match_requests(move |request| *request == input)
            .then_output(|| {
                let event = FilteredLogEvent::builder()
                    .log_stream_name("web/1")
                    .message("error\nno stock")
                    .event_id("7");
                FilterLogEventsOutput::builder()
                    .events(
                        event
                            .clone()
                            .timestamp(at("21:00:00").as_millisecond())
                            .build(),
                    )
                    .events(event.clone().timestamp(i64::MAX).build())
                    .events(event.build())
                    .next_token("more")
                    .build()
            });
        let event = LogEvent {
            id: "7".to_owned(),
            stream: "web/1".to_owned(),
            at: at("21:00:00"),
            message: "error\nno stock".to_owned(),
        };
        let page = Page {
            items: vec![event],
            next: Some("more".to_owned()),
        };
        assert_eq!(read(rule).await, Ok(Some(page)));
    }

    #[tokio::test]
    async fn an_empty_page_with_a_token_is_a_page() {
        let rule = mock!(Client::filter_log_events)
            .then_output(|| FilterLogEventsOutput::builder().next_token("more").build());
        let page = Page {
            items: vec![],
            next: Some("more".to_owned()),
        };
        assert_eq!(read(rule).await, Ok(Some(page)));
    }

    #[tokio::test]
    async fn a_group_that_does_not_exist_is_none_and_a_refusal_names_the_group() {
        let gone = mock!(Client::filter_log_events).then_error(|| {
            FilterLogEventsError::ResourceNotFoundException(
                ResourceNotFoundException::builder().build(),
            )
        });
        assert_eq!(read(gone).await, Ok(None));
        let denied = mock!(Client::filter_log_events).then_error(|| {
            FilterLogEventsError::generic(
                ErrorMetadata::builder()
                    .code("AccessDeniedException")
                    .message("not yours")
                    .build(),
            )
        });
        insta::assert_snapshot!(read(denied).await.unwrap_err(), @"couldn't read the log group /ecs/shop: not yours (AccessDeniedException)");
    }
}
