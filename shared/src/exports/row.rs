//! A row: one log event as a line of JSON.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// One log event. The names are those of the columns in Athena.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Row<'a> {
    /// When it happened: milliseconds since 1970.
    pub timestamp_ms: i64,
    /// When CloudWatch Logs got it, in milliseconds since 1970; not known of what an export task wrote.
    #[serde(default)]
    pub ingestion_ms: Option<i64>,
    /// The log stream, in the form in which an export task names it if that is where the row comes from.
    #[serde(borrow)]
    pub stream: Cow<'a, str>,
    /// The id that CloudWatch Logs gave it; not known of what an export task wrote.
    #[serde(borrow, default)]
    pub event_id: Option<Cow<'a, str>>,
    /// What was logged, line ends and all.
    #[serde(borrow)]
    pub message: Cow<'a, str>,
}
