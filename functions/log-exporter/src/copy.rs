//! What an export task staged, rewritten as parts.

use shared::clock::Clock;

use crate::ledger::{Fact, Pending};
use crate::sources::Bucket;
use crate::work::{ExportError, Work};

/// Copies what the task of an attempt staged, from where `pending` says that it was copied to, until all of it was or the time is up:
/// [`Fact::Copied`]. Staged objects that are none of an export task make it [`Fact::Unreconciled`], in a sentence.
pub async fn copy(
    bucket: &impl Bucket,
    work: Work<'_>,
    attempt: u32,
    pending: &Pending,
    clock: &impl Clock,
) -> Result<Fact, ExportError> {
    let _ = (bucket, work, attempt, pending, clock.now());
    unimplemented!()
}
