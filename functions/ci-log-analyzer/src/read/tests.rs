use std::io::{self, Write};

use proptest::prelude::*;
use zip::{ZipWriter, write::SimpleFileOptions};

use super::*;

type Found = (Vec<(u64, String)>, Totals);

fn drain(mut lines: Lines<'_>) -> (Found, Option<String>) {
    let mut found = Vec::new();
    let error = loop {
        match lines.next() {
            Ok(Some(line)) => found.push((line.number, line.text.to_owned())),
            Ok(None) => break lines.problem().map(ToString::to_string),
            Err(error) => break Some(error.to_string()),
        }
    };
    ((found, lines.totals()), error)
}

fn read(log: &[u8]) -> (Found, Option<String>) {
    drain(Lines::open(log, &Limits::default()).unwrap())
}

fn lines_of(log: &[u8], limits: &Limits) -> (usize, Totals, Option<String>) {
    let ((lines, totals), error) = drain(Lines::open(log, limits).unwrap());
    (lines.len(), totals, error)
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(text).unwrap();
    packer.finish().unwrap()
}

fn zstd(text: &[u8]) -> Vec<u8> {
    zstd::encode_all(text, 1).unwrap()
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut packer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        packer
            .start_file(*name, SimpleFileOptions::default())
            .unwrap();
        packer.write_all(text).unwrap();
    }
    packer.finish().unwrap().into_inner()
}

/// As GitHub writes them: sizes after the data.
fn streamed_zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut packer = ZipWriter::new_stream(Vec::new());
    for (name, text) in files {
        packer
            .start_file(*name, SimpleFileOptions::default())
            .unwrap();
        packer.write_all(text).unwrap();
    }
    packer.finish().unwrap().into_inner()
}

/// Gives out pieces of the lengths asked for, over and over.
struct Pieces<'a> {
    rest: &'a [u8],
    lengths: std::iter::Cycle<std::vec::IntoIter<usize>>,
}

impl Read for Pieces<'_> {
    fn read(&mut self, free: &mut [u8]) -> io::Result<usize> {
        let count = self
            .lengths
            .next()
            .unwrap_or(1)
            .clamp(1, free.len())
            .min(self.rest.len());
        free[..count].copy_from_slice(&self.rest[..count]);
        self.rest = &self.rest[count..];
        Ok(count)
    }
}

#[test]
fn a_packed_log_reads_as_the_plain_one() {
    let text = "one\ntwo\r\n\nfour".repeat(1000);
    let text = text.as_bytes();
    let plain = read(text);
    let half = text.len() / 2;
    let members = [gzip(&text[..half]), gzip(&text[half..])].concat();
    let frames = [zstd(&text[..half]), zstd(&text[half..])].concat();
    for packed in [
        gzip(text),
        members,
        zstd(text),
        frames,
        zip(&[("build.log", text)]),
        streamed_zip(&[("0_a.txt", text)]),
    ] {
        assert_eq!(read(&packed), plain);
    }
    let from_file =
        Lines::open_file(Cursor::new(zip(&[("build.log", text)])), &Limits::default()).unwrap();
    assert_eq!(drain(from_file), plain);
    let from_file = Lines::open_file(Cursor::new(gzip(text)), &Limits::default()).unwrap();
    assert_eq!(drain(from_file), plain);
}

#[test]
fn numbers_run_on_through_the_files_of_an_archive_and_each_line_knows_its_job() {
    let archive = zip(&[
        (
            "1_test.txt",
            b"\xef\xbb\xbf2026-01-02T03:04:05.1234567Z c\nd",
        ),
        ("build/1_Set up job.txt", b"again\n"),
        ("0_build.txt", b"a\nb\n"),
    ]);
    let mut lines = Lines::open(archive.as_slice(), &Limits::default()).unwrap();
    let mut found = Vec::new();
    while let Some(line) = lines.next().unwrap() {
        found.push((
            line.number,
            line.columns.unwrap().job.to_owned(),
            line.text.to_owned(),
        ));
    }
    let expected = [
        (1, "build", "a"),
        (2, "build", "b"),
        (3, "test", "c"),
        (4, "test", "d"),
    ];
    assert_eq!(
        found,
        expected.map(|(number, job, text)| (number, job.to_owned(), text.to_owned()))
    );
    assert_eq!(
        lines.totals(),
        Totals {
            lines: 4,
            bytes: 39,
            truncated: false
        }
    );
}

