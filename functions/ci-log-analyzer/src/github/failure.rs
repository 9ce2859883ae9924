//! What a refusal of GitHub means. Pure.

use serde::Deserialize;
use shared::failure::{CallError, Effect, FailureKind};
use shared::http::{HttpError, Response};
use shared::outbound::Quoted;

/// A call that did not do what it should.
#[derive(Debug)]
pub(super) struct Failed {
    /// GitHub's answer; `None` where none came.
    pub(super) status: Option<u16>,
    /// GitHub's words, all on one line.
    pub(super) said: String,
    /// What is told of it.
    pub(super) error: CallError,
}

/// What GitHub said, with what a reader can do about it.
#[derive(Debug, thiserror::Error)]
#[error("GitHub answered {status}: {said}{hint}")]
pub(super) struct Refused {
    status: u16,
    said: String,
    hint: String,
}

/// GitHub's words of refusal (<https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api>).
#[derive(Debug, Default, Deserialize)]
struct Words {
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    errors: serde_json::Value,
}

impl From<Failed> for CallError {
    fn from(failed: Failed) -> Self {
        failed.error
    }
}

impl From<CallError> for Failed {
    fn from(error: CallError) -> Self {
        Self {
            status: None,
            said: String::new(),
            error,
        }
    }
}

impl Failed {
    /// Whether GitHub answered with this status.
    pub(super) fn is(&self, status: u16) -> bool {
        self.status == Some(status)
    }

    /// Whether GitHub refused what was asked for, as it stands: a conflict, or a rule that it breaks.
    pub(super) fn is_refusal(&self) -> bool {
        matches!(self.status, Some(409 | 422))
    }
}

/// GitHub's words on one line: its message, then what its errors say.
pub(super) fn words(response: &Response) -> String {
    let words: Words = serde_json::from_slice(&response.body).unwrap_or_default();
    let mut text = words.message.unwrap_or_default();
    let errors = match words.errors {
        serde_json::Value::Array(errors) => errors,
        serde_json::Value::Null => Vec::new(),
        other => vec![other],
    };
    for error in errors.iter().take(5) {
        let field = |name: &str| error.get(name).and_then(|value| value.as_str());
        let said = error.as_str().or_else(|| field("message"));
        let code = [field("field"), field("code")];
        let said = said.map_or_else(
            || code.into_iter().flatten().collect::<Vec<_>>().join(" "),
            str::to_owned,
        );
        text = format!("{text}; {said}");
    }
    Quoted::line(&text).as_str().to_owned()
}

/// Whether trying again helps, and whether it was done all the same, by the status of an answer that is no success.
pub(super) fn classify(status: u16, is_limited: bool) -> (FailureKind, Effect) {
    match status {
        _ if is_limited && status < 500 => (FailureKind::Transient, Effect::None),
        408 | 500.. => (FailureKind::Transient, Effect::Unknown),
        _ => (FailureKind::Permanent, Effect::None),
    }
}

/// The same where no answer came.
pub(super) fn classify_lost(error: &HttpError) -> (FailureKind, Effect) {
    match error {
        HttpError::Client(_) => (FailureKind::Permanent, Effect::None),
        HttpError::Connect { .. } => (FailureKind::Transient, Effect::None),
        HttpError::Timeout { .. } | HttpError::Broken { .. } => {
            (FailureKind::Transient, Effect::Unknown)
        }
        HttpError::TooLong { .. } => (FailureKind::Permanent, Effect::Unknown),
    }
}

/// What GitHub said, and what a reader can do about it.
pub(super) fn refused(response: &Response, said: String) -> Refused {
    let accepted = response.header("x-accepted-github-permissions");
    let hint = match (response.status, accepted) {
        (301 | 302 | 307 | 308, _) => {
            " (it has moved: use its new name in REPOSITORIES)".to_owned()
        }
        (401, _) => " (the credential is not accepted: see GITHUB_APP_ID, GITHUB_APP_KEY_PARAMETER, GITHUB_TOKEN_PARAMETER)".to_owned(),
        (403 | 404, Some(permissions)) => {
            format!(" (it needs the permission {})", Quoted::line(permissions))
        }
        _ => String::new(),
    };
    Refused {
        status: response.status,
        said,
        hint,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(status: u16, body: &str) -> Response {
        let headers = [("x-accepted-github-permissions", "issues=write")];
        Response {
            status,
            headers: headers
                .into_iter()
                .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
                .collect(),
            body: body.as_bytes().to_vec(),
        }
    }

    #[test]
    fn a_refusal_says_what_github_said_and_what_is_missing() {
        let cases = [
            (
                403,
                r#"{"message":"Resource not accessible by integration"}"#,
                "GitHub answered 403: Resource not accessible by integration (it needs the permission issues=write)",
            ),
            (
                422,
                r#"{"message":"Validation Failed","errors":[{"resource":"PullRequest","field":"base","code":"invalid"},{"message":"A pull request already exists for acme:x."},"plain"]}"#,
                "GitHub answered 422: Validation Failed; base invalid; A pull request already exists for acme:x.; plain",
            ),
            (
                422,
                r#"{"message":"No","errors":"text"}"#,
                "GitHub answered 422: No; text",
            ),
            (502, "<html>", "GitHub answered 502: "),
        ];
        for (status, body, expected) in cases {
            let response = response(status, body);
            let said = words(&response);
            assert_eq!(refused(&response, said).to_string(), expected, "{body}");
        }
    }

    #[test]
    fn each_status_is_transient_or_permanent_and_has_an_effect_or_none() {
        use {Effect as E, FailureKind as K};
        let cases = [
            (401, false, (K::Permanent, E::None)),
            (403, false, (K::Permanent, E::None)),
            (403, true, (K::Transient, E::None)),
            (404, false, (K::Permanent, E::None)),
            (409, false, (K::Permanent, E::None)),
            (422, false, (K::Permanent, E::None)),
            (429, true, (K::Transient, E::None)),
            (408, false, (K::Transient, E::Unknown)),
            (500, false, (K::Transient, E::Unknown)),
            (503, true, (K::Transient, E::Unknown)),
        ];
        for (status, is_limited, expected) in cases {
            assert_eq!(classify(status, is_limited), expected, "{status}");
        }
    }
}
