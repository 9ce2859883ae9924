//! Who works: one tick at a time.
//!
//! The lease only saves work. A tick that goes on after its lease ran out can do no harm: every write to the ledger is conditional, and
//! an export task is asked for only after a write that took effect.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use shared::clock::Nonces;
use shared::records::{self, Loaded, Record, RecordError, Records, Saved};

use crate::hint;

/// Where the lease lies in the state bucket.
pub const TICK: &str = "exports/tick.json";

/// How long a lease outlives the invocation that holds it. Lambda has ended it by then, and no call of it is under way any more.
pub const MARGIN: SignedDuration = SignedDuration::from_secs(10);

/// Which tick works, or worked last.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Lease {
    /// The version of its form.
    pub schema_version: u32,
    /// The id of the invocation.
    pub holder: String,
    /// When it began.
    pub began_at: Timestamp,
    /// Until when nobody else begins.
    pub until: Timestamp,
    /// Whether it was given back. If not, and it ran out, the invocation was killed.
    pub is_over: bool,
    /// The log group that was worked on, if it is written down: so that the tick after one that was killed knows by what.
    pub group: Option<String>,
    /// The nonce of the last write.
    pub nonce: String,
}

/// What came of asking for the lease.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Taken {
    /// It is ours.
    Ours {
        /// The lease.
        held: Box<Loaded<Lease>>,
        /// The one before, if its invocation was killed.
        killed: Option<Lease>,
    },
    /// Another tick works.
    Held {
        /// Until then at the latest; not known if it took the lease at the same moment.
        until: Option<Timestamp>,
    },
}

/// Takes the lease for the invocation `holder` from `now` until [`MARGIN`] after `ends_at`, unless another one has it. Lambda delivers
/// an event again under the same id: who comes again waits like everybody else.
pub async fn take(
    records: &impl Records,
    nonces: &impl Nonces,
    holder: &str,
    (now, ends_at): (Timestamp, Timestamp),
) -> Result<Taken, RecordError> {
    let (found, precondition) = hint::load::<Lease>(records, TICK).await?;
    if let Some(lease) = &found
        && lease.until > now
    {
        let until = Some(lease.until);
        return Ok(Taken::Held { until });
    }
    let killed = found.filter(|lease| !lease.is_over);
    let record = Lease {
        schema_version: Lease::SCHEMA_VERSION,
        holder: holder.to_owned(),
        began_at: now,
        until: ends_at + MARGIN,
        is_over: false,
        group: None,
        nonce: String::new(),
    };
    let loaded = Loaded {
        record,
        precondition,
    };
    Ok(match records::save(records, nonces, loaded).await? {
        Saved::Ours(held) => Taken::Ours {
            held: Box::new(held),
            killed,
        },
        Saved::Lost => Taken::Held { until: None },
    })
}

/// Lets the next tick begin at once.
pub async fn release(
    records: &impl Records,
    nonces: &impl Nonces,
    mut held: Loaded<Lease>,
    now: Timestamp,
) -> Result<(), RecordError> {
    held.record.until = now;
    held.record.is_over = true;
    records::save(records, nonces, held).await.map(drop)
}

impl Record for Lease {
    const SCHEMA_VERSION: u32 = 1;

    fn key(&self) -> String {
        TICK.to_owned()
    }

    fn nonce(&self) -> &str {
        &self.nonce
    }

    fn set_nonce(&mut self, nonce: String) {
        self.nonce = nonce;
    }
}
