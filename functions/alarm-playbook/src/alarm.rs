//! The alarm that CloudWatch published, read without trusting a word of it.

mod arn;

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use self::arn::AlarmArn;
use crate::target::short_hash;

/// SNS carries at most 256 KiB (developer guide, "Amazon SNS message size").
const MOST_BYTES: usize = 256 * 1_024;

/// CloudWatch allows names of 255 characters (API reference, `PutMetricAlarm`).
const MOST_NAME_CHARACTERS: usize = 255;

/// A state of an alarm.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum State {
    /// The metric is within its threshold.
    Ok,
    /// The metric is outside its threshold.
    Alarm,
    /// There is too little data to say.
    InsufficientData,
}

/// One state change of one alarm.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Alarm {
    /// The alarm's name; outside text, only ever matched and quoted.
    pub name: String,
    /// The alarm's ARN; old or hand-made messages have none.
    pub arn: Option<AlarmArn>,
    /// The state it is in now.
    pub state: State,
    /// The state it was in before, where the message says so.
    pub old_state: Option<State>,
    /// When it changed its state.
    pub state_changed_at: Timestamp,
    /// Why, in CloudWatch's words or those of whoever set the state; outside text.
    pub reason: String,
    /// The metric it watches, unless it is a composite or computed one.
    pub metric: Option<Metric>,
}

/// A metric by namespace and name.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "PascalCase")]
pub struct Metric {
    /// Such as `AWS/ApplicationELB`.
    pub namespace: String,
    /// Such as `HTTPCode_Target_5XX_Count`.
    #[serde(rename = "MetricName")]
    pub name: String,
}

/// What a message turned out to be.
#[derive(Debug)]
pub enum Parsed {
    /// A state change of an alarm.
    Alarm(Alarm),
    /// Valid, but not an alarm.
    Ignored(&'static str),
    /// Not usable.
    Rejected(Rejection),
}

/// Why a message is not usable.
#[derive(Debug, Error)]
pub enum Rejection {
    /// More than SNS can carry.
    #[error("the message has {0} bytes, more than SNS carries")]
    TooLarge(usize),
    /// Not JSON at all, or cut off.
    #[error("the message is not JSON: {0}")]
    NotJson(serde_json::Error),
    /// JSON that calls itself an alarm but lacks what one must have.
    #[error("the alarm cannot be read: {0}")]
    Unreadable(serde_json::Error),
    /// A name that CloudWatch would not accept.
    #[error("the alarm's name is empty or longer than {MOST_NAME_CHARACTERS} characters")]
    BadName,
    /// The time of the state change is not a time.
    #[error("the alarm's StateChangeTime is not a time")]
    BadTime,
}

/// The incident that a state change opens: the same for every function that hears of it, and for every delivery.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct IncidentId(String);

impl fmt::Display for IncidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Alarm {
    /// The incident that this state change opens: alarm ARN (the bare name for want of one) and time.
    pub fn incident(&self) -> IncidentId {
        let arn = self.arn.as_ref().map(AlarmArn::to_string);
        let identity = arn.as_ref().unwrap_or(&self.name);
        let identity = format!("{identity}\n{}", self.state_changed_at.as_millisecond());
        IncidentId(short_hash(&identity, 10))
    }
}

/// Reads the message of a notification.
pub fn parse(message: &str) -> Parsed {
    if message.len() > MOST_BYTES {
        return Parsed::Rejected(Rejection::TooLarge(message.len()));
    }
    let json: serde_json::Value = match serde_json::from_str(message) {
        Ok(json) => json,
        Err(error) => return Parsed::Rejected(Rejection::NotJson(error)),
    };
    if json.get("AlarmName").is_none() {
        return Parsed::Ignored("the message is JSON but has no AlarmName, so it is not an alarm");
    }
    match serde_json::from_value(json) {
        Ok(published) => read(published).map_or_else(Parsed::Rejected, Parsed::Alarm),
        Err(error) => Parsed::Rejected(Rejection::Unreadable(error)),
    }
}

/// The fields that are used, as CloudWatch publishes them.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Published {
    alarm_name: String,
    alarm_arn: Option<String>,
    new_state_value: State,
    old_state_value: Option<State>,
    #[serde(default)]
    new_state_reason: String,
    state_change_time: String,
    trigger: Option<serde_json::Value>,
}

