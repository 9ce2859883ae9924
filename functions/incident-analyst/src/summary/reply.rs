//! From what a model wrote to a summary that can be shown. Pure.
//!
//! It must rest on the evidence: each quotation is in the piece of evidence that it names, and no number is in the text that is not in one of
//! those pieces. It must say what happened and not what to do. Otherwise there is none: half of one would be worse.

use std::collections::HashSet;

use serde::Deserialize;
use shared::llm::{self, Unreadable};
use shared::outbound::{Quoted, is_harmless};
use thiserror::Error;

use super::advice::tells_what_to_do;
use crate::analysis::EvidenceItem;

/// More than this nobody reads at three in the morning.
const MOST_CHARACTERS: usize = 600;

/// A part of a piece of evidence that is shorter than this is in every other one too.
const LEAST_PART: usize = 12;

/// More quotations than this make no point.
const MOST_QUOTES: usize = 20;

/// What a model said, checked and gated.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Said {
    pub(super) text: String,
    /// Ids, each once, in the model's order.
    pub(super) evidence: Vec<String>,
}

/// Why an answer is of no use, in our own words.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub(super) enum Useless {
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    #[error("its text is empty")]
    Blank,
    #[error("its text is too long")]
    TooLong,
    #[error("it quotes nothing, or too much")]
    Quotes,
    #[error("what it quotes is not in the evidence")]
    NotQuoted,
    #[error("it has a number that is not in the evidence that it quotes")]
    MadeUp,
    #[error("it says what to do, or has an address in it")]
    Advice,
}

/// The fields as they come. Unknown ones are ignored, known ones that come twice are an error.
#[derive(Deserialize)]
struct Reply {
    text: String,
    quotes: Vec<Quotation>,
}

#[derive(Deserialize)]
struct Quotation {
    evidence_id: String,
    quote: String,
}

/// The summary in `raw`, which is about `evidence`.
pub(super) fn read(raw: &str, evidence: &[EvidenceItem]) -> Result<Said, Useless> {
    let reply: Reply = llm::object(raw)?;
    let text = words(&reply.text, |_| true);
    if text.is_empty() {
        return Err(Useless::Blank);
    }
    if text.chars().count() > MOST_CHARACTERS {
        return Err(Useless::TooLong);
    }
    if reply.quotes.is_empty() || reply.quotes.len() > MOST_QUOTES {
        return Err(Useless::Quotes);
    }
    let mut ids = Vec::new();
    for quotation in &reply.quotes {
        let id = quoted(quotation, evidence).ok_or(Useless::NotQuoted)?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    if tells_what_to_do(&text) {
        return Err(Useless::Advice);
    }
    let is_quoted = |item: &&EvidenceItem| ids.contains(&item.id);
    if has_other_numbers(&text, evidence.iter().filter(is_quoted)) {
        return Err(Useless::MadeUp);
    }
    Ok(Said {
        text: Quoted::line(&text).as_str().to_owned(),
        evidence: ids,
    })
}

/// The id of the piece of evidence that is quoted; `None` if it is not, or there is none of that id.
fn quoted(quotation: &Quotation, evidence: &[EvidenceItem]) -> Option<String> {
    let item = evidence
        .iter()
        .find(|item| item.id == quotation.evidence_id.trim())?;
    // The prompt puts backslashes into what a chat template would take for its own.
    let plain = |text: &str| words(text, |char| char != '\\');
    let (whole, part) = (plain(&item.quote), plain(&quotation.quote));
    let says_something = part.chars().any(char::is_alphanumeric);
    let is_long = part.chars().count() >= LEAST_PART;
    let is_quoted = part == whole || is_long && whole.contains(&part);
    (says_something && is_quoted).then(|| item.id.clone())
}

/// The words of a text with one space between them, without what nobody sees.
fn words(text: &str, is_kept: impl Fn(char) -> bool) -> String {
    let seen: String = text
        .chars()
        .filter(|char| char.is_whitespace() || is_harmless(*char) && is_kept(*char))
        .collect();
    seen.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a number is in `text` that is in none of `items`.
///
/// The times of the items are looked for as a whole: the five minutes of 14:05 make nobody's 5 % true.
fn has_other_numbers<'a>(text: &str, items: impl Iterator<Item = &'a EvidenceItem>) -> bool {
    let mut known = HashSet::new();
    let mut left = text.to_owned();
    for item in items {
        known.extend(numbers(&item.quote));
        if let Some(at) = item.at {
            for form in ["%Y-%m-%d", "%H:%M:%S", "%H:%M"] {
                left = left.replace(&at.strftime(form).to_string(), " ");
            }
        }
    }
    !numbers(&left).all(|number| known.contains(number))
}

/// Whole numbers and the parts of others, as they are written: 05 is not 5.
fn numbers(text: &str) -> impl Iterator<Item = &str> {
    text.split(|char: char| !char.is_ascii_digit())
        .filter(|digits| !digits.is_empty())
}
