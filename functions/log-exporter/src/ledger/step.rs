//! What is to be done about a window.

use jiff::{SignedDuration, Timestamp};

use super::entry::Reconciling;

/// What is known of a log group when a window of it is decided about.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Group {
    /// When it was made, or was told to keep its events for longer, by what it had forgotten then: what is older is not there as a whole.
    pub created_at: Timestamp,
    /// How long it keeps events; forever if `None`.
    pub retention: Option<SignedDuration>,
    /// Whether it is there.
    pub exists: bool,
}

/// What is to be done about a window, one thing at a time.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Step {
    /// Nothing, until then. Never, if `None`.
    Wait(Option<Timestamp>),
    /// Note that a task is about to be asked for (which comes before the call), and ask for it.
    AskForTask,
    /// A task may have been asked for, and its id is not known: look for it by where it writes to.
    FindTask,
    /// See how a task is getting on.
    LookAtTask(String),
    /// Copy what a task wrote, after this staged object.
    Copy {
        /// The last that was copied.
        after: Option<String>,
    },
    /// Begin to count the source.
    Count,
    /// Ask for the answer of a query that counts.
    AskCount(String),
    /// Read the window's events directly from `from` up to `until`, beginning with a page. Some of them may be there already.
    Read {
        /// From when.
        from: Timestamp,
        /// Up to when, which is not read; after the end of the window, if it is read again after that.
        until: Timestamp,
        /// The page to go on with, as [`Fact::Read`](super::Fact) left it. It may belong to a shorter span, which is read to its end
        /// then.
        token: Option<String>,
    },
    /// List all events of the window by id, compare them with the rows, and add what is missing: seals a direct window, and mends any
    /// window that the source has more of.
    Reconcile(Option<Reconciling>),
    /// Write the manifest.
    Tell,
    /// Remove what lies where the window's objects are and is none of them.
    Tidy,
    /// State that it is lost.
    GiveUp {
        /// What may be missing, as a sentence.
        loss: String,
    },
    /// Export it again.
    Again,
}
