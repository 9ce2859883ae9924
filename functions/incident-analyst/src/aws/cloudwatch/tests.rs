use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::error::ErrorMetadata;
use aws_sdk_cloudwatch::operation::describe_alarm_history::DescribeAlarmHistoryOutput;
use aws_sdk_cloudwatch::operation::get_metric_data::{
    GetMetricDataError, GetMetricDataInput, GetMetricDataOutput,
};
use aws_sdk_cloudwatch::types::AlarmHistoryItem;
use aws_sdk_cloudwatch::types::builders::MetricAlarmBuilder;
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use serde_json::json;
use shared::aws::lazy;
use shared::failure::chain;

use super::*;
use crate::aws::Clients;
use crate::aws::tests::{at, clients, sources};

fn clients_with(rules: Vec<Rule>) -> Clients {
    let cloudwatch = lazy(move || {
        mock_client!(
            aws_sdk_cloudwatch,
            RuleMode::Sequential,
            &rules.iter().collect::<Vec<_>>()
        )
    });
    Clients {
        cloudwatch,
        ..clients()
    }
}

fn span() -> Span {
    Span {
        from: at("20:00:00"),
        until: at("21:02:00"),
    }
}

fn errors() -> MetricQuery {
    MetricQuery {
        namespace: "AWS/ApplicationELB".to_owned(),
        name: "HTTPCode_Target_5XX_Count".to_owned(),
        dimensions: [("LoadBalancer".to_owned(), "app/shop/1".to_owned())].into(),
        stat: "Sum".to_owned(),
        period: 60,
    }
}

#[tokio::test]
async fn values_are_asked_for_in_one_call_and_read_with_their_status() {
    let expected = GetMetricDataInput::builder()
        .metric_data_queries(query(0, &errors()))
        .metric_data_queries(query(1, &errors()))
        .start_time(date(at("20:00:00")))
        .end_time(date(at("21:02:00")))
        .scan_by(ScanBy::TimestampAscending)
        .next_token("token")
        .build()
        .unwrap();
    let rule = mock!(Client::get_metric_data)
        .match_requests(move |request| *request == expected)
        .then_output(|| {
            let result = |id: &str, status| MetricDataResult::builder().id(id).status_code(status);
            let partial = result("q0", StatusCode::PartialData)
                .timestamps(date(at("20:00:00")))
                .values(3.0)
                .values(4.0);
            GetMetricDataOutput::builder()
                .metric_data_results(partial.build())
                .metric_data_results(result("q1", StatusCode::Forbidden).build())
                .metric_data_results(result("e1", StatusCode::Complete).build())
                .next_token("more")
                .build()
        });
    let clients = clients_with(vec![rule]);
    let page = sources(&clients)
        .metric_data(&[errors(), errors()], span(), Some("token".to_owned()))
        .await
        .unwrap();
    let partial = MetricAnswer {
        query: 0,
        status: AnswerStatus::Partial,
        values: vec![(at("20:00:00"), 3.0)],
    };
    let forbidden = MetricAnswer {
        query: 1,
        status: AnswerStatus::Other("Forbidden".to_owned()),
        values: vec![],
    };
    assert_eq!(
        page,
        Page {
            items: vec![partial, forbidden],
            next: Some("more".to_owned())
        }
    );
}

#[tokio::test]
async fn what_is_refused_names_what_was_asked() {
    let rule = mock!(Client::get_metric_data).then_error(|| {
        GetMetricDataError::generic(
            ErrorMetadata::builder()
                .code("AccessDenied")
                .message("not yours")
                .build(),
        )
    });
    let clients = clients_with(vec![rule]);
    let error = sources(&clients)
        .metric_data(&[errors()], span(), None)
        .await
        .unwrap_err();
    insta::assert_snapshot!(chain(&error), @"couldn't measure 1 metrics: not yours (AccessDenied)");
}

fn child() -> MetricAlarmBuilder {
    MetricAlarm::builder().alarm_name("checkout-5xx")
}

fn described() -> DescribeAlarmsOutput {
    let alarm = child()
        .namespace("Shop")
        .metric_name("Errors")
        .statistic(Statistic::Sum)
        .build();
    let of_expression = query(0, &errors());
    let math = MetricAlarm::builder()
        .alarm_name("math")
        .metrics(of_expression)
        .build();
    DescribeAlarmsOutput::builder()
        .metric_alarms(alarm)
        .metric_alarms(math)
        .build()
}

#[tokio::test]
async fn the_children_of_a_composite_alarm_are_described_by_their_names_and_composite_ones_are_named()
 {
    let children = mock!(Client::describe_alarms)
        .match_requests(|request| {
            request.children_of_alarm_name() == Some("shop") && request.alarm_types().is_empty()
        })
        .then_output(|| {
            DescribeAlarmsOutput::builder()
                .metric_alarms(child().build())
                .composite_alarms(CompositeAlarm::builder().alarm_name("payments").build())
                .next_token("more")
                .build()
        });
    let described = mock!(Client::describe_alarms)
        .match_requests(|request| request.alarm_names() == ["checkout-5xx"])
        .then_output(described);
    let clients = clients_with(vec![children, described]);
    let page = sources(&clients).child_alarms("shop", None).await.unwrap();
    let own = Metric {
        namespace: "Shop".to_owned(),
        name: "Errors".to_owned(),
        dimensions: [].into(),
        stat: Some("Sum".to_owned()),
    };
    let MetricQuery {
        namespace,
        name,
        dimensions,
        stat,
        ..
    } = errors();
    let queried = Metric {
        namespace,
        name,
        dimensions,
        stat: Some(stat),
    };
    assert_eq!(
        page,
        Page {
            items: vec![
                Child::Watching(own),
                Child::Watching(queried),
                Child::Composite("payments".to_owned()),
            ],
            next: Some("more".to_owned())
        }
    );
}

#[tokio::test]
async fn a_change_is_read_from_its_data_or_else_from_its_summary() {
    let rule = mock!(Client::describe_alarm_history)
        .match_requests(|request| {
            request.alarm_name() == Some("shop")
                && request.alarm_types() == [AlarmType::CompositeAlarm]
        })
        .then_output(|| {
            let data = json!({
                "oldState": {"stateValue": "OK"},
                "newState": {"stateValue": "ALARM", "stateReason": "Threshold\nCrossed"},
            });
            let item = || AlarmHistoryItem::builder().timestamp(date(at("21:00:00")));
            DescribeAlarmHistoryOutput::builder()
                .alarm_history_items(item().history_data(data.to_string()).build())
                .alarm_history_items(
                    item()
                        .history_data("{")
                        .history_summary("Alarm updated from ALARM to OK.")
                        .build(),
                )
                .alarm_history_items(item().history_data("{}").build())
                .alarm_history_items(
                    AlarmHistoryItem::builder()
                        .history_data(data.to_string())
                        .build(),
                )
                .build()
        });
    let clients = clients_with(vec![rule]);
    let page = sources(&clients)
        .alarm_changes("shop", Some(Kind::Composite), span(), None)
        .await
        .unwrap();
    let change = |from: &str, to: &str, reason: &str| AlarmChange {
        at: at("21:00:00"),
        from: from.to_owned(),
        to: to.to_owned(),
        reason: reason.to_owned(),
    };
    assert_eq!(
        page,
        Page::last(vec![
            change("OK", "ALARM", "Threshold Crossed"),
            change("ALARM", "OK", "")
        ])
    );
}
