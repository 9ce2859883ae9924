//! How much is read, and what is said where that is not all.

use std::io;

use shared::outbound::Quoted;
use thiserror::Error;

/// How much of a log is read at most. The defaults suit a person's machine; a function sets smaller ones.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Bytes of text, unpacked.
    pub text_bytes: u64,
    /// How many times as long as the packed bytes the text may be, once it has [`Limits::ratio_free_bytes`].
    pub ratio: u64,
    /// Bytes of text below which any ratio is harmless: a megabyte of spaces is no attack.
    pub ratio_free_bytes: u64,
    /// Files in a zip archive.
    pub zip_entries: usize,
    /// Bytes of a zip archive that comes as a stream, and so has to be kept in memory: its table of contents is at its end.
    pub zip_stream_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            text_bytes: 4 * 1024 * 1024 * 1024,
            // Build logs shrink to a tenth, the most monotonous ones to a hundredth; deflate ends at 1,032.
            ratio: 500,
            ratio_free_bytes: 16 * 1024 * 1024,
            // A GitHub run has at most 256 jobs of a matrix, and a file for each step.
            zip_entries: 10_000,
            zip_stream_bytes: 32 * 1024 * 1024,
        }
    }
}

/// Why a log was not read, or not to its end.
#[derive(Debug, Error)]
pub enum ReadError {
    #[error("couldn't read the log")]
    Io(#[source] io::Error),
    #[error("the log has more than {limit} bytes of text")]
    TooLong { limit: u64 },
    #[error("the log unpacks to more than {limit} times its size")]
    Bomb { limit: u64 },
    #[error("the zip archive has more than {limit} files")]
    TooManyEntries { limit: usize },
    #[error(
        "a zip archive of more than {limit} bytes can't be read from a stream; save it to a file first"
    )]
    ZipStream { limit: u64 },
    #[error(
        "the log is packed with a window of more than {limit} bytes; `zstd -19` and less don't"
    )]
    Window { limit: u64 },
    #[error("the packed log is damaged")]
    Damaged(#[source] io::Error),
    #[error("`{name}` in the zip archive is encrypted or packed in a way other than deflate")]
    Entry { name: Quoted },
}

/// How much was read.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Totals {
    /// Lines, counted by `\n`; what follows the last `\n` is one more if it is not empty.
    pub lines: u64,
    /// Bytes of text, unpacked.
    pub bytes: u64,
    /// Whether there was more, or should have been.
    pub truncated: bool,
}
