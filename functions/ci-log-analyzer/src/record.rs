//! What is remembered of logs and failures: what makes every delivery safe to repeat. Pure: the conditional write that follows a
//! transition decides whether it happened.

mod deed;
mod failure;
mod log;
mod passing;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

pub use self::deed::{Deed, Kind, State};
pub use self::failure::{Begun, FailureRecord, Sighting};
pub use self::log::{Claim, Kept, LogRecord, Stage, Version};
pub use self::passing::PassingRecord;

#[cfg(test)]
pub(crate) use self::failure::tests as tests_of_failures;

/// Who works on something, and until when nobody else may.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Lease {
    /// The request of the invocation.
    pub request: String,
    /// When it is over: later than the invocation can last.
    pub until: Timestamp,
}

/// How much longer than the invocation a lease lasts: clocks differ, and a request may linger on the wire.
///
/// Short enough that Lambda's first retry, a minute after the failure, finds the lease over
/// (developer guide, "How Lambda handles errors and retries with asynchronous invocation").
pub const LEASE_MARGIN: SignedDuration = SignedDuration::from_secs(15);

/// One version of one log: who is responsible for what was begun because of it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct LogId(String);

impl LogId {
    /// The id of a version of the object under `key`.
    pub fn new(key: &str, version: &Version) -> Self {
        Self(hash(&[key, version.as_str()]))
    }

    /// Its digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// 128 bits of the fields' SHA-256, in hexadecimal digits.
fn hash(fields: &[&str]) -> String {
    let mut hash = Sha256::new();
    for field in fields {
        hash.update(field.as_bytes());
        hash.update([0]);
    }
    let digest = hash.finalize();
    hex::encode(digest.get(..16).unwrap_or(&digest))
}
