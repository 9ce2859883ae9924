//! What is sent.

use crate::gated;
use crate::outbound::{Body, Fixed, Gated, Prompt, PromptText};

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::dialect::{Dialect, Format};
use super::provider::{Kind, Limit, Model};

/// An answer needs a few hundred; thoughts are counted too, and what is reserved here counts against Groq's limit of tokens per minute.
pub(super) const MOST_OUTPUT_TOKENS: u32 = 2_048;

gated! {
    /// A chat completion. No tools, no stream: one text comes back.
    struct Chat {
        model: Model,
        messages: Vec<Message>,
        stream: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        max_completion_tokens: Option<u32>,
        #[serde(skip_serializing_if = "Option::is_none")]
        max_tokens: Option<u32>,
        #[serde(skip_serializing_if = "Option::is_none")]
        reasoning_effort: Option<Fixed>,
        #[serde(skip_serializing_if = "Option::is_none")]
        response_format: Option<ResponseFormat>,
        #[serde(skip_serializing_if = "Option::is_none")]
        store: Option<bool>,
    }
}

gated! {
    struct Message {
        role: Fixed,
        content: PromptText,
    }
}

gated! {
    struct ResponseFormat {
        r#type: Fixed,
        #[serde(skip_serializing_if = "Option::is_none")]
        json_schema: Option<JsonSchema>,
    }
}

gated! {
    struct JsonSchema {
        name: Fixed,
        strict: bool,
        schema: Form,
    }
}

/// The form of an answer, as a JSON Schema in our own words: nothing that others wrote gets into a function without arguments.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    /// What it is called in a request.
    pub name: &'static str,
    /// The schema.
    pub schema: fn() -> Value,
}

impl Serialize for Form {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.schema)().serialize(serializer)
    }
}

impl Gated for Form {}

/// The request; `None` where it has no JSON, which cannot be.
pub(super) fn body(
    kind: Kind,
    model: &Model,
    dialect: Dialect,
    (prompt, form): (&Prompt, Form),
) -> Option<Body> {
    let message = |role, content: &PromptText| Message {
        role: Fixed(role),
        content: content.clone(),
    };
    let limit = |limit| (dialect.limit == limit).then_some(MOST_OUTPUT_TOKENS);
    Body::json(&Chat {
        model: model.clone(),
        messages: vec![
            message("system", &prompt.system),
            message("user", &prompt.user),
        ],
        stream: false,
        max_completion_tokens: limit(Limit::MaxCompletionTokens),
        max_tokens: limit(Limit::MaxTokens),
        reasoning_effort: dialect.has_effort.then_some(Fixed("low")),
        response_format: response_format(dialect.format, form),
        store: kind.store(),
    })
}

fn response_format(format: Format, form: Form) -> Option<ResponseFormat> {
    let of = |name, json_schema| ResponseFormat {
        r#type: Fixed(name),
        json_schema,
    };
    match format {
        Format::JsonSchema => Some(of(
            "json_schema",
            Some(JsonSchema {
                name: Fixed(form.name),
                strict: true,
                schema: form,
            }),
        )),
        Format::JsonObject => Some(of("json_object", None)),
        Format::Text => None,
    }
}

#[cfg(test)]
mod tests;
