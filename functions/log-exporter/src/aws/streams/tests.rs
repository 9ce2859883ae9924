use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::operation::describe_log_streams::{
    DescribeLogStreamsInput, DescribeLogStreamsOutput,
};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use shared::aws::lazy;

use super::*;
use crate::aws::Clients;
use crate::aws::tests::{at, clients, sources};
use crate::sources::Events as _;

const HOUR: i64 = 3_600_000;

/// A stream by when its last event was, and when it got it, in hours before 21:00.
fn stream(last: Option<i64>, ingested: Option<i64>) -> LogStream {
    let ago = |hours: i64| at("21:00:00").as_millisecond() - hours * HOUR;
    LogStream::builder()
        .set_last_event_timestamp(last.map(ago))
        .set_last_ingestion_time(ingested.map(ago))
        .build()
}

#[test]
fn streams_tell_whether_any_got_events() {
    let since = at("21:00:00");
    let quiet = stream(Some(30), Some(30));
    let long_quiet = stream(Some(400), Some(400));
    let cases = [
        (vec![], None),
        (vec![quiet.clone()], None),
        (vec![stream(Some(1), Some(1))], Some(true)),
        // What is not in the listing yet may be there in a day.
        (vec![quiet.clone(), stream(Some(40), Some(23))], Some(true)),
        (vec![quiet.clone(), stream(Some(40), Some(25))], None),
        (vec![quiet.clone(), stream(None, None)], Some(true)),
        (vec![quiet, long_quiet.clone()], Some(false)),
        (vec![long_quiet, stream(Some(401), Some(1))], Some(false)),
    ];
    for (page, any) in cases {
        assert_eq!(any_since(&page, since), any, "{page:?}");
    }
}

/// Asks where every page has one more behind it, `pages` in all.
async fn asked(pages: usize) -> (bool, usize) {
    let rules: Vec<Rule> = (0..pages.min(PAGES))
        .map(|page| {
            let input = DescribeLogStreamsInput::builder()
                .log_group_name("/ecs/shop")
                .order_by(OrderBy::LastEventTime)
                .descending(true)
                .limit(50)
                .set_next_token((page > 0).then(|| page.to_string()))
                .build()
                .unwrap();
            let next = (page + 1 < pages).then(|| (page + 1).to_string());
            mock!(Client::describe_log_streams)
                .match_requests(move |request| *request == input)
                .then_output(move || {
                    DescribeLogStreamsOutput::builder()
                        .log_streams(stream(Some(30), Some(30)))
                        .set_next_token(next.clone())
                        .build()
                })
        })
        .collect();
    let mocked = rules.clone();
    let logs = lazy(move || {
        let rules: Vec<&Rule> = mocked.iter().collect();
        mock_client!(aws_sdk_cloudwatchlogs, RuleMode::Sequential, &rules)
    });
    let clients = Clients { logs, ..clients() };
    let any = sources(&clients)
        .got_events_since("/ecs/shop", at("21:00:00"))
        .await;
    (any.unwrap(), rules.iter().map(Rule::num_calls).sum())
}

#[tokio::test]
async fn a_few_pages_are_read_and_behind_them_there_may_be_anything() {
    assert_eq!(asked(1).await, (false, 1));
    assert_eq!(asked(3).await, (false, 3));
    assert_eq!(asked(4).await, (true, 3));
}
