//! Parts into rows. Pure: bytes are handed in as they come.

use std::io;

use thiserror::Error;

use super::row::Row;

/// Why bytes are no rows.
#[derive(Debug, Error)]
pub enum DecodeError {
    /// The compression is damaged, or asks for more memory than there is.
    #[error("couldn't unpack it")]
    Damaged(#[source] io::Error),
    /// It ends too early.
    #[error("it is cut off")]
    Torn,
    /// A line or a message has no end.
    #[error("it has a line of more than {limit} bytes")]
    Endless {
        /// The most that is read.
        limit: usize,
    },
    /// A line is not a row.
    #[error("its line {line} is no row")]
    NoRow {
        /// Which one, from 1.
        line: u64,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// Text stands before the first record.
    #[error("it does not begin with a timestamp of the window as export tasks write it")]
    NoRecord,
}

/// Reads the rows of a part.
///
/// ```ignore
/// while let Some(bytes) = body.next().await? {
///     rows.feed(bytes);
///     while let Some(row) = rows.next()? { .. }
/// }
/// rows.finish()?;
/// ```
#[derive(Debug, Default)]
pub struct Rows {}

impl Rows {
    /// Before the first byte.
    pub fn new() -> Result<Self, DecodeError> {
        Ok(Self {})
    }

    /// The next bytes of the part. Rows are to be taken until there is none before more bytes are fed.
    pub fn feed(&mut self, bytes: Vec<u8>) {
        let _ = bytes;
        unimplemented!()
    }

    /// The next row, `None` if more bytes are needed.
    #[expect(
        clippy::should_implement_trait,
        reason = "a row borrows from the reader"
    )]
    pub fn next(&mut self) -> Result<Option<Row<'_>>, DecodeError> {
        unimplemented!()
    }

    /// After the last byte: an error if something was missing.
    pub fn finish(self) -> Result<(), DecodeError> {
        unimplemented!()
    }
}
