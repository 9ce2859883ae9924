//! What readers of exported logs need: which manifests and parts may have rows of a span, and rows that are verified while they are read.
//! Pure.
//!
//! A reader lists the manifests under each of [`prefixes`], reads each with [`parse`], and takes the parts of [`parts`]. Each part goes
//! through a [`PartReader`]. A part may be gone by then, as parts are rewritten and the old ones removed a quarter of an hour later: the
//! manifest is then to be read again.

mod part;
#[cfg(test)]
mod tests;

use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

use super::decode::DecodeError;
use super::layout::{self, MANIFESTS, Place, ROWS};
use super::manifest::{Manifest, Part, Proof, SCHEMA_VERSION};
use crate::outbound::Quoted;

pub use self::part::PartReader;

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Why a manifest or a part is not to be trusted.
#[derive(Debug, Error)]
pub enum ReadError {
    /// Somebody wrote something else there.
    #[error("the manifest is not readable as one")]
    NoManifest(#[source] serde_json::Error),
    /// A newer version wrote it.
    #[error("the manifest has schema version {found}, newer than {known}; use the newer version")]
    Newer {
        /// Its version.
        found: u32,
        /// The newest that this program reads.
        known: u32,
    },
    /// It is about another group, or names objects of another one.
    #[error("the manifest names what is not of its log group: `{named}`")]
    Foreign {
        /// What it names.
        named: Quoted,
    },
    /// The part is damaged.
    #[error(transparent)]
    Rows(#[from] DecodeError),
    /// The part is not what the manifest says.
    #[error("its {what} is {found}, and {expected} by the manifest")]
    Differs {
        /// Which property.
        what: &'static str,
        /// What it is.
        found: Quoted,
        /// What it should be.
        expected: Quoted,
    },
}

/// What the keys of the manifests begin with that may be about `[from, until)`: one for each UTC day, in order.
pub fn prefixes(place: &Place, from: Timestamp, until: Timestamp) -> Vec<String> {
    let manifests = layout::prefix(MANIFESTS, place);
    let mut prefixes = Vec::new();
    let mut day = from;
    while day < until {
        let date = day.strftime("%Y-%m-%d").to_string();
        prefixes.push(format!("{manifests}dt={date}/"));
        let ms = day.as_millisecond();
        let begun = ms.rem_euclid(DAY.as_secs() * 1_000);
        let Ok(next) = Timestamp::from_millisecond(ms - begun).and_then(|day| day.checked_add(DAY))
        else {
            break;
        };
        day = next;
    }
    prefixes
}

/// A manifest of a place, whose parts are all of that place.
pub fn parse(place: &Place, body: &[u8]) -> Result<Manifest, ReadError> {
    /// All that is read before it is known that the rest can be.
    #[derive(serde::Deserialize)]
    struct Versioned {
        schema_version: u32,
    }
    let found = serde_json::from_slice::<Versioned>(body)
        .map_err(ReadError::NoManifest)?
        .schema_version;
    if found > SCHEMA_VERSION {
        let known = SCHEMA_VERSION;
        return Err(ReadError::Newer { found, known });
    }
    let manifest: Manifest = serde_json::from_slice(body).map_err(ReadError::NoManifest)?;
    let foreign = |named: &str| ReadError::Foreign {
        named: Quoted::line(named),
    };
    if manifest.place != *place {
        return Err(foreign(&manifest.place.group));
    }
    let rows = layout::prefix(ROWS, place);
    let parts = &manifest.output.parts;
    match parts.iter().find(|part| !part.key.starts_with(&rows)) {
        Some(part) => Err(foreign(&part.key)),
        None => Ok(manifest),
    }
}

/// The parts that may have rows of `[from, until)`. Rows are in no particular order in them, and not all need be of the span.
pub fn parts(
    manifest: &Manifest,
    from: Timestamp,
    until: Timestamp,
) -> impl Iterator<Item = &Part> {
    let parts = manifest.output.parts.iter();
    parts.filter(move |part| part.rows > 0 && part.first < until && from <= part.last)
}

/// The pieces of `[from, until)` of which it is not proven that no event is missing, in order: without a manifest, or with one that says
/// less than [`Proof::Counted`].
pub fn unproven(
    manifests: &[Manifest],
    from: Timestamp,
    until: Timestamp,
) -> Vec<(Timestamp, Timestamp)> {
    let is_proven =
        |manifest: &&Manifest| matches!(manifest.proof, Proof::Counted | Proof::EventIds);
    let proven = manifests.iter().filter(is_proven);
    let mut windows: Vec<_> = proven.map(|manifest| manifest.window).collect();
    windows.sort_unstable();
    let (mut pieces, mut at) = (Vec::new(), from);
    for window in windows {
        let begin = window.start().min(until);
        if at < begin {
            pieces.push((at, begin));
        }
        at = at.max(window.end());
    }
    if at < until {
        pieces.push((at, until));
    }
    pieces
}
