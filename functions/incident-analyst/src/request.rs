//! What an event asks for: to analyse what an alarm tells of, or to analyse an incident again. Pure.

use serde_json::Value;
use shared::alarm::{Alarm, IncidentId, Parsed, read_event};

/// What one record of an event asks for.
#[derive(Debug)]
pub enum Request {
    /// An alarm changed its state.
    Changed(Box<Alarm>),
    /// A person wants an incident analysed again.
    Again(IncidentId),
    /// Nothing of ours.
    Ignored(&'static str),
    /// Not usable, and why.
    Rejected(String),
}

/// How many messages of an event SNS brought, usable or not.
pub fn heard_by_sns(event: &Value) -> usize {
    let records = event.get("Records").and_then(Value::as_array);
    let records = records.into_iter().flatten();
    records.filter(|record| record.get("Sns").is_some()).count()
}

/// Reads an event: by EventBridge, SNS, SQS, the alarm itself, or a person's `{"incident": "<20 hexadecimal digits>"}`.
pub fn read(event: &Value) -> Vec<Request> {
    if let Some(again) = event.get("incident") {
        let id = again.as_str().and_then(IncidentId::parse);
        return vec![id.map_or_else(
            || {
                Request::Rejected(
                    "`incident` is not an incident's id, 20 hexadecimal digits".into(),
                )
            },
            Request::Again,
        )];
    }
    let received = read_event(event).into_iter();
    let request = |parsed| match parsed {
        Parsed::Alarm(alarm) => Request::Changed(alarm),
        Parsed::Ignored(reason) => Request::Ignored(reason),
        Parsed::Rejected(rejection) => Request::Rejected(rejection.to_string()),
    };
    received.map(|one| request(one.parsed)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(event: &Value, expected: &str) {
        let words = |request: &Request| match request {
            Request::Changed(alarm) => format!("{} {}", alarm.name, alarm.state.as_str()),
            Request::Again(id) => format!("again {id}"),
            Request::Ignored(_) => "ignored".to_owned(),
            Request::Rejected(_) => "rejected".to_owned(),
        };
        let read: Vec<String> = read(event).iter().map(words).collect();
        assert_eq!(read.join(", "), expected, "{event}");
    }

    #[test]
    fn an_event_asks_for_an_alarm_or_for_an_incident_again() {
        let change = json!({"alarmName": "checkout-5xx", "state": {"value": "ALARM", "timestamp": "2026-02-18T21:47:01.123+0000"}});
        let event = json!({"source": "aws.cloudwatch", "detail-type": "CloudWatch Alarm State Change", "detail": change});
        check(&event, "checkout-5xx ALARM");
        check(&json!({"alarmData": change}), "checkout-5xx ALARM");
        let message = json!({"AlarmName": "a", "NewStateValue": "OK"}).to_string();
        let sns =
            json!({"Records": [{"Sns": {"Message": message}}, {"Sns": {"Message": "hello"}}]});
        check(&sns, "a OK, ignored");
        check(
            &json!({"incident": "0123456789abcdef0123"}),
            "again 0123456789abcdef0123",
        );
    }

    #[test]
    fn what_sns_brought_is_counted_whatever_it_is() {
        let sns = json!({"Records": [{"Sns": {"Message": "hello"}}, {"Sns": 7}, {"body": "{}"}]});
        let counts = [sns, json!({"Records": {"Sns": 1}}), json!({"Sns": {}})];
        assert_eq!(counts.map(|event| heard_by_sns(&event)), [2, 0, 0]);
    }

    #[test]
    fn what_is_no_incidents_id_is_rejected_whatever_it_is() {
        for id in [
            json!("0123456789ABCDEF0123"),
            json!("../../targets/0123456789ab"),
            json!(7),
            json!(null),
            json!({"incident": "0123456789abcdef0123"}),
        ] {
            check(&json!({"incident": id}), "rejected");
        }
        check(&json!({}), "ignored");
        check(&json!("incident"), "rejected");
    }
}
