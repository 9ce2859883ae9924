//! What was found out or done about a window.

use jiff::Timestamp;
use shared::exports::manifest::{Output, SourceCount};

use super::entry::Reconciling;

/// What was found out or done about a window.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Fact {
    /// A task is about to be asked for.
    Intended,
    /// The task that was asked for, or that was found, has this id.
    Task(String),
    /// No task was begun.
    Refused(Refusal),
    /// No task writes to where this one would.
    NoTask,
    /// A task is getting on.
    Seen(TaskStatus),
    /// Staged objects were copied.
    Copied {
        /// The last that was copied as a whole.
        to: Option<String>,
        /// Whether it was the last of all.
        is_all: bool,
        /// What is there now.
        output: Output,
    },
    /// A query counts.
    Counting(String),
    /// The source was counted.
    Counted(SourceCount),
    /// No stream of the group got events since a proven window was last counted: it was not counted again.
    Unchanged,
    /// The source could not be counted.
    Uncounted(String),
    /// Events were read directly.
    Read {
        /// The step's `until`, before which everything was read; its `from` if there is a token.
        until: Timestamp,
        /// Where the next page is, if the time was up before all was read. What the ledger hands back in the next step, without
        /// looking into it: a reader that must know to which span it belongs and since when writes that into it.
        token: Option<String>,
        /// What is there now.
        output: Output,
    },
    /// The events of a part of the window were listed, and each is there now.
    Reconciling {
        /// How far.
        done: Reconciling,
        /// What is there now.
        output: Output,
    },
    /// All events of the window were listed, and each is there now, once.
    Reconciled {
        /// What is there now.
        output: Output,
        /// What the source has.
        source: SourceCount,
    },
    /// The rows cannot be made what the source has, such as because there are more.
    Unreconciled(String),
    /// The manifest says what this revision of the entry says.
    Told(u64),
    /// Nothing lies there that the entry does not name.
    Tidied,
    /// It is lost.
    GivenUp(String),
    /// It is to be exported again.
    Again,
    /// The same, and it is read directly from now on, as its group is.
    AgainDirectly,
}

/// Why no task was begun.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Refusal {
    /// Another one is under way in the account and region (`LimitExceededException`), perhaps somebody else's.
    Busy,
    /// It cannot be: permissions, the bucket, the group's class. The words are the service's.
    Never(String),
}

/// How a task is getting on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum TaskStatus {
    /// `PENDING`, `PENDING_CANCEL` or `RUNNING`.
    UnderWay,
    /// `COMPLETED`, which says nothing of what it wrote.
    Completed,
    /// `FAILED` or `CANCELLED`, in the service's words.
    Failed(String),
    /// The service knows no such task any more.
    Unknown,
}
