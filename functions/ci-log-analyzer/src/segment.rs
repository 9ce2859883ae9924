//! Which job and step of the run a line belongs to, and which of them failed.

use serde::Serialize;

/// What a line is to the run, beside its text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Place {
    /// Index into [`Steps`]'s list.
    pub step: usize,
    pub marker: Marker,
}

/// What the CI system itself says with a line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Marker {
    /// Nothing: the line is the output of a command.
    Output,
    /// A step, a group, a section begins or ends, or the command about to be run is echoed.
    Structure,
    /// The CI system says that something failed (`##[error]…`, `ERROR: Job failed`), in words of its own: a wrapper, not a cause.
    Failure,
}

/// One step, in the order of the log.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Step {
    /// The job it belongs to, where the log says so.
    pub job: Option<String>,
    pub name: String,
    /// Its first and last line.
    pub lines: (u64, u64),
    pub end: End,
}

/// How a step ended, as far as the log tells.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub enum End {
    /// The log does not say; mostly it went well.
    Unknown,
    Failed {
        exit_code: Option<i32>,
    },
    /// It failed, and the run went on as if it had not (`continue-on-error`).
    Tolerated,
}
