use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::operation::start_query::{StartQueryInput, StartQueryOutput};
use aws_sdk_cloudwatchlogs::types::error::ResourceNotFoundException;
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use shared::aws::lazy;

use super::*;
use crate::aws::Clients;
use crate::aws::tests::{at, clients, sources, told, window};

fn clients_with(rule: Rule) -> Clients {
    let logs = lazy(move || mock_client!(aws_sdk_cloudwatchlogs, RuleMode::Sequential, &[&rule]));
    Clients { logs, ..clients() }
}

fn day() -> Window {
    window("20:00:00", "23:00:00")
}

#[tokio::test]
async fn a_window_is_counted_to_its_last_second() {
    let input = StartQueryInput::builder()
        .log_group_name("/ecs/shop")
        .query_string("stats count(*) by bin(1h)")
        .start_time(at("20:00:00").as_second())
        .end_time(at("23:00:00").as_second())
        .build()
        .unwrap();
    let rule = mock!(Client::start_query)
        .match_requests(move |request| *request == input)
        .then_output(|| StartQueryOutput::builder().query_id("q").build());
    let clients = clients_with(rule);
    let begun = sources(&clients).begin("/ecs/shop", day()).await;
    assert_eq!(begun.unwrap(), "q");
    let rule = mock!(Client::start_query).then_output(|| StartQueryOutput::builder().build());
    let clients = clients_with(rule);
    let begun = sources(&clients).begin("/ecs/shop", day()).await;
    insta::assert_snapshot!(told(&begun.unwrap_err()), @r#"couldn't count the events of log group /ecs/shop: CloudWatch Logs sent no query id; Permanent, effect Unknown"#);
}

fn row(fields: &[(&str, &str)]) -> Vec<ResultField> {
    let field = |(name, value): &(&str, &str)| {
        let field = ResultField::builder().field(*name);
        field.value(*value).build()
    };
    fields.iter().map(field).collect()
}

fn bin_of(time: &str, events: &str) -> Vec<ResultField> {
    let bin = format!("2026-02-18 {time}");
    row(&[("bin(1h)", &bin), ("count(*)", events), ("@ptr", "x")])
}

async fn answer(status: Option<&str>, rows: Vec<Vec<ResultField>>) -> Count {
    let answer = GetQueryResultsOutput::builder()
        .set_status(status.map(QueryStatus::from))
        .set_results(Some(rows))
        .build();
    let rule = mock!(Client::get_query_results)
        .match_requests(|request| request.query_id() == Some("q"))
        .then_output(move || answer.clone());
    let clients = clients_with(rule);
    sources(&clients).answer("q", day()).await.unwrap()
}

#[tokio::test]
async fn hours_of_the_window_are_counted_in_their_order_and_others_left_out() {
    let rows = vec![
        bin_of("22:00:00.000", "3"),
        bin_of("20:00:00.000", "12"),
        bin_of("21:00:00", "0"),
        bin_of("23:00:00.000", "1"),
        bin_of("19:00:00.000", "1"),
    ];
    let hours = vec![(at("20:00:00"), 12), (at("22:00:00"), 3)];
    assert_eq!(answer(Some("Complete"), rows).await, Count::Of(hours));
    assert_eq!(
        answer(Some("Complete"), vec![]).await,
        Count::Of(vec![]),
        "no events"
    );
}

#[tokio::test]
async fn what_is_no_count_is_none() {
    let failed = |text: &str| Count::Failed(text.to_owned());
    let no_count = failed("its answer is no count by hours");
    let strange = [
        vec![bin_of("20:00:00.000", "1"), bin_of("20:00:00.000", "2")],
        vec![bin_of("20:30:00.000", "1")],
        vec![bin_of("20:00:00.000", "-1")],
        vec![bin_of("20:00:00.000", "1e3")],
        vec![bin_of("8 pm", "1")],
        vec![row(&[("count(*)", "1")])],
        vec![row(&[("bin(1h)", "2026-02-18 20:00:00.000")])],
        vec![vec![]],
    ];
    for rows in strange {
        assert_eq!(
            answer(Some("Complete"), rows.clone()).await,
            no_count,
            "{rows:?}"
        );
    }
    let cases = [
        (Some("Scheduled"), Count::UnderWay),
        (Some("Running"), Count::UnderWay),
        (Some("Failed"), failed("the query ended as Failed")),
        (Some("Cancelled"), failed("the query ended as Cancelled")),
        (Some("Timeout"), failed("the query ended as Timeout")),
        (Some("Unknown"), failed("the query ended as Unknown")),
        (Some("Paused"), failed("the query ended as Paused")),
        (None, failed("the query has no status")),
    ];
    for (status, count) in cases {
        let rows = vec![bin_of("20:00:00.000", "1")];
        assert_eq!(answer(status, rows).await, count, "{status:?}");
    }
}

#[tokio::test]
async fn a_query_that_is_forgotten_has_failed() {
    let rule = mock!(Client::get_query_results).then_error(|| {
        GetQueryResultsError::ResourceNotFoundException(
            ResourceNotFoundException::builder().build(),
        )
    });
    let clients = clients_with(rule);
    let count = sources(&clients).answer("q", day()).await.unwrap();
    let words = "the query is not known any more".to_owned();
    assert_eq!(count, Count::Failed(words));
}
