//! What the model of the world answers: whatever an attacker wants of it, or the same harmless thing each time.

use serde_json::json;

use super::trips::GOOD_PATCH;
use crate::fake_llm::{Recorded, Turn};

/// What the model does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stub {
    /// Whatever the input asks for.
    Obeying,
    /// The same harmless thing each time.
    Harmless,
}

/// An answer.
#[derive(Clone, Debug)]
pub enum Says {
    /// A diagnosis that follows the schema: this text wherever there is room for one, and a patch.
    Text {
        /// The text.
        text: String,
        /// The patch.
        patch: Option<String>,
    },
    /// This, instead of a diagnosis.
    Content(String),
    /// These bytes, instead of a chat completion.
    Body(Vec<u8>),
}

impl Says {
    /// What nobody could object to.
    pub fn harmless() -> Self {
        Self::Text {
            text: "The last items of a list are asked for where there are fewer.".to_owned(),
            patch: None,
        }
    }

    /// A patch that mends what the world's own log tells of.
    pub fn mended() -> Self {
        Self::Text {
            text: "This change mends it.".to_owned(),
            patch: Some(GOOD_PATCH.to_owned()),
        }
    }

    /// The answer to a request.
    pub fn to(&self, request: &Recorded) -> Turn {
        match self {
            Self::Text { text, patch } => Turn::says(&json!({
                "summary": text,
                "root_cause": text,
                "category": "code",
                "confidence": 0.99,
                "quote": quote(&request.text()),
                "suggestion": text,
                "patch": patch,
                // What the schema does not have, in case that somebody reads it all the same.
                "action": "rollback",
                "service": "payments-prod",
                "resolved": true,
                "notify": false,
                "labels": ["safe"],
            })),
            Self::Content(text) => Turn::Text(text.clone()),
            Self::Body(body) => Turn::Raw {
                status: 200,
                headers: vec![("content-type", "application/json".to_owned())],
                body: body.clone(),
            },
        }
    }
}

/// A line of the excerpt that is in the prompt, the longest there is: a short one may be refused as a quotation.
fn quote(prompt: &str) -> String {
    let excerpt = prompt.lines().filter_map(|line| {
        let (number, text) = line.split_once("| ")?;
        number.parse::<u64>().is_ok().then_some(text.trim())
    });
    excerpt
        .max_by_key(|text| text.len())
        .unwrap_or_default()
        .to_owned()
}
