//! Compressed bytes into bytes, a piece at a time. Pure.

use std::fmt;
use std::io;

use flate2::{Decompress, FlushDecompress, Status};
use zstd::stream::raw::{DParameter, Decoder, Operation};

use super::DecodeError;

/// The largest window that is unpacked, 8 MiB: every decoder should have that much (RFC 8878, 3.1.1.1.2).
const WINDOW_LOG: u32 = 23;

/// The window of deflate: 32 KiB (RFC 1951).
const DEFLATE_WINDOW_BITS: u8 = 15;

/// What unpacks.
enum Method {
    Gzip(Box<Decompress>),
    Zstd(Decoder<'static>),
}

/// Bytes that are unpacked.
pub(super) struct Unpacker {
    method: Method,
    packed: Vec<u8>,
    used: usize,
    /// Whether nothing is open: no member or frame, or the last one is over.
    is_between: bool,
    /// Whether more may come out of what was fed already.
    is_full: bool,
}

impl fmt::Debug for Unpacker {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = formatter.debug_struct("Unpacker");
        fields.field("used", &self.used).finish_non_exhaustive()
    }
}

impl Unpacker {
    pub(super) fn gzip() -> Self {
        Self::of(Method::Gzip(Box::new(gzip())))
    }

    pub(super) fn zstd() -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new().map_err(DecodeError::Damaged)?;
        decoder
            .set_parameter(DParameter::WindowLogMax(WINDOW_LOG))
            .map_err(DecodeError::Damaged)?;
        Ok(Self::of(Method::Zstd(decoder)))
    }

    fn of(method: Method) -> Self {
        Self {
            method,
            packed: Vec::new(),
            used: 0,
            is_between: true,
            is_full: false,
        }
    }

    /// The next packed bytes. What was fed before should be used up; if not, it stays before them.
    pub(super) fn feed(&mut self, mut bytes: Vec<u8>) {
        if self.used >= self.packed.len() {
            std::mem::swap(&mut self.packed, &mut bytes);
        } else {
            self.packed.drain(..self.used);
            self.packed.append(&mut bytes);
        }
        self.used = 0;
    }

    /// Unpacks into `free`, which is not empty; how much. None means that more has to be fed.
    pub(super) fn read(&mut self, free: &mut [u8]) -> Result<usize, DecodeError> {
        loop {
            let input = self.packed.get(self.used..).unwrap_or_default();
            if input.is_empty() && !self.is_full {
                return Ok(0);
            }
            let Step {
                used,
                made,
                is_over,
            } = match &mut self.method {
                Method::Gzip(gzip) => inflate(gzip, input, free)?,
                Method::Zstd(zstd) => decompress(zstd, input, free)?,
            };
            // A frame that is over and has nothing new is not open again.
            self.is_between = is_over || (self.is_between && used == 0 && made == 0);
            self.used += used;
            self.is_full = made == free.len() && !is_over;
            if made > 0 {
                return Ok(made);
            }
            if used == 0 && !is_over && !input_is_empty(&self.packed, self.used) {
                return Err(DecodeError::Damaged(io::Error::other("it does not go on")));
            }
        }
    }

    /// Whether what was fed ends where it may.
    pub(super) fn is_complete(&self) -> bool {
        self.is_between && input_is_empty(&self.packed, self.used)
    }
}

fn input_is_empty(packed: &[u8], used: usize) -> bool {
    used >= packed.len()
}

/// What became of a step.
struct Step {
    used: usize,
    made: usize,
    is_over: bool,
}

fn gzip() -> Decompress {
    Decompress::new_gzip(DEFLATE_WINDOW_BITS)
}

fn inflate(gzip_now: &mut Decompress, input: &[u8], free: &mut [u8]) -> Result<Step, DecodeError> {
    let before = (gzip_now.total_in(), gzip_now.total_out());
    let damaged = |error: flate2::DecompressError| DecodeError::Damaged(error.into());
    let status = gzip_now
        .decompress(input, free, FlushDecompress::None)
        .map_err(damaged)?;
    let moved = |now: u64, before: u64| usize::try_from(now - before).unwrap_or(usize::MAX);
    let step = Step {
        used: moved(gzip_now.total_in(), before.0),
        made: moved(gzip_now.total_out(), before.1),
        is_over: status == Status::StreamEnd,
    };
    if step.is_over {
        // Another member may follow (RFC 1952, 2.2).
        *gzip_now = gzip();
    }
    Ok(step)
}

fn decompress(
    zstd: &mut Decoder<'static>,
    input: &[u8],
    free: &mut [u8],
) -> Result<Step, DecodeError> {
    let status = zstd
        .run_on_buffers(input, free)
        .map_err(DecodeError::Damaged)?;
    Ok(Step {
        used: status.bytes_read,
        made: status.bytes_written,
        is_over: status.remaining == 0,
    })
}
