//! What readers of exported logs need: which manifests and parts may have rows of a span, and rows that are verified while they are read.
//! Pure.
//!
//! A reader lists the manifests under each of [`prefixes`], reads each with [`parse`], and takes the parts of [`parts`]. Each part goes
//! through a [`PartReader`]. A part may be gone by then, as parts are rewritten and the old ones removed a quarter of an hour later: the
//! manifest is then to be read again.

use jiff::Timestamp;
use thiserror::Error;

use super::decode::DecodeError;
use super::layout::Place;
use super::manifest::{Manifest, Part};
use super::row::Row;

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
        named: String,
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
        found: String,
        /// What it should be.
        expected: String,
    },
}

/// What the keys of the manifests begin with that may be about `[from, until)`: one for each UTC day.
pub fn prefixes(place: &Place, from: Timestamp, until: Timestamp) -> Vec<String> {
    let _ = (place, from, until);
    unimplemented!()
}

/// A manifest of a place, whose parts are all of that place.
pub fn parse(place: &Place, body: &[u8]) -> Result<Manifest, ReadError> {
    let _ = (place, body);
    unimplemented!()
}

/// The parts that may have rows of `[from, until)`. Rows are in no particular order in them, and not all need be of the span.
pub fn parts(
    manifest: &Manifest,
    from: Timestamp,
    until: Timestamp,
) -> impl Iterator<Item = &Part> {
    let _ = (from, until);
    manifest.output.parts.iter()
}

/// The pieces of `[from, until)` of which it is not proven that no event is missing, in order.
pub fn unproven(
    manifests: &[Manifest],
    from: Timestamp,
    until: Timestamp,
) -> Vec<(Timestamp, Timestamp)> {
    let _ = (manifests, from, until);
    unimplemented!()
}

/// Reads a part and compares it with what the manifest says of it: size and SHA-256 of the object, size and number of the rows. More than
/// it says is never unpacked.
#[derive(Debug)]
pub struct PartReader {}

impl PartReader {
    /// Before the first byte.
    pub fn new(part: &Part) -> Result<Self, ReadError> {
        let _ = part;
        unimplemented!()
    }

    /// The next bytes of the object. Rows are to be taken until there is none before more bytes are fed.
    pub fn feed(&mut self, bytes: Vec<u8>) -> Result<(), ReadError> {
        let _ = bytes;
        unimplemented!()
    }

    /// The next row, `None` if more bytes are needed. Whether the rows are right is known when [`PartReader::finish`] says so.
    #[expect(
        clippy::should_implement_trait,
        reason = "a row borrows from the reader"
    )]
    pub fn next(&mut self) -> Result<Option<Row<'_>>, ReadError> {
        unimplemented!()
    }

    /// After the last byte: an error if the object is not what the manifest says.
    pub fn finish(self) -> Result<(), ReadError> {
        unimplemented!()
    }
}
