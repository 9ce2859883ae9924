//! What an S3 notification may be wrapped in: SNS, SQS, both, or nothing.

use serde_json::Value;

use super::{Rejection, Request, of_direct, of_event_bridge, of_notification, text};

/// SQS puts at most 10,000 messages into an event, S3 one record into each; so many logs are no event of ours.
const MOST_RECORDS: usize = 100;

/// An S3 notification in SNS in SQS is as deep as people nest them.
const DEEPEST: usize = 4;

pub(super) fn unwrap(event: &Value) -> Vec<Request> {
    let mut requests = Vec::new();
    unwrap_into(event, 0, &mut requests);
    if requests.len() > MOST_RECORDS {
        requests.truncate(MOST_RECORDS);
        requests.push(Rejection::TooMany { most: MOST_RECORDS }.into());
    }
    requests
}

fn unwrap_into(event: &Value, depth: usize, requests: &mut Vec<Request>) {
    if requests.len() > MOST_RECORDS {
        return;
    }
    if depth > DEEPEST {
        requests.push(Rejection::TooDeep { most: DEEPEST }.into());
    } else if let Some(records) = event.get("Records").and_then(Value::as_array) {
        for record in records.iter().take(MOST_RECORDS + 1) {
            unwrap_record(record, depth, requests);
        }
    } else if !event.is_object() {
        requests.push(Rejection::NotAnObject.into());
    } else if let Some(message) = text(event, "Message") {
        unwrap_text(message, depth, requests);
    } else {
        requests.push(read(event));
    }
}

fn unwrap_record(record: &Value, depth: usize, requests: &mut Vec<Request>) {
    let message = record.pointer("/Sns/Message").and_then(Value::as_str);
    match message.or_else(|| text(record, "body")) {
        Some(message) => unwrap_text(message, depth, requests),
        None if record.get("s3").is_some() => requests.push(of_notification(record)),
        None => requests.push(Request::Ignored("the record is not from S3")),
    }
}

fn unwrap_text(message: &str, depth: usize, requests: &mut Vec<Request>) {
    match serde_json::from_str(message) {
        Ok(event) => unwrap_into(&event, depth + 1, requests),
        Err(error) => requests.push(Rejection::NotJson(error.to_string()).into()),
    }
}

/// Reads a document that nothing is wrapped around any more.
fn read(document: &Value) -> Request {
    if text(document, "Event") == Some("s3:TestEvent") {
        return Request::Ignored("S3 tests whether its notifications arrive");
    }
    if document.get("detail-type").is_some() {
        return of_event_bridge(document);
    }
    if document.get("key").is_some() || document.get("bucket").is_some() {
        return of_direct(document);
    }
    Request::Ignored("JSON, but not an event about an object")
}
