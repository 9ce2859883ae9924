//! Language models: asked one question, in the configured order, until one gives a useful answer.
//!
//! All of them speak the same protocol, chat completions; what sets them apart is data ([`Kind`]). Whoever asks brings a [`Question`], which
//! says what is asked and what is an answer to it; [`Providers`] asks. Nothing that comes back can do more harm than to be useless.

mod answer;
mod ask;
mod breaker;
mod dialect;
mod price;
mod provider;
mod reply;
mod request;
mod retry_after;
mod settings;
mod standing;

use std::future::Future;
use std::time::Duration;

use serde::Serialize;

pub use self::ask::Providers;
pub use self::provider::{Kind, Model, Provider};
pub use self::reply::{Unreadable, object};
pub use self::request::Form;
pub use self::settings::providers;
pub use self::standing::Standings;
use crate::deadline::Deadline;
use crate::outbound::Prompt;

/// A question, and what is an answer to it.
pub trait Question: Sync {
    /// An answer that passed the checks.
    type Answer: Send;

    /// What is asked.
    fn prompt(&self) -> &Prompt;

    /// The form that the answer must have.
    fn form(&self) -> Form;

    /// The answer in what a model wrote, checked.
    ///
    /// # Errors
    /// Why it is of no use, in our own words: they are recorded, and nothing of the text is in them.
    fn read(&self, text: &str) -> Result<Self::Answer, String>;
}

/// What came of asking.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked<A> {
    /// The first useful answer.
    pub answer: Option<A>,
    /// Each request that was sent or held back, in order.
    pub attempts: Vec<Attempt>,
}

impl<A> Default for Asked<A> {
    /// Nobody was asked.
    fn default() -> Self {
        Self {
            answer: None,
            attempts: Vec::new(),
        }
    }
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
    /// Whether any is configured.
    fn is_configured(&self) -> bool;

    /// Asks until there is a useful answer, or nobody is left to ask, or `until` is near. It never fails: what went wrong is in the attempts.
    fn ask<Q: Question>(
        &self,
        question: &Q,
        until: Deadline,
    ) -> impl Future<Output = Asked<Q::Answer>> + Send;
}