#[test]
fn the_columns_of_gh_are_taken_off() {
    let mut lines = Lines::open(
        "job\tRun it\t\u{feff}2026-01-02T03:04:05.1Z text\n".as_bytes(),
        &Limits::default(),
    )
    .unwrap();
    let expected = Line {
        number: 1,
        text: "text",
        columns: Some(Columns {
            job: "job",
            step: "Run it",
            folds: "",
        }),
    };
    assert_eq!(lines.next().unwrap(), Some(expected));
}

#[test]
fn of_a_damaged_log_the_lines_before_the_damage_are_read() {
    let text: Vec<u8> = (0..60_000u32)
        .flat_map(|n| format!("line {}\n", n.wrapping_mul(2_654_435_761)).into_bytes())
        .collect();
    let streamed = streamed_zip(&[("0_a.txt", &text), ("1_b.txt", &text)]);
    for packed in [
        gzip(&text),
        zstd(&text),
        zip(&[("0_a.txt", &text)]),
        streamed,
    ] {
        let ((lines, totals), problem) = read(&packed[..packed.len() * 3 / 4]);
        assert!(lines.len() > 1_000, "{}", lines.len());
        assert!(totals.truncated);
        assert_eq!(problem.as_deref(), Some("the packed log is damaged"));
        let whole = read(&text.repeat(2)).0.0;
        let intact = lines.len() - 1;
        assert_eq!(lines[..intact], whole[..intact]);
    }
}

#[test]
fn a_file_with_a_wrong_checksum_does_not_hide_the_next() {
    let mut archive = zip(&[("0_a.txt", b"first\n"), ("1_b.txt", b"second\n")]);
    let contents = memchr::memmem::rfind(&archive, b"PK\x01\x02").unwrap();
    let first = memchr::memmem::find(&archive, b"PK\x01\x02").unwrap();
    assert!(first < contents);
    archive[first + 16] ^= 1;
    let ((lines, totals), problem) = read(&archive);
    assert_eq!(lines, [(1, "first".to_owned()), (2, "second".to_owned())]);
    assert_eq!(
        (totals.truncated, problem.as_deref()),
        (true, Some("the packed log is damaged"))
    );
}

#[test]
fn limits_are_kept_and_named() {
    let text = b"0123456789\n".repeat(100_000);
    let (few, ratio) = (
        Limits {
            text_bytes: 1000,
            ..Limits::default()
        },
        Limits {
            ratio: 20,
            ratio_free_bytes: 1000,
            ..Limits::default()
        },
    );
    for (log, limits, expected) in [
        (&text, few, "the log has more than 1000 bytes of text"),
        (
            &gzip(&text),
            ratio,
            "the log unpacks to more than 20 times its size",
        ),
        (
            &zstd(&text),
            ratio,
            "the log unpacks to more than 20 times its size",
        ),
        (
            &zip(&[("a", &text)]),
            ratio,
            "the log unpacks to more than 20 times its size",
        ),
    ] {
        let (_, totals, error) = lines_of(log, &limits);
        assert_eq!((totals.truncated, error.as_deref()), (true, Some(expected)));
    }
}

