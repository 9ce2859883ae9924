//! The Lambda event: which messages it carries.

use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

/// One SNS message as the function received it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "PascalCase")]
pub struct Notification {
    /// What was published.
    pub message: String,
    /// SNS's id of the delivery; for logs only, because a second delivery may bear another one.
    #[serde(default)]
    pub message_id: String,
}

/// The event is not one that SNS sends.
#[derive(Debug, Error)]
#[error("the event is not an SNS event: {0}")]
pub struct NotSns(#[from] serde_json::Error);

/// The messages of an SNS event.
///
/// Only the fields that are used are asked for: the field list of the stock event type is stricter than the
/// senders that people really test with.
pub fn notifications(event: Value) -> Result<Vec<Notification>, NotSns> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct SnsEvent {
        records: Vec<SnsRecord>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct SnsRecord {
        sns: Notification,
    }
    let event: SnsEvent = serde_json::from_value(event)?;
    Ok(event.records.into_iter().map(|record| record.sns).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_message_of_an_event_is_returned() {
        let event = json!({"Records": [
            {"EventSource": "aws:sns", "Sns": {"Message": "one", "MessageId": "1", "Subject": null}},
            {"Sns": {"Message": "two"}},
        ]});
        let notification = |message: &str, message_id: &str| Notification {
            message: message.to_owned(),
            message_id: message_id.to_owned(),
        };
        let expected = vec![notification("one", "1"), notification("two", "")];
        assert_eq!(notifications(event).unwrap(), expected);
    }

    #[test]
    fn another_event_is_an_error_that_says_what_is_missing() {
        let error = notifications(json!({"source": "aws.ecs"})).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the event is not an SNS event: missing field `Records`"
        );
    }
}
