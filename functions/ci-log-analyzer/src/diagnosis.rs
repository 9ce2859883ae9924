//! What a language model made of the excerpt, checked: what of it may be shown, and that it rests on a line of the log. Pure.

mod quoted;
mod reply;
mod schema;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use self::reply::{Useless, read};
pub use self::schema::FORM;
use crate::analysis::Category;

/// A diagnosis that passed the checks. Its texts are still somebody else's: the gate escapes them wherever they are shown.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Diagnosis {
    /// One or two sentences.
    pub summary: String,
    /// Why it failed.
    pub root_cause: String,
    /// What the model takes it for. The verdict stays that of the rules.
    pub category: Category,
    /// From 0 to 1, as the model says; it is not calibrated.
    pub confidence: f64,
    /// A line of the excerpt, word for word: the one that the model quotes, or quotes from.
    pub quote: String,
    /// Where that line stands in the log.
    pub quote_line: u64,
    /// What a person may do.
    pub suggestion: String,
}

/// A checked answer of a language model.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The diagnosis.
    pub diagnosis: Diagnosis,
    /// A unified diff that the patch gate has not seen yet.
    pub diff: Option<String>,
}
