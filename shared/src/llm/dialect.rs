//! How a model wants to be asked: found out by asking, one step down at a time.

use super::price;
use super::provider::{Kind, Limit, Model};

/// How the form of the answer is asked for, from the strictest to none; the prompt asks for JSON in any case.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) enum Format {
    JsonSchema,
    JsonObject,
    Text,
}

/// What of the protocol a model takes.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) struct Dialect {
    pub(super) format: Format,
    pub(super) limit: Limit,
    /// Whether it is told to think little.
    pub(super) has_effort: bool,
}

/// What a model did not take.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Complaint {
    /// The form of the answer.
    Format,
    /// It wrote something that is not of that form: the next time it may well do.
    Generation,
    /// The field that limits the answer.
    Limit,
    /// The field that says how much to think.
    Effort,
}

impl Dialect {
    /// The one to begin with.
    pub(super) fn of(kind: Kind, model: &Model) -> Self {
        Self {
            format: Format::JsonSchema,
            limit: kind.limit(),
            has_effort: price::thinks(kind, model.as_str()),
        }
    }

    /// The next one to try; `None` where nothing is left to give way on.
    pub(super) fn after(self, complaint: Complaint, kind: Kind) -> Option<Self> {
        match complaint {
            Complaint::Format | Complaint::Generation => {
                let format = match self.format {
                    Format::JsonSchema => Format::JsonObject,
                    Format::JsonObject => Format::Text,
                    Format::Text => return None,
                };
                Some(Self { format, ..self })
            }
            // Once there, and not back again.
            Complaint::Limit if self.limit == kind.limit() => {
                let limit = match self.limit {
                    Limit::MaxTokens => Limit::MaxCompletionTokens,
                    Limit::MaxCompletionTokens => Limit::MaxTokens,
                };
                Some(Self { limit, ..self })
            }
            Complaint::Effort if self.has_effort => Some(Self {
                has_effort: false,
                ..self
            }),
            Complaint::Limit | Complaint::Effort => None,
        }
    }
}

impl Complaint {
    /// Whether the model would complain about the same again.
    pub(super) fn lasts(self) -> bool {
        self != Self::Generation
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_complaint_is_given_way_to_until_nothing_is_left() {
        let kind = Kind::Groq;
        let first = Dialect::of(kind, &Model::parse("openai/gpt-oss-120b").unwrap());
        let (object, text) = (
            Dialect {
                format: Format::JsonObject,
                ..first
            },
            Dialect {
                format: Format::Text,
                ..first
            },
        );
        let plain = Dialect {
            has_effort: false,
            ..first
        };
        let older = Dialect {
            limit: Limit::MaxTokens,
            ..first
        };
        assert_eq!(
            first,
            Dialect {
                format: Format::JsonSchema,
                limit: Limit::MaxCompletionTokens,
                has_effort: true,
            }
        );
        for (dialect, complaint, next) in [
            (first, Complaint::Format, Some(object)),
            (first, Complaint::Generation, Some(object)),
            (object, Complaint::Format, Some(text)),
            (text, Complaint::Format, None),
            (text, Complaint::Generation, None),
            (first, Complaint::Effort, Some(plain)),
            (plain, Complaint::Effort, None),
            (first, Complaint::Limit, Some(older)),
            (older, Complaint::Limit, None),
        ] {
            assert_eq!(
                dialect.after(complaint, kind),
                next,
                "{dialect:?} {complaint:?}"
            );
        }
    }

    #[test]
    fn a_model_that_nobody_knows_is_not_told_how_much_to_think() {
        let dialect = Dialect::of(
            Kind::Groq,
            &Model::parse("llama-3.3-70b-versatile").unwrap(),
        );
        assert!(!dialect.has_effort);
    }
}
