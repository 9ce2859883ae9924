//! The parser as tables: one message in every wrapping, and everything that can be wrong with it.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const ARN: &str = "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:checkout-high-5xx-errors";
const REASON: &str = "Threshold Crossed: 2 out of the last 2 datapoints [12.0 (18/02/26 21:46:00), 15.0 (18/02/26 21:45:00)] were greater than the threshold (10.0) (minimum 2 datapoints for OK -> ALARM transition).";

/// The 5XX alarm of the checkout service, which fired at 21:47:01.
fn firing() -> Alarm {
    let dimensions = [
        ("LoadBalancer", "app/shop/50dc6c495c0c9188"),
        ("TargetGroup", "targetgroup/checkout/943f017f100becff"),
    ];
    let text = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    Alarm {
        name: "checkout-high-5xx-errors".to_owned(),
        arn: Some(ARN.parse().unwrap()),
        account: Some("111122223333".to_owned()),
        region: Some("eu-west-1".to_owned()),
        state: State::Alarm,
        old_state: Some(State::Ok),
        state_changed_at: Some(fired_at()),
        reason: REASON.to_owned(),
        description: "Targets of the checkout load balancer answer with 5XX".to_owned(),
        kind: Some(Kind::Metric),
        metric: Some(Metric {
            namespace: "AWS/ApplicationELB".to_owned(),
            name: "HTTPCode_Target_5XX_Count".to_owned(),
            dimensions: dimensions.map(text).into(),
            stat: Some("SUM".to_owned()),
        }),
        further_metrics: Vec::new(),
        threshold: Some(10.0),
        period_seconds: Some(60),
        composite: None,
        is_suppressed: false,
        is_unheard: false,
        contradicts_arn: false,
    }
}

/// When [`firing`] changed its state.
fn fired_at() -> Timestamp {
    "2026-02-18T21:47:01.123Z".parse().unwrap()
}

fn message() -> Value {
    json!({
        "AlarmName": "checkout-high-5xx-errors",
        "AlarmDescription": "Targets of the checkout load balancer answer with 5XX",
        "AWSAccountId": "111122223333",
        "NewStateValue": "ALARM",
        "NewStateReason": REASON,
        "StateChangeTime": "2026-02-18T21:47:01.123+0000",
        "Region": "EU (Ireland)",
        "AlarmArn": ARN,
        "OldStateValue": "OK",
        "Trigger": {
            "MetricName": "HTTPCode_Target_5XX_Count",
            "Namespace": "AWS/ApplicationELB",
            "StatisticType": "Statistic",
            "Statistic": "SUM",
            "Unit": null,
            "Dimensions": [
                {"value": "targetgroup/checkout/943f017f100becff", "name": "TargetGroup"},
                {"value": "app/shop/50dc6c495c0c9188", "name": "LoadBalancer"},
            ],
            "Period": 60,
            "EvaluationPeriods": 2,
            "ComparisonOperator": "GreaterThanThreshold",
            "Threshold": 10.0,
            "TreatMissingData": "- TreatMissingData:                    notBreaching",
        },
    })
}

/// What EventBridge events and direct invocations have in common.
fn detail() -> Value {
    json!({
        "alarmName": "checkout-high-5xx-errors",
        "state": {
            "value": "ALARM",
            "reason": REASON,
            "reasonData": json!({"version": "1.0", "period": 60, "threshold": 10.0, "recentDatapoints": [15.0, 12.0]}).to_string(),
            "timestamp": "2026-02-18T21:47:01.123+0000",
        },
        "previousState": {"value": "OK", "timestamp": "2026-02-18T20:00:00.000+0000"},
        "configuration": {
            "description": "Targets of the checkout load balancer answer with 5XX",
            "metrics": [{
                "id": "m1",
                "metricStat": {
                    "metric": {
                        "namespace": "AWS/ApplicationELB",
                        "name": "HTTPCode_Target_5XX_Count",
                        "dimensions": {
                            "LoadBalancer": "app/shop/50dc6c495c0c9188",
                            "TargetGroup": "targetgroup/checkout/943f017f100becff",
                        },
                    },
                    "period": 60,
                    "stat": "SUM",
                },
                "returnData": true,
            }],
        },
    })
}

