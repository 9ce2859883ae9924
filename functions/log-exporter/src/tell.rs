//! The manifest: what everybody may read of an entry.

use jiff::Timestamp;
use shared::exports::layout::Place;
use shared::records::Records;

use crate::ledger::{Entry, Fact};
use crate::work::ExportError;

/// Writes the manifest of an entry to the export bucket, unless one of the same or a later revision is there: [`Fact::Told`].
pub async fn tell(
    records: &impl Records,
    place: &Place,
    entry: &Entry,
    is_redacted: bool,
    now: Timestamp,
) -> Result<Fact, ExportError> {
    let _ = (records, place, entry, is_redacted, now);
    unimplemented!()
}
