//! A change of the outside world: written down before it is made, and again when it is known what came of it.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use shared::reports::Channel;

use super::LogId;
use crate::repository::Sha;

/// A change of the outside world because of a failure.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Deed {
    /// What; each is done once.
    pub kind: Kind,
    /// The log that it is done for: its invocations see to it.
    pub owner: LogId,
    /// Until when nobody else may.
    pub until: Timestamp,
    /// The commit of the run that it is done for.
    #[serde(default)]
    pub sha: Option<Sha>,
    /// When it was begun.
    pub begun_at: Timestamp,
    /// What came of it.
    pub state: State,
    /// The channels that carried a mail so far.
    #[serde(default)]
    pub carried: Vec<Channel>,
    #[serde(flatten)]
    pub(super) unknown: Map<String, Value>,
}

/// What is done.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Kind {
    /// A draft pull request for a commit.
    Proposal {
        /// The commit.
        base: Sha,
    },
    /// An issue: the first, or the one after another that was closed.
    Issue {
        /// The number of the closed one.
        after: Option<u64>,
    },
    /// A comment on an issue or a pull request about a commit.
    Comment {
        /// Its number.
        number: u64,
        /// The commit.
        about: Option<Sha>,
    },
    /// A report to people.
    Mail {
        /// The first has 1.
        nth: u32,
        /// Whether it says what we could not do.
        is_of_trouble: bool,
    },
}

/// What came of it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum State {
    /// It is about to be done, or was.
    Intended,
    /// It was.
    Done {
        /// The issue or pull request that came of it.
        #[serde(default)]
        number: Option<u64>,
    },
    /// It was refused for good.
    Refused {
        /// Why.
        reason: String,
    },
    /// Nobody knows, and it is not done again.
    Unclear {
        /// Why.
        reason: String,
    },
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Intended => write!(f, "begun"),
            Self::Done { number: None } => write!(f, "done"),
            Self::Done {
                number: Some(number),
            } => write!(f, "#{number}"),
            Self::Refused { reason } => write!(f, "refused: {reason}"),
            Self::Unclear { reason } => write!(f, "unclear: {reason}"),
        }
    }
}

impl Kind {
    /// Whether it opens a thread: of these only one is under way at a time.
    pub fn opens(&self) -> bool {
        matches!(self, Self::Proposal { .. } | Self::Issue { .. })
    }
}

impl Deed {
    /// Whether others must leave it alone now.
    pub fn is_in_hand_of_others(&self, us: &LogId, now: Timestamp) -> bool {
        self.state == State::Intended && self.owner != *us && now < self.until
    }

    /// Whether it may have been done without our knowing.
    pub fn is_unsettled(&self) -> bool {
        matches!(self.state, State::Intended | State::Unclear { .. })
    }

    /// Whether this log may try again what another gave up: an outage, or a permission that was missing, is not for ever. A proposal
    /// is not tried again; the next commit has its own.
    pub fn may_be_tried_by(&self, us: &LogId) -> bool {
        let is_given_up = matches!(self.state, State::Refused { .. } | State::Unclear { .. });
        is_given_up && self.owner != *us && matches!(self.kind, Kind::Issue { .. })
    }

    /// The number of the thread that came of it.
    pub fn number(&self) -> Option<u64> {
        match self.state {
            State::Done { number } => number,
            _ => None,
        }
    }
}