fn event() -> Value {
    json!({
        "version": "0",
        "detail-type": "CloudWatch Alarm State Change",
        "source": "aws.cloudwatch",
        "account": "111122223333",
        "region": "eu-west-1",
        "resources": [ARN],
        "detail": detail(),
    })
}

fn http_body() -> Value {
    json!({"Type": "Notification", "MessageId": "m-1", "Message": message().to_string()})
}

fn lambda(record: &Value) -> Value {
    json!({"Records": [record]})
}

/// The only outcome of an event, in one line.
fn outcome(event: &Value) -> String {
    let received = read_event(event);
    assert_eq!(received.len(), 1, "{received:?}");
    line(&received[0].parsed)
}

fn line(parsed: &Parsed) -> String {
    match parsed {
        Parsed::Alarm(alarm) => format!("alarm {}", alarm.name),
        Parsed::Ignored(reason) => format!("ignored: {reason}"),
        Parsed::Rejected(rejection) => format!("rejected: {rejection}"),
    }
}

fn alarm_of(event: &Value) -> Alarm {
    match read_event(event).remove(0).parsed {
        Parsed::Alarm(alarm) => *alarm,
        other => panic!("not an alarm: {other:?}"),
    }
}

/// The alarm that a changed message is.
fn changed(change: impl FnOnce(&mut Value)) -> Alarm {
    let mut message = message();
    change(&mut message);
    alarm_of(&message)
}

#[test]
fn one_state_change_is_the_same_alarm_in_every_wrapping() {
    let wrapped = [
        ("raw", message()),
        ("SNS over HTTP", http_body()),
        (
            "SNS to Lambda",
            lambda(&json!({"EventSource": "aws:sns", "Sns": http_body()})),
        ),
        (
            "SNS in SQS",
            lambda(
                &json!({"eventSource": "aws:sqs", "messageId": "q-1", "body": http_body().to_string()}),
            ),
        ),
        (
            "raw delivery in SQS",
            lambda(&json!({"eventSource": "aws:sqs", "body": message().to_string()})),
        ),
        ("EventBridge", event()),
        (
            "EventBridge in SQS",
            lambda(&json!({"eventSource": "aws:sqs", "body": event().to_string()})),
        ),
        (
            "EventBridge in SNS",
            lambda(&json!({"Sns": {"Message": event().to_string()}})),
        ),
        (
            "direct invocation",
            json!({"source": "aws.cloudwatch", "alarmArn": ARN, "accountId": "111122223333", "region": "eu-west-1", "alarmData": detail()}),
        ),
    ];
    for (wrapping, event) in wrapped {
        assert_eq!(alarm_of(&event), firing(), "{wrapping}");
    }
}

#[test]
fn every_record_of_an_event_is_read_with_its_id() {
    let sns = |id: &str, message: &str| json!({"Sns": {"MessageId": id, "Message": message}});
    let event =
        json!({"Records": [sns("1", &message().to_string()), sns("2", "hello"), {"s3": {}}, null]});
    let outcomes: Vec<_> = read_event(&event)
        .iter()
        .map(|received| (received.message_id.clone(), line(&received.parsed)))
        .collect();
    let expected = [
        ("1", "alarm checkout-high-5xx-errors"),
        ("2", "ignored: the message is plain text, not an alarm"),
        ("", "ignored: the record is neither from SNS nor from SQS"),
        ("", "ignored: the record is neither from SNS nor from SQS"),
    ];
    assert_eq!(
        outcomes,
        expected.map(|(id, line)| (id.to_owned(), line.to_owned()))
    );
}

