//! What an alarm may be wrapped in: SNS to Lambda, SNS over HTTP, SQS around either, EventBridge, a direct
//! invocation by the alarm, a list of any of these, or nothing at all.

use serde_json::Value;

use super::json::{items, text};
use super::{Parsed, Received, Rejection, event, published};

/// SQS and asynchronous invocations carry at most 1 MiB, SNS and EventBridge less (SQS developer guide, "Quotas";
/// Lambda developer guide, "Lambda quotas"): what is larger came from elsewhere.
const MOST_BYTES: usize = 1_024 * 1_024;

/// SQS puts at most 10,000 records into an event and SNS one; no alarms come in such numbers.
const MOST_RECORDS: usize = 100;

/// EventBridge in SNS in SQS is as deep as people nest them.
const DEEPEST: usize = 4;

/// Reads a document that may be anything, such as a file.
pub fn read_bytes(bytes: &[u8]) -> Vec<Received> {
    if bytes.len() > MOST_BYTES {
        return vec![Received::of(Rejection::TooLarge(bytes.len()).into())];
    }
    let text = String::from_utf8_lossy(bytes);
    match json(text.trim_start_matches('\u{feff}')) {
        Ok(event) => read_event(&event),
        Err(error) => vec![Received::of(Rejection::NotJson(error).into())],
    }
}

/// Reads an event as Lambda delivers it: an outcome for each of its records, at least one, and not more than a hundred.
pub fn read_event(event: &Value) -> Vec<Received> {
    let mut received = unwrap(event, &Wrapping::default());
    if received.len() > MOST_RECORDS {
        received.truncate(MOST_RECORDS);
        received.push(Received::of(Rejection::TooMany(MOST_RECORDS).into()));
    }
    if received.is_empty() {
        return vec![Received::of(Parsed::Ignored("the event has no records"))];
    }
    received
}

/// Whether an event is the schedule's (EventBridge user guide, "Scheduled events"): there is nothing in it but that.
pub fn is_tick(event: &Value) -> bool {
    let is = |key, expected| text(event, key).as_deref() == Some(expected);
    is("source", "aws.events") && is("detail-type", "Scheduled Event")
}

/// What the wrappings around a document told.
#[derive(Clone, Debug, Default)]
struct Wrapping {
    depth: usize,
    message_id: String,
    topic_arn: Option<String>,
}

impl Wrapping {
    fn inside(&self, sns: &Value) -> Self {
        Self {
            depth: self.depth + 1,
            message_id: text(sns, "MessageId").unwrap_or_else(|| self.message_id.clone()),
            topic_arn: text(sns, "TopicArn").or_else(|| self.topic_arn.clone()),
        }
    }
}

fn unwrap(document: &Value, around: &Wrapping) -> Vec<Received> {
    let one = |parsed: Parsed| {
        let message_id = around.message_id.clone();
        vec![Received { message_id, parsed }]
    };
    if around.depth > DEEPEST {
        return one(Rejection::TooDeep.into());
    }
    if let Value::Array(documents) = document
        && around.depth == 0
    {
        let inside = around.inside(&Value::Null);
        let each = documents
            .iter()
            .flat_map(|document| unwrap(document, &inside));
        return each.collect();
    }
    if !document.is_object() {
        return one(Rejection::NotAnObject.into());
    }
    if document.get("Records").is_some_and(Value::is_array) {
        let records = items(document, "Records");
        return records
            .flat_map(|record| unwrap_record(record, around))
            .collect();
    }
    match text(document, "Type").as_deref() {
        Some("SubscriptionConfirmation" | "UnsubscribeConfirmation") => {
            one(Parsed::Ignored("the message is about a subscription"))
        }
        _ if document.get("body").is_some_and(Value::is_string) => unwrap_record(document, around),
        _ if document.get("Message").is_some() && document.get("AlarmName").is_none() => {
            unwrap_message(document, around)
        }
        _ => one(read(document, around.topic_arn.as_deref())),
    }
}

/// A record of an event: from SNS, or from SQS with the document in its body.
fn unwrap_record(record: &Value, around: &Wrapping) -> Vec<Received> {
    if let Some(sns) = record.get("Sns") {
        return unwrap_message(sns, around);
    }
    let inside = Wrapping {
        message_id: text(record, "messageId").unwrap_or_default(),
        ..around.inside(record)
    };
    match record.get("body") {
        Some(Value::String(body)) => unwrap_text(body, &inside),
        _ => vec![Received {
            message_id: inside.message_id,
            parsed: Parsed::Ignored("the record is neither from SNS nor from SQS"),
        }],
    }
}

/// The message of a notification: JSON in a text, or JSON as it is.
fn unwrap_message(sns: &Value, around: &Wrapping) -> Vec<Received> {
    let inside = around.inside(sns);
    match sns.get("Message") {
        Some(Value::String(message)) => unwrap_text(message, &inside),
        Some(message) => unwrap(message, &inside),
        None => vec![Received {
            message_id: inside.message_id,
            parsed: Rejection::NoMessage.into(),
        }],
    }
}

fn unwrap_text(text: &str, inside: &Wrapping) -> Vec<Received> {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let parsed = if text.starts_with(['{', '[']) {
        match json(text) {
            Ok(document) => return unwrap(&document, inside),
            Err(error) => Rejection::NotJson(error).into(),
        }
    } else {
        Parsed::Ignored("the message is plain text, not an alarm")
    };
    let message_id = inside.message_id.clone();
    vec![Received { message_id, parsed }]
}

/// Reads JSON, also where its sender did not escape the line breaks in its texts.
fn json(text: &str) -> Result<Value, serde_json::Error> {
    serde_json::from_str(text).or_else(|error| {
        if text.contains(char::is_control) {
            serde_json::from_str(&without_control_characters(text))
        } else {
            Err(error)
        }
    })
}

/// The same JSON with spaces for control characters, which outside of texts mean nothing else anyway.
fn without_control_characters(text: &str) -> String {
    text.replace(char::is_control, " ")
}

/// Reads a document that nothing is wrapped around any more.
fn read(document: &Value, topic_arn: Option<&str>) -> Parsed {
    let alarm = match text(document, "detail-type").as_deref() {
        Some("CloudWatch Alarm State Change") => event::read_event(document),
        Some("CloudWatch Alarm Configuration Change") => {
            return Parsed::Ignored("an alarm's configuration changed, not its state");
        }
        Some(_) => return Parsed::Ignored("an event of another kind, not an alarm's"),
        None if document.get("alarmData").is_some() => event::read_direct(document),
        None if document.get("AlarmName").is_some() => published::read(document, topic_arn),
        None => return Parsed::Ignored("JSON, but not an alarm"),
    };
    alarm.map_or_else(Parsed::from, |alarm| Parsed::Alarm(Box::new(alarm)))
}
