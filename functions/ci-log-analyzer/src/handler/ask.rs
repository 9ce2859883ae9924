//! The models are asked, at most once for each log.

use jiff::SignedDuration;
use serde_json::Value;
use shared::clock::{Clock, Nonces};
use shared::deadline::Deadline;
use shared::failure::chain;
use shared::outbound::{Document, Quoted};
use shared::records::Records;
use shared::reports::Reports;
use tracing::warn;

use super::case::Case;
use super::finding::asking;
use super::{Budget, Handler, HandlerError, Held};
use crate::diagnosis::Diagnosis;
use crate::github::GitHub;
use crate::llm::{Attempt, Llm, Question};
use crate::metrics;
use crate::objects::Objects;
use crate::patch;
use crate::record::Kept;

/// No model answers in less.
const LEAST: SignedDuration = SignedDuration::from_secs(2);

/// So many files are shown: more do not fit into what a model reads.
const MOST_FILES: usize = 3;

/// A diff that is longer is none of ours.
const MOST_DIFF_BYTES: usize = 64 * 1024;

impl<O: Objects, R: Records, P: Reports, G: GitHub, L: Llm, T: Clock + Nonces>
    Handler<'_, O, R, P, G, L, T>
{
    /// Asks, unless an earlier try did. Without an answer the rules' verdict is the whole diagnosis; that is no failure.
    pub(super) async fn ask(&self, case: &mut Case, held: &mut Held) -> Result<(), HandlerError> {
        if let Some(kept) = held.record().kept.clone() {
            case.diagnosis = kept.diagnosis;
            case.diff = kept.diff;
            case.attempts = kept.attempts.iter().filter_map(attempt).collect();
            return Ok(());
        }
        let is_asked = case
            .decision
            .as_ref()
            .is_some_and(|decision| decision.ask.is_chosen());
        if !is_asked || !self.has_slot(case, &self.cap_of_asks()).await? {
            return Ok(());
        }
        let until = Budget::until(self.ends_at).ask();
        let files = self.files(case).await;
        if until.duration_since(self.time.now()) < LEAST {
            case.note("there was no time left to ask a model");
            return Ok(());
        }
        let asking = asking(case, &files, &self.time.nonce());
        let question = Question {
            prompt: &asking.prompt,
            quotes: &asking.quotes,
        };
        let asked = self
            .within(until, self.llm.ask(question, Deadline::at(until)))
            .await;
        let Some(asked) = asked else {
            case.note("no model answered within the time");
            return Ok(());
        };
        for metric in metrics::asked(&asked.attempts) {
            self.measure(&metric);
        }
        let (diagnosis, diff) = asked.answer.map_or((None, None), |answer| {
            (gated(&answer.diagnosis), answer.diff)
        });
        let kept = Kept {
            diagnosis: diagnosis.clone(),
            diff: diff.filter(|diff| diff.len() <= MOST_DIFF_BYTES),
            attempts: asked
                .attempts
                .iter()
                .filter_map(|attempt| serde_json::to_value(attempt).ok())
                .collect(),
        };
        case.diagnosis = diagnosis;
        case.diff.clone_from(&kept.diff);
        case.attempts = asked.attempts;
        self.keep(held, |record| record.kept = Some(kept)).await
    }

    /// The files that the excerpt names, at the commit that ran. What cannot be had is left out: it only helps.
    async fn files(&self, case: &Case) -> Vec<(patch::RepoPath, String)> {
        let mut files = Vec::new();
        let Some(run) = case.known_run() else {
            return files;
        };
        let until = Budget::until(self.ends_at).ask() - LEAST;
        for path in patch::mentioned(&case.examined.quotes)
            .into_iter()
            .take(MOST_FILES)
        {
            let fetching = self
                .github
                .file(case.log.repository(), &path, &run.head_sha);
            let object = format!("{} of {}", path.as_str(), case.log.repository());
            match self.in_time(until, ("fetch", object), fetching).await {
                Ok(Some(content)) => {
                    let text = String::from_utf8(content).ok();
                    files.extend(text.map(|text| (path, text)));
                }
                Ok(None) => {}
                Err(error) => {
                    let reason = Quoted::line(&chain(&error));
                    warn!("asking without a file: {reason}");
                    break;
                }
            }
        }
        files
    }
}

/// A diagnosis as it may be kept and shown: what a model wrote may have a secret in it, or characters that hide something.
fn gated(diagnosis: &Diagnosis) -> Option<Diagnosis> {
    let document = Document::json(diagnosis)?;
    serde_json::from_str(document.as_str()).ok()
}

/// A request as it was kept.
fn attempt(kept: &Value) -> Option<Attempt> {
    let text = |name: &str| kept.get(name)?.as_str().map(str::to_owned);
    let number = |name: &str| kept.get(name).and_then(Value::as_u64).unwrap_or_default();
    Some(Attempt {
        provider: text("provider")?,
        model: text("model")?,
        outcome: text("outcome")?,
        input_tokens: number("input_tokens"),
        output_tokens: number("output_tokens"),
        cost_usd: kept.get("cost_usd").and_then(Value::as_f64),
        took: std::time::Duration::from_millis(number("took_ms")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_of_a_diagnosis_has_neither_secrets_nor_hidden_text() {
        let key = format!("ghp_{}", "a1B2".repeat(9));
        let said = |text: String| Diagnosis {
            summary: text.clone(),
            root_cause: text.clone(),
            category: crate::analysis::Category::Code,
            confidence: 0.5,
            quote: text.clone(),
            quote_line: 7,
            suggestion: text,
        };
        let kept = gated(&said(format!("two\nlines: {key}\u{1b}[31m\u{202e}x")));
        assert_eq!(
            kept,
            Some(said("two\nlines: [REDACTED:github-token#1]".to_owned()))
        );
    }

    #[test]
    fn a_request_is_kept_and_read_back() {
        let asked = Attempt {
            provider: "groq".to_owned(),
            model: "m".to_owned(),
            outcome: "answered".to_owned(),
            input_tokens: 12,
            output_tokens: 3,
            cost_usd: Some(0.5),
            took: std::time::Duration::from_millis(250),
        };
        assert_eq!(attempt(&serde_json::to_value(&asked).unwrap()), Some(asked));
    }
}
