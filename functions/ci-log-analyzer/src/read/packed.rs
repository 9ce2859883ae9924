//! Streams that are packed or not: told apart by their first bytes, unpacked with bounded memory.

use std::{
    fmt,
    io::{self, BufReader, Read},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use flate2::bufread::MultiGzDecoder;
use zstd::stream::read::Decoder;

use super::{ReadError, wide::Wide};

/// Enough for `zstd --ultra -20`; `-22` and `--long` ask for 128 MiB and more, which a small function has not.
const ZSTD_WINDOW_LOG: u32 = 25;

/// What libzstd says of a frame that asks for a larger window (`ZSTD_getErrorString`).
const ZSTD_WINDOW_ERROR: &str = "Frame requires too much memory for decoding";

/// How a log is packed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Magic {
    Plain,
    Gzip,
    Zstd,
    Zip,
    /// Text in another coding.
    Utf16,
}

impl Magic {
    /// Reads the first four bytes, which say how the rest is packed, and returns them too.
    pub(super) fn of(log: &mut impl Read) -> io::Result<(Vec<u8>, Self)> {
        let mut first = Vec::with_capacity(4);
        log.take(4).read_to_end(&mut first)?;
        let magic = match first.as_slice() {
            // RFC 1952: identification, and deflate as the only method.
            [0x1f, 0x8b, 0x08, ..] => Self::Gzip,
            // RFC 8878: a frame, or one to be skipped.
            [0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18] => Self::Zstd,
            // APPNOTE.TXT 4.3.6: a first file, or the end of an archive without any.
            [b'P', b'K', 3, 4] | [b'P', b'K', 5, 6] => Self::Zip,
            // What Windows PowerShell writes for `>`: the Unicode Standard's byte order mark, 23.8.
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Self::Utf16,
            _ => Self::Plain,
        };
        Ok((first, magic))
    }
}

/// A text that is unpacked as it is read.
pub(super) struct Stream<'r> {
    text: Box<dyn Read + Send + 'r>,
    meter: Arc<Meter>,
    is_packed: bool,
}

impl fmt::Debug for Stream<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Stream")
            .field("meter", &self.meter)
            .finish_non_exhaustive()
    }
}

impl<'r> Stream<'r> {
    pub(super) fn open(log: impl Read + Send + 'r, magic: Magic) -> Result<Self, ReadError> {
        let meter = Arc::new(Meter::default());
        let log = Metered {
            log,
            meter: Arc::clone(&meter),
        };
        let text: Box<dyn Read + Send + 'r> = match magic {
            Magic::Utf16 => Box::new(Wide::new(log)),
            Magic::Plain | Magic::Zip => Box::new(log),
            Magic::Gzip => Box::new(MultiGzDecoder::new(BufReader::with_capacity(
                64 * 1024,
                log,
            ))),
            Magic::Zstd => {
                let mut decoder = Decoder::new(log).map_err(ReadError::Io)?;
                decoder
                    .window_log_max(ZSTD_WINDOW_LOG)
                    .map_err(ReadError::Io)?;
                Box::new(decoder)
            }
        };
        Ok(Self {
            text,
            meter,
            is_packed: matches!(magic, Magic::Gzip | Magic::Zstd),
        })
    }

    /// Reads what there is, and tells damage of the packing from failures of the reader below it.
    pub(super) fn read(&mut self, free: &mut [u8]) -> Result<usize, ReadError> {
        read_retrying(&mut self.text, free).map_err(|error| {
            if error.to_string() == ZSTD_WINDOW_ERROR {
                ReadError::Window {
                    limit: 1 << ZSTD_WINDOW_LOG,
                }
            } else if self.is_packed && !self.meter.failed.load(Ordering::Relaxed) {
                ReadError::Damaged(error)
            } else {
                ReadError::Io(error)
            }
        })
    }

    /// How many packed bytes the text comes from, if it is packed.
    pub(super) fn packed_bytes(&self) -> Option<u64> {
        self.is_packed
            .then(|| self.meter.bytes.load(Ordering::Relaxed))
    }
}

/// Reads once, whatever signals come.
pub(super) fn read_retrying(log: &mut impl Read, free: &mut [u8]) -> io::Result<usize> {
    loop {
        match log.read(free) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}

/// What went through a reader which an unpacker has swallowed.
#[derive(Debug, Default)]
struct Meter {
    bytes: AtomicU64,
    failed: AtomicBool,
}

struct Metered<R> {
    log: R,
    meter: Arc<Meter>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, free: &mut [u8]) -> io::Result<usize> {
        match self.log.read(free) {
            Ok(count) => {
                self.meter.bytes.fetch_add(count as u64, Ordering::Relaxed);
                Ok(count)
            }
            Err(error) => {
                let passing = error.kind() == io::ErrorKind::Interrupted;
                self.meter.failed.fetch_or(!passing, Ordering::Relaxed);
                Err(error)
            }
        }
    }
}
