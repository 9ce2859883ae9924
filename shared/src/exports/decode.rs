//! Objects into rows and records: parts, and what export tasks write. Pure: bytes are handed in as they come, in pieces of any size, and
//! as many rows are handed out as they hold, one at a time: memory is bounded by the longest line, whatever the bytes claim to unpack to.

mod lines;
mod records;
mod rows;
#[cfg(test)]
mod tests;
mod unpack;

use std::io;

use thiserror::Error;

pub use self::records::{Record, Records};
pub use self::rows::Rows;

/// The longest record of an export task that is read, which is more than the longest event: "Each event ... no larger than 1 MB" (API
/// reference, `PutLogEvents`).
pub const LONGEST_RECORD: usize = 2 * 1024 * 1024;

/// The longest line of a part that is read: a byte of a message can take six in JSON.
pub const LONGEST_LINE: usize = 6 * LONGEST_RECORD + 64 * 1024;

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
    #[error("it has a line or a message of more than {limit} bytes")]
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
