//! What an event asks for: the objects to look at. Pure, and safe for any event.
//!
//! S3 notifications (also inside SNS and SQS), `EventBridge`'s `Object Created`, and a direct invocation that names the object.

mod envelope;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use serde_json::Value;
use thiserror::Error;

/// S3's longest key (user guide, "Naming Amazon S3 objects"), in bytes.
const MOST_KEY_BYTES: usize = 1_024;

/// Version ids and sequencers are shorter (API reference, "Event message structure"); a longer one is none.
const MOST_ID_BYTES: usize = 1_024;

/// An object that an event says was written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LogObject {
    /// The bucket.
    pub bucket: String,
    /// The key as it is: decoded once, where the event encodes it.
    pub key: String,
    /// The version; `None` in a bucket without versions, and where the event does not tell.
    pub version_id: Option<String>,
    /// The entity tag, without quotation marks.
    pub etag: Option<String>,
    /// How many bytes it has.
    pub size: Option<u64>,
    /// Of two events about one key, the later has the greater one.
    pub sequencer: Option<String>,
}

/// What one record of an event comes to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Request {
    /// An object was written.
    Object(LogObject),
    /// A valid event of another kind; the reason.
    Ignored(&'static str),
    /// Nothing that can be understood; the next try would not either.
    Rejected(Rejection),
}

/// Why a record of an event cannot be understood.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum Rejection {
    /// Not an object at all.
    #[error("the event is no JSON object")]
    NotAnObject,
    /// Text where there should be JSON.
    #[error("the message is no JSON: {0}")]
    NotJson(String),
    /// Wrapped too often.
    #[error("the event is wrapped more than {most} times")]
    TooDeep {
        /// The most.
        most: usize,
    },
    /// More records than S3 sends.
    #[error("the event has more than {most} records; the rest is left out")]
    TooMany {
        /// The most.
        most: usize,
    },
    /// Something that must be there is not, or is not of its kind.
    #[error("the event has no usable {0}")]
    Missing(&'static str),
    /// A key whose encoding gives no text.
    #[error("the key is not UTF-8")]
    Key,
    /// An object of another bucket.
    #[error("the object is in another bucket than that of the CI logs")]
    OtherBucket,
}

/// Reads an event: an outcome for each of its records, at least one, in their order. Objects are those of `bucket`.
pub fn read_event(event: &Value, bucket: &str) -> Vec<Request> {
    let mut requests = envelope::unwrap(event);
    for request in &mut requests {
        if matches!(request, Request::Object(object) if object.bucket != bucket) {
            *request = Request::Rejected(Rejection::OtherBucket);
        }
    }
    if requests.is_empty() {
        return vec![Request::Ignored("the event has no records")];
    }
    requests
}

/// A record of an S3 notification (S3 user guide, "Event message structure").
fn of_notification(record: &Value) -> Request {
    let name = text(record, "eventName").unwrap_or_default();
    // Replication and EventBridge-style names have the prefix, plain ones don't.
    let name = name.strip_prefix("s3:").unwrap_or(name);
    if !name.starts_with("ObjectCreated:") {
        return Request::Ignored("not the creation of an object");
    }
    let object = record.pointer("/s3/object").unwrap_or(&Value::Null);
    let bucket = record.pointer("/s3/bucket/name").and_then(Value::as_str);
    let Some(encoded) = text(object, "key") else {
        return Rejection::Missing("object key").into();
    };
    let Some(key) = form_decoded(encoded) else {
        return Rejection::Key.into();
    };
    located(bucket, Some(&key), object, ["versionId", "eTag"])
}

/// `Object Created` of `EventBridge`, which does not encode the key (S3 user guide, "EventBridge event message structure").
fn of_event_bridge(event: &Value) -> Request {
    if text(event, "detail-type") != Some("Object Created") {
        return Request::Ignored("not the creation of an object");
    }
    let detail = event.get("detail").unwrap_or(&Value::Null);
    let object = detail.get("object").unwrap_or(&Value::Null);
    let bucket = detail.pointer("/bucket/name").and_then(Value::as_str);
    located(bucket, text(object, "key"), object, ["version-id", "etag"])
}

/// Somebody names the object: `{"bucket", "key"}`, and `"version_id"` if it shall be that one. The key is as it is.
fn of_direct(event: &Value) -> Request {
    let bucket = text(event, "bucket");
    located(bucket, text(event, "key"), event, ["version_id", "etag"])
}

fn located(
    bucket: Option<&str>,
    key: Option<&str>,
    object: &Value,
    [version, etag]: [&str; 2],
) -> Request {
    let Some(bucket) = bucket.filter(|bucket| !bucket.is_empty()) else {
        return Rejection::Missing("bucket").into();
    };
    let is_key = |key: &&str| (1..=MOST_KEY_BYTES).contains(&key.len());
    let Some(key) = key.filter(is_key) else {
        return Rejection::Missing("object key").into();
    };
    Request::Object(LogObject {
        bucket: bucket.to_owned(),
        key: key.to_owned(),
        // S3 names the version of an object without one so.
        version_id: id(object, version).filter(|version| version != "null"),
        etag: id(object, etag).map(|etag| etag.trim_matches('"').to_owned()),
        size: object.get("size").and_then(Value::as_u64),
        sequencer: id(object, "sequencer"),
    })
}

/// The text of a form's field: `+` is a space, and what is percent-encoded is decoded, each once. `None` where that gives no text.
fn form_decoded(encoded: &str) -> Option<String> {
    let spaced = encoded.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8().ok();
    decoded.map(Cow::into_owned)
}

fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key)?.as_str()
}

fn id(value: &Value, key: &str) -> Option<String> {
    let text = text(value, key)?;
    ((1..=MOST_ID_BYTES).contains(&text.len())).then(|| text.to_owned())
}

impl From<Rejection> for Request {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}
