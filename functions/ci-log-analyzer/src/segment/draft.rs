//! A step of which the end is not yet known.

use super::signal::{Certainty, Kind};

/// Names are for people; a script without line ends is not one.
const NAME_BYTES: usize = 256;

/// A step, before it is known how the run ended.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Draft {
    pub(super) job: String,
    /// Which of the log's jobs, in order.
    pub(super) job_number: usize,
    pub(super) name: String,
    pub(super) lines: (u64, u64),
    pub(super) kind: Kind,
    pub(super) failure: Option<Failure>,
    pub(super) was_tolerated: bool,
    /// Whether each of its lines names it.
    pub(super) is_named: bool,
}

/// What speaks for a step's failure.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Failure {
    pub(super) exit_code: Option<i32>,
    pub(super) certainty: Certainty,
}

/// A name of bearable length.
pub(super) fn shortened(name: &str) -> String {
    name.get(..name.floor_char_boundary(NAME_BYTES))
        .unwrap_or_default()
        .trim()
        .to_owned()
}
