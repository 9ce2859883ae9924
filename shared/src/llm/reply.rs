//! From what a model wrote to the object that it was asked for. Pure.

use serde::de::DeserializeOwned;
use serde_json::error::Category as JsonError;
use thiserror::Error;

/// More than this is no answer: ten times the longest good one.
const MOST_BYTES: usize = 256 * 1024;

/// Why there is no object. The words are our own: nothing of the answer is in them.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum Unreadable {
    /// Nothing, or nothing but white space.
    #[error("it is empty")]
    Empty,
    /// More than anybody asked for.
    #[error("it is too long")]
    TooLong,
    /// No object at all.
    #[error("it is not JSON")]
    NotJson,
    /// It ends in the middle.
    #[error("it is cut off")]
    CutOff,
    /// Fields are missing, or there twice, or of another type.
    #[error("it does not follow the schema")]
    Schema,
}

/// The first JSON object in `raw`, with or without words or a fence around it. What follows it is not looked at.
///
/// # Errors
/// Where there is no such object, or it is not of the type's shape.
pub fn object<T: DeserializeOwned>(raw: &str) -> Result<T, Unreadable> {
    if raw.len() > MOST_BYTES {
        return Err(Unreadable::TooLong);
    }
    first_object(thought_out(raw)?)
}

/// What follows the thoughts that some models write down first (Qwen, for one, behind a server that leaves them in).
fn thought_out(raw: &str) -> Result<&str, Unreadable> {
    let text = raw.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if text.is_empty() {
        return Err(Unreadable::Empty);
    }
    match text.strip_prefix("<think>") {
        Some(thoughts) => thoughts
            .split_once("</think>")
            .map(|(_, text)| text)
            .ok_or(Unreadable::CutOff),
        None => Ok(text),
    }
}

fn first_object<T: DeserializeOwned>(text: &str) -> Result<T, Unreadable> {
    let start = text.find('{').ok_or(Unreadable::NotJson)?;
    let object = text.get(start..).unwrap_or_default();
    let mut replies = serde_json::Deserializer::from_str(object).into_iter();
    match replies.next() {
        Some(Ok(reply)) => Ok(reply),
        Some(Err(error)) => Err(match error.classify() {
            JsonError::Data => Unreadable::Schema,
            JsonError::Eof => Unreadable::CutOff,
            JsonError::Syntax | JsonError::Io => Unreadable::NotJson,
        }),
        None => Err(Unreadable::NotJson),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value};

    use super::*;

    #[test]
    fn the_first_object_counts_whatever_is_around_it() {
        let cases = [
            (r#"{"a": 1}"#, Ok(1)),
            ("\u{feff}```json\n{\"a\": 2}\n``` {\"a\": 3}", Ok(2)),
            (r#"<think>{"a": 1}</think> {"a": 4}"#, Ok(4)),
            (r#"<think>{"a": 1}"#, Err(Unreadable::CutOff)),
            (r#"{"a": "#, Err(Unreadable::CutOff)),
            ("no", Err(Unreadable::NotJson)),
            ("{a: 1}", Err(Unreadable::NotJson)),
            (" \n", Err(Unreadable::Empty)),
        ];
        for (raw, expected) in cases {
            let read = object::<Map<String, Value>>(raw);
            assert_eq!(
                read.map(|map| map["a"].as_u64().unwrap()),
                expected,
                "{raw}"
            );
        }
        assert_eq!(object::<Vec<u8>>("{}"), Err(Unreadable::Schema));
        assert_eq!(
            object::<Value>(&" ".repeat(MOST_BYTES + 1)),
            Err(Unreadable::TooLong)
        );
    }
}
