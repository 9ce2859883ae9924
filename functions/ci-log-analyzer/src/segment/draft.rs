//! A step of which the end is not yet known.

use super::Step;
use super::signal::{Certainty, Kind};
use crate::line::whole_words;

/// Redaction must see the whole of what stands at the end of what is shown.
const KEPT_BYTES: usize = 2 * Step::MOST_NAME_BYTES;

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
    whole_words(name, KEPT_BYTES).trim().to_owned()
}
