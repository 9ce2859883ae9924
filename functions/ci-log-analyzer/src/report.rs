//! What people and their tools are told of a failed run: JSON, a page, a mail, and texts for GitHub. Pure.
//!
//! All of it is made from one [`Finding`] and leaves through `shared::outbound`: whatever a log, a commit or a model says is quoted there,
//! never obeyed.

mod document;
mod github;
mod links;
mod mail;
mod page;
mod words;

use std::fmt;

use jiff::Timestamp;
use shared::outbound::Site;

use crate::analysis::Analysis;
use crate::diagnosis::Diagnosis;
use crate::evidence::Quote;
use crate::github::{Run, Thread};
use crate::llm::Attempt;
use crate::patch::Accepted;
use crate::repository::Repository;

pub use self::document::{SCHEMA_VERSION, document, schema};
pub use self::github::{Text, issue, pull_request, repeat_comment, triggering_comment};
pub use self::mail::mail;
pub use self::page::page;

/// A failed run, what is known about it, and what was done. Every text in it may be hostile.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The repository.
    pub repository: Repository,
    /// The host of its pages.
    pub site: Site,
    /// The bucket and key of the log.
    pub object: Object,
    /// Where its page is, once it is written.
    pub page: Option<Object>,
    /// When the log was analyzed.
    pub at: Timestamp,
    /// The run, where GitHub was asked and knows it.
    pub run: Option<Run>,
    /// The job, from the key of the log.
    pub job: Option<String>,
    /// The rules' verdict: it stands, whatever a model says.
    pub analysis: Analysis,
    /// The lines of the excerpt.
    pub quotes: Vec<Quote>,
    /// What the rules advise.
    pub advice: Option<String>,
    /// Why the log was not read to its end.
    pub problem: Option<String>,
    /// What a model said, checked.
    pub diagnosis: Option<Diagnosis>,
    /// Each request to a model.
    pub attempts: Vec<Attempt>,
    /// The patch that a model wrote.
    pub patch: Patch,
    /// What was done on GitHub.
    pub outcome: Outcome,
    /// How often this failure was seen, this time included.
    pub seen: u64,
    /// What could not be done, and people must know.
    pub troubles: Vec<String>,
    /// What was left out, which need not worry anybody: caps, a dry run, time.
    pub notes: Vec<String>,
}

/// Where an object is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Object {
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
}

/// What became of the patch that a model wrote.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Patch {
    /// There is none.
    #[default]
    None,
    /// The patch gate accepted it.
    Accepted {
        /// The files that it changes.
        changes: Vec<Change>,
        /// The diff.
        diff: String,
    },
    /// The patch gate refused it, for these reasons.
    Refused(Vec<String>),
}

/// A file that a patch changes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Change {
    /// Its path.
    pub path: String,
    /// Whether it is not there yet.
    pub is_new: bool,
}

/// What was done on GitHub.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// A draft pull request proposes the patch.
    Proposed(Thread),
    /// An issue was opened.
    Opened(Thread),
    /// It was seen before: a comment was added to this issue or pull request.
    Commented(Thread),
    /// It was seen before, and there is this issue or pull request already: nothing was added.
    Known(Thread),
    /// Nothing, for this reason: a few words after `because`.
    Nothing(String),
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.key)
    }
}

impl Patch {
    /// The patch that the gate accepted.
    pub fn accepted(accepted: &Accepted, diff: String) -> Self {
        let changes = accepted.files().iter().map(|file| Change {
            path: file.path().as_str().to_owned(),
            is_new: file.is_new(),
        });
        Self::Accepted {
            changes: changes.collect(),
            diff,
        }
    }
}

impl Outcome {
    /// The issue or pull request that it is about.
    pub fn thread(&self) -> Option<&Thread> {
        match self {
            Self::Proposed(thread)
            | Self::Opened(thread)
            | Self::Commented(thread)
            | Self::Known(thread) => Some(thread),
            Self::Nothing(_) => None,
        }
    }
}

#[cfg(test)]
mod tests;
