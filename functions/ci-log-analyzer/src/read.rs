//! Bytes of a log, packed or not, become lines, in bounded memory.

mod ansi;
mod archive;
mod buffer;
mod clean;
mod entries;
mod limits;
mod packed;
mod prefix;
mod salvage;
mod timestamp;
mod wide;

#[cfg(test)]
mod tests;

use std::io::{self, Cursor, Read, Seek};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::line::{Columns, Line};
use archive::Archive;
use buffer::Buffer;
use clean::Cleaner;
use entries::Place;
use packed::{Magic, Stream};

pub use limits::{Limits, ReadError, Totals};

/// The lines of a log, one after the other.
#[derive(Debug)]
pub struct Lines<'r> {
    source: Source<'r>,
    limits: Limits,
    buffer: Buffer,
    cleaner: Cleaner,
    totals: Totals,
    place: Place,
    problem: Option<ReadError>,
    ended: bool,
    over: Arc<AtomicBool>,
}

#[derive(Debug)]
enum Source<'r> {
    Stream(Stream<'r>),
    Archive(Box<Archive<'r>>),
}

impl<'r> Lines<'r> {
    /// Opens a log of which only the bytes in their order are at hand; plain, gzip, zstd or zip, told by its first bytes.
    ///
    /// # Errors
    /// Where the first bytes can't be read, and for zip archives that are too large or can't be read at all.
    pub fn open(mut log: impl Read + Send + 'r, limits: &Limits) -> Result<Self, ReadError> {
        let (first, magic) = Magic::of(&mut log).map_err(ReadError::Io)?;
        let log = Cursor::new(first).chain(log);
        if magic != Magic::Zip {
            return Ok(Self::of(Source::Stream(Stream::open(log, magic)?), *limits));
        }
        let mut bytes = Vec::new();
        log.take(limits.zip_stream_bytes.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(ReadError::Io)?;
        if bytes.len() as u64 > limits.zip_stream_bytes {
            return Err(ReadError::ZipStream {
                limit: limits.zip_stream_bytes,
            });
        }
        Self::open_archive(Cursor::new(bytes), limits)
    }

    /// Opens a log that can be read from any place, as a file can: zip archives of any size.
    ///
    /// # Errors
    /// Where the first bytes can't be read, and for zip archives with too many files or none that can be read.
    pub fn open_file(
        mut log: impl Read + Seek + Send + 'r,
        limits: &Limits,
    ) -> Result<Self, ReadError> {
        log.rewind().map_err(ReadError::Io)?;
        let (_, magic) = Magic::of(&mut log).map_err(ReadError::Io)?;
        log.rewind().map_err(ReadError::Io)?;
        if magic == Magic::Zip {
            return Self::open_archive(log, limits);
        }
        Ok(Self::of(Source::Stream(Stream::open(log, magic)?), *limits))
    }

    fn open_archive(log: impl Read + Seek + Send + 'r, limits: &Limits) -> Result<Self, ReadError> {
        let (archive, problem) = Archive::open(Box::new(log), limits)?;
        let mut lines = Self::of(Source::Archive(Box::new(archive)), *limits);
        lines.totals.truncated = problem.is_some();
        lines.problem = problem;
        lines.buffer.end();
        Ok(lines)
    }

    fn of(source: Source<'r>, limits: Limits) -> Self {
        Self {
            source,
            limits,
            buffer: Buffer::new(),
            cleaner: Cleaner::default(),
            totals: Totals::default(),
            place: Place::default(),
            problem: None,
            ended: false,
            over: Arc::default(),
        }
    }

    /// Once `over` is set, there are no more lines than are in the buffer. Unlike a reader that ends, this also ends a small
    /// packed log with an endless text.
    #[must_use]
    pub fn until(self, over: Arc<AtomicBool>) -> Self {
        Self { over, ..self }
    }

    /// The next line, or `None` after the last one. Where a packed log is damaged, the lines before the damage come as if it ended
    /// there, and [`Lines::problem`] says so.
    ///
    /// # Errors
    /// Where the log can't be read on or passes a limit; after that there are no more lines, and those given are right.
    #[expect(
        clippy::should_implement_trait,
        reason = "a line borrows from its reader, which an iterator can't say"
    )]
    pub fn next(&mut self) -> Result<Option<Line<'_>>, ReadError> {
        let Some(range) = self.next_range()? else {
            return Ok(None);
        };
        self.totals.lines += 1;
        let cleaned = self.cleaner.clean(self.buffer.get(range));
        let mut columns = cleaned.columns;
        if let Some(entry) = self.place.columns() {
            columns = Some(Columns {
                folds: columns.map_or("", |own| own.folds),
                ..entry
            });
        }
        Ok(Some(Line {
            number: self.totals.lines,
            text: cleaned.text,
            columns,
        }))
    }

    /// What was read so far; all there is, after the last line.
    pub fn totals(&self) -> Totals {
        self.totals
    }

    /// Why [`Totals::truncated`] is set, where it was no limit: the damage of a packed log.
    pub fn problem(&self) -> Option<&ReadError> {
        self.problem.as_ref()
    }

    /// Takes what [`Lines::problem`] shows.
    pub fn take_problem(&mut self) -> Option<ReadError> {
        self.problem.take()
    }

    /// Where the next line is in the buffer.
    fn next_range(&mut self) -> Result<Option<std::ops::Range<usize>>, ReadError> {
        loop {
            if let Some(range) = self.buffer.line() {
                return Ok(Some(range));
            }
            if self.buffer.has_ended() {
                if self.ended || !self.next_entry() {
                    return Ok(None);
                }
                continue;
            }
            self.fill()?;
        }
    }

    fn next_entry(&mut self) -> bool {
        let Source::Archive(archive) = &mut self.source else {
            return false;
        };
        let Some(place) = archive.next_entry() else {
            return false;
        };
        self.place = place;
        self.buffer.begin();
        true
    }

    fn fill(&mut self) -> Result<(), ReadError> {
        let source = &mut self.source;
        let is_over = self.over.load(Ordering::Relaxed);
        let read = self.buffer.fill(|free| match source {
            _ if is_over => Err(ReadError::Io(io::Error::new(
                io::ErrorKind::TimedOut,
                "the time for reading the log is over",
            ))),
            Source::Stream(stream) => stream.read(free),
            Source::Archive(archive) => archive.read(free),
        });
        match read.and_then(|count| self.count(count)) {
            Ok(()) => Ok(()),
            Err(ReadError::Damaged(source)) => {
                // The first damage explains those after it.
                self.problem.get_or_insert(ReadError::Damaged(source));
                self.totals.truncated = true;
                self.buffer.end();
                Ok(())
            }
            Err(error) => {
                self.totals.truncated = true;
                self.ended = true;
                self.buffer.stop();
                Err(error)
            }
        }
    }

    fn count(&mut self, bytes: usize) -> Result<(), ReadError> {
        self.totals.bytes += bytes as u64;
        if self.totals.bytes > self.limits.text_bytes {
            return Err(ReadError::TooLong {
                limit: self.limits.text_bytes,
            });
        }
        let packed = match &self.source {
            Source::Stream(stream) => stream.packed_bytes(),
            Source::Archive(archive) => Some(archive.packed_bytes()),
        };
        let most = packed.map_or(u64::MAX, |packed| packed.saturating_mul(self.limits.ratio));
        if self.totals.bytes > most.max(self.limits.ratio_free_bytes) {
            return Err(ReadError::Bomb {
                limit: self.limits.ratio,
            });
        }
        Ok(())
    }
}

/// Reads anything as a log, the way fuzzers and property tests ask, and checks what holds for every log.
///
/// Returns the texts of the lines.
///
/// # Panics
/// Where a promise of this module is broken.
#[doc(hidden)]
pub fn fuzz(data: &[u8]) -> Vec<String> {
    let limits = Limits {
        text_bytes: 8 * 1024 * 1024,
        ..Limits::default()
    };
    let Ok(mut lines) = Lines::open(data, &limits) else {
        return Vec::new();
    };
    let mut texts = Vec::new();
    while let Ok(Some(line)) = lines.next() {
        texts.push(line.text.to_owned());
        assert_eq!(line.number, texts.len() as u64, "numbers rise by one");
        assert!(line.text.len() <= Line::MAX_BYTES, "a line is cut");
        assert!(!line.text.contains('\n'), "a line is one line");
    }
    assert_eq!(
        lines.totals().lines,
        texts.len() as u64,
        "every line is counted"
    );
    texts
}