#[test]
fn a_list_is_read_item_by_item() {
    let lines: Vec<_> = read_event(&json!([message(), {}, 7]))
        .iter()
        .map(|received| line(&received.parsed))
        .collect();
    let expected = [
        "alarm checkout-high-5xx-errors",
        "ignored: JSON, but not an alarm",
        "rejected: the document is not a JSON object",
    ];
    assert_eq!(lines, expected);
    assert_eq!(outcome(&json!([])), "ignored: the event has no records");
}

#[test]
fn a_line_break_that_its_sender_did_not_escape_is_forgiven() {
    let raw = message().to_string().replace("Targets of", "Targets\nof");
    assert_eq!(
        line(&read_bytes(raw.as_bytes())[0].parsed),
        "alarm checkout-high-5xx-errors"
    );
}

#[test]
fn what_is_not_a_state_change_is_ignored() {
    let check =
        |event: Value, reason: &str| assert_eq!(outcome(&event), format!("ignored: {reason}"));
    check(json!({}), "JSON, but not an alarm");
    check(json!({"Records": []}), "the event has no records");
    check(
        json!({"Type": "SubscriptionConfirmation", "Message": "x"}),
        "the message is about a subscription",
    );
    check(
        json!({"detail-type": "ECS Task State Change", "source": "aws.ecs", "detail": {}}),
        "an event of another kind, not an alarm's",
    );
    let mut configured = event();
    configured["detail-type"] = json!("CloudWatch Alarm Configuration Change");
    check(
        configured,
        "an alarm's configuration changed, not its state",
    );
}

#[test]
fn what_cannot_be_used_is_rejected_with_the_reason() {
    let check =
        |event: Value, reason: &str| assert_eq!(outcome(&event), format!("rejected: {reason}"));
    let without = |field: &str| {
        let mut message = message();
        message.as_object_mut().unwrap().remove(field);
        message
    };
    let with = |field: &str, value: Value| {
        let mut message = message();
        message[field] = value;
        message
    };
    let bad_name = "the alarm's name is missing, empty or longer than 255 characters";
    check(json!("ALARM"), "the document is not a JSON object");
    check(json!(null), "the document is not a JSON object");
    check(with("AlarmName", json!("")), bad_name);
    check(with("AlarmName", json!(["x"])), bad_name);
    check(with("AlarmName", json!("é".repeat(256))), bad_name);
    check(without("NewStateValue"), "the alarm's state is missing");
    check(
        with("NewStateValue", json!("ON FIRE")),
        "the alarm's state is none of OK, ALARM, INSUFFICIENT_DATA",
    );
    check(
        json!({"Sns": {}, "Message": null}),
        "the document is not a JSON object",
    );
    check(
        lambda(&json!({"Sns": {}})),
        "the notification has no message",
    );
    let mut foreign = event();
    foreign["source"] = json!("my.app");
    check(foreign, "the event's source is not aws.cloudwatch");
    let wrap = |inner: Value| json!({"Type": "Notification", "Message": inner.to_string()});
    check(
        wrap(wrap(wrap(wrap(wrap(message()))))),
        "the document is wrapped too often",
    );
    check(
        lambda(&json!({"Sns": {"Message": "{\"AlarmName\": \"check"}})),
        "the message is not JSON: EOF while parsing a string at line 1 column 20",
    );
}

#[test]
fn a_file_may_begin_with_a_byte_order_mark_and_be_no_utf_8_but_not_be_endless() {
    let check =
        |bytes: &[u8], expected: &str| assert_eq!(line(&read_bytes(bytes)[0].parsed), expected);
    check(
        format!("\u{feff}{}", message()).as_bytes(),
        "alarm checkout-high-5xx-errors",
    );
    check(
        b"\xff\xfe{",
        "rejected: the message is not JSON: expected value at line 1 column 1",
    );
    check(
        &vec![b' '; 1_048_577],
        "rejected: the document has 1048577 bytes, more than can have been sent",
    );
    let deep = "[".repeat(200_000);
    check(
        deep.as_bytes(),
        "rejected: the message is not JSON: recursion limit exceeded at line 1 column 128",
    );
}

