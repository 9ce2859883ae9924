use aws_sdk_cloudwatch::operation::describe_alarm_history::DescribeAlarmHistoryOutput;
use aws_sdk_cloudwatch::operation::get_metric_data::{GetMetricDataInput, GetMetricDataOutput};
use aws_sdk_cloudwatch::operation::list_tags_for_resource::ListTagsForResourceOutput;
use aws_sdk_cloudwatch::types::error::ResourceNotFoundException;
use aws_sdk_cloudwatch::types::{
    ActionsSuppressedBy, ComparisonOperator, CompositeAlarm, Dimension, LogAlarm, MetricAlarm,
    MetricDataQuery, MetricDataResult, Statistic, StatusCode,
};
use aws_smithy_mocks::{Rule as MockRule, RuleMode, mock, mock_client};
use shared::aws::lazy;
use shared::clock::{Clock as _, System};
use shared::failure::{Classify as _, FailureKind, chain};

use super::*;
use crate::alarm::Metric;
use crate::rule::tests::checkout_errors;

const ARN: &str = "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:checkout-5xx";

fn client(rules: &[MockRule]) -> LazyClient<Client> {
    let rules = rules.to_vec();
    lazy(move || {
        mock_client!(
            aws_sdk_cloudwatch,
            RuleMode::Sequential,
            &rules.iter().collect::<Vec<_>>()
        )
    })
}

fn cloudwatch(client: &LazyClient<Client>) -> CloudWatchAlarms<'_> {
    let deadline = Deadline::at(System.now() + SignedDuration::from_secs(30));
    CloudWatchAlarms { client, deadline }
}

fn at(time: &str) -> Timestamp {
    format!("2026-02-18T{time}Z").parse().unwrap()
}

fn metric_alarm() -> MetricAlarm {
    let dimension = |name, value| Dimension::builder().name(name).value(value).build();
    MetricAlarm::builder()
        .alarm_name("checkout-5xx")
        .alarm_arn(ARN)
        .alarm_description("Targets answer with 5XX")
        .state_value(StateValue::Alarm)
        .state_reason("Threshold Crossed")
        .state_transitioned_timestamp(date(at("21:47:01.123")))
        .alarm_configuration_updated_timestamp(date(at("20:00:00")))
        .actions_enabled(true)
        .alarm_actions("topic")
        .namespace("AWS/ApplicationELB")
        .metric_name("HTTPCode_Target_5XX_Count")
        .dimensions(dimension("LoadBalancer", "app/shop/1"))
        .dimensions(dimension("TargetGroup", "targetgroup/checkout/2"))
        .statistic(Statistic::Sum)
        .period(60)
        .evaluation_periods(2)
        .comparison_operator(ComparisonOperator::GreaterThanThreshold)
        .threshold(10.0)
        .build()
}

fn checkout_now() -> AlarmNow {
    AlarmNow {
        name: "checkout-5xx".to_owned(),
        arn: ARN.parse().ok(),
        state: State::Alarm,
        reason: "Threshold Crossed".to_owned(),
        description: "Targets answer with 5XX".to_owned(),
        transitioned_at: Some(at("21:47:01.123")),
        configured_at: Some(at("20:00:00")),
        actions_enabled: true,
        alarm_actions: vec!["topic".to_owned()],
        is_suppressed: false,
        kind: Some(Kind::Metric),
        metrics: vec![Metric {
            namespace: "AWS/ApplicationELB".to_owned(),
            name: "HTTPCode_Target_5XX_Count".to_owned(),
            dimensions: checkout_errors().dimensions,
            stat: Some("Sum".to_owned()),
        }],
        rule: Snapshot::Known(checkout_errors()),
    }
}

