//! The bucket of the CI logs: what is read from it and the little that may be written to it.

mod s3;
mod spool;

use std::future::Future;

use shared::failure::{CallError, Classify, FailureKind};
use shared::outbound::Document;
use shared::records::{ETag, Precondition, Written};
use thiserror::Error;

pub use self::s3::S3Objects;
pub use self::spool::{Gone, Spool};
use crate::baseline::Baseline;
use crate::log_key::LogKey;
use crate::record::Version;

/// An object as it is in the bucket.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Head {
    /// How many bytes it has.
    pub size: u64,
    /// Its version id, in a bucket with versions.
    pub version_id: Option<String>,
    /// Its entity tag, without quotation marks.
    pub etag: Option<String>,
}

impl Head {
    /// What tells it from other contents of the same key.
    pub fn version(&self) -> Option<Version> {
        Version::of(self.version_id.as_deref(), self.etag.as_deref())
    }
}

/// Which object is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Source<'a> {
    /// Its key.
    pub key: &'a str,
    /// The version; the latest where there is none.
    pub version_id: Option<&'a str>,
}

/// Which bytes of an object are read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Part {
    /// All.
    Whole,
    /// So many from the beginning.
    First(u64),
    /// So many before the end.
    Last(u64),
}

/// A baseline as it is in the bucket.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Learnt {
    /// What it knows: nothing, if it is damaged.
    pub baseline: Baseline,
    /// The version that was read.
    pub etag: ETag,
}

/// What the function writes about a log: the key follows from the log's.
#[derive(Clone, Debug)]
pub enum Output {
    /// `analysis/....json`.
    Json(Document),
    /// `analysis/....html`.
    Html(Document),
}

/// Why an object cannot be read.
#[derive(Debug, Error)]
pub enum ObjectError {
    /// It is not there (any more).
    #[error("{object} does not exist")]
    Missing {
        /// The object.
        object: String,
    },
    /// It may not be read.
    #[error(
        "{object} may not be read: encrypted with a key that the function may not use, or not ours"
    )]
    Denied {
        /// The object.
        object: String,
    },
    /// It is in an archive, from which it would have to be restored first.
    #[error("{object} is in an archive storage class")]
    Archived {
        /// The object.
        object: String,
    },
    /// It could not be kept in the temporary folder.
    #[error("couldn't keep {object} in the temporary folder")]
    Kept {
        /// The object.
        object: String,
        /// What went wrong.
        #[source]
        source: std::io::Error,
    },
    /// It did not come in time.
    #[error("the time for reading {object} was over")]
    Late {
        /// The object.
        object: String,
    },
    /// The call failed.
    #[error(transparent)]
    Call(#[from] CallError),
}

impl Classify for ObjectError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Missing { .. } | Self::Denied { .. } | Self::Archived { .. } => {
                FailureKind::Permanent
            }
            // The sandbox of the retry is another one, or has its folder empty again.
            Self::Kept { .. } | Self::Late { .. } => FailureKind::Transient,
            Self::Call(error) => error.kind(),
        }
    }
}

/// The bucket of the CI logs, for one invocation.
pub trait Objects: Sync {
    /// What there is under a key.
    fn head(&self, source: Source<'_>) -> impl Future<Output = Result<Head, ObjectError>> + Send;

    /// Appends bytes of an object to `to`, in their order. Whoever stops waiting keeps what came until then.
    fn fetch(
        &self,
        source: Source<'_>,
        part: Part,
        to: &mut Spool,
    ) -> impl Future<Output = Result<(), ObjectError>> + Send;

    /// Writes what is known about a log, in place of what was known before.
    fn write(
        &self,
        log: &LogKey,
        output: &Output,
    ) -> impl Future<Output = Result<(), CallError>> + Send;

    /// Writes what is known about a log, unless anything was known before: for who does not know what others did.
    fn write_first(
        &self,
        log: &LogKey,
        output: &Output,
    ) -> impl Future<Output = Result<(), CallError>> + Send;

    /// What passing runs of the job say; `None` if none was learnt from.
    fn baseline(
        &self,
        log: &LogKey,
    ) -> impl Future<Output = Result<Option<Learnt>, CallError>> + Send;

    /// Writes what passing runs of the job say, if nobody else wrote since it was read.
    fn write_baseline(
        &self,
        log: &LogKey,
        baseline: &Baseline,
        precondition: Precondition,
    ) -> impl Future<Output = Result<Written, CallError>> + Send;
}

impl Output {
    /// Where it goes.
    pub fn key(&self, log: &LogKey) -> String {
        log.analysis(match self {
            Self::Json(_) => "json",
            Self::Html(_) => "html",
        })
    }
}
