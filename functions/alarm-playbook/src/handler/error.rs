use jiff::Timestamp;
use shared::failure::{CallError, Classify, FailureKind};
use shared::records::RecordError;
use thiserror::Error;

use crate::record::LeaseLost;

/// Why an alarm was not handled to the end.
#[derive(Debug, Error)]
pub enum HandlerError {
    /// A call failed.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The target's record could not be read or written.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// We were too slow, and somebody else took over.
    #[error(transparent)]
    LeaseLost(#[from] LeaseLost),
    /// The lease ran out before the call was made, so it was not made.
    #[error("the lease ran out at {until}, before the call was made")]
    LeaseOver {
        /// When it ran out.
        until: Timestamp,
    },
    /// A call of an earlier try of this very event may still be in flight.
    #[error("an earlier try of this event may still act until {until}")]
    OwnLease {
        /// When that becomes impossible.
        until: Timestamp,
    },
    /// Our own entry is no longer in the record: somebody edited it by hand.
    #[error("the entry of incident {incident} vanished from its record")]
    EntryGone {
        /// The incident.
        incident: String,
    },
    /// No channel carried the report.
    #[error("nobody could be told of incident {incident}; the last refusal was: {error}")]
    Untold {
        /// The incident.
        incident: String,
        /// The last refusal.
        error: String,
    },
}

impl Classify for HandlerError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Call(error) => error.kind(),
            Self::Record(error) => error.kind(),
            Self::EntryGone { .. } => FailureKind::Permanent,
            // A retry finds the new state of affairs, or ends in the failure queue, which is what is left
            // when nobody can be told.
            Self::LeaseLost(_)
            | Self::LeaseOver { .. }
            | Self::OwnLease { .. }
            | Self::Untold { .. } => FailureKind::Transient,
        }
    }
}
