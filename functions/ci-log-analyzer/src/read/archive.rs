//! Zip archives: the files of a run's logs, one after the other.

use std::{
    fmt,
    io::{self, Read, Seek, SeekFrom, Take},
    vec,
};

use flate2::{Crc, read::DeflateDecoder};
use shared::outbound::Quoted;
use zip::{CompressionMethod, ZipArchive};

use super::{
    Limits, ReadError,
    entries::{Entry, Method, Place, chosen},
    packed::read_retrying,
    salvage,
};

pub(super) trait ReadSeek: Read + Seek {}

impl<T: Read + Seek> ReadSeek for T {}

type File<'r> = Box<dyn ReadSeek + Send + 'r>;

/// An archive of which one file at a time is being read.
pub(super) struct Archive<'r> {
    entries: vec::IntoIter<(Place, Entry)>,
    state: State<'r>,
    crc: Crc,
    expected_crc: Option<u32>,
    packed_bytes: u64,
    /// The bytes of the archive itself.
    len: u64,
}

enum State<'r> {
    Between(File<'r>),
    /// With how many bytes of it were read.
    Stored(Take<File<'r>>, u64),
    Deflated(DeflateDecoder<Take<File<'r>>>),
    /// The file was lost to an error; there is nothing more to read.
    Gone,
}

impl fmt::Debug for Archive<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Archive")
            .field("entries", &self.entries)
            .finish_non_exhaustive()
    }
}

impl<'r> Archive<'r> {
    /// Opens an archive by the table of contents at its end; one that lost it is read as far as its files follow each other. What
    /// was lost, or is packed in a way that nothing here reads, comes back as the problem beside the archive.
    pub(super) fn open(
        mut file: File<'r>,
        limits: &Limits,
    ) -> Result<(Self, Option<ReadError>), ReadError> {
        let len = file.seek(SeekFrom::End(0)).map_err(ReadError::Io)?;
        let budget = contents_budget(limits);
        let (entries, mut problem) = match contents(
            Budgeted {
                file: &mut file,
                left: budget,
            },
            limits,
        )? {
            Ok(entries) => (entries, None),
            Err(damage) => (
                salvage::entries(&mut file, limits)?,
                Some(ReadError::Damaged(damage)),
            ),
        };
        let (mut readable, mut entries) = (Vec::new(), chosen(entries).into_iter());
        for (place, entry) in entries.by_ref() {
            if entry.method == Method::Other {
                problem.get_or_insert(ReadError::Entry {
                    name: Quoted::line(&entry.name),
                });
            } else {
                readable.push((place, entry));
            }
        }
        if let (true, Some(problem)) = (
            readable.is_empty(),
            problem.take_if(|_| readable.is_empty()),
        ) {
            return Err(problem);
        }
        let archive = Self {
            entries: readable.into_iter(),
            state: State::Between(file),
            crc: Crc::new(),
            expected_crc: None,
            packed_bytes: 0,
            len,
        };
        Ok((archive, problem))
    }

    /// Goes on to the next file, if there is one.
    pub(super) fn next_entry(&mut self) -> Option<Place> {
        let (place, entry) = self.entries.next()?;
        self.packed_bytes = self.packed_bytes();
        let file = match std::mem::replace(&mut self.state, State::Gone) {
            State::Between(file) => file,
            State::Stored(take, _) => take.into_inner(),
            State::Deflated(decoder) => decoder.into_inner().into_inner(),
            State::Gone => return None,
        };
        self.crc = Crc::new();
        self.expected_crc = entry.crc;

        self.state = begin(file, &entry);
        Some(place)
    }

    /// Reads on in the present file.
    pub(super) fn read(&mut self, free: &mut [u8]) -> Result<usize, ReadError> {
        let count = match &mut self.state {
            State::Stored(file, count) => {
                let read = read_retrying(file, free);
                *count += *read.as_ref().unwrap_or(&0) as u64;
                read
            }
            State::Deflated(file) => read_retrying(file, free),
            State::Between(_) | State::Gone => Err(io::ErrorKind::UnexpectedEof.into()),
        };
        let count = count.map_err(ReadError::Damaged)?;
        self.crc.update(free.get(..count).unwrap_or_default());
        let is_wrong = self
            .expected_crc
            .is_some_and(|expected| expected != self.crc.sum());
        if count == 0 && is_wrong {
            return Err(ReadError::Damaged(io::Error::new(
                io::ErrorKind::InvalidData,
                "the checksum of a file is wrong",
            )));
        }
        Ok(count)
    }

    /// How many packed bytes were read, whatever the archive says about its files: where several share the same bytes, no more than
    /// it has.
    pub(super) fn packed_bytes(&self) -> u64 {
        let present = match &self.state {
            State::Stored(_, count) => *count,
            State::Deflated(decoder) => decoder.total_in(),
            State::Between(_) | State::Gone => 0,
        };
        self.packed_bytes.saturating_add(present).min(self.len)
    }
}

fn begin<'r>(mut file: File<'r>, entry: &Entry) -> State<'r> {
    let Ok(header) = salvage::local_header(&mut file, entry.header) else {
        return State::Between(file);
    };
    if file.seek(SeekFrom::Start(header.data)).is_err() {
        return State::Between(file);
    }
    let packed = file.take(entry.packed_bytes);
    match entry.method {
        Method::Deflated => State::Deflated(DeflateDecoder::new(packed)),
        Method::Stored | Method::Other => State::Stored(packed, 0),
    }
}

/// The table of contents, or what is wrong with it.
fn contents<R: Read + Seek>(
    file: Budgeted<R>,
    limits: &Limits,
) -> Result<io::Result<Vec<Entry>>, ReadError> {
    let archive = match ZipArchive::new(file) {
        Ok(archive) => archive,
        Err(error) => {
            let error = io::Error::from(error);
            if error.kind() == io::ErrorKind::QuotaExceeded {
                return Err(ReadError::TooManyEntries {
                    limit: limits.zip_entries,
                });
            }
            return Ok(Err(error));
        }
    };
    if archive.len() > limits.zip_entries {
        return Err(ReadError::TooManyEntries {
            limit: limits.zip_entries,
        });
    }
    let entries = (0..archive.len()).map(|index| {
        let entry = archive.by_index_data(index)?;
        let method = match entry.compression() {
            _ if entry.encrypted() => Method::Other,
            CompressionMethod::Stored => Method::Stored,
            CompressionMethod::Deflated => Method::Deflated,
            _ => Method::Other,
        };
        Ok(Entry {
            name: String::from_utf8_lossy(entry.name_raw()).into_owned(),
            header: entry.header_start(),
            packed_bytes: entry.compressed_size(),
            crc: Some(entry.crc32()),
            method,
        })
    });
    Ok(entries.collect())
}

/// How many bytes of an archive are looked at to find and read its table of contents: all that the allowed number of files needs
/// (46 bytes each, a long name and some attributes), and the comment that may follow it.
fn contents_budget(limits: &Limits) -> u64 {
    let entries = u64::try_from(limits.zip_entries).unwrap_or(u64::MAX);
    entries.saturating_mul(46 + 200).saturating_add(256 * 1024)
}

/// A reader that ends with an error after so many bytes: what a table of contents takes in memory is many times its size.
struct Budgeted<R> {
    file: R,
    left: u64,
}

impl<R: Read> Read for Budgeted<R> {
    fn read(&mut self, free: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(free)?;
        let Some(left) = self.left.checked_sub(count as u64) else {
            return Err(io::ErrorKind::QuotaExceeded.into());
        };
        self.left = left;
        Ok(count)
    }
}

impl<R: Seek> Seek for Budgeted<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}
