//! Rows into a part: lines of JSON, compressed. Pure.

mod json;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io::{self, Write};

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::layout::{Place, part_key};
use super::manifest::Part;
use super::row::Row;
use super::window::Window;

/// 128 KiB of history: 24 encoders, one for each hour of a day, then take about a megabyte each, and lines of logs repeat within that.
const WINDOW_LOG: u32 = 17;

/// The fastest of the levels that zstd's manual calls standard: reading the source costs more than what a slower one would save.
const LEVEL: i32 = 1;

/// Lines are handed to zstd when there are so many bytes of them: half of its block, which stays in the processor's cache.
const LINES: usize = 64 * 1024;

/// Rows could not be packed.
#[derive(Debug, Error)]
#[error("couldn't compress rows")]
pub struct EncodeError(#[from] io::Error);

/// Packs rows of one hour. Takes about a megabyte beside the object that it makes.
pub struct Encoder {
    packer: zstd::Encoder<'static, Vec<u8>>,
    lines: Vec<u8>,
    rows: u64,
    bytes: u64,
    first_ms: i64,
    last_ms: i64,
}

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

impl fmt::Debug for Encoder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = formatter.debug_struct("Encoder");
        fields.field("rows", &self.rows).finish_non_exhaustive()
    }
}

impl Encoder {
    /// Without rows.
    pub fn new() -> Result<Self, EncodeError> {
        let mut packer = zstd::Encoder::new(Vec::new(), LEVEL)?;
        packer.window_log(WINDOW_LOG)?;
        packer.include_checksum(true)?;
        Ok(Self {
            packer,
            lines: Vec::new(),
            rows: 0,
            bytes: 0,
            first_ms: i64::MAX,
            last_ms: i64::MIN,
        })
    }

    /// Adds a row.
    pub fn push(&mut self, row: &Row<'_>) -> Result<(), EncodeError> {
        let before = self.lines.len();
        json::write(row, &mut self.lines);
        self.rows += 1;
        self.bytes += (self.lines.len() - before) as u64;
        self.first_ms = self.first_ms.min(row.timestamp_ms);
        self.last_ms = self.last_ms.max(row.timestamp_ms);
        if self.lines.len() >= LINES {
            self.pack()?;
        }
        Ok(())
    }

    /// How many rows it has.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The size of the rows before they are compressed, in bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// About how large the object has become.
    pub fn stored_bytes(&self) -> usize {
        self.packer.get_ref().len()
    }

    /// The object, `None` if there are no rows.
    pub fn finish(mut self) -> Result<Option<Encoded>, EncodeError> {
        if self.rows == 0 {
            return Ok(None);
        }
        self.pack()?;
        let body = self.packer.finish()?;
        Ok(Some(Encoded {
            sha256: hex::encode(Sha256::digest(&body)),
            body,
            rows: self.rows,
            bytes: self.bytes,
            first: moment(self.first_ms),
            last: moment(self.last_ms),
        }))
    }

    fn pack(&mut self) -> Result<(), EncodeError> {
        self.packer.write_all(&self.lines)?;
        self.lines.clear();
        // A line of a megabyte need not stay in memory 24 times.
        self.lines.shrink_to(2 * LINES);
        Ok(())
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

    /// The same rows once more after themselves: of a compressed object that is the same as the object twice (RFC 8878, 3: frames may be
    /// concatenated). Two parts of the same rows would have one key, and be one.
    #[must_use]
    pub fn doubled(mut self) -> Self {
        self.body.extend_from_within(..);
        self.sha256 = hex::encode(Sha256::digest(&self.body));
        self.rows *= 2;
        self.bytes *= 2;
        self
    }
}

/// Of a time that no timestamp can have, the nearest.
fn moment(ms: i64) -> Timestamp {
    let limit = if ms < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    };
    Timestamp::from_millisecond(ms).unwrap_or(limit)
}
