//! How much of a log is read, and how it becomes lines. Pure but for the temporary files.

use std::io::{self, Cursor, Read as _};

use crate::objects::{Gone, Part, Spool};
use crate::read::{Limits, Lines, ReadError};

const MIB: u64 = 1024 * 1024;

/// What is read of a log: at a seventh of a vCPU the analysis takes a second for some 30 MiB.
const MOST_BYTES: u64 = 64 * MIB;

/// Of a longer plain log, so much of the end: what made it fail is there.
const TAIL: u64 = 48 * MIB;

/// And so much of the beginning: what it is about.
const HEAD: u64 = 16 * MIB;

/// A packed log has so much text at most.
const MOST_TEXT: u64 = 256 * MIB;

/// What is read of an object.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Plan {
    /// All of it, as far as there is room.
    Whole,
    /// Its end, then its beginning.
    Ends,
}

impl Plan {
    /// Of an object with this key and so many bytes.
    pub(super) fn of(key: &str, size: u64) -> Self {
        let packed = [".gz", ".gzip", ".zst", ".zip"];
        let lower = key.to_ascii_lowercase();
        if size <= MOST_BYTES || packed.iter().any(|ending| lower.ends_with(ending)) {
            Self::Whole
        } else {
            Self::Ends
        }
    }

    /// The parts to fetch, in this order: what matters most comes first.
    pub(super) fn parts(self) -> &'static [Part] {
        match self {
            Self::Whole => &[Part::Whole],
            Self::Ends => &[Part::Last(TAIL), Part::First(HEAD)],
        }
    }

    /// What people should know of a log that was read so.
    pub(super) fn problem(self, size: u64, is_cut: bool) -> Option<String> {
        match self {
            Self::Whole if is_cut => Some(format!(
                "the log has {size} bytes, of which the first {MOST_BYTES} were read"
            )),
            Self::Whole => None,
            Self::Ends => Some(format!(
                "the log has {size} bytes, of which the first {HEAD} and the last {TAIL} were read; the lines of the second part are \
                 numbered on from the first, lower than in the file"
            )),
        }
    }

    /// A place for one part.
    pub(super) fn spool() -> io::Result<Spool> {
        Spool::new(MOST_BYTES)
    }
}

/// Opens what was fetched: one spool for each part of the plan, in its order.
pub(super) fn lines(spools: Vec<Spool>, gone: &Gone) -> Result<Lines<'static>, ReadError> {
    let limits = Limits {
        text_bytes: MOST_TEXT,
        zip_stream_bytes: 0,
        ..Limits::default()
    };
    let mut readers = Vec::new();
    for spool in spools {
        readers.push(spool.into_reader(gone.clone()).map_err(ReadError::Io)?);
    }
    let mut readers = readers.into_iter();
    let lines = match (readers.next(), readers.next()) {
        (Some(tail), Some(head)) => {
            Lines::open(head.chain(Cursor::new(b"\n")).chain(tail), &limits)
        }
        (Some(whole), None) => Lines::open_file(whole, &limits),
        (None, _) => Lines::open(io::empty(), &limits),
    };
    Ok(lines?.until(gone.flag()))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn spool(text: &str) -> Spool {
        let mut spool = Plan::spool().unwrap();
        spool.push(text.as_bytes()).unwrap();
        spool
    }

    fn texts(spools: Vec<Spool>) -> Vec<(u64, String)> {
        let mut lines = lines(spools, &Gone::default()).unwrap();
        let mut texts = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            texts.push((line.number, line.text.to_owned()));
        }
        texts
    }

    #[test]
    fn a_long_plain_log_is_read_from_both_ends_and_a_packed_one_as_far_as_there_is_room() {
        let cases = [
            ("logs/1.log", MOST_BYTES, Plan::Whole),
            ("logs/1.log", MOST_BYTES + 1, Plan::Ends),
            ("logs/1.log.GZ", u64::MAX, Plan::Whole),
            ("logs/1.zip", u64::MAX, Plan::Whole),
        ];
        for (key, size, plan) in cases {
            assert_eq!(Plan::of(key, size), plan, "{key}");
        }
    }

    #[test]
    fn a_small_packed_log_with_an_endless_text_ends_when_the_time_is_over() {
        let newlines = vec![b'\n'; 4 * 1024 * 1024];
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        packed.write_all(&newlines).unwrap();
        let mut spool = Plan::spool().unwrap();
        spool.push(&packed.finish().unwrap()).unwrap();
        let gone = Gone::default();
        let mut lines = lines(vec![spool], &gone).unwrap();
        assert_eq!(lines.next().unwrap().unwrap().number, 1);
        gone.say();
        let error = loop {
            match lines.next() {
                Ok(line) => assert!(line.unwrap().number < 512 * 1024),
                Err(error) => break error,
            }
        };
        let is_over =
            matches!(&error, ReadError::Io(error) if error.kind() == io::ErrorKind::TimedOut);
        assert!(is_over, "{error}");
        assert!(lines.totals().truncated);
    }

    #[test]
    fn the_lines_of_the_end_are_numbered_on_from_those_of_the_beginning() {
        let read = texts(vec![
            spool("of a line\nerror: last\n"),
            spool("first\nhalf"),
        ]);
        let expected = [
            (1, "first"),
            (2, "half"),
            (3, "of a line"),
            (4, "error: last"),
        ];
        assert_eq!(
            read,
            expected.map(|(number, text)| (number, text.to_owned()))
        );
        assert_eq!(texts(vec![spool("one\ntwo")]).len(), 2);
        assert_eq!(texts(Vec::new()), []);
    }
}
