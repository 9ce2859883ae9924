//! The form that an answer must have, as a language model is told it.

use serde_json::{Value, json};
use shared::llm::Form;

/// The form of an answer.
///
/// It keeps to what every provider's strict mode takes: each field required, none besides, what may be missing is nullable, no
/// limits of length or range, which grammars do not enforce anyway (platform.openai.com/docs/guides/structured-outputs and
/// console.groq.com/docs/structured-outputs, read 2026-11). [`read`](super::read) checks the limits.
pub const FORM: Form = Form {
    name: "diagnosis",
    schema,
};

fn schema() -> Value {
    let text = |description: &str| json!({"type": "string", "description": description});
    json!({
        "type": "object",
        "properties": {
            "summary": text("What failed, in one or two sentences"),
            "root_cause": text("Why it failed"),
            "category": {
                "type": "string",
                "enum": [
                    "code", "test", "dependency", "lint", "infrastructure", "flaky", "timeout", "resource",
                    "configuration", "permission", "unknown",
                ],
            },
            "confidence": {"type": "number", "description": "From 0 to 1"},
            "quote": text("The one line of the log that shows the cause best, word for word, without its number"),
            "suggestion": text("What a person may do about it"),
            "patch": {
                "type": ["string", "null"],
                "description": "The smallest unified diff that repairs it, or null",
            },
        },
        "required": ["summary", "root_cause", "category", "confidence", "quote", "suggestion", "patch"],
        "additionalProperties": false,
    })
}
