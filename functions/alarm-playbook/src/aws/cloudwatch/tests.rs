use aws_sdk_cloudwatch::operation::describe_alarm_history::DescribeAlarmHistoryOutput;
use aws_sdk_cloudwatch::operation::get_metric_data::{GetMetricDataInput, GetMetricDataOutput};
use aws_sdk_cloudwatch::operation::list_tags_for_resource::ListTagsForResourceOutput;
use aws_sdk_cloudwatch::types::builders::MetricAlarmBuilder;
use aws_sdk_cloudwatch::types::error::ResourceNotFoundException;
use aws_sdk_cloudwatch::types::{
    ActionsSuppressedBy, ComparisonOperator, CompositeAlarm, Dimension, LogAlarm, MetricAlarm,
    MetricDataQuery, MetricDataResult, MetricStat, Statistic, StatusCode,
};
use aws_smithy_mocks::{Rule as MockRule, RuleMode, mock, mock_client};
use shared::aws::lazy;
use shared::clock::{Clock as _, System};
use shared::failure::{Classify as _, FailureKind, chain};

use super::*;
use crate::rule::tests::{checkout_errors, error_rate, on, unusual_errors};
use crate::rule::{Band, BandComparison, Composite, MissingData, Watched};
use shared::alarm::Metric;

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

