//! How much memory a large group takes. Run by hand, in a release build or a debug build:
//! `cargo test --workspace --lib -- --ignored --exact copy::memory::a_group_of_a_gigabyte_is_copied_within_128_mebibytes`.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::sync::Mutex;

use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use shared::exports::layout::staging_prefix;
use shared::exports::window::Window;
use shared::failure::CallError;

use super::*;
use crate::parts::fakes::{Ticking, at, place};

/// A bucket of one day's staged objects, each the same file; parts that are put are only counted.
struct Disk {
    file: PathBuf,
    keys: Vec<String>,
    put: Mutex<(usize, usize)>,
}

struct Pieces(File);

impl crate::sources::Body for Pieces {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, CallError> {
        let mut piece = vec![0; 64 * 1024];
        let count = self.0.read(&mut piece).unwrap();
        piece.truncate(count);
        Ok((count > 0).then_some(piece))
    }
}

impl Bucket for Disk {
    type Body = Pieces;

    async fn open(&self, key: &str) -> Result<Option<Pieces>, CallError> {
        let is_staged = key.starts_with("staging/");
        Ok(is_staged.then(|| Pieces(File::open(&self.file).unwrap())))
    }

    async fn put(&self, _: &str, body: Vec<u8>) -> Result<(), CallError> {
        let mut put = self.put.lock().unwrap();
        *put = (put.0 + 1, put.1 + body.len());
        Ok(())
    }

    async fn list(&self, _: &str, after: Option<&str>) -> Result<Vec<ListedObject>, CallError> {
        let is_listed = |key: &&String| after.is_none_or(|after| key.as_str() > after);
        let object = |key: &String| ListedObject {
            key: key.clone(),
            size: 0,
            modified_at: at("23:00:00"),
        };
        Ok(self.keys.iter().filter(is_listed).map(object).collect())
    }

    async fn remove(&self, _: &[String]) -> Result<(), CallError> {
        Ok(())
    }
}

/// What the process holds, in KiB, by this line of its status.
fn status(line: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let value = status
        .lines()
        .find_map(|text| text.strip_prefix(line))
        .unwrap();
    value.split_whitespace().next().unwrap().parse().unwrap()
}

/// About 64 MiB of events of all hours of a day, in any order, as an export task stages them.
fn stage(file: &PathBuf, day: Window) -> u64 {
    let mut packer = GzEncoder::new(File::create(file).unwrap(), Compression::fast());
    let (mut bytes, mut number) = (0, 0_u64);
    while bytes < 64 * 1024 * 1024 {
        let hash = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let ms = day.start().as_millisecond() + i64::try_from(hash % 86_400_000).unwrap();
        let at = Timestamp::from_millisecond(ms).unwrap();
        let line = format!(
            "{at:.3} {{\"level\":\"info\",\"order\":{number},\"trace\":\"{hash:016x}{:016x}\",\"message\":\"cart priced in {} ms\"}}\n",
            hash.rotate_left(17).wrapping_mul(0xd134_2543_de82_ef95),
            hash % 97
        );
        packer.write_all(line.as_bytes()).unwrap();
        (bytes, number) = (bytes + line.len() as u64, number + 1);
    }
    packer.finish().unwrap();
    bytes
}

#[tokio::test]
#[ignore = "takes minutes: it is a measurement"]
async fn a_group_of_a_gigabyte_is_copied_within_128_mebibytes() {
    let start = at("00:00:00");
    let day = Window::new(start, start + jiff::SignedDuration::from_hours(24)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("staged.gz");
    let place = place();
    let staging = staging_prefix(&place, day, 1);
    let times = 16;
    let bytes = times * stage(&file, day);
    let disk = Disk {
        file,
        keys: (0..times)
            .map(|number| format!("{staging}/task/web-{number:02}/000000.gz"))
            .collect(),
        put: Mutex::default(),
    };
    let work = Work {
        place: &place,
        window: day,
        is_redacted: false,
        by: at("23:30:00"),
    };
    let before = status("VmRSS:");
    let fact = copy(&disk, work, 1, &Pending::default(), &Ticking::still()).await;
    let most = status("VmHWM:");
    let (parts, stored) = *disk.put.lock().unwrap();
    let report = format!(
        "{} MB of events into {parts} parts of {} MB: {before} KiB before, {most} KiB at most\n",
        bytes / 1_000_000,
        stored / 1_000_000
    );
    std::io::stderr().write_all(report.as_bytes()).unwrap();
    assert!(matches!(fact, Ok(Fact::Copied { is_all: true, .. })));
    assert!(most < 128 * 1024);
}
