//! Rows into a part: lines of JSON, compressed. Pure.

use std::io;

use jiff::Timestamp;
use thiserror::Error;

use super::layout::{Place, part_key};
use super::manifest::Part;
use super::row::Row;
use super::window::Window;

/// Rows could not be packed.
#[derive(Debug, Error)]
#[error("couldn't compress rows")]
pub struct EncodeError(#[from] io::Error);

/// Packs rows of one hour.
#[derive(Debug, Default)]
pub struct Encoder {}

/// Rows as they are stored.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Encoded {
    /// The object.
    pub body: Vec<u8>,
    /// How many rows.
    pub rows: u64,
    /// Their size before they were compressed, in bytes.
    pub bytes: u64,
    /// SHA-256 of the object, in hexadecimal digits.
    pub sha256: String,
    /// The timestamp of the earliest row.
    pub first: Timestamp,
    /// The timestamp of the latest row.
    pub last: Timestamp,
}

impl Encoder {
    /// Without rows.
    pub fn new() -> Result<Self, EncodeError> {
        Ok(Self {})
    }

    /// Adds a row.
    pub fn push(&mut self, row: &Row<'_>) -> Result<(), EncodeError> {
        let _ = row;
        unimplemented!()
    }

    /// How many rows it has.
    pub fn rows(&self) -> u64 {
        unimplemented!()
    }

    /// About how large the object has become.
    pub fn stored_bytes(&self) -> usize {
        unimplemented!()
    }

    /// The object, `None` if there are no rows.
    pub fn finish(self) -> Result<Option<Encoded>, EncodeError> {
        unimplemented!()
    }
}

impl Encoded {
    /// What a manifest says of it, as a part of an hour of a window.
    pub fn part(&self, place: &Place, window: Window, hour: Timestamp) -> Part {
        Part {
            key: part_key(place, window, hour, &self.sha256),
            hour,
            rows: self.rows,
            bytes: self.bytes,
            stored_bytes: self.body.len() as u64,
            sha256: self.sha256.clone(),
            first: self.first,
            last: self.last,
        }
    }
}