fn metric_of(rule: &Rule) -> crate::rule::MetricStat {
    rule.watched.metric().unwrap().clone()
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
            dimensions: metric_of(&checkout_errors()).dimensions,
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

fn stat(query: &str, name: &str) -> MetricDataQuery {
    let dimension = |name, value| Dimension::builder().name(name).value(value).build();
    let metric = aws_sdk_cloudwatch::types::Metric::builder()
        .namespace("AWS/ApplicationELB")
        .metric_name(name)
        .dimensions(dimension("LoadBalancer", "app/shop/1"))
        .dimensions(dimension("TargetGroup", "targetgroup/checkout/2"))
        .build();
    let stat = MetricStat::builder().metric(metric).period(60).stat("Sum");
    MetricDataQuery::builder()
        .id(query)
        .metric_stat(stat.build())
        .return_data(false)
        .build()
}

fn expression(id: &str, expression: &str) -> MetricDataQuery {
    let query = MetricDataQuery::builder().id(id).expression(expression);
    query.return_data(true).build()
}

fn watching(queries: Vec<MetricDataQuery>) -> MetricAlarmBuilder {
    MetricAlarm::builder()
        .alarm_name("shop")
        .state_value(StateValue::Ok)
        .evaluation_periods(2)
        .set_metrics(Some(queries))
}

#[test]
fn an_alarm_of_every_kind_has_its_rule() {
    let of = |alarm: MetricAlarmBuilder| {
        let alarm = described::metric_alarm(&alarm.build()).unwrap();
        (alarm.kind, alarm.rule)
    };
    let math = watching(vec![
        expression("e1", "100 * m1 / m2"),
        stat("m1", "HTTPCode_Target_5XX_Count"),
        stat("m2", "RequestCount"),
    ]);
    let math = math
        .comparison_operator(ComparisonOperator::GreaterThanThreshold)
        .threshold(5.0);
    let rate = Snapshot::Known(error_rate());
    assert_eq!(of(math.clone()), (Some(Kind::Math), rate));

    let mut errors = stat("m1", "HTTPCode_Target_5XX_Count");
    errors.return_data = Some(true);
    let band = expression("ad1", "ANOMALY_DETECTION_BAND(m1, 2)");
    let anomaly = watching(vec![errors, band])
        .threshold_metric_id("ad1")
        .comparison_operator(ComparisonOperator::LessThanLowerOrGreaterThanUpperThreshold);
    let both = BandComparison::LessThanLowerOrGreaterThanUpperThreshold;
    let unusual = Snapshot::Known(unusual_errors(both));
    assert_eq!(of(anomaly.clone()), (Some(Kind::Anomaly), unusual));

    // What cannot be asked again, or is two things at once, is no rule.
    let unknown = |alarm: MetricAlarmBuilder| matches!(of(alarm).1, Snapshot::Unknown(_));
    assert!(unknown(anomaly.clone().threshold_metric_id("ad2")));
    assert!(unknown(
        anomaly.comparison_operator(ComparisonOperator::GreaterThanThreshold)
    ));
    let two = math.clone().metrics(expression("e2", "m1 + m2"));
    assert!(unknown(two));
    assert!(unknown(math.metrics(stat("m1", "RequestCount"))));
    assert!(unknown(watching(vec![])));
}

/// Those of DynamoDB are ignored whatever an alarm says.
#[test]
fn missing_data_are_treated_as_the_alarm_says() {
    let treated = |namespace: &str, treatment: &str| {
        let mut alarm = metric_alarm();
        alarm.namespace = Some(namespace.to_owned());
        alarm.treat_missing_data = Some(treatment.to_owned());
        match described::metric_alarm(&alarm).unwrap().rule {
            Snapshot::Known(rule) => rule.missing_data,
            other => panic!("no rule: {other:?}"),
        }
    };
    let table = [
        ("AWS/ApplicationELB", "missing", MissingData::Missing),
        ("AWS/ApplicationELB", "ignore", MissingData::Ignore),
        ("AWS/ApplicationELB", "breaching", MissingData::Breaching),
        (
            "AWS/ApplicationELB",
            "notBreaching",
            MissingData::NotBreaching,
        ),
        ("AWS/ApplicationELB", "something new", MissingData::Missing),
        ("AWS/DynamoDB", "breaching", MissingData::Ignore),
    ];
    for (namespace, treatment, expected) in table {
        assert_eq!(
            treated(namespace, treatment),
            expected,
            "{namespace} {treatment}"
        );
    }
}

#[test]
fn a_composite_alarm_has_its_expression_and_a_log_alarm_has_none() {
    let composite = |rule: &str| {
        let alarm = CompositeAlarm::builder()
            .alarm_name("shop")
            .state_value(StateValue::Alarm)
            .alarm_rule(rule);
        described::composite_alarm(&alarm.build()).unwrap().rule
    };
    let expected = Composite::parse("ALARM(a) OR ALARM(b)").map(Snapshot::Composite);
    assert_eq!(Some(composite("ALARM(a) OR ALARM(b)")), expected);
    assert!(matches!(composite("ALARM(a) OR"), Snapshot::Unknown(_)));
    let log = LogAlarm::builder()
        .alarm_name("log")
        .state_value(StateValue::Ok);
    let log = described::log_alarm(&log.build()).unwrap();
    let why = "this version cannot prove the recovery of an alarm on a log query".to_owned();
    assert_eq!(log.rule, Snapshot::Unknown(why));
}

/// A hundred names are one call, and an answer may have pages.
#[tokio::test]
async fn many_alarms_are_described_in_few_calls() {
    let names: Vec<String> = (0..101).map(|n| format!("alarm-{n:03}")).collect();
    let alarm = |name: &str| {
        let alarm = MetricAlarm::builder().alarm_name(name);
        alarm.state_value(StateValue::Ok).build()
    };
    let (first, second, last) = (names[0].clone(), names[99].clone(), names[100].clone());
    let rules = [
        mock!(Client::describe_alarms)
            .match_requests(|request| {
                request.alarm_names().len() == 100
                    && request.max_records() == Some(100)
                    && request.next_token().is_none()
            })
            .then_output(move || {
                let page = DescribeAlarmsOutput::builder().metric_alarms(alarm(&first));
                page.next_token("more").build()
            }),
        mock!(Client::describe_alarms)
            .match_requests(|request| request.next_token() == Some("more"))
            .then_output(move || {
                let page = DescribeAlarmsOutput::builder().metric_alarms(alarm(&second));
                page.metric_alarms(alarm("nobody asked for it")).build()
            }),
        mock!(Client::describe_alarms)
            .match_requests(|request| {
                request.alarm_names().len() == 1 && request.alarm_types() == every_type()
            })
            .then_output(move || {
                let page = DescribeAlarmsOutput::builder().metric_alarms(alarm(&last));
                page.build()
            }),
    ];
    let client = client(&rules);
    let asked: Vec<&str> = names.iter().map(String::as_str).collect();
    let found = cloudwatch(&client).describe_all(&asked).await.unwrap();
    let found: Vec<String> = found.into_iter().map(|alarm| alarm.name).collect();
    assert_eq!(found, ["alarm-000", "alarm-099", "alarm-100"]);
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
    let expected = Rule {
        watched: Watched::Metric(crate::rule::MetricStat {
            dimensions: std::collections::BTreeMap::new(),
            ..metric_of(&checkout_errors())
        }),
        ..checkout_errors()
    };
    assert_eq!(found, Some(Snapshot::Known(expected)));
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
            let page = page.metric_data_results(result("medic_values", "21:48:00", 2.0));
            page.metric_data_results(result("medic_requests", "21:48:00", 30.0))
                .next_token("more")
                .build()
        });
    let second = mock!(Client::get_metric_data)
        .match_requests(|request| request.next_token() == Some("more"))
        .then_output(|| {
            let page = GetMetricDataOutput::builder();
            page.metric_data_results(result("medic_values", "21:49:00", 1.0))
                .metric_data_results(result("medic_requests", "21:49:00", 31.0))
                .build()
        });
    let client = client(&[first, second]);
    let measured = cloudwatch(&client)
        .measure(&[(&checkout_errors(), span())])
        .await
        .unwrap();
    let expected = Measured {
        values: [(at("21:48:00"), 2.0), (at("21:49:00"), 1.0)].into(),
        requests: Some([(at("21:48:00"), 30.0), (at("21:49:00"), 31.0)].into()),
        ..Measured::default()
    };
    assert_eq!(measured, [expected]);
}

