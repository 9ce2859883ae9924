//! A log on its way from the bucket to the analysis: a temporary file of bounded size, gone when nobody has it any more.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A temporary file that takes so many bytes and no more.
#[derive(Debug)]
pub struct Spool {
    file: File,
    most_bytes: u64,
    bytes: u64,
    is_cut: bool,
}

/// The log cannot be read on, because the time for it is over.
#[derive(Clone, Debug, Default)]
pub struct Gone(Arc<AtomicBool>);

/// The file as a reader that ends with an error when the time is over.
#[derive(Debug)]
pub struct Timed {
    file: File,
    gone: Gone,
}

impl Spool {
    /// An empty one, in the folder for temporary files.
    ///
    /// # Errors
    /// Where there is no room.
    pub fn new(most_bytes: u64) -> io::Result<Self> {
        let file = tempfile::tempfile()?;
        Ok(Self {
            file,
            most_bytes,
            bytes: 0,
            is_cut: false,
        })
    }

    /// Appends what there is room for. Whether all of it was taken.
    ///
    /// # Errors
    /// Where the folder is full.
    pub fn push(&mut self, bytes: &[u8]) -> io::Result<bool> {
        let room = self.most_bytes.saturating_sub(self.bytes);
        let room = usize::try_from(room).unwrap_or(usize::MAX);
        let taken = bytes.get(..room).unwrap_or(bytes);
        self.file.write_all(taken)?;
        self.bytes += taken.len() as u64;
        self.is_cut |= taken.len() < bytes.len();
        Ok(taken.len() == bytes.len())
    }

    /// How many bytes there are.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether there was more than it takes.
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// The bytes from the beginning.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn into_reader(mut self, gone: Gone) -> io::Result<Timed> {
        self.file.rewind()?;
        Ok(Timed {
            file: self.file,
            gone,
        })
    }
}

impl Gone {
    /// What says so to others.
    pub fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0)
    }

    /// The time is over.
    pub fn say(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.gone.0.load(Ordering::Relaxed) {
            return Err(io::Error::new(
                io::ErrorKind::TimedOut,
                "the time for reading the log is over",
            ));
        }
        self.file.read(buffer)
    }
}

impl Seek for Timed {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spool_takes_so_much_and_no_more() {
        let mut spool = Spool::new(5).unwrap();
        assert_eq!((spool.push(b"abc").unwrap(), spool.is_cut()), (true, false));
        assert_eq!(
            (spool.push(b"def").unwrap(), spool.is_cut(), spool.bytes()),
            (false, true, 5)
        );
        let mut text = String::new();
        spool
            .into_reader(Gone::default())
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!(text, "abcde");
    }

    #[test]
    fn when_the_time_is_over_reading_ends() {
        let mut spool = Spool::new(5).unwrap();
        spool.push(b"abc").unwrap();
        let gone = Gone::default();
        let mut reader = spool.into_reader(gone.clone()).unwrap();
        gone.say();
        let error = reader.read(&mut [0; 3]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }
}
