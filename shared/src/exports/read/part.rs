//! A part beside what the manifest says of it. Pure.

use sha2::{Digest, Sha256};

use super::ReadError;
use crate::exports::decode::Rows;
use crate::exports::manifest::Part;
use crate::exports::row::Row;
use crate::outbound::Quoted;

/// Reads a part and compares it with what the manifest says of it: size and SHA-256 of the object, size and number of the rows. More than
/// it says is never unpacked, but for a piece of 64 KiB.
#[derive(Debug)]
pub struct PartReader {
    rows: Rows,
    digest: Sha256,
    stored_bytes: u64,
    count: u64,
    expected: Part,
}

impl PartReader {
    /// Before the first byte.
    pub fn new(part: &Part) -> Result<Self, ReadError> {
        Ok(Self {
            rows: Rows::new()?,
            digest: Sha256::new(),
            stored_bytes: 0,
            count: 0,
            expected: part.clone(),
        })
    }

    /// The next bytes of the object. Rows are to be taken until there is none before more bytes are fed.
    pub fn feed(&mut self, bytes: Vec<u8>) -> Result<(), ReadError> {
        self.digest.update(&bytes);
        self.stored_bytes += bytes.len() as u64;
        if self.stored_bytes > self.expected.stored_bytes {
            return Err(differs(
                "size",
                &self.stored_bytes,
                &self.expected.stored_bytes,
            ));
        }
        self.rows.feed(bytes);
        Ok(())
    }

    /// The next row, `None` if more bytes are needed. Whether the rows are right is known when [`PartReader::finish`] says so.
    #[expect(
        clippy::should_implement_trait,
        reason = "a row borrows from the reader"
    )]
    pub fn next(&mut self) -> Result<Option<Row<'_>>, ReadError> {
        let (unpacked, expected) = (self.rows.unpacked_bytes(), self.expected.bytes);
        if unpacked > expected {
            return Err(differs("text's size", &unpacked, &expected));
        }
        let row = self.rows.next()?;
        self.count += u64::from(row.is_some());
        Ok(row)
    }

    /// After the last byte: an error if the object is not what the manifest says.
    pub fn finish(self) -> Result<(), ReadError> {
        let Part {
            rows,
            bytes,
            stored_bytes,
            sha256,
            ..
        } = &self.expected;
        let unpacked = self.rows.unpacked_bytes();
        let found = hex::encode(self.digest.finalize());
        // The object's own end first: a torn object also has another sum.
        self.rows.finish()?;
        if self.stored_bytes != *stored_bytes {
            return Err(differs("size", &self.stored_bytes, stored_bytes));
        }
        if found != *sha256 {
            return Err(differs("SHA-256", &found, sha256));
        }
        if unpacked != *bytes {
            return Err(differs("text's size", &unpacked, bytes));
        }
        if self.count != *rows {
            return Err(differs("number of rows", &self.count, rows));
        }
        Ok(())
    }
}

fn differs(what: &'static str, found: &impl ToString, expected: &impl ToString) -> ReadError {
    ReadError::Differs {
        what,
        found: Quoted::line(&found.to_string()),
        expected: Quoted::line(&expected.to_string()),
    }
}
