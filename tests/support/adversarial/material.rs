//! The input itself: as the case has it, or as its generator makes it.

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::case::{Case, Generator};

/// What goes in.
#[derive(Clone, Debug)]
pub struct Material {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// What an object of them is called.
    pub extension: &'static str,
    /// How often it comes.
    pub times: usize,
    /// Whether each time it is the same.
    pub is_same: bool,
}

/// How many zeros are packed at once; the rest is the same again.
const CHUNK: u64 = 1 << 20;

/// What goes in for a case.
pub fn of(case: &Case) -> Material {
    let of = |bytes: Vec<u8>, extension| Material {
        bytes,
        extension,
        times: 1,
        is_same: true,
    };
    match &case.generator {
        None => of(case.input.clone(), extension(&case.input)),
        Some(Generator::Lines { count, template }) => of(lines(*count, template), "log"),
        Some(Generator::Concat { parts }) => {
            let parts = parts.iter().map(|(text, times)| text.repeat(*times));
            of(parts.collect::<String>().into_bytes(), "log")
        }
        Some(Generator::DiffManyFiles { files, path }) => of(many_files(*files, path), "diff"),
        Some(Generator::DiffLongLine { path, bytes }) => of(long_line(path, *bytes), "diff"),
        Some(Generator::GzipZeros { uncompressed_bytes }) => of(zeros(*uncompressed_bytes), "gz"),
        Some(Generator::ZipManyEntries { entries }) => {
            let names = (0..*entries).map(|n| format!("{n}_step.txt"));
            of(archive(names), "zip")
        }
        Some(Generator::ZipEntry { name }) => of(archive([name.clone()]), "zip"),
        Some(Generator::RepeatEvent { count, fingerprint }) => Material {
            bytes: b"error[E0432]: unresolved import `shop::cart`\n##[error]Process completed with exit code 101.\n".to_vec(),
            extension: "log",
            times: *count,
            is_same: fingerprint == "same",
        },
    }
}

/// What the bytes are, by how they begin.
fn extension(bytes: &[u8]) -> &'static str {
    match bytes {
        [0x1f, 0x8b, ..] => "gz",
        [b'P', b'K', 3, 4, ..] => "zip",
        [0x28, 0xb5, 0x2f, 0xfd, ..] => "zst",
        _ => "log",
    }
}

fn lines(count: usize, template: &str) -> Vec<u8> {
    let mut text = String::new();
    for n in 0..count {
        let (minute, second) = (n / 60 % 60, n % 60);
        let stamp = format!("2026-11-20T10:{minute:02}:{second:02}.1234567Z");
        let line = template
            .replace("{ts}", &stamp)
            .replace("{i}", &n.to_string());
        writeln!(text, "{line}").unwrap();
    }
    text.into_bytes()
}

fn many_files(files: usize, path: &str) -> Vec<u8> {
    let mut diff = String::new();
    for n in 0..files {
        let path = path.replace("{i}", &n.to_string());
        writeln!(
            diff,
            "--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+pub const N: usize = {n};"
        )
        .unwrap();
    }
    diff.into_bytes()
}

fn long_line(path: &str, bytes: usize) -> Vec<u8> {
    let line = "x".repeat(bytes);
    format!("--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+{line}\n").into_bytes()
}

/// One gzip member (RFC 1952) of so many zeros: a packed chunk that ends at a byte and refers to nothing before it, again and
/// again.
fn zeros(bytes: u64) -> Vec<u8> {
    let packed = |length: u64| {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder
            .write_all(&vec![0; usize::try_from(length).unwrap()])
            .unwrap();
        encoder.flush().unwrap();
        encoder.get_ref().clone()
    };
    let crc = |length: u64| {
        let mut crc = Crc::new();
        crc.update(&vec![0; usize::try_from(length).unwrap()]);
        crc
    };
    let (chunk, chunk_crc) = (packed(CHUNK), crc(CHUNK));
    let mut gzip = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    let mut sum = Crc::new();
    for _ in 0..bytes / CHUNK {
        gzip.extend_from_slice(&chunk);
        sum.combine(&chunk_crc);
    }
    if !bytes.is_multiple_of(CHUNK) {
        gzip.extend(packed(bytes % CHUNK));
        sum.combine(&crc(bytes % CHUNK));
    }
    // An empty last block.
    gzip.extend([3, 0]);
    gzip.extend(sum.sum().to_le_bytes());
    gzip.extend(u32::try_from(bytes & 0xffff_ffff).unwrap().to_le_bytes());
    gzip
}

fn archive(names: impl IntoIterator<Item = String>) -> Vec<u8> {
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for name in names {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(b"error: build failed\n##[error]Process completed with exit code 1.\n")
            .unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;
    use crate::adversarial::case::Surface;

    fn made(generator: Generator) -> Material {
        of(&Case {
            id: String::new(),
            surface: Surface::S3Object,
            input: Vec::new(),
            generator: Some(generator),
            oracles: Vec::new(),
        })
    }

    #[test]
    fn texts_are_made_of_lines_pieces_and_files() {
        for (generator, text) in [
            (
                Generator::Lines {
                    count: 2,
                    template: "{ts} error {i}".to_owned(),
                },
                "2026-11-20T10:00:00.1234567Z error 0\n2026-11-20T10:00:01.1234567Z error 1\n",
            ),
            (
                Generator::Concat {
                    parts: vec![("a".to_owned(), 3), ("b\n".to_owned(), 1)],
                },
                "aaab\n",
            ),
            (
                Generator::DiffManyFiles {
                    files: 1,
                    path: "src/f{i}.rs".to_owned(),
                },
                "--- /dev/null\n+++ b/src/f0.rs\n@@ -0,0 +1 @@\n+pub const N: usize = 0;\n",
            ),
            (
                Generator::DiffLongLine {
                    path: "a.js".to_owned(),
                    bytes: 4,
                },
                "--- /dev/null\n+++ b/a.js\n@@ -0,0 +1 @@\n+xxxx\n",
            ),
        ] {
            assert_eq!(String::from_utf8(made(generator).bytes).unwrap(), text);
        }
    }

    #[test]
    fn zeros_are_one_valid_gzip_member() {
        let bytes = 3 * CHUNK + 5;
        let packed = made(Generator::GzipZeros {
            uncompressed_bytes: bytes,
        })
        .bytes;
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(&packed[..])
            .read_to_end(&mut unpacked)
            .unwrap();
        assert_eq!(unpacked.len() as u64, bytes);
        assert!(unpacked.iter().all(|byte| *byte == 0));
        let large = made(Generator::GzipZeros {
            uncompressed_bytes: 10 << 30,
        });
        assert!(
            (1 << 20..16 << 20).contains(&large.bytes.len()),
            "{}",
            large.bytes.len()
        );
    }

    #[test]
    fn archives_have_the_names_that_they_should() {
        let names = |generator| {
            let archive =
                zip::ZipArchive::new(std::io::Cursor::new(made(generator).bytes)).unwrap();
            archive
                .file_names()
                .map(|name| name.unwrap().into_owned())
                .collect::<Vec<_>>()
        };
        let name = "../../tmp/x".to_owned();
        assert_eq!(names(Generator::ZipEntry { name: name.clone() }), [name]);
        assert_eq!(names(Generator::ZipManyEntries { entries: 300 }).len(), 300);
    }

    #[test]
    fn an_event_comes_as_often_as_it_should() {
        let made = made(Generator::RepeatEvent {
            count: 7,
            fingerprint: "same".to_owned(),
        });
        assert_eq!((made.times, made.is_same), (7, true));
    }
}