async fn tags_with(rule: MockRule) -> Option<Tags> {
    let client = client(&[rule]);
    cloudwatch(&client)
        .tags(&ARN.parse().unwrap())
        .await
        .unwrap()
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
async fn the_tags_of_an_alarm_that_does_not_exist_are_none() {
    let rule = mock!(Client::list_tags_for_resource).then_error(|| {
        let gone = ResourceNotFoundException::builder().build();
        ListTagsForResourceError::ResourceNotFoundException(gone)
    });
    assert_eq!(tags_with(rule).await, None);
}

#[tokio::test]
async fn an_alarm_of_any_type_is_described_by_its_name() {
    let rule = mock!(Client::describe_alarms)
        .match_requests(|request| {
            request.alarm_names() == ["checkout-5xx".to_owned()]
                && request.alarm_types() == every_type()
        })
        .then_output(|| {
            DescribeAlarmsOutput::builder()
                .metric_alarms(metric_alarm())
                .build()
        });
    let client = client(&[rule]);
    let described = cloudwatch(&client).describe("checkout-5xx").await;
    assert_eq!(described.unwrap(), Some(checkout_now()));
}

#[tokio::test]
async fn an_alarm_that_does_not_exist_is_none() {
    let rule =
        mock!(Client::describe_alarms).then_output(|| DescribeAlarmsOutput::builder().build());
    let client = client(&[rule]);
    assert_eq!(
        cloudwatch(&client).describe("checkout-5xx").await.unwrap(),
        None
    );
}

/// Composite and log alarms, and the next page.
#[tokio::test]
async fn every_firing_alarm_of_the_topic_is_listed_page_by_page() {
    let first = mock!(Client::describe_alarms)
        .match_requests(|request| {
            request.state_value() == Some(&StateValue::Alarm)
                && request.action_prefix() == Some("topic")
                && request.alarm_types() == every_type()
                && request.next_token().is_none()
        })
        .then_output(|| {
            let composite = CompositeAlarm::builder()
                .alarm_name("all")
                .state_value(StateValue::Alarm)
                .alarm_actions("topic")
                .actions_suppressed_by(ActionsSuppressedBy::Alarm)
                .build();
            let page = DescribeAlarmsOutput::builder().metric_alarms(metric_alarm());
            page.composite_alarms(composite).next_token("more").build()
        });
    let second = mock!(Client::describe_alarms)
        .match_requests(|request| request.next_token() == Some("more"))
        .then_output(|| {
            // The prefix of the other one's action is the topic, and it is another topic.
            let other = LogAlarm::builder()
                .alarm_name("other")
                .state_value(StateValue::Alarm)
                .alarm_actions("topic-staging")
                .build();
            let log = LogAlarm::builder()
                .alarm_actions("topic")
                .alarm_name("log")
                .state_value(StateValue::Alarm);
            DescribeAlarmsOutput::builder()
                .log_alarms(other)
                .log_alarms(log.build())
                .build()
        });
    let client = client(&[first, second]);
    let firing = cloudwatch(&client).firing("topic").await.unwrap();
    let seen = |alarm: &AlarmNow| (alarm.name.clone(), alarm.kind, alarm.is_suppressed);
    let expected = [
        ("checkout-5xx".to_owned(), Some(Kind::Metric), false),
        ("all".to_owned(), Some(Kind::Composite), true),
        ("log".to_owned(), Some(Kind::Log), false),
    ];
    assert_eq!(firing.iter().map(seen).collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn an_alarm_on_an_expression_or_a_band_has_no_rule_that_could_prove_anything() {
    let query = MetricDataQuery::builder()
        .id("e1")
        .expression("m1 / m2")
        .build();
    let math = MetricAlarm::builder()
        .alarm_name("math")
        .state_value(StateValue::Ok)
        .metrics(query)
        .build();
    let band = MetricAlarm::builder()
        .alarm_name("band")
        .state_value(StateValue::Ok)
        .threshold_metric_id("ad1")
        .build();
    let of = |alarm| {
        let alarm = described::metric_alarm(&alarm).unwrap();
        (alarm.kind, matches!(alarm.rule, Snapshot::Unknown(_)))
    };
    assert_eq!(of(math), (Some(Kind::Math), true));
    assert_eq!(of(band), (Some(Kind::Anomaly), true));
}

fn item(time: &str, data: &serde_json::Value) -> AlarmHistoryItem {
    let item = AlarmHistoryItem::builder().timestamp(date(at(time)));
    item.history_data(data.to_string()).build()
}

#[tokio::test]
async fn the_state_before_a_change_is_in_the_history_around_it() {
    let rule = mock!(Client::describe_alarm_history)
        .match_requests(|request| {
            request.alarm_name() == Some("checkout-5xx")
                && request.history_item_type() == Some(&HistoryItemType::StateUpdate)
                && request.start_date() == Some(&date(at("21:46:59.123")))
                && request.end_date() == Some(&date(at("21:47:03.123")))
        })
        .then_output(|| {
            let change = serde_json::json!({
                "oldState": {"stateValue": "INSUFFICIENT_DATA"},
                "newState": {"stateValue": "ALARM"},
            });
            let item = item("21:47:01.123", &change);
            DescribeAlarmHistoryOutput::builder()
                .alarm_history_items(item)
                .build()
        });
    let client = client(&[rule]);
    let before = cloudwatch(&client)
        .state_before(&checkout_now(), at("21:47:01.123"))
        .await;
    assert_eq!(before.unwrap(), Some(State::InsufficientData));
}

/// The configuration that held at a time is the newest from before it.
#[tokio::test]
async fn the_rule_at_a_time_is_the_last_that_was_configured_before() {
    let configured = |threshold: f64| {
        serde_json::json!({"type": "Update", "updatedAlarm": {
            "namespace": "AWS/ApplicationELB", "metricName": "HTTPCode_Target_5XX_Count", "statistic": "Sum",
            "period": 60, "evaluationPeriods": 2, "comparisonOperator": "GreaterThanThreshold", "threshold": threshold,
        }})
    };
    let rule = mock!(Client::describe_alarm_history)
        .match_requests(|request| {
            request.history_item_type() == Some(&HistoryItemType::ConfigurationUpdate)
                && request.end_date() == Some(&date(at("21:47:01")))
        })
        .then_output(move || {
            let items = [
                item("21:48:00", &configured(1_000.0)),
                item("21:00:00", &configured(10.0)),
                item("20:00:00", &configured(5.0)),
            ];
            DescribeAlarmHistoryOutput::builder()
                .set_alarm_history_items(Some(items.into()))
                .build()
        });
    let client = client(&[rule]);
    let found = cloudwatch(&client)
        .rule_at("checkout-5xx", at("21:47:01"))
        .await
        .unwrap();
    let Some(Snapshot::Known(Rule { threshold, .. })) = found else {
        panic!("no rule: {found:?}");
    };
    assert!((threshold - 10.0).abs() < f64::EPSILON);
}

fn span() -> Span {
    Span {
        rolled_out_at: at("21:47:20"),
        from: at("21:48:00"),
        until: at("21:50:00"),
    }
}

fn asks_for_both(request: &GetMetricDataInput) -> bool {
    let query = |query: &MetricDataQuery| {
        let stat = query.metric_stat()?;
        let metric = stat.metric()?;
        let name = metric.metric_name()?.to_owned();
        Some((
            name,
            metric.dimensions().len(),
            stat.period()?,
            stat.stat()?.to_owned(),
        ))
    };
    let asked: Vec<_> = request
        .metric_data_queries()
        .iter()
        .filter_map(query)
        .collect();
    let expected = ["HTTPCode_Target_5XX_Count", "RequestCount"];
    let expected = expected.map(|name| (name.to_owned(), 2, 60, "Sum".to_owned()));
    asked == expected
        && request.start_time() == Some(&date(at("21:47:00")))
        && request.end_time() == Some(&date(at("21:50:00")))
}

fn result(id: &str, time: &str, value: f64) -> MetricDataResult {
    let result = MetricDataResult::builder()
        .id(id)
        .timestamps(date(at(time)));
    result
        .values(value)
        .status_code(StatusCode::Complete)
        .build()
}

#[tokio::test]
async fn errors_and_requests_are_measured_in_one_call_page_by_page() {
    let first = mock!(Client::get_metric_data)
        .match_requests(asks_for_both)
        .then_output(|| {
            let page = GetMetricDataOutput::builder();
            let page = page.metric_data_results(result("values", "21:48:00", 2.0));
            page.metric_data_results(result("requests", "21:48:00", 30.0))
                .next_token("more")
                .build()
        });
    let second = mock!(Client::get_metric_data)
        .match_requests(|request| request.next_token() == Some("more"))
        .then_output(|| {
            let page = GetMetricDataOutput::builder();
            page.metric_data_results(result("values", "21:49:00", 1.0))
                .metric_data_results(result("requests", "21:49:00", 31.0))
                .build()
        });
    let client = client(&[first, second]);
    let measured = cloudwatch(&client)
        .measure(&checkout_errors(), span())
        .await
        .unwrap();
    let expected = Measured {
        values: [(at("21:48:00"), 2.0), (at("21:49:00"), 1.0)].into(),
        requests: Some([(at("21:48:00"), 30.0), (at("21:49:00"), 31.0)].into()),
    };
    assert_eq!(measured, expected);
}

/// Half an answer would look like a metric at rest.
#[tokio::test]
async fn an_answer_without_data_is_a_passing_failure() {
    let rule = mock!(Client::get_metric_data).then_output(|| {
        let failed = MetricDataResult::builder()
            .id("values")
            .status_code(StatusCode::InternalError);
        GetMetricDataOutput::builder()
            .metric_data_results(failed.build())
            .build()
    });
    let client = client(&[rule]);
    let error = cloudwatch(&client)
        .measure(&checkout_errors(), span())
        .await
        .unwrap_err();
    let expected = "couldn't measure AWS/ApplicationELB HTTPCode_Target_5XX_Count: CloudWatch answered InternalError for the values instead of all data";
    assert_eq!(
        (error.kind(), chain(&error).as_str()),
        (FailureKind::Transient, expected)
    );
}