/// Half an answer would look like a metric at rest.
#[tokio::test]
async fn an_answer_without_data_is_a_passing_failure() {
    let rule = mock!(Client::get_metric_data).then_output(|| {
        let failed = MetricDataResult::builder()
            .id("medic_values")
            .status_code(StatusCode::InternalError);
        GetMetricDataOutput::builder()
            .metric_data_results(failed.build())
            .build()
    });
    let client = client(&[rule]);
    let error = cloudwatch(&client)
        .measure(&[(&checkout_errors(), span())])
        .await
        .unwrap_err();
    let expected = "couldn't measure AWS/ApplicationELB HTTPCode_Target_5XX_Count: CloudWatch answered InternalError for medic_values instead of all data";
    assert_eq!(
        (error.kind(), chain(&error).as_str()),
        (FailureKind::Transient, expected)
    );
}

/// What a call asks for: ids with metrics or expressions, and whether they are returned.
fn asked(request: &GetMetricDataInput) -> Vec<(String, String, bool)> {
    let asked = |query: &MetricDataQuery| {
        let metric = query
            .metric_stat()
            .and_then(|stat| stat.metric()?.metric_name());
        let what = query.expression().or(metric).unwrap_or_default();
        let is_returned = query.return_data().unwrap_or(true);
        (
            query.id().unwrap_or_default().to_owned(),
            what.to_owned(),
            is_returned,
        )
    };
    request.metric_data_queries().iter().map(asked).collect()
}

fn asks(request: &GetMetricDataInput, expected: &[(&str, &str, bool)]) -> bool {
    let expected = expected.iter();
    let expected = expected.map(|(id, what, is)| ((*id).to_owned(), (*what).to_owned(), *is));
    asked(request) == expected.collect::<Vec<_>>()
}

