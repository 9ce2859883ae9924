//! What is worked on, and why that failed. What touches the bytes ([`crate::copy`], [`crate::direct`], [`crate::reconcile`],
//! [`crate::tidy`], [`crate::tell`]) takes the one and returns the other.

use jiff::Timestamp;
use shared::exports::layout::Place;
use shared::exports::window::Window;
use shared::exports::{encode::EncodeError, read::ReadError};
use shared::failure::{CallError, Classify, FailureKind};
use shared::records::RecordError;
use thiserror::Error;

/// A window that is worked on.
#[derive(Clone, Copy, Debug)]
pub struct Work<'a> {
    /// Whose log group.
    pub place: &'a Place,
    /// Which events.
    pub window: Window,
    /// Whether secrets are taken out of the messages of the rows that are written.
    pub is_redacted: bool,
    /// When it must be over, with its place saved. What is under way then is finished: a page, a part.
    pub by: Timestamp,
}

/// Why rows were not read, written or proven.
#[derive(Debug, Error)]
pub enum ExportError {
    /// A call to the world failed.
    #[error(transparent)]
    Call(#[from] CallError),
    /// A manifest could not be read or written.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// Somebody removed a part.
    #[error("object {key} is not there, which the ledger names")]
    Gone {
        /// Its key.
        key: String,
    },
    /// A part is not what it should be.
    #[error("couldn't read the rows of object {key}")]
    Unreadable {
        /// Its key.
        key: String,
        /// What is wrong with it.
        #[source]
        source: ReadError,
    },
    /// Rows could not be packed.
    #[error("couldn't pack rows")]
    Pack(#[from] EncodeError),
    /// Parts were rewritten, and that changed how many rows there are.
    #[error("the parts of hour {hour} have {before} rows, and {after} after they were rewritten")]
    Miscounted {
        /// The first moment of the hour.
        hour: Timestamp,
        /// How many rows there were.
        before: u64,
        /// How many there would be.
        after: u64,
    },
}

impl Classify for ExportError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Call(error) => error.kind(),
            Self::Record(error) => error.kind(),
            Self::Gone { .. }
            | Self::Unreadable { .. }
            | Self::Pack(_)
            | Self::Miscounted { .. } => FailureKind::Permanent,
        }
    }
}
