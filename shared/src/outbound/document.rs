//! STUB until the gate for documents is merged: same interface, no cleaning.
use serde::Serialize;

/// An object for others to read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Document {
    text: String,
    content_type: &'static str,
}

impl Document {
    /// `value` as JSON.
    pub fn json(value: &impl Serialize) -> Option<Self> {
        let text = serde_json::to_string_pretty(value).ok()?;
        let content_type = "application/json";
        Some(Self { text, content_type })
    }

    /// A page.
    pub fn page(text: String) -> Self {
        let content_type = "text/html; charset=utf-8";
        Self { text, content_type }
    }

    /// What the object is served as.
    pub fn content_type(&self) -> &'static str {
        self.content_type
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The bytes.
    pub fn into_bytes(self) -> Vec<u8> {
        self.text.into_bytes()
    }
}
