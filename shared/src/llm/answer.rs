//! What a provider's answer is: a text, or one of many ways not to give one. Pure.
//!
//! Everybody says the same differently: errors with a code that is a number, a name or missing, errors under status 200, pages of HTML.
//! Nothing of an answer but its text gets any further than this module.

mod words;

use std::time::Duration;

use crate::http::Response;
use jiff::Timestamp;
use serde_json::Value;

use super::dialect::Complaint;
use super::retry_after::retry_after;

/// Who is out of money is not asked again soon.
pub(super) const OUT_OF_QUOTA: Duration = Duration::from_mins(15);

/// Tokens as the provider counts them. More than four billion is nothing anybody would send.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Usage {
    pub(super) input: u32,
    pub(super) output: u32,
}

/// What an answer is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Said {
    /// A text of the model.
    Text(String),
    /// The model works, and gives no text this time.
    Nothing(Silence),
    /// It does not take something of the request.
    Complaint(Complaint),
    /// The key is not accepted (401).
    Unauthorised,
    /// Not now; perhaps after this time.
    Busy {
        status: u16,
        after: Option<Duration>,
    },
    /// Nobody pays.
    OutOfQuota,
    /// Asking the same again gets the same.
    Rejected { status: u16 },
    /// No chat completion, though it says that all is well.
    Gibberish,
}

/// Why there is no text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Silence {
    Refused,
    Filtered,
    CutOff,
    CalledTool,
    Empty,
}

/// What `response` says.
pub(super) fn read(response: &Response, now: Timestamp) -> (Said, Usage) {
    // A value of JSON takes many times its text: the client's limit for an answer is small for that reason.
    let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    if response.status != 200 {
        return (
            refusal(response, response.status, &body, now),
            Usage::default(),
        );
    }
    if let Some(error) = body.get("error").filter(|error| !error.is_null()) {
        let code = error.get("code").and_then(whole_number);
        let status = code.and_then(|code| u16::try_from(code).ok());
        let status = status
            .filter(|status| (400..600).contains(status))
            .unwrap_or(500);
        return (refusal(response, status, &body, now), Usage::default());
    }
    let count = |name| {
        let count = body
            .get("usage")
            .and_then(|usage| whole_number(usage.get(name)?));
        count.map_or(0, |count| u32::try_from(count).unwrap_or(u32::MAX))
    };
    let usage = Usage {
        input: count("prompt_tokens"),
        output: count("completion_tokens"),
    };
    (completion(&body), usage)
}

fn whole_number(value: &Value) -> Option<u64> {
    match value {
        Value::String(text) => text.parse().ok(),
        _ => value.as_u64(),
    }
}

fn completion(body: &Value) -> Said {
    let Some(choices) = body.get("choices").and_then(Value::as_array) else {
        return Said::Gibberish;
    };
    let Some(choice) = choices.first() else {
        return Said::Nothing(Silence::Empty);
    };
    let message = choice.get("message").unwrap_or(&Value::Null);
    let text = content(message.get("content").unwrap_or(&Value::Null));
    let is_refused = content(message.get("refusal").unwrap_or(&Value::Null)).is_some();
    let has_called = ["tool_calls", "function_call"]
        .iter()
        .any(|name| message.get(name).is_some_and(|calls| !is_nothing(calls)));
    match (choice.get("finish_reason").and_then(Value::as_str), text) {
        _ if is_refused => Said::Nothing(Silence::Refused),
        (Some("length"), _) => Said::Nothing(Silence::CutOff),
        (Some("content_filter"), _) => Said::Nothing(Silence::Filtered),
        (_, Some(text)) => Said::Text(text),
        // Nothing was offered to be called, and nothing is.
        (_, None) if has_called => Said::Nothing(Silence::CalledTool),
        (_, None) => Said::Nothing(Silence::Empty),
    }
}

fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}

/// A text, or the texts of a list of parts; `None` for what is blank.
fn content(content: &Value) -> Option<String> {
    let text = match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts
            .iter()
            .filter_map(|part| part.get("text").unwrap_or(part).as_str())
            .collect(),
        _ => String::new(),
    };
    (!text.trim().is_empty()).then_some(text)
}

/// An error in any of its forms.
struct Problem<'a> {
    message: &'a str,
    code: &'a str,
    parameter: &'a str,
}

impl<'a> Problem<'a> {
    fn of(body: &'a Value) -> Self {
        let error = body.get("error").unwrap_or(body);
        let text = |name| error.get(name).and_then(Value::as_str);
        Self {
            message: error
                .as_str()
                .or_else(|| text("message"))
                .or_else(|| text("detail"))
                .unwrap_or_default(),
            code: text("code").or_else(|| text("type")).unwrap_or_default(),
            parameter: text("param").unwrap_or_default(),
        }
    }

    /// What of the request the model does not take, if that is it.
    fn complaint(&self) -> Option<Complaint> {
        let message = self.message.to_ascii_lowercase();
        let names = |words: &[&str]| {
            words
                .iter()
                .any(|word| self.parameter.starts_with(word) || message.contains(word))
        };
        if self.code == "json_validate_failed" {
            return Some(Complaint::Generation);
        }
        if names(&["reasoning_effort"]) {
            return Some(Complaint::Effort);
        }
        if names(&[
            "response_format",
            "json_schema",
            "json_object",
            "json mode",
            "structured output",
            "grammar",
        ]) {
            return Some(Complaint::Format);
        }
        // A prompt that is too long is complained about with the same name.
        let is_unknown = self.code == "unsupported_parameter"
            || [
                "unsupported",
                "not supported",
                "unknown",
                "unrecognized",
                "not permitted",
                "instead",
            ]
            .iter()
            .any(|word| message.contains(word));
        (is_unknown && names(&["max_tokens", "max_completion_tokens"])).then_some(Complaint::Limit)
    }
}

fn refusal(response: &Response, status: u16, body: &Value, now: Timestamp) -> Said {
    let problem = Problem::of(body);
    match status {
        401 => Said::Unauthorised,
        402 => Said::OutOfQuota,
        // OpenAI's: it is no rate, and waiting does not help.
        429 if problem.code == "insufficient_quota" => Said::OutOfQuota,
        400 | 404 | 415 | 422 => match problem.complaint() {
            Some(complaint) => Said::Complaint(complaint),
            None => Said::Rejected { status },
        },
        // 498: no capacity, in Groq's flex tier.
        408 | 425 | 429 | 498 | 500.. => Said::Busy {
            status,
            after: retry_after(response, problem.message, now),
        },
        _ => Said::Rejected { status },
    }
}

#[cfg(test)]
mod tests;
