//! The manifest: what everybody may read of an entry.

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use shared::exports::layout::{Place, manifest_key};
use shared::exports::manifest::{Manifest, SCHEMA_VERSION};
use shared::records::{Precondition, RecordError, Records, replace};

use crate::ledger::{Entry, Fact};
use crate::work::ExportError;

/// How often it is tried again when somebody else writes the manifest at the same time.
const MOST_TRIES: usize = 3;

/// Writes the manifest of an entry to the export bucket, unless one of the same or a later revision is there: [`Fact::Told`], with the
/// revision that is there then.
pub async fn tell(
    records: &impl Records,
    place: &Place,
    entry: &Entry,
    now: Timestamp,
) -> Result<Fact, ExportError> {
    let key = manifest_key(place, entry.window);
    let unreadable = |source| RecordError::Unreadable {
        key: key.clone(),
        source,
    };
    let manifest = manifest(place, entry, now);
    let body = serde_json::to_vec_pretty(&manifest).map_err(unreadable)?;
    for _ in 0..MOST_TRIES {
        let precondition = match records.read(&key).await.map_err(RecordError::from)? {
            None => Precondition::Absent,
            Some(stored) => {
                let there = revision(&key, &stored.body)?;
                if let Some(revision) = there.filter(|there| *there >= entry.revision) {
                    return Ok(Fact::Told(revision));
                }
                Precondition::Unchanged(stored.etag)
            }
        };
        if replace(records, &key, body.clone(), precondition).await? {
            return Ok(Fact::Told(entry.revision));
        }
        // Somebody else wrote, or our own answer was lost: the next look tells.
    }
    Err(RecordError::Contended { key }.into())
}

/// The revision of a manifest that is there; `None` of something that is no manifest, over which one is written.
fn revision(key: &str, body: &[u8]) -> Result<Option<u64>, RecordError> {
    /// All that is read of it.
    #[derive(serde::Deserialize)]
    struct There {
        schema_version: u32,
        revision: u64,
    }
    let Ok(there) = serde_json::from_slice::<There>(body) else {
        return Ok(None);
    };
    if there.schema_version > SCHEMA_VERSION {
        return Err(RecordError::Newer {
            key: key.to_owned(),
            found: there.schema_version,
            known: SCHEMA_VERSION,
        });
    }
    Ok(Some(there.revision))
}

fn manifest(place: &Place, entry: &Entry, now: Timestamp) -> Manifest {
    Manifest {
        schema_version: SCHEMA_VERSION,
        place: place.clone(),
        window: entry.window,
        mode: entry.mode,
        proof: entry.proof(),
        attempt: entry.attempt,
        revision: entry.revision,
        written_at: now,
        output: entry.output(),
        source: entry.source().cloned(),
        is_redacted: entry.is_redacted,
    }
}
