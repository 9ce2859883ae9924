use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::operation::filter_log_events::{
    FilterLogEventsInput, FilterLogEventsOutput,
};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use shared::aws::lazy;

use super::*;
use crate::aws::Clients;
use crate::aws::tests::{at, clients, sources, told};

async fn read(rule: Rule) -> Result<Page<LogEvent>, String> {
    let logs = lazy(move || mock_client!(aws_sdk_cloudwatchlogs, RuleMode::Sequential, &[&rule]));
    let clients = Clients { logs, ..clients() };
    let span = (at("21:00:00"), at("22:00:00"));
    let next = Some("1".to_owned());
    let page = sources(&clients).events("/ecs/shop", span, next).await;
    page.map_err(|error| told(&error))
}

fn event(timestamp_ms: i64) -> FilteredLogEvent {
    FilteredLogEvent::builder()
        .timestamp(timestamp_ms)
        .ingestion_time(timestamp_ms + 5)
        .log_stream_name("web/1")
        .event_id("3701")
        .message("a\0b\nc")
        .build()
}

fn answer(events: Vec<FilteredLogEvent>) -> Rule {
    mock!(Client::filter_log_events).then_output(move || {
        let answer = FilterLogEventsOutput::builder();
        answer.set_events(Some(events.clone())).build()
    })
}

#[tokio::test]
async fn events_are_read_as_they_are_and_only_those_of_the_span() {
    let input = FilterLogEventsInput::builder()
        .log_group_name("/ecs/shop")
        .start_time(at("21:00:00").as_millisecond())
        .end_time(at("22:00:00").as_millisecond() - 1)
        .next_token("1")
        .build()
        .unwrap();
    let (first, after) = (
        at("21:00:00").as_millisecond(),
        at("22:00:00").as_millisecond(),
    );
    let rule = mock!(Client::filter_log_events)
        .match_requests(move |request| *request == input)
        .then_output(move || {
            let events = [first - 1, first, after - 1, after, i64::MAX];
            let events = events.map(|at| event(at.min(i64::MAX - 5)));
            FilterLogEventsOutput::builder()
                .set_events(Some(events.into()))
                .next_token("2")
                .build()
        });
    let items = [first, after - 1].map(|timestamp_ms| LogEvent {
        timestamp_ms,
        ingestion_ms: timestamp_ms + 5,
        stream: "web/1".to_owned(),
        event_id: "3701".to_owned(),
        message: "a\0b\nc".to_owned(),
    });
    let next = Some("2".to_owned());
    let items = items.into();
    assert_eq!(read(rule).await, Ok(Page { items, next }));
}

#[tokio::test]
async fn an_empty_page_may_have_another_behind_it() {
    let rule = mock!(Client::filter_log_events)
        .then_output(|| FilterLogEventsOutput::builder().next_token("2").build());
    let next = Some("2".to_owned());
    assert_eq!(
        read(rule).await,
        Ok(Page {
            items: vec![],
            next
        })
    );
}

/// Left out in silence, it would be missing in what is exported and in what that is compared with.
#[tokio::test]
async fn an_event_that_lacks_what_makes_it_one_is_an_error() {
    let whole = event(at("21:00:00").as_millisecond());
    let mut lacking = vec![whole.clone(); 5];
    lacking[0].timestamp = None;
    lacking[1].ingestion_time = None;
    lacking[2].log_stream_name = None;
    lacking[3].event_id = None;
    lacking[4].event_id = Some(String::new());
    for event in lacking {
        let read = read(answer(vec![whole.clone(), event.clone()])).await;
        let error = "couldn't read log group /ecs/shop: an event without a timestamp, stream or id; Permanent, effect Unknown";
        assert_eq!(read.unwrap_err(), error, "{event:?}");
    }
    let mut silent = whole;
    silent.message = None;
    let read = read(answer(vec![silent])).await.unwrap();
    assert_eq!(read.items[0].message, "");
}
