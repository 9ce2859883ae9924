//! Language models: asked for a diagnosis, in the configured order, until one gives a useful answer.
//!
//! All of them speak the same protocol, chat completions; what sets them apart is data ([`Kind`]). [`prompt`] says what is asked,
//! [`Providers`] asks. Nothing that comes back can do more harm than to be useless.

mod answer;
mod ask;
mod breaker;
mod dialect;
mod price;
pub mod prompt;
mod provider;
mod request;
mod retry_after;
mod settings;
mod standing;

use std::future::Future;
use std::time::Duration;

use serde::Serialize;
use shared::deadline::Deadline;
use shared::outbound::Prompt;

pub use self::ask::Providers;
pub use self::provider::{Kind, Model, Provider};
pub use self::settings::providers;
pub use self::standing::Standings;
use crate::diagnosis::Answer;
use crate::evidence::Quote;

/// A question, and what an answer to it must rest on.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// What is asked.
    pub prompt: &'a Prompt,
    /// The lines that the prompt shows: the answer must quote one of them.
    pub quotes: &'a [Quote],
}

/// What came of asking.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Asked {
    /// The first useful answer.
    pub answer: Option<Answer>,
    /// Each request that was sent or held back, in order.
    pub attempts: Vec<Attempt>,
}

/// A request to a provider and what came of it: for the analysis and the metrics.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Attempt {
    /// The provider's configured name.
    pub provider: String,
    /// The model's configured name.
    pub model: String,
    /// `answered`, or why not, in our own words.
    pub outcome: String,
    /// Tokens as the provider counted them.
    pub input_tokens: u64,
    /// Tokens as the provider counted them.
    pub output_tokens: u64,
    /// An estimate from configured prices; `None` where there are none.
    pub cost_usd: Option<f64>,
    /// How long it took.
    #[serde(serialize_with = "milliseconds", rename = "took_ms")]
    pub took: Duration,
}

fn milliseconds<S: serde::Serializer>(took: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(took.as_millis()).unwrap_or(u64::MAX))
}

/// Language models. They have no tools: whatever comes back is text.
pub trait Llm: Sync {
    /// Whether any is configured: without one the rules' verdict is the whole diagnosis.
    fn is_configured(&self) -> bool;

    /// Asks until there is a useful answer, or nobody is left to ask, or `until` is near. It never fails: what went wrong is in the attempts.
    fn ask(&self, question: Question<'_>, until: Deadline) -> impl Future<Output = Asked> + Send;
}
