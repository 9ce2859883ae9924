//! What a language model is asked.

use serde::Serialize;

use super::Gated;

/// The text of a message to a language model: ours, or somebody else's between delimiters that it cannot close.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct PromptText(String);

impl Gated for PromptText {}

impl PromptText {
    /// STUB until the gate for prompts is merged.
    pub fn own(text: &'static str) -> Self {
        Self(text.to_owned())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A question to a language model: what it shall do, in our own words, and what it shall do it with, in others'.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Prompt {
    /// The first message: our own words alone.
    pub system: PromptText,
    /// The second: somebody else's words, delimited.
    pub user: PromptText,
}
