//! What is sent.

use shared::gated;
use shared::outbound::{Body, Fixed, Prompt, PromptText};

use super::dialect::{Dialect, Format};
use super::provider::{Kind, Limit, Model};
use crate::diagnosis::Schema;

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
        schema: Schema,
    }
}

/// The request; `None` where it has no JSON, which cannot be.
pub(super) fn body(kind: Kind, model: &Model, dialect: Dialect, prompt: &Prompt) -> Option<Body> {
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
        response_format: response_format(dialect.format),
        store: kind.store(),
    })
}

fn response_format(format: Format) -> Option<ResponseFormat> {
    let of = |name, json_schema| ResponseFormat {
        r#type: Fixed(name),
        json_schema,
    };
    match format {
        Format::JsonSchema => Some(of(
            "json_schema",
            Some(JsonSchema {
                name: Fixed(Schema::NAME),
                strict: true,
                schema: Schema,
            }),
        )),
        Format::JsonObject => Some(of("json_object", None)),
        Format::Text => None,
    }
}

#[cfg(test)]
mod tests;