#[test]
fn account_and_region_are_taken_from_where_they_can_be_trusted() {
    let found = |change: fn(&mut Value)| {
        let alarm = changed(change);
        (alarm.account, alarm.region)
    };
    let here = (
        Some("111122223333".to_owned()),
        Some("eu-west-1".to_owned()),
    );
    assert_eq!(found(|m| m["AlarmArn"] = json!(null)), here.clone());
    assert_eq!(found(|m| m["Region"] = json!("REGION")), here.clone());
    assert_eq!(
        found(|m| m["AWSAccountId"] = json!(111_122_223_333_u64)),
        here.clone()
    );
    assert_eq!(
        found(|m| {
            m.as_object_mut().unwrap().remove("AWSAccountId");
        }),
        here
    );
    // Said, but not in twelve digits: a placeholder, and the ARN's may be one too.
    assert_eq!(found(|m| m["AWSAccountId"] = json!("EXAMPLE")).0, None);
}

#[test]
fn a_message_that_its_arn_contradicts_is_marked() {
    let contradicts = |change: fn(&mut Value)| changed(change).contradicts_arn;
    assert!(!contradicts(|_| ()));
    assert!(!contradicts(|m| m["Region"] = json!("somewhere")));
    assert!(!contradicts(|m| m["AlarmArn"] = json!(null)));
    assert!(contradicts(|m| m["Region"] = json!("US East (Ohio)")));
    assert!(contradicts(|m| m["AWSAccountId"] = json!("444455556666")));
    assert!(contradicts(|m| m["AlarmArn"] = json!("garbage")));
}

#[test]
fn suppression_is_not_missed_whatever_its_form() {
    let is_suppressed = |by: Value| changed(|m| m["ActionsSuppressedBy"] = by).is_suppressed;
    assert!(is_suppressed(json!("WaitPeriod")));
    assert!(is_suppressed(json!(true)));
    assert!(is_suppressed(json!([ARN])));
    assert!(!is_suppressed(json!(null)));
}

#[test]
fn every_metric_of_an_expression_is_read() {
    let stat = |namespace: &str| json!({"Id": "m", "MetricStat": {"Metric": {"Namespace": namespace, "MetricName": "M"}, "Period": 60.0}});
    let alarm = changed(|m| {
        m["Trigger"] = json!({"Metrics": [stat("A"), stat("B"), {"Expression": "m+m"}]});
    });
    let namespaces: Vec<_> = alarm
        .metrics()
        .map(|metric| metric.namespace.as_str())
        .collect();
    assert_eq!(
        (namespaces, alarm.period_seconds),
        (vec!["A", "B"], Some(60))
    );
}

#[test]
fn a_message_cannot_become_thousands_of_records() {
    let event = json!(vec![json!({}); 5_000]);
    let received = read_event(&event);
    let last = received.last().map(|received| line(&received.parsed));
    let expected = "rejected: the event has more than 100 records; the rest was not read";
    assert_eq!((received.len(), last.as_deref()), (101, Some(expected)));
    let nested = json!({"Message": vec![1; 5_000]});
    assert_eq!(
        outcome(&nested),
        "rejected: the document is not a JSON object"
    );
}

#[test]
fn the_topic_says_the_region_where_nothing_else_does() {
    let mut message = message();
    message["AlarmArn"] = json!(null);
    message["Region"] = json!(null);
    let topic = "arn:aws:sns:eu-south-1:111122223333:alerts";
    let event = json!({"Type": "Notification", "TopicArn": topic, "Message": message.to_string()});
    assert_eq!(alarm_of(&event).region.as_deref(), Some("eu-south-1"));
}

