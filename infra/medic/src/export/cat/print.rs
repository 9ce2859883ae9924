//! Prints rows hour by hour: the parts of an hour are read, compared with their manifests and put in order; only then is it printed.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use anyhow::{Context as _, anyhow, bail};
use jiff::Timestamp;
use log_exporter::sources::{Body as _, Bucket};
use shared::exports::layout::{Place, manifest_key};
use shared::exports::manifest::{Manifest, Part};
use shared::exports::read::{self, PartReader};
use shared::exports::row::Row;
use shared::records::Records;

use super::line::Form;
use super::manifest;
use super::sorted::{HELD, Sorted, Sorter};

/// How often an hour is begun again because its parts were rewritten meanwhile.
const MOST_ROUNDS: usize = 5;

/// Which events are wanted.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Whose.
    pub place: Place,
    /// From when, and up to when.
    pub span: (Timestamp, Timestamp),
    /// Of which log stream.
    pub stream: Option<String>,
    /// Whether parts that are not what their manifest says are left out; otherwise they are an error.
    pub leaves_out_damaged: bool,
}

/// How it ended.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Ended {
    /// All is printed.
    Whole,
    /// The reader went away.
    Closed,
    /// These parts are damaged, and were left out.
    LeftOut(Vec<String>),
}

/// What came of reading an hour.
enum Hour {
    Read(Sorted),
    Gone,
    Damaged(String, anyhow::Error),
}

/// Prints the wanted events of the windows of `manifests` to `output`. `bucket` is asked for anew for each hour, so that each has its time.
pub async fn print<B: Bucket>(
    bucket: impl Fn() -> B,
    records: &impl Records,
    wanted: &Wanted,
    mut manifests: Vec<Manifest>,
    (form, mut output): (Form, impl Write),
) -> anyhow::Result<Ended> {
    let mut damaged = BTreeMap::new();
    for hour in hours(&manifests, wanted.span) {
        let mut rounds = 0;
        let rows = loop {
            let parts = parts_of(&manifests, wanted.span, hour);
            let is_sound = |part: &&Part| !damaged.contains_key(&part.key);
            let parts: Vec<&Part> = parts.into_iter().filter(is_sound).collect();
            match read_hour(&bucket(), wanted, &parts).await? {
                Hour::Read(rows) => break rows,
                Hour::Damaged(key, error) if wanted.leaves_out_damaged => {
                    damaged.insert(key, format!("{error:#}"));
                }
                Hour::Damaged(key, error) => {
                    return Err(error.context(format!("{key} is damaged; --partial leaves it out")));
                }
                Hour::Gone if rounds == MOST_ROUNDS => {
                    bail!("parts of {hour} are gone although manifests name them");
                }
                Hour::Gone => {
                    rounds += 1;
                    look_again(records, wanted, &mut manifests, hour).await?;
                }
            }
        };
        if let Err(error) = write(rows, form, &mut output) {
            return closed(error);
        }
    }
    if damaged.is_empty() {
        return Ok(Ended::Whole);
    }
    let told = damaged
        .iter()
        .map(|(key, why)| format!("medic: left out {key}: {why}"));
    Ok(Ended::LeftOut(told.collect()))
}

fn closed(error: io::Error) -> anyhow::Result<Ended> {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Ok(Ended::Closed);
    }
    Err(anyhow!(error).context("couldn't print"))
}

/// The hours that have parts, in order.
fn hours(manifests: &[Manifest], (from, until): (Timestamp, Timestamp)) -> BTreeSet<Timestamp> {
    let parts = manifests
        .iter()
        .flat_map(|manifest| read::parts(manifest, from, until));
    parts.map(|part| part.hour).collect()
}

fn parts_of(
    manifests: &[Manifest],
    (from, until): (Timestamp, Timestamp),
    hour: Timestamp,
) -> Vec<&Part> {
    let parts = manifests
        .iter()
        .flat_map(|manifest| read::parts(manifest, from, until));
    parts.filter(|part| part.hour == hour).collect()
}

/// Reads the manifests of an hour's windows again: parts are rewritten into larger ones, and the old ones removed some time later.
async fn look_again(
    records: &impl Records,
    wanted: &Wanted,
    manifests: &mut [Manifest],
    hour: Timestamp,
) -> anyhow::Result<()> {
    for known in manifests.iter_mut() {
        if known.window.contains(hour) {
            let key = manifest_key(&wanted.place, known.window);
            let newer = manifest(records, &wanted.place, &key).await?;
            *known = newer.with_context(|| format!("{key} is gone"))?;
        }
    }
    Ok(())
}

async fn read_hour(bucket: &impl Bucket, wanted: &Wanted, parts: &[&Part]) -> anyhow::Result<Hour> {
    let mut sorter = Sorter::new(HELD);
    for part in parts {
        let named = || format!("couldn't read {}", part.key);
        let Some(mut body) = bucket.open(&part.key).await.with_context(named)? else {
            return Ok(Hour::Gone);
        };
        let mut reader = PartReader::new(part).with_context(named)?;
        while let Some(bytes) = body.next().await.with_context(named)? {
            if let Err(error) = take(&mut reader, bytes, wanted, &mut sorter)? {
                return Ok(Hour::Damaged(part.key.clone(), error.into()));
            }
        }
        if let Err(error) = reader.finish() {
            return Ok(Hour::Damaged(part.key.clone(), error.into()));
        }
    }
    Ok(Hour::Read(
        sorter.sorted().context("couldn't sort the rows")?,
    ))
}

/// Takes the wanted rows that end in these bytes. The outer error is this machine's, the inner one the part's.
fn take(
    reader: &mut PartReader,
    bytes: Vec<u8>,
    wanted: &Wanted,
    sorter: &mut Sorter,
) -> anyhow::Result<Result<(), read::ReadError>> {
    if let Err(error) = reader.feed(bytes) {
        return Ok(Err(error));
    }
    loop {
        match reader.next() {
            Ok(Some(row)) if wanted.wants(&row) => {
                sorter
                    .push(&row)
                    .context("couldn't keep a row for sorting")?;
            }
            Ok(Some(_)) => {}
            Ok(None) => return Ok(Ok(())),
            Err(error) => return Ok(Err(error)),
        }
    }
}

fn write(rows: Sorted, form: Form, output: &mut impl Write) -> io::Result<()> {
    for json in rows {
        let json = json?;
        let row: Row<'_> = serde_json::from_str(&json)?;
        writeln!(output, "{}", form.line(&row, &json))?;
    }
    output.flush()
}

impl Wanted {
    /// Whether a row is one of the wanted. An export task writes `-` for `/` in the names of streams.
    fn wants(&self, row: &Row<'_>) -> bool {
        let (from, until) = self.span;
        let is_within = (from.as_millisecond()..until.as_millisecond()).contains(&row.timestamp_ms);
        let is_of = |name: &String| row.stream == *name || row.stream == name.replace('/', "-");
        is_within && self.stream.as_ref().is_none_or(is_of)
    }
}
