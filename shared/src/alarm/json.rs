//! Looking into JSON that may be anything: what is not there, or not of the expected kind, is none.

use jiff::Timestamp;
use serde_json::Value;

const MOST_PROSE_CHARACTERS: usize = 1_024;

/// The text under `key`; a number counts as its digits, because some senders write account ids as numbers.
pub(super) fn text(value: &Value, key: &str) -> Option<String> {
    match value.get(key)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The text under `key`, cut to what CloudWatch allows of a reason or a description: what is longer was not written by it
/// (API reference, `StateReason`: 1,023 characters; `AlarmDescription`: 1,024).
pub(super) fn prose(value: &Value, key: &str) -> String {
    let text = text(value, key).unwrap_or_default();
    text.chars().take(MOST_PROSE_CHARACTERS).collect()
}

/// The number under `key`; a text that is one counts.
pub(super) fn number(value: &Value, key: &str) -> Option<f64> {
    let number = match value.get(key)? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.filter(|number| number.is_finite())
}

/// The time under `key`: ISO 8601 with any offset (CloudWatch writes `+0000`), or milliseconds since the epoch.
pub(super) fn time(value: &Value, key: &str) -> Option<Timestamp> {
    match value.get(key)? {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => Timestamp::from_millisecond(number.as_i64()?).ok(),
        _ => None,
    }
}

/// The JSON inside the text under `key`, such as CloudWatch's `reasonData`.
pub(super) fn inner(value: &Value, key: &str) -> Option<Value> {
    serde_json::from_str(value.get(key)?.as_str()?).ok()
}

/// Whether there is anything but null under `key`.
pub(super) fn is_there(value: &Value, key: &str) -> bool {
    value.get(key).is_some_and(|value| !value.is_null())
}

/// The items of the list under `key`; none of them if it is no list.
pub(super) fn items<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value
        .get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}
