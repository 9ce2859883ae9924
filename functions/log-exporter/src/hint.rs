//! Records that only save work: without them, everything is found again.

use serde::de::DeserializeOwned;
use shared::failure::chain;
use shared::outbound::Quoted;
use shared::records::{Precondition, Record, RecordError, Records, load as load_record};
use tracing::error;

/// The record under `key` and what a write must find. One that cannot be read counts as none and is written over, loudly: a hint must
/// not stop the exports. One of a newer version of this program is an error, because that one is at work.
pub async fn load<T: Record + DeserializeOwned>(
    records: &impl Records,
    key: &str,
) -> Result<(Option<T>, Precondition), RecordError> {
    match load_record::<T>(records, key).await {
        Ok(Some(loaded)) => Ok((Some(loaded.record), loaded.precondition)),
        Ok(None) => Ok((None, Precondition::Absent)),
        Err(failure @ RecordError::Unreadable { .. }) => {
            let text = chain(&failure);
            error!("begins anew without a hint: {}", Quoted::line(&text));
            let stored = records.read(key).await?;
            let precondition = stored.map_or(Precondition::Absent, |stored| {
                Precondition::Unchanged(stored.etag)
            });
            Ok((None, precondition))
        }
        Err(failure) => Err(failure),
    }
}
