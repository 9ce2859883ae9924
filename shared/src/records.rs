//! Records: JSON objects changed only by conditional writes, so that of two writers one always notices the other.

mod s3;

use std::future::Future;

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

pub use self::s3::S3Records;
use crate::clock::Nonces;
use crate::failure::{CallError, Classify, FailureKind};

/// How often a write is tried again after a conflict in flight or an answer that never came.
const MOST_TRIES: usize = 3;

/// The version of a stored object that a reader saw, as the store names it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ETag(pub String);

/// An object as it was read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Stored {
    /// The object's bytes.
    pub body: Vec<u8>,
    /// The version that was read.
    pub etag: ETag,
}

/// What must hold for a write to take place.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Precondition {
    /// There is no such object (`If-None-Match: *`).
    Absent,
    /// The object is still the version that was read (`If-Match`).
    Unchanged(ETag),
}

/// What became of a conditional write that the store answered.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Written {
    /// The object has this version now.
    Saved(ETag),
    /// The precondition does not hold (412): somebody else wrote.
    Moved,
    /// Another conditional write was under way (409): try again.
    Busy,
}

/// A store of objects with conditional writes.
pub trait Records: Sync {
    /// The object under `key`, or `None` if there is none.
    fn read(&self, key: &str) -> impl Future<Output = Result<Option<Stored>, CallError>> + Send;

    /// Writes the object under `key` if `precondition` holds, atomically.
    fn write(
        &self,
        key: &str,
        body: Vec<u8>,
        precondition: Precondition,
    ) -> impl Future<Output = Result<Written, CallError>> + Send;

    /// The objects whose keys begin with `prefix` and come after `after`, in the order of their keys; a thousand at most.
    fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
    ) -> impl Future<Output = Result<Vec<Listed>, CallError>> + Send;

    /// Removes the object under `key`; it is no error if there is none.
    fn remove(&self, key: &str) -> impl Future<Output = Result<(), CallError>> + Send;
}

/// An object as a listing has it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Listed {
    /// Its key.
    pub key: String,
    /// When it was last written.
    pub modified_at: Timestamp,
}

/// A record as a type: knows its place, its schema version and the nonce of its last write.
pub trait Record: Serialize + DeserializeOwned + Send + Sync {
    /// The newest schema version that this program understands.
    const SCHEMA_VERSION: u32;

    /// The object's key.
    fn key(&self) -> String;

    /// The nonce of its last write.
    fn nonce(&self) -> &str;

    /// The same record, about to be written with `nonce`.
    fn set_nonce(&mut self, nonce: String);
}

/// Why a record cannot be read or written.
#[derive(Debug, Error)]
pub enum RecordError {
    /// The store did not do it.
    #[error(transparent)]
    Call(#[from] CallError),
    /// Somebody wrote something else there.
    #[error("record {key} is not readable as a record")]
    Unreadable {
        /// The object's key.
        key: String,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// A newer version of lambda-medic wrote it; acting on half of it would be unsafe.
    #[error(
        "record {key} has schema version {found}, newer than {known}; deploy the newer version everywhere"
    )]
    Newer {
        /// The object's key.
        key: String,
        /// Its schema version.
        found: u32,
        /// The newest that this program understands.
        known: u32,
    },
    /// Conflicts without end.
    #[error("record {key} could not be written after {MOST_TRIES} conflicts")]
    Contended {
        /// The object's key.
        key: String,
    },
}

impl Classify for RecordError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Call(error) => error.kind(),
            Self::Unreadable { .. } | Self::Newer { .. } => FailureKind::Permanent,
            Self::Contended { .. } => FailureKind::Transient,
        }
    }
}

/// A record together with the version that was read, for the next write.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Loaded<T> {
    /// The record.
    pub record: T,
    /// What the next write must find.
    pub precondition: Precondition,
}

/// What became of [`save`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Saved<T> {
    /// It is ours: the record with its new version.
    Ours(Loaded<T>),
    /// Somebody else wrote first: read again and decide again.
    Lost,
}

