//! From what a model wrote to an answer that can be shown.

use serde::Deserialize;
use shared::llm::{self, Unreadable};
use thiserror::Error;

use super::{Answer, Diagnosis, quoted};
use crate::analysis::Category;
use crate::evidence::Quote;

/// What is longer is cut: a summary is read in a mail.
const SUMMARY_BYTES: usize = 600;

/// What is longer is cut: people stop reading.
const TEXT_BYTES: usize = 2_000;

/// What is longer is no small patch, and half a patch is none.
const DIFF_BYTES: usize = 64 * 1024;

/// Why an answer is of no use. The words are our own: nothing of the answer is in them.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum Useless {
    /// There is nothing to read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// A text that must say something says nothing.
    #[error("its {0} is empty")]
    Blank(&'static str),
    /// A category that nobody knows.
    #[error("its category is none of ours")]
    Category,
    /// Not from 0 to 1. It is not bent into range: 85 could mean 0.85, and what counts from 0 to 5 or from 0 to 10 could not.
    #[error("its confidence is not from 0 to 1")]
    Confidence,
    /// What it rests on is not in the excerpt.
    #[error("it quotes no line of the excerpt")]
    Quote,
}

/// The fields as they come. Unknown ones are ignored, known ones that come twice are an error.
#[derive(Deserialize)]
struct Reply {
    summary: String,
    root_cause: String,
    category: String,
    confidence: f64,
    quote: String,
    suggestion: String,
    #[serde(default)]
    patch: Option<String>,
}

/// The answer in `raw`: the first JSON object there, with or without words or a fence around it. What follows it is not looked at.
///
/// # Errors
/// Where it cannot be used: no such object, not of the schema's shape, numbers out of range, or it quotes nothing of `quotes`.
pub fn read(raw: &str, quotes: &[Quote]) -> Result<Answer, Useless> {
    let reply: Reply = llm::object(raw)?;
    let quote = quoted::line(&reply.quote, quotes);
    let diagnosis = Diagnosis {
        summary: text("summary", &reply.summary, SUMMARY_BYTES)?,
        root_cause: text("root cause", &reply.root_cause, TEXT_BYTES)?,
        category: category(&reply.category)?,
        confidence: confidence(reply.confidence)?,
        // The log's own words, not what the model made of them.
        quote: quote.map(|quote| quote.text.clone()).unwrap_or_default(),
        quote_line: quote.ok_or(Useless::Quote)?.number,
        suggestion: cut(reply.suggestion.trim(), TEXT_BYTES),
    };
    Ok(Answer {
        diagnosis,
        diff: reply.patch.filter(|patch| is_diff(patch)),
    })
}

fn text(name: &'static str, text: &str, most: usize) -> Result<String, Useless> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Useless::Blank(name));
    }
    Ok(cut(text, most))
}

fn cut(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(most);
    format!("{}…", text.get(..end).unwrap_or_default())
}

/// Without a grammar, models write `Test` as soon as `test`.
fn category(name: &str) -> Result<Category, Useless> {
    let name = name.trim().to_ascii_lowercase();
    serde_json::from_value(name.into()).map_err(|_| Useless::Category)
}

fn confidence(number: f64) -> Result<f64, Useless> {
    let is_right = (0.0..=1.0).contains(&number);
    // Minus nought is nought.
    is_right.then_some(number.abs()).ok_or(Useless::Confidence)
}

/// Some models write the word instead of the value.
fn is_diff(patch: &str) -> bool {
    let text = patch.trim();
    !text.is_empty() && text != "null" && patch.len() <= DIFF_BYTES
}
