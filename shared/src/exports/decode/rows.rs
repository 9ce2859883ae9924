//! The rows of a part. Pure.

use super::lines::Lines;
use super::unpack::Unpacker;
use super::{DecodeError, LONGEST_LINE};
use crate::exports::row::Row;

/// Reads the rows of a part.
///
/// ```ignore
/// while let Some(bytes) = body.next().await? {
///     rows.feed(bytes);
///     while let Some(row) = rows.next()? { .. }
/// }
/// rows.finish()?;
/// ```
#[derive(Debug)]
pub struct Rows {
    unpacker: Unpacker,
    lines: Lines,
    number: u64,
}

impl Rows {
    /// Before the first byte.
    pub fn new() -> Result<Self, DecodeError> {
        Ok(Self {
            unpacker: Unpacker::zstd()?,
            lines: Lines::default(),
            number: 0,
        })
    }

    /// The next bytes of the part. Rows are to be taken until there is none before more bytes are fed.
    pub fn feed(&mut self, bytes: Vec<u8>) {
        self.unpacker.feed(bytes);
    }

    /// How many bytes were unpacked so far.
    pub fn unpacked_bytes(&self) -> u64 {
        self.lines.total()
    }

    /// The next row, `None` if more bytes are needed.
    #[expect(
        clippy::should_implement_trait,
        reason = "a row borrows from the reader"
    )]
    pub fn next(&mut self) -> Result<Option<Row<'_>>, DecodeError> {
        let end = loop {
            if let Some(end) = self.lines.line_end() {
                break end;
            }
            if !self.lines.fill(&mut self.unpacker, LONGEST_LINE)? {
                return Ok(None);
            }
        };
        let line = self.lines.start()..end;
        self.lines.advance(end);
        self.number += 1;
        match serde_json::from_slice(self.lines.get(line)) {
            Ok(row) => Ok(Some(row)),
            Err(source) => Err(DecodeError::NoRow {
                line: self.number,
                source,
            }),
        }
    }

    /// After the last byte: an error if something was missing.
    pub fn finish(self) -> Result<(), DecodeError> {
        let is_whole = self.lines.start() == self.lines.end() && self.unpacker.is_complete();
        is_whole.then_some(()).ok_or(DecodeError::Torn)
    }
}