/// Reads the record under `key`, or `None` if there is none.
pub async fn load<T: Record>(
    records: &impl Records,
    key: &str,
) -> Result<Option<Loaded<T>>, RecordError> {
    let Some(stored) = records.read(key).await? else {
        return Ok(None);
    };
    Ok(Some(Loaded {
        record: parse(key, &stored.body)?,
        precondition: Precondition::Unchanged(stored.etag),
    }))
}

/// Writes an object unless there is one under this key; an object that is there is left as it is. Whether it was absent:
/// after a lost answer an object of our own counts as somebody else's.
pub async fn create(records: &impl Records, key: &str, body: Vec<u8>) -> Result<bool, RecordError> {
    let written = write_until_answered(records, key, body, Precondition::Absent).await;
    Ok(written?.is_some())
}

/// Writes an object of any kind if nobody else wrote since it was read. Whether it is there now: false if somebody else wrote, or if
/// the answer to a try of ours was lost, which a look at the object tells.
pub async fn replace(
    records: &impl Records,
    key: &str,
    body: Vec<u8>,
    precondition: Precondition,
) -> Result<bool, RecordError> {
    let written = write_until_answered(records, key, body, precondition).await;
    Ok(written?.is_some())
}

/// Writes a record if nobody else wrote since it was loaded.
///
/// A lost answer is not a lost write: when a second try is told that the object moved, the object is read,
/// and if it bears this write's nonce, the first try had succeeded.
pub async fn save<T: Record>(
    records: &impl Records,
    nonces: &impl Nonces,
    loaded: Loaded<T>,
) -> Result<Saved<T>, RecordError> {
    let Loaded {
        mut record,
        precondition,
    } = loaded;
    record.set_nonce(nonces.nonce());
    let key = record.key();
    let body = serde_json::to_vec_pretty(&record).map_err(|source| RecordError::Unreadable {
        key: key.clone(),
        source,
    })?;
    match write_until_answered(records, &key, body, precondition).await? {
        Some(etag) => {
            let precondition = Precondition::Unchanged(etag);
            Ok(Saved::Ours(Loaded {
                record,
                precondition,
            }))
        }
        None => who_moved_it(records, &key, record.nonce()).await,
    }
}

/// Tries a conditional write again after a conflict in flight or an answer that never came. The new version, or `None` if
/// the precondition does not hold, by somebody else's write or by a try of ours whose answer was lost.
async fn write_until_answered(
    records: &impl Records,
    key: &str,
    body: Vec<u8>,
    precondition: Precondition,
) -> Result<Option<ETag>, RecordError> {
    let mut failure = RecordError::Contended {
        key: key.to_owned(),
    };
    for _ in 0..MOST_TRIES {
        match records.write(key, body.clone(), precondition.clone()).await {
            Ok(Written::Saved(etag)) => return Ok(Some(etag)),
            Ok(Written::Moved) => return Ok(None),
            Ok(Written::Busy) => {}
            Err(error) if error.kind() == FailureKind::Transient => failure = error.into(),
            Err(error) => return Err(error.into()),
        }
    }
    Err(failure)
}

async fn who_moved_it<T: Record>(
    records: &impl Records,
    key: &str,
    nonce: &str,
) -> Result<Saved<T>, RecordError> {
    let found = load::<T>(records, key).await?;
    Ok(match found {
        Some(loaded) if loaded.record.nonce() == nonce => Saved::Ours(loaded),
        _ => Saved::Lost,
    })
}

fn parse<T: Record>(key: &str, body: &[u8]) -> Result<T, RecordError> {
    /// All that is read before it is known that the rest can be.
    #[derive(serde::Deserialize)]
    struct Versioned {
        schema_version: u32,
    }
    let unreadable = |source| RecordError::Unreadable {
        key: key.to_owned(),
        source,
    };
    let found = serde_json::from_slice::<Versioned>(body)
        .map_err(unreadable)?
        .schema_version;
    if found > T::SCHEMA_VERSION {
        return Err(RecordError::Newer {
            key: key.to_owned(),
            found,
            known: T::SCHEMA_VERSION,
        });
    }
    serde_json::from_slice(body).map_err(unreadable)
}