fn answered(results: Vec<MetricDataResult>) -> GetMetricDataOutput {
    GetMetricDataOutput::builder()
        .set_metric_data_results(Some(results))
        .build()
}

/// The expression is asked as it is, the requests beside it, and once more with zeros where there were requests and no value.
#[tokio::test]
async fn an_expression_is_asked_again_as_the_alarm_has_it() {
    let its = mock!(Client::get_metric_data)
        .match_requests(|request| {
            let expected = [
                ("e1", "100 * m1 / m2", true),
                ("m1", "HTTPCode_Target_5XX_Count", false),
                ("m2", "RequestCount", false),
                ("medic_requests", "RequestCount", true),
            ];
            asks(request, &expected) && request.start_time() == Some(&date(at("21:47:00")))
        })
        .then_output(|| {
            let rate = result("e1", "21:48:00", 50.0);
            let requests = |time| result("medic_requests", time, 30.0);
            answered(vec![rate, requests("21:48:00"), requests("21:49:00")])
        });
    let filled = mock!(Client::get_metric_data)
        .match_requests(|request| {
            let expected = [
                ("e1", "100 * m1 / m2", true),
                ("medic_m1", "HTTPCode_Target_5XX_Count", false),
                ("m1", "FILL(medic_m1, 0)", false),
                ("m2", "RequestCount", false),
            ];
            asks(request, &expected) && request.start_time() == Some(&date(at("21:17:00")))
        })
        .then_output(|| {
            let rate = |time, value| result("e1", time, value);
            answered(vec![rate("21:48:00", 50.0), rate("21:49:00", 0.0)])
        });
    let client = client(&[its, filled]);
    let measured = cloudwatch(&client)
        .measure(&[(&error_rate(), span())])
        .await
        .unwrap();
    let expected = Measured {
        values: [(at("21:48:00"), 50.0)].into(),
        filled: [(at("21:48:00"), 50.0), (at("21:49:00"), 0.0)].into(),
        requests: Some([(at("21:48:00"), 30.0), (at("21:49:00"), 30.0)].into()),
        ..Measured::default()
    };
    assert_eq!(measured, [expected]);
}

/// The upper edge comes first, and both have the id of the one query.
#[tokio::test]
async fn a_band_is_two_results_of_one_query() {
    let rule = mock!(Client::get_metric_data)
        .match_requests(|request| {
            let expected = [
                ("m1", "HTTPCode_Target_5XX_Count", true),
                ("ad1", "ANOMALY_DETECTION_BAND(m1, 2)", true),
                ("medic_requests", "RequestCount", true),
            ];
            asks(request, &expected)
        })
        .then_output(|| {
            answered(vec![
                result("m1", "21:48:00", 2.0),
                result("ad1", "21:48:00", 5.0),
                result("ad1", "21:48:00", -1.0),
                // Half a band is none.
                result("ad1", "21:49:00", 5.0),
                result("medic_requests", "21:48:00", 30.0),
            ])
        });
    let client = client(&[rule]);
    let above = unusual_errors(BandComparison::GreaterThanUpperThreshold);
    let measured = cloudwatch(&client)
        .measure(&[(&above, span())])
        .await
        .unwrap();
    let expected = Measured {
        values: [(at("21:48:00"), 2.0)].into(),
        bands: [(at("21:48:00"), Band::between(-1.0, 5.0))].into(),
        requests: Some([(at("21:48:00"), 30.0)].into()),
        ..Measured::default()
    };
    assert_eq!(measured, [expected]);
}

