//! The events of alarms with hostile text in them.

use serde_json::{Map, Value, json};

use super::Delivery;
use crate::adversarial::case::Surface;
use crate::adversarial::rules::CONTAINER;
use crate::deliveries::{event, firing, message_as};

/// The alarms of the three playbooks, each with the namespace and the dimensions of its metric.
const ALARMS: [&str; 3] = ["checkout-high-5xx-errors", "checkout-high-load", "worker-1"];

/// What is delivered for an input at a surface.
pub(super) fn deliveries(surface: Surface, input: &str) -> Vec<Delivery> {
    let alarm = |change: &dyn Fn(&mut Value)| {
        let of = |name: &&str| {
            let mut message = message(name);
            change(&mut message);
            one(event(&message.to_string()))
        };
        ALARMS.iter().map(of).collect::<Vec<_>>()
    };
    let dimension = |name: &str, value: &str| alarm(&|message| set_dimension(message, name, value));
    match surface {
        Surface::AlarmDescription => alarm(&|message| message["AlarmDescription"] = input.into()),
        Surface::AlarmReason => alarm(&|message| message["NewStateReason"] = input.into()),
        // The log of what broke is hostile, and the alarm as it always is.
        Surface::IncidentLogEvent => alarm(&|_| ()),
        Surface::AlarmName => {
            [alarm(&|message| rename(message, input)), everywhere(input)].concat()
        }
        Surface::AlarmDimension => {
            let (name, value) = input.split_once('=').unwrap_or(("InstanceId", input));
            [dimension(name.trim(), value), dimension(input, "x")].concat()
        }
        Surface::ContainerName => {
            let names = ["ContainerName", "InstanceId", "ServiceName", "Container"];
            names
                .iter()
                .flat_map(|name| dimension(name, input))
                .collect()
        }
        Surface::LogGroupName => [dimension("LogGroupName", input), everywhere(input)].concat(),
        Surface::EmailHtml | Surface::EmailSubject => {
            let of = |text: &str| {
                [
                    everywhere(text),
                    alarm(&|message| rename(message, &format!("{text}-high-5xx-errors"))),
                ]
                .concat()
            };
            texts_in(input).iter().flat_map(|text| of(text)).collect()
        }
        Surface::SnsEvent => sns(input),
        other => unreachable!("{other:?} is no surface of alarms"),
    }
}

fn one(event: Value) -> Delivery {
    Delivery {
        events: vec![event],
        has_incident: false,
    }
}

impl Clone for Delivery {
    fn clone(&self) -> Self {
        Self {
            events: self.events.clone(),
            has_incident: self.has_incident,
        }
    }
}

/// The message of an alarm of the world.
fn message(name: &str) -> Value {
    let mut message: Value =
        serde_json::from_str(&message_as(name, "2026-02-18T21:47:01.123+0000")).unwrap();
    match name {
        "worker-1" => set_dimension(&mut message, "InstanceId", CONTAINER.0),
        "checkout-high-load" => set_dimension(&mut message, "ServiceName", "checkout"),
        _ => {}
    }
    message
}

fn set_dimension(message: &mut Value, name: &str, value: &str) {
    let dimensions = message["Trigger"]["Dimensions"].as_array_mut().unwrap();
    dimensions.retain(|dimension| dimension["name"] != name);
    dimensions.push(json!({"name": name, "value": value}));
}

fn rename(message: &mut Value, name: &str) {
    message["AlarmName"] = name.into();
    message["AlarmArn"] = format!("arn:aws:cloudwatch:eu-west-1:111122223333:alarm:{name}").into();
    message["Trigger"]["Namespace"] = "Shop".into();
}

/// The text in every place of an alarm that people read, its name last: with that, no playbook may be for it.
fn everywhere(text: &str) -> Vec<Delivery> {
    let mut all = message(ALARMS[0]);
    all["AlarmDescription"] = text.into();
    all["NewStateReason"] = text.into();
    all["Trigger"]["MetricName"] = text.into();
    let mut named = all.clone();
    rename(&mut named, text);
    vec![one(event(&all.to_string())), one(event(&named.to_string()))]
}

/// The input, and each text in it if it is JSON.
fn texts_in(input: &str) -> Vec<String> {
    let mut texts = vec![input.to_owned()];
    if let Ok(json) = serde_json::from_str::<Value>(input) {
        crate::adversarial::recorded::each_text(&json, "", &mut |name, text| {
            if name != "a name" {
                texts.push(text.to_owned());
            }
        });
    }
    texts
}

/// An SNS record with the fields of the input: as it is, and completed to the message of an alarm of the world.
fn sns(input: &str) -> Vec<Delivery> {
    let Ok(Value::Object(fields)) = serde_json::from_str::<Value>(input) else {
        return vec![one(event(input)), one(Value::String(input.to_owned()))];
    };
    if fields.contains_key("Records") {
        return vec![one(Value::Object(fields))];
    }
    let mut found = vec![
        one(with_fields(&fields)),
        one(Value::Object(fields.clone())),
    ];
    let inner = fields.get("Message").and_then(|inner| match inner {
        Value::String(text) => serde_json::from_str::<Map<String, Value>>(text).ok(),
        Value::Object(inner) => Some(inner.clone()),
        _ => None,
    });
    let Some(inner) = inner else {
        return found;
    };
    for name in ALARMS {
        let mut message = message(name);
        message.as_object_mut().unwrap().extend(inner.clone());
        let partial = event(&message.to_string());
        // The same, with an ARN that agrees with what the message says.
        let [account, region, alarm] = ["AWSAccountId", "Region", "AlarmName"]
            .map(|field| message[field].as_str().unwrap_or_default().to_owned());
        let region = if region.contains(' ') {
            "eu-west-1".to_owned()
        } else {
            region
        };
        message["AlarmArn"] = format!("arn:aws:cloudwatch:{region}:{account}:alarm:{alarm}").into();
        let whole = event(&message.to_string());
        found.extend([one(partial), one(whole)]);
    }
    if inner
        .get("NewStateValue")
        .is_some_and(|state| state == "OK")
    {
        let mut message = message(ALARMS[0]);
        message["OldStateValue"] = "ALARM".into();
        message["StateChangeTime"] = "2026-02-18T21:51:31.123+0000".into();
        message.as_object_mut().unwrap().extend(inner);
        let events = vec![firing(), event(&message.to_string())];
        found.push(Delivery {
            events,
            has_incident: true,
        });
    }
    found
}

fn with_fields(fields: &Map<String, Value>) -> Value {
    let mut event = firing();
    let record = event["Records"][0]["Sns"].as_object_mut().unwrap();
    if !fields.contains_key("Message") {
        record.remove("Message");
    }
    record.extend(fields.clone());
    event
}
