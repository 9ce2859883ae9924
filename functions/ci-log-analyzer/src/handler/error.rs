use jiff::Timestamp;
use shared::failure::{CallError, Classify, FailureKind};
use shared::records::RecordError;
use thiserror::Error;

use crate::objects::ObjectError;

/// Why a log was not handled to the end.
#[derive(Debug, Error)]
pub enum HandlerError {
    /// A call failed.
    #[error(transparent)]
    Call(#[from] CallError),
    /// A record could not be read or written.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The log could not be read.
    #[error(transparent)]
    Object(#[from] ObjectError),
    /// The log was read in part only, and the next try may read all.
    #[error("the log was read in part: {0}")]
    Interrupted(String),
    /// There was no time left to begin with the log.
    #[error("there was no time left for the log")]
    NoTime,
    /// Another invocation has the log in hand.
    #[error("another invocation has the log in hand until {until}")]
    InHand {
        /// When that is over at the latest.
        until: Timestamp,
    },
    /// An earlier try of this very event may still be at work.
    #[error("an earlier try of this event may still be at work until {until}")]
    OwnLease {
        /// When that becomes impossible.
        until: Timestamp,
    },
    /// Somebody else has the log by now.
    #[error("somebody else took the log over")]
    LeaseLost,
    /// Nothing tells this content of the object from another.
    #[error("the object has neither a version nor an entity tag")]
    NoVersion,
    /// The analysis broke; nothing was done because of it.
    #[error("the log could not be analysed: {0}")]
    Analysis(String),
    /// No channel carried the report.
    #[error("nobody could be told; the last refusal was: {0}")]
    Untold(String),
}

impl HandlerError {
    /// Whether others see to the log, or another try of the same event does.
    pub(super) fn is_of_others(&self) -> bool {
        matches!(self, Self::InHand { .. } | Self::OwnLease { .. })
    }
}

impl Classify for HandlerError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Call(error) => error.kind(),
            Self::Record(error) => error.kind(),
            Self::Object(error) => error.kind(),
            Self::NoVersion | Self::Analysis(_) => FailureKind::Permanent,
            // A retry finds the new state of affairs, or ends in the failure queue, which is what is left when nobody can be told.
            Self::Interrupted(_)
            | Self::NoTime
            | Self::InHand { .. }
            | Self::OwnLease { .. }
            | Self::LeaseLost
            | Self::Untold(_) => FailureKind::Transient,
        }
    }
}
