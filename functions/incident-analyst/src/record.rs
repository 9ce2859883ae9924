//! What is remembered of incidents and alarms: what makes every delivery safe to repeat. Pure: the conditional write that follows a
//! transition decides whether it happened.

mod alarm;
mod incident;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use self::alarm::AlarmRecord;
pub use self::incident::{Claim, Done, IncidentRecord, Wish};

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
