//! What lies where a window's objects are and is none of them.

use jiff::Timestamp;
use shared::exports::manifest::Output;

use crate::ledger::Fact;
use crate::sources::Bucket;
use crate::work::{ExportError, Work};

/// Removes objects under the window's prefixes that `output` (all that the entry names) does not name, and what its tasks staged if
/// `is_task_settled`: [`Fact::Tidied`]. Objects of the last quarter of an hour stay, as somebody may be about to name them; then it is
/// `None`, and another tick has to look again.
pub async fn tidy(
    bucket: &impl Bucket,
    work: Work<'_>,
    output: &Output,
    is_task_settled: bool,
    now: Timestamp,
) -> Result<Option<Fact>, ExportError> {
    let _ = (bucket, work, output, is_task_settled, now);
    unimplemented!()
}