fn read(published: Published) -> Result<Alarm, Rejection> {
    let name = published.alarm_name;
    if name.is_empty() || name.chars().count() > MOST_NAME_CHARACTERS {
        return Err(Rejection::BadName);
    }
    let state_changed_at = published.state_change_time.parse();
    Ok(Alarm {
        name,
        arn: published.alarm_arn.and_then(|arn| arn.parse().ok()),
        state: published.new_state_value,
        old_state: published.old_state_value,
        state_changed_at: state_changed_at.map_err(|_| Rejection::BadTime)?,
        reason: published.new_state_reason,
        metric: published
            .trigger
            .and_then(|trigger| serde_json::from_value(trigger).ok()),
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const ARN: &str = "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:checkout-high-5xx-errors";

    /// The 5XX alarm of the checkout service, one minute after it fired at 21:47:01.
    pub(crate) fn firing() -> Alarm {
        Alarm {
            name: "checkout-high-5xx-errors".to_owned(),
            arn: Some(ARN.parse().unwrap()),
            state: State::Alarm,
            old_state: Some(State::Ok),
            state_changed_at: "2026-02-18T21:47:01.123Z".parse().unwrap(),
            reason: "Threshold Crossed".to_owned(),
            metric: Some(Metric {
                namespace: "AWS/ApplicationELB".to_owned(),
                name: "HTTPCode_Target_5XX_Count".to_owned(),
            }),
        }
    }

    fn message() -> serde_json::Value {
        json!({
            "AlarmName": "checkout-high-5xx-errors",
            "AlarmArn": ARN,
            "AlarmDescription": null,
            "AWSAccountId": "111122223333",
            "NewStateValue": "ALARM",
            "NewStateReason": "Threshold Crossed",
            "OldStateValue": "OK",
            "StateChangeTime": "2026-02-18T21:47:01.123+0000",
            "Region": "EU (Ireland)",
            "Trigger": {"Namespace": "AWS/ApplicationELB", "MetricName": "HTTPCode_Target_5XX_Count", "Period": 60},
        })
    }

    fn check(message: &serde_json::Value, expected: &str) {
        let parsed = match parse(&message.to_string()) {
            Parsed::Alarm(alarm) => format!("alarm {}", alarm.name),
            Parsed::Ignored(reason) => format!("ignored: {reason}"),
            Parsed::Rejected(rejection) => format!("rejected: {rejection}"),
        };
        assert_eq!(parsed, expected);
    }

    fn with(field: &str, value: serde_json::Value) -> serde_json::Value {
        let mut message = message();
        message[field] = value;
        message
    }

    #[test]
    fn an_alarm_is_read_as_cloudwatch_publishes_it() {
        let Parsed::Alarm(alarm) = parse(&message().to_string()) else {
            panic!("not read as an alarm");
        };
        assert_eq!(alarm, firing());
    }

    #[test]
    fn what_is_not_an_alarm_is_told_apart_from_a_broken_one() {
        check(
            &json!({"detail-type": "ECS Task State Change"}),
            "ignored: the message is JSON but has no AlarmName, so it is not an alarm",
        );
        check(
            &json!("ALARM"),
            "ignored: the message is JSON but has no AlarmName, so it is not an alarm",
        );
        check(
            &with("NewStateValue", json!("ON FIRE")),
            "rejected: the alarm cannot be read: unknown variant `ON FIRE`, expected one of `OK`, `ALARM`, `INSUFFICIENT_DATA`",
        );
        check(
            &with("StateChangeTime", json!("yesterday")),
            "rejected: the alarm's StateChangeTime is not a time",
        );
        check(
            &with("AlarmName", json!("a".repeat(256))),
            "rejected: the alarm's name is empty or longer than 255 characters",
        );
    }

    #[test]
    fn a_message_that_is_cut_off_or_oversized_is_rejected() {
        assert!(matches!(
            parse("{\"AlarmName\": \"check"),
            Parsed::Rejected(Rejection::NotJson(_))
        ));
        let oversized = " ".repeat(MOST_BYTES + 1);
        assert!(matches!(
            parse(&oversized),
            Parsed::Rejected(Rejection::TooLarge(262_145))
        ));
    }

    #[test]
    fn two_deliveries_of_a_state_change_are_the_same_incident_and_two_state_changes_are_not() {
        let mut later = firing();
        later.state_changed_at += jiff::SignedDuration::from_millis(1);
        assert_eq!(firing().incident(), firing().incident());
        assert_ne!(firing().incident(), later.incident());
    }

    proptest! {
        #[test]
        fn no_message_panics(message in "\\PC*|\\{\"AlarmName\":.*\\}") {
            let _ = parse(&message);
        }
    }
}
