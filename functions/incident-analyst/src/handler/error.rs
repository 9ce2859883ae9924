use jiff::Timestamp;
use shared::failure::{Classify, FailureKind};
use shared::records::RecordError;
use thiserror::Error;

/// Why an incident was not analysed to the end.
#[derive(Debug, Error)]
pub enum HandlerError {
    /// A record or an object could not be read or written.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// There was no time left.
    #[error("there was no time left to {0}")]
    NoTime(&'static str),
    /// Another invocation has the incident in hand, and did not come to an end while this one waited.
    #[error("another invocation has the incident in hand until {until}")]
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
    /// Somebody else has the incident by now.
    #[error("somebody else took the incident over")]
    LeaseLost,
    /// The analysis was begun again and again and never came to an end.
    #[error("the analysis was begun too often without coming to an end")]
    GivenUp,
    /// The analysis has no JSON.
    #[error("the analysis cannot be written as JSON")]
    NoDocument,
}

impl Classify for HandlerError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Record(error) => error.kind(),
            Self::GivenUp | Self::NoDocument => FailureKind::Permanent,
            // A retry finds the new state of affairs, or ends in the failure queue.
            Self::NoTime(_) | Self::InHand { .. } | Self::OwnLease { .. } | Self::LeaseLost => {
                FailureKind::Transient
            }
        }
    }
}
