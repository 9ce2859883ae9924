//! What can be read of a zip archive without its table of contents: downloads that broke off.

use std::io::{self, Read, Seek, SeekFrom};

use memchr::memmem;

use super::{
    Limits, ReadError,
    entries::{Entry, Method},
};

/// APPNOTE.TXT 4.3.7: the fixed part of what stands before each file.
const HEADER_BYTES: usize = 30;

/// What stands before a file in an archive.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct LocalHeader {
    pub(super) name: String,
    pub(super) method: Method,
    /// Where the packed bytes begin.
    pub(super) data: u64,
    /// How many they are; archives that were written as a stream say it after them.
    pub(super) packed_bytes: Option<u64>,
}

/// Reads the header of a file at a place.
pub(super) fn local_header<R: Read + Seek>(file: &mut R, at: u64) -> io::Result<LocalHeader> {
    file.seek(SeekFrom::Start(at))?;
    let mut header = [0; HEADER_BYTES];
    file.read_exact(&mut header)?;
    if !header.starts_with(b"PK\x03\x04") {
        return Err(io::ErrorKind::InvalidData.into());
    }
    // The unpacked size, the checksum and the time are not trusted.
    let flags = u16_at(&header, 6);
    let packed_bytes = u32::from(u16_at(&header, 18)) | u32::from(u16_at(&header, 20)) << 16;
    let mut name = vec![0; u16_at(&header, 26).into()];
    file.read_exact(&mut name)?;
    let is_encrypted = flags & 1 != 0;
    let is_streamed = flags & 8 != 0;
    Ok(LocalHeader {
        name: String::from_utf8_lossy(&name).into_owned(),
        method: match u16_at(&header, 8) {
            0 if !is_encrypted && !is_streamed => Method::Stored,
            8 if !is_encrypted => Method::Deflated,
            _ => Method::Other,
        },
        data: at
            .saturating_add(HEADER_BYTES as u64 + name.len() as u64)
            .saturating_add(u16_at(&header, 28).into()),
        packed_bytes: (!is_streamed && packed_bytes != u32::MAX).then(|| packed_bytes.into()),
    })
}

fn u16_at(header: &[u8; HEADER_BYTES], at: usize) -> u16 {
    let byte = |at: usize| header.get(at).copied().unwrap_or_default();
    u16::from_le_bytes([byte(at), byte(at + 1)])
}

/// The files of an archive, found one after the other from its beginning.
pub(super) fn entries<R: Read + Seek>(
    file: &mut R,
    limits: &Limits,
) -> Result<Vec<Entry>, ReadError> {
    let (mut entries, mut at) = (Vec::new(), 0);
    while let Ok(header) = local_header(file, at) {
        if entries.len() >= limits.zip_entries {
            return Err(ReadError::TooManyEntries {
                limit: limits.zip_entries,
            });
        }
        let end = match header.packed_bytes {
            Some(bytes) => header.data.saturating_add(bytes),
            None => next_header(file, header.data).map_err(ReadError::Io)?,
        };
        entries.push(Entry {
            name: header.name,
            header: at,
            packed_bytes: end.saturating_sub(header.data),
            crc: None,
            method: header.method,
        });
        at = end;
    }
    Ok(entries)
}

/// Where the next header of a file is, or the end. Unpacking a file ends where it says itself, so that what follows its data
/// (their size, a table of contents) does no harm.
fn next_header<R: Read + Seek>(file: &mut R, from: u64) -> io::Result<u64> {
    const PIECE: usize = 64 * 1024;
    let finder = memmem::Finder::new(b"PK\x03\x04");
    file.seek(SeekFrom::Start(from))?;
    let (mut piece, mut start) = (Vec::with_capacity(PIECE + 3), from);
    loop {
        let count = file.by_ref().take(PIECE as u64).read_to_end(&mut piece)?;
        if let Some(found) = finder.find(&piece) {
            return Ok(start + found as u64);
        }
        if count == 0 {
            return Ok(start + piece.len() as u64);
        }
        // A header may lie across two pieces.
        let done = piece.len().saturating_sub(3);
        piece.drain(..done);
        start += done as u64;
    }
}