/// An archive of so many files that all have the same packed bytes.
fn overlapping_zip(text: &[u8], files: u16) -> Vec<u8> {
    let one = zip(&[("000", text)]);
    let contents = memchr::memmem::rfind(&one, b"PK\x01\x02").unwrap();
    let end = memchr::memmem::rfind(&one, b"PK\x05\x06").unwrap();
    let mut archive = one[..contents].to_vec();
    for file in 0..files {
        let mut entry = one[contents..end].to_vec();
        entry[46..49].copy_from_slice(format!("{file:03}").as_bytes());
        archive.extend(entry);
    }
    let size = u32::try_from(archive.len() - contents).unwrap();
    let mut last = one[end..].to_vec();
    last[8..10].copy_from_slice(&files.to_le_bytes());
    last[10..12].copy_from_slice(&files.to_le_bytes());
    last[12..16].copy_from_slice(&size.to_le_bytes());
    archive.extend(last);
    archive
}

#[test]
fn packed_bytes_that_are_read_again_and_again_do_not_count_again() {
    let text: Vec<String> = (1..=9_000).map(|line| format!("line {line}")).collect();
    let text = text.join("\n");
    let limits = Limits {
        ratio: 20,
        ratio_free_bytes: 10_000,
        ..Limits::default()
    };
    let (lines, _, error) = lines_of(&overlapping_zip(text.as_bytes(), 3), &limits);
    assert_eq!((lines, error), (27_000, None));
    let (_, totals, error) = lines_of(&overlapping_zip(text.as_bytes(), 300), &limits);
    let expected = "the log unpacks to more than 20 times its size";
    assert_eq!((totals.truncated, error.as_deref()), (true, Some(expected)));
}

#[test]
fn a_file_that_cannot_be_read_is_named_without_what_its_name_may_hide() {
    let mut archive = zip(&[("a\u{202e}gol.txt", b"text")]);
    let contents = memchr::memmem::rfind(&archive, b"PK\x01\x02").unwrap();
    // Method 12, which is bzip2 (APPNOTE.TXT 4.4.5).
    archive[contents + 10] = 12;
    assert_eq!(
        Lines::open(archive.as_slice(), &Limits::default())
            .unwrap_err()
            .to_string(),
        "`a gol.txt` in the zip archive is encrypted or packed in a way other than deflate"
    );
}

#[test]
fn a_frame_that_asks_for_much_memory_is_refused() {
    let mut packer = zstd::Encoder::new(Vec::new(), 1).unwrap();
    packer.window_log(26).unwrap();
    packer.write_all(b"short\n").unwrap();
    let log = packer.finish().unwrap();
    let (_, totals, error) = lines_of(&log, &Limits::default());
    let expected =
        "the log is packed with a window of more than 33554432 bytes; `zstd -19` and less don't";
    assert_eq!((totals.truncated, error.as_deref()), (true, Some(expected)));
}

#[test]
fn archives_beyond_the_limits_are_refused() {
    let archive = zip(&[("a", b"1"), ("b", b"2"), ("c", b"3")]);
    for (limits, expected) in [
        (
            Limits {
                zip_entries: 2,
                ..Limits::default()
            },
            "the zip archive has more than 2 files",
        ),
        (
            Limits {
                zip_stream_bytes: 100,
                ..Limits::default()
            },
            "a zip archive of more than 100 bytes can't be read from a stream; save it to a file first",
        ),
    ] {
        assert_eq!(
            Lines::open(archive.as_slice(), &limits)
                .unwrap_err()
                .to_string(),
            expected
        );
    }
}

#[test]
fn a_table_of_contents_that_is_too_large_is_not_read_into_memory() {
    let mut packer = ZipWriter::new(Cursor::new(Vec::new()));
    for number in 0..20_000 {
        packer
            .start_file(format!("{number}"), SimpleFileOptions::default())
            .unwrap();
    }
    let archive = packer.finish().unwrap();
    let limits = Limits {
        zip_entries: 100,
        ..Limits::default()
    };
    assert_eq!(
        Lines::open_file(archive, &limits).unwrap_err().to_string(),
        "the zip archive has more than 100 files"
    );
}

