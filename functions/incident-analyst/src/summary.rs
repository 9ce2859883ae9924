//! A model's words about an analysis, if one is configured: what happened, in a few sentences that quote the evidence.
//!
//! The rules' analysis is complete without it. Whatever goes wrong here, there is no summary, and nothing else is different. The models have
//! no tools, what they write is checked ([`reply`]), passes the gate, and is only ever shown.

mod advice;
mod prompt;
mod reply;

use jiff::SignedDuration;
use shared::clock::{Clock, Nonces};
use shared::deadline::Deadline;
use shared::llm::{Asked, Attempt, Form, Llm, Question};
use shared::outbound::Prompt;
use tracing::info;

use self::reply::Said;
use crate::analysis::{Analysis, Cause, Summary};

/// What stands before a summary where the rules name no cause.
const NO_CAUSE: &str = "The rules found no cause; a cause in these words is the model's guess.";

/// No model answers in less.
const LEAST: SignedDuration = SignedDuration::from_secs(2);

/// A summary of `analysis` by the first model that gives one that can be used, before `until`.
///
/// `None` where no model is configured, none answers in time, or what it says does not hold: see [`reply`]. It is best asked for after the
/// analysis has been stored.
pub async fn summarise<M: Llm, T: Clock + Nonces>(
    model: &M,
    analysis: &Analysis,
    time: &T,
    until: Deadline,
) -> Option<Summary> {
    let left = until.end().duration_since(time.now());
    if !model.is_configured() || analysis.evidence.is_empty() || left < LEAST {
        return None;
    }
    let about = About {
        prompt: prompt::prompt(analysis, &time.nonce()),
        analysis,
    };
    // A client that hangs has no more time than one that answers.
    let asked = tokio::select! {
        asked = model.ask(&about, until) => asked,
        () = time.pause(left.unsigned_abs()) => Asked::default(),
    };
    for attempt in &asked.attempts {
        log(attempt);
    }
    let Said { text, evidence } = asked.answer?;
    // Nothing checks a cause in free text: where the rules name none, that stands beside it.
    let text = match analysis.verdict.cause {
        Cause::Undetermined => format!("{NO_CAUSE} {text}"),
        _ => text,
    };
    Some(Summary {
        text,
        evidence,
        model: asked.attempts.last()?.model.clone(),
    })
}

fn log(attempt: &Attempt) {
    let Attempt {
        provider, outcome, ..
    } = attempt;
    let took = u64::try_from(attempt.took.as_millis()).unwrap_or(u64::MAX);
    info!(
        llm.provider = provider,
        llm.model = attempt.model,
        llm.input_tokens = attempt.input_tokens,
        llm.output_tokens = attempt.output_tokens,
        llm.cost_usd = attempt.cost_usd,
        duration_ms = took,
        "asked {provider} for a summary: {outcome}"
    );
}

/// The question about an analysis.
struct About<'a> {
    prompt: Prompt,
    analysis: &'a Analysis,
}

impl Question for About<'_> {
    type Answer = Said;

    fn prompt(&self) -> &Prompt {
        &self.prompt
    }

    fn form(&self) -> Form {
        prompt::FORM
    }

    fn read(&self, text: &str) -> Result<Said, String> {
        reply::read(text, &self.analysis.evidence).map_err(|useless| useless.to_string())
    }
}

#[cfg(test)]
mod tests;
