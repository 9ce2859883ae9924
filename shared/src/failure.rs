//! What kind of failure an error is, and what Lambda is told of it.

use std::error::Error as StdError;

use lambda_runtime::Diagnostic;
use thiserror::Error;

use crate::outbound::Quoted;

/// Whether trying again can help.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FailureKind {
    /// Trying again may succeed: the event goes back to Lambda for its retry.
    Transient,
    /// Trying again would fail again: people are told, and the event is not retried.
    Permanent,
}

/// An error that knows its [`FailureKind`].
pub trait Classify {
    /// Whether trying again can help.
    fn kind(&self) -> FailureKind;
}

/// Whether a call that failed may have changed the world all the same.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Effect {
    /// The service answered that it did nothing.
    None,
    /// No clear answer came back (timeout, lost connection, 5xx): only a look at the world can tell.
    Unknown,
}

/// A call to AWS that did not succeed. Its text names the operation and the object; causes follow as sources.
#[derive(Debug, Error)]
#[error("couldn't {operation} {object}")]
pub struct CallError {
    operation: &'static str,
    object: String,
    kind: FailureKind,
    effect: Effect,
    #[source]
    source: Box<dyn StdError + Send + Sync>,
}

impl CallError {
    /// An error of `operation` (a verb phrase, `"force a new deployment of"`) on `object` (`"ECS service shop/checkout"`).
    pub fn new(
        operation: &'static str,
        object: impl Into<String>,
        (kind, effect): (FailureKind, Effect),
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self {
            operation,
            object: object.into(),
            kind,
            effect,
            source: source.into(),
        }
    }

    /// Whether the call may have been carried out all the same.
    pub fn effect(&self) -> Effect {
        self.effect
    }
}

impl Classify for CallError {
    fn kind(&self) -> FailureKind {
        self.kind
    }
}

/// An error with all its causes on one line, outermost first.
pub fn chain(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

/// What Lambda is told of a failed invocation: the whole chain of causes, which the runtime's own
/// conversion cuts down to the outermost one, redacted like all we log. The runtime also logs it, so nobody else should.
pub fn diagnostic(error: &anyhow::Error) -> Diagnostic {
    Diagnostic {
        error_type: "InvocationFailed".to_owned(),
        error_message: Quoted::line(&format!("{error:#}")).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lambda_is_told_the_whole_chain_of_causes() {
        let refused = std::io::Error::other("connection refused");
        let lost = (FailureKind::Transient, Effect::Unknown);
        let error = CallError::new("describe", "ECS service shop/checkout", lost, refused);
        let error = anyhow::Error::from(error).context("couldn't handle alarm checkout-5xx");
        assert_eq!(
            diagnostic(&error),
            Diagnostic {
                error_type: "InvocationFailed".to_owned(),
                error_message: "couldn't handle alarm checkout-5xx: couldn't describe ECS service shop/checkout: connection refused"
                    .to_owned(),
            }
        );
    }
}