/// An expression over every metric of its call must not count ours.
#[tokio::test]
async fn an_expression_over_every_metric_is_asked_by_itself() {
    let mut rule = error_rate();
    if let Watched::Queries { queries, .. } = &mut rule.watched {
        queries[0].asked = crate::rule::Asked::Expression("SUM(METRICS())".to_owned());
    }
    let its = mock!(Client::get_metric_data)
        .match_requests(|request| asked(request).len() == 3)
        .then_output(|| answered(vec![result("e1", "21:48:00", 50.0)]));
    let ours = mock!(Client::get_metric_data)
        .match_requests(|request| asks(request, &[("medic_requests", "RequestCount", true)]))
        .then_output(|| answered(vec![result("medic_requests", "21:48:00", 30.0)]));
    let client = client(&[its, ours]);
    let measured = cloudwatch(&client)
        .measure(&[(&rule, span())])
        .await
        .unwrap();
    let expected = Measured {
        values: [(at("21:48:00"), 50.0)].into(),
        requests: Some([(at("21:48:00"), 30.0)].into()),
        ..Measured::default()
    };
    assert_eq!(measured, [expected]);
}

#[tokio::test]
async fn the_samples_of_a_percentile_are_asked_for_where_the_alarm_leaves_out_few() {
    let slow = Rule {
        ignores_low_samples: true,
        ..on("AWS/ApplicationELB", "TargetResponseTime", "p99")
    };
    let rule = mock!(Client::get_metric_data)
        .match_requests(|request| {
            let expected = [
                ("medic_values", "TargetResponseTime", true),
                ("medic_samples", "TargetResponseTime", true),
            ];
            asks(request, &expected)
        })
        .then_output(|| {
            let samples = result("medic_samples", "21:48:00", 900.0);
            answered(vec![result("medic_values", "21:48:00", 2.0), samples])
        });
    let client = client(&[rule]);
    let measured = cloudwatch(&client)
        .measure(&[(&slow, span())])
        .await
        .unwrap();
    let samples = [(at("21:48:00"), 900.0)].into();
    assert_eq!(measured[0].samples, Some(samples));
}

/// Children whose first period is not over yet cost no call.
#[tokio::test]
async fn several_rules_are_measured_in_their_order() {
    let rule = mock!(Client::get_metric_data)
        .then_output(|| answered(vec![result("medic_values", "21:48:00", 2.0)]));
    let client = client(&[rule]);
    let cpu = on("AWS/ECS", "CPUUtilization", "Average");
    let until = span().from;
    let early = Span { until, ..span() };
    let measured = cloudwatch(&client)
        .measure(&[(&cpu, early), (&cpu, span())])
        .await
        .unwrap();
    let values: Vec<usize> = measured
        .iter()
        .map(|measured| measured.values.len())
        .collect();
    assert_eq!(values, [0, 1]);
}

#[tokio::test]
async fn the_load_is_asked_for_in_one_call_and_only_where_something_counts_it() {
    let rule = mock!(Client::get_metric_data)
        .match_requests(|request| {
            asks(request, &[("medic_requests", "RequestCount", true)])
                && request.start_time() == Some(&date(at("21:25:00")))
                && request.end_time() == Some(&date(at("21:48:00")))
        })
        .then_output(|| {
            let minutes = (0..23).map(|n| at("21:25:00") + SignedDuration::from_mins(n));
            let times = minutes.map(date).collect();
            let values = [vec![120.0; 20], vec![276.0; 3]].concat();
            let requests = MetricDataResult::builder()
                .id("medic_requests")
                .set_timestamps(Some(times))
                .set_values(Some(values))
                .status_code(StatusCode::Complete);
            answered(vec![requests.build()])
        });
    let client = client(&[rule]);
    let cloudwatch = cloudwatch(&client);
    let load = |rule| cloudwatch.load(rule, at("21:47:01"), at("21:48:30"));
    let errors = checkout_errors();
    let errors = load(&errors).await.unwrap().unwrap();
    let told = "load rose 2.3 times: 120 -> 276 requests a minute";
    assert_eq!(errors.to_string(), told);
    let cpu = on("AWS/ECS", "CPUUtilization", "Average");
    assert_eq!(load(&cpu).await.unwrap(), None);
}
