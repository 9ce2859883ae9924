//! Whom to ask, and what sets one provider apart from another.

use crate::http::Url;
use crate::outbound::Gated;
use serde::Serialize;

/// A kind of provider.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Kind {
    /// Groq.
    Groq,
    /// OpenAI.
    OpenAi,
    /// The router of Hugging Face, in front of many others.
    HuggingFace,
    /// Any server with the same protocol: Ollama, vLLM, llama.cpp, Amazon Bedrock's endpoint.
    Compatible,
}

/// A provider as it is configured.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Provider {
    /// Which kind.
    pub kind: Kind,
    /// Where it is asked: `https`, or `http` on this machine.
    pub chat_completions: Url,
    /// Which model is asked.
    pub model: Model,
    /// The SSM parameter that holds its key.
    pub key_parameter: Option<String>,
}

/// The name of a model: visible ASCII, as whoever operates lambda-medic wrote it.
#[derive(Clone, Debug, Eq, Hash, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Model(String);

impl Gated for Model {}

/// In which field the length of an answer is limited. `max_tokens` is the older one: OpenAI's reasoning models refuse it, many
/// servers know no other (platform.openai.com/docs/api-reference/chat, docs.ollama.com/api/openai-compatibility).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) enum Limit {
    MaxCompletionTokens,
    MaxTokens,
}

impl Kind {
    /// All of them, as `LLM_PROVIDERS` names them.
    pub const ALL: [Self; 4] = [
        Self::Groq,
        Self::OpenAi,
        Self::HuggingFace,
        Self::Compatible,
    ];

    /// As `LLM_PROVIDERS` names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Groq => "groq",
            Self::OpenAi => "openai",
            Self::HuggingFace => "huggingface",
            Self::Compatible => "compatible",
        }
    }

    /// Where it is, unless configured otherwise.
    pub(super) fn base_url(self) -> Option<&'static str> {
        match self {
            Self::Groq => Some("https://api.groq.com/openai/v1"),
            Self::OpenAi => Some("https://api.openai.com/v1"),
            Self::HuggingFace => Some("https://router.huggingface.co/v1"),
            Self::Compatible => None,
        }
    }

    /// What is asked there, unless configured otherwise: of November 2026, a model in production that follows a JSON Schema strictly
    /// (console.groq.com/docs/models and /structured-outputs, developers.openai.com/api/docs/models, huggingface.co/docs/inference-providers).
    pub(super) fn model(self) -> Option<&'static str> {
        match self {
            Self::Groq | Self::HuggingFace => Some("openai/gpt-oss-120b"),
            Self::OpenAi => Some("gpt-5.4-mini"),
            Self::Compatible => None,
        }
    }

    pub(super) fn limit(self) -> Limit {
        match self {
            Self::Groq | Self::OpenAi => Limit::MaxCompletionTokens,
            Self::HuggingFace | Self::Compatible => Limit::MaxTokens,
        }
    }

    /// Only OpenAI keeps what it is asked unless told not to.
    pub(super) fn store(self) -> Option<bool> {
        matches!(self, Self::OpenAi).then_some(false)
    }

    /// The others answer nobody without one.
    pub(super) fn needs_key(self) -> bool {
        self != Self::Compatible
    }
}

impl Provider {
    /// Whether it can be asked: without the name of a key's parameter, only a server of one's own can.
    pub(super) fn is_usable(&self) -> bool {
        self.key_parameter.is_some() || !self.kind.needs_key()
    }
}

impl Model {
    /// The model `name`; `None` for what no provider calls a model.
    pub fn parse(name: &str) -> Option<Self> {
        let is_right =
            (1..=200).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_graphic());
        is_right.then(|| Self(name.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