#[test]
fn the_time_may_be_written_in_three_ways_and_otherwise_is_not_known() {
    let time = |value: Value| changed(|m| m["StateChangeTime"] = value).state_changed_at;
    assert_eq!(time(json!("2026-02-18T21:47:01.123Z")), Some(fired_at()));
    assert_eq!(
        time(json!("2026-02-18T22:47:01.123+0100")),
        Some(fired_at())
    );
    assert_eq!(time(json!(1_771_451_221_123_u64)), Some(fired_at()));
    assert_eq!(time(json!("2026-02-18T21: 47: 01")), None);
    assert_eq!(time(json!(1e300)), None);
}

#[test]
fn the_kind_is_told_by_what_the_alarm_watches() {
    let kind = |trigger: Value| changed(|m| m["Trigger"] = trigger).kind;
    let stat = json!({"Id": "m1", "MetricStat": {"Metric": {"Namespace": "N", "MetricName": "M", "Dimensions": []}, "Stat": "p99", "Period": 60}});
    let band = json!({"Id": "ad1", "Expression": "ANOMALY_DETECTION_BAND(m1, 2)"});
    assert_eq!(kind(json!({"Metrics": [stat]})), Some(Kind::Metric));
    assert_eq!(
        kind(json!({"Metrics": [stat, {"Id": "e1", "Expression": "m1 * 100"}]})),
        Some(Kind::Math)
    );
    assert_eq!(
        kind(json!({"Metrics": [stat, band], "Threshold": 3})),
        Some(Kind::Anomaly)
    );
    assert_eq!(
        kind(json!({"ScheduledQueryConfiguration": {"QueryString": "stats count(*)"}})),
        Some(Kind::Log)
    );
    assert_eq!(kind(json!({})), None);
}

#[test]
fn a_composite_alarm_has_a_rule_and_children() {
    let composite = changed(|m| {
        m.as_object_mut().unwrap().remove("Trigger");
        m["AlarmRule"] = json!("ALARM(a) OR ALARM(b)");
        m["TriggeringChildren"] = json!([{"Arn": ARN, "State": {"Value": "ALARM"}}, {"Arn": ARN, "State": {"Value": "OK"}}, null]);
    });
    let found = (composite.kind, composite.composite, composite.metric);
    assert_eq!(
        found,
        (
            Some(Kind::Composite),
            Some(Composite {
                triggering_children: 1
            }),
            None
        )
    );
}

#[test]
fn a_reason_longer_than_cloudwatch_writes_is_cut() {
    let alarm = changed(|m| m["NewStateReason"] = json!("é".repeat(200_000)));
    assert_eq!(alarm.reason, "é".repeat(1_024));
}

#[test]
fn two_deliveries_of_a_state_change_are_the_same_incident_and_two_state_changes_are_not() {
    let mut later = firing();
    later.state_changed_at = Some(fired_at() + jiff::SignedDuration::from_millis(1));
    assert_eq!(alarm_of(&event()).incident(), firing().incident());
    assert_ne!(firing().incident(), later.incident());
}

/// JSON of any shape whose keys are those that the parser looks for.
fn any_json() -> impl Strategy<Value = Value> {
    let key = prop::sample::select(vec![
        "Records",
        "Sns",
        "Message",
        "body",
        "Type",
        "AlarmName",
        "NewStateValue",
        "OldStateValue",
        "StateChangeTime",
        "Trigger",
        "Metrics",
        "Dimensions",
        "detail-type",
        "source",
        "detail",
        "alarmData",
        "state",
        "value",
        "AlarmArn",
    ]);
    let text = prop::sample::select(vec![
        "ALARM",
        "OK",
        "{}",
        "aws.cloudwatch",
        "CloudWatch Alarm State Change",
        ARN,
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        text.prop_map(Value::from),
        ".*".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(key.clone().prop_map(str::to_owned), inner, 0..8)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
        prop_assert!(!read_bytes(&bytes).is_empty());
    }

    #[test]
    fn no_json_panics(json in any_json()) {
        prop_assert!(!read_event(&json).is_empty());
    }
}
