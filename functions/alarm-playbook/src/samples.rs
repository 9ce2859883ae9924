//! The alarm that most tests are about, and what could be sent in its place.

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};
use shared::alarm::{Alarm, Parsed, read_event};

const ARN: &str = "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:checkout-high-5xx-errors";
const REASON: &str = "Threshold Crossed: 2 out of the last 2 datapoints [12.0 (18/02/26 21:46:00), 15.0 (18/02/26 21:45:00)] were greater than the threshold (10.0) (minimum 2 datapoints for OK -> ALARM transition).";

/// The 5XX alarm of the checkout service, which fired at 21:47:01.
pub(crate) fn firing() -> Alarm {
    let received = read_event(&message()).into_iter().next();
    match received.map(|received| received.parsed) {
        Some(Parsed::Alarm(alarm)) => *alarm,
        other => panic!("{other:?}"),
    }
}

/// When [`firing`] changed its state.
pub(crate) fn fired_at() -> Timestamp {
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

/// The sample message with some of its fields replaced by anything.
pub(crate) fn any_message() -> impl Strategy<Value = Value> {
    let fields: Vec<String> = message()
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, _)| name.clone())
        .collect();
    let others = [
        "AlarmRule",
        "TriggeringChildren",
        "ActionsSuppressedBy",
        "Type",
        "Message",
        "Records",
        "detail-type",
        "alarmData",
    ];
    let field = prop::sample::select([fields, others.map(str::to_owned).to_vec()].concat());
    prop::collection::vec((field, any_json()), 0..4).prop_map(|changes| {
        let mut message = message();
        for (field, value) in changes {
            message[field] = value;
        }
        message
    })
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
