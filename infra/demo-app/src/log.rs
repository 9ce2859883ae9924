//! Log lines: one JSON object each, as the log group's readers and metric filters expect them.

use jiff::Timestamp;
use serde::{Serialize, Serializer};

/// A line of the log.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Line {
    /// How bad it is.
    pub level: Level,
    /// What happened.
    pub message: String,
    /// When, to the millisecond.
    #[serde(serialize_with = "to_the_millisecond")]
    pub timestamp: Timestamp,
    /// Where, for an error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stack: Option<String>,
}

/// How bad something is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    /// A request failed because of us.
    Error,
    /// A request was answered.
    Info,
}

fn to_the_millisecond<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{time:.3}"))
}

impl Line {
    /// The line as it is written, with its line break.
    pub fn json(&self) -> String {
        let json = serde_json::to_string(self);
        // Text and times cannot fail to become JSON.
        json.unwrap_or_default() + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_line_in_the_order_that_people_read() {
        let line = Line {
            level: Level::Error,
            message: "Cannot read property total of null".to_owned(),
            timestamp: "2026-02-18T21:45:00.3Z".parse().unwrap(),
            stack: Some("Error at /api/checkout\n    at shop.rs".to_owned()),
        };
        let expected = r#"{"level":"ERROR","message":"Cannot read property total of null","timestamp":"2026-02-18T21:45:00.300Z","stack":"Error at /api/checkout\n    at shop.rs"}"#;
        assert_eq!(line.json(), format!("{expected}\n"));
    }
}
