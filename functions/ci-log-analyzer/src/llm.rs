//! What language models are asked about a failed run, and what of their answers is used: [`prompt`] says what is asked,
//! [`crate::diagnosis`] reads the answer. Who is asked, and how, is [`shared::llm`].

pub mod prompt;

use std::future::Future;

use shared::clock::Clock;
use shared::deadline::Deadline;
use shared::llm::Form;
pub use shared::llm::{Attempt, Kind, Model, Provider, Providers, Standings, providers};
use shared::outbound::Prompt;
use shared::secrets::Secrets;

use crate::diagnosis::{self, Answer};
use crate::evidence::Quote;

/// A question, and what an answer to it must rest on.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// What is asked.
    pub prompt: &'a Prompt,
    /// The lines that the prompt shows: the answer must quote one of them.
    pub quotes: &'a [Quote],
}

impl shared::llm::Question for Question<'_> {
    type Answer = Answer;

    fn prompt(&self) -> &Prompt {
        self.prompt
    }

    fn form(&self) -> Form {
        diagnosis::FORM
    }

    fn read(&self, text: &str) -> Result<Answer, String> {
        diagnosis::read(text, self.quotes).map_err(|useless| useless.to_string())
    }
}

/// What came of asking.
pub type Asked = shared::llm::Asked<Answer>;

/// Language models, as far as the handler knows them.
pub trait Llm: Sync {
    /// Whether any is configured: without one the rules' verdict is the whole diagnosis.
    fn is_configured(&self) -> bool;

    /// Asks until there is a useful answer, or nobody is left to ask, or `until` is near. It never fails: what went wrong is in the attempts.
    fn ask(&self, question: Question<'_>, until: Deadline) -> impl Future<Output = Asked> + Send;
}

impl<S: Secrets, C: Clock> Llm for Providers<'_, S, C> {
    fn is_configured(&self) -> bool {
        shared::llm::Llm::is_configured(self)
    }

    async fn ask(&self, question: Question<'_>, until: Deadline) -> Asked {
        shared::llm::Llm::ask(self, &question, until).await
    }
}