#[test]
fn a_reader_that_fails_is_an_error_after_the_lines_it_gave() {
    struct Failing;
    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the cable is out"))
        }
    }
    let log = Cursor::new("one\ntwo\nthr").chain(Failing);
    let ((lines, totals), error) = drain(Lines::open(log, &Limits::default()).unwrap());
    assert_eq!(lines, [(1, "one".to_owned()), (2, "two".to_owned())]);
    assert_eq!(
        (totals.lines, totals.truncated, error.as_deref()),
        (2, true, Some("couldn't read the log"))
    );
}

/// Bytes of which logs, archives and terminal sequences are made.
fn loglike() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        "[ -~]{0,30}".prop_map(String::into_bytes),
        proptest::collection::vec(any::<u8>(), 0..20),
        proptest::sample::select(vec![
            "\n",
            "\r",
            "\r\n",
            "\x1b[",
            "\x1b]",
            "\x1b\\",
            "\x07",
            "^[[31m",
            "\u{feff}",
            "\t",
            "travis_fold:start:x\r",
            "section_end:1:a\r",
            "2026-01-02T03:04:05.1234567Z ",
            "[task 2026-01-02T03:04:05Z] ",
            "job\tstep\t",
            "é",
            "03:04:05     INFO - ",
        ])
        .prop_map(|piece| piece.as_bytes().to_vec()),
    ];
    proptest::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

#[test]
fn a_log_in_utf_16_is_read_as_any_other() {
    for log in [
        &b"\xff\xfee\0r\0r\0\n\0x\0"[..],
        b"\xfe\xff\0e\0r\0r\0\n\0x",
    ] {
        assert_eq!(fuzz(log), ["err", "x"]);
    }
}

#[test]
fn what_failed_is_read_although_it_was_overwritten_or_stands_far_behind_in_a_line() {
    for (log, expected) in [
        (
            "error: no space\rDone in 1 s      \n".to_owned(),
            "error: no space",
        ),
        ("error: one\rerror: two\n".to_owned(), "error: two"),
        (" 10 %\r 20 %\n".to_owned(), " 20 %"),
    ] {
        assert_eq!(fuzz(log.as_bytes()), [expected]);
    }
    for before in [7_000, 100_000, 300_000, 900_000] {
        let log = format!(
            "{}error: far away{}",
            "x".repeat(before),
            "y".repeat(before)
        );
        let lines = fuzz(log.as_bytes());
        let at = lines[0].find("... error: far awayyyy");
        assert_eq!((lines.len(), at), (1, Some(156)), "{before}");
    }
}

proptest! {
    #[test]
    fn anything_can_be_read(log in loglike()) {
        fuzz(&log);
        for magic in [&b"\x1f\x8b\x08"[..], b"\x28\xb5\x2f\xfd", b"PK\x03\x04"] {
            fuzz(&[magic, &log].concat());
        }
    }

    #[test]
    fn a_packed_log_that_was_changed_can_be_read(log in loglike(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        for mut packed in [gzip(&log), zstd(&log), zip(&[("0_a.txt", &log), ("1_b.txt", &log)])] {
            let at = at.index(packed.len());
            packed[at] = byte;
            fuzz(&packed);
            fuzz(&packed[..at]);
        }
    }

    #[test]
    fn it_does_not_matter_in_which_pieces_a_log_comes(log in loglike(), lengths in proptest::collection::vec(1_usize..100, 1..10)) {
        let pieces = Pieces { rest: &log, lengths: lengths.into_iter().cycle() };
        prop_assert_eq!(drain(Lines::open(pieces, &Limits::default()).unwrap()), read(&log));
    }

    #[test]
    fn it_does_not_matter_how_a_log_is_packed(log in loglike()) {
        let (plain, _) = drain(Lines::of(Source::Stream(Stream::open(log.as_slice(), Magic::Plain).unwrap()), Limits::default()));
        for packed in [gzip(&log), zstd(&log), zip(&[("x", &log)])] {
            prop_assert_eq!(&read(&packed).0, &plain);
        }
    }
}
