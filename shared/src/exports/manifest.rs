//! What is known of an exported window, as the object that says so.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::layout::Place;
use super::window::Window;

/// The newest version of manifests that this program reads.
pub const SCHEMA_VERSION: u32 = 1;

/// What is known of an exported window. Its key is that of [`super::layout::manifest_key`]; it is written after the parts it names.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Manifest {
    /// [`SCHEMA_VERSION`] of who wrote it.
    pub schema_version: u32,
    /// Whose log group.
    #[serde(flatten)]
    pub place: Place,
    /// Which events: those whose timestamps are in it.
    pub window: Window,
    /// How they were read.
    pub mode: Mode,
    /// How sure it is that no event is missing.
    pub proof: Proof,
    /// Which attempt it is, from 1.
    pub attempt: u32,
    /// Which revision of the ledger's entry it was made from.
    pub revision: u64,
    /// When this was written.
    pub written_at: Timestamp,
    /// What is there.
    #[serde(flatten)]
    pub output: Output,
    /// What the source has, as far as it was counted.
    pub source: Option<SourceCount>,
    /// Whether secrets were taken out of the messages.
    pub is_redacted: bool,
}

/// How a log group is exported.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// By `CreateExportTask`: many events at once, hours later.
    ExportTask,
    /// By `FilterLogEvents`, with event ids: within minutes.
    Direct,
}

/// How sure it is that no event of a window is missing.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "level", rename_all = "snake_case")]
pub enum Proof {
    /// The window is still being read: what is there is right, more will come.
    Open,
    /// Each hour has as many rows as the source counted events in it.
    Counted,
    /// All events of the window were listed, and each has one row: by its id, or, where a row has none as an export task wrote it, by its
    /// time, stream and text.
    EventIds,
    /// It is not proven, and it is tried again.
    Suspect {
        /// Why, as a sentence.
        reason: String,
    },
    /// It was not proven before the source forgot the events. What is there stays.
    Lost {
        /// What may be missing, as a sentence.
        reason: String,
    },
}

/// The rows of a window.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Output {
    /// In the order of their keys.
    pub parts: Vec<Part>,
}

/// An object of rows, all of one hour.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Part {
    /// Its key.
    pub key: String,
    /// The first moment of the hour.
    pub hour: Timestamp,
    /// How many rows.
    pub rows: u64,
    /// Their size before they were compressed, in bytes.
    pub bytes: u64,
    /// The object's size, in bytes.
    pub stored_bytes: u64,
    /// SHA-256 of the object, in hexadecimal digits.
    pub sha256: String,
    /// The timestamp of the earliest row.
    pub first: Timestamp,
    /// The timestamp of the latest row.
    pub last: Timestamp,
}

/// What the source has.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SourceCount {
    /// How it was counted.
    pub by: CountedBy,
    /// When.
    pub at: Timestamp,
    /// The events of each hour of the window that has any, in order: the first moment of the hour, and how many.
    pub hours: Vec<(Timestamp, u64)>,
}

/// How the events of the source are counted.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CountedBy {
    /// Logs Insights, `stats count(*) by bin(1h)`: costs by what it scans.
    Insights,
    /// All events were listed by `FilterLogEvents`: free, and slow where there are many.
    EventIds,
}

impl Output {
    /// How many rows there are.
    pub fn rows(&self) -> u64 {
        self.parts.iter().map(|part| part.rows).sum()
    }

    /// Their size before they were compressed, in bytes.
    pub fn bytes(&self) -> u64 {
        self.parts.iter().map(|part| part.bytes).sum()
    }

    /// How many rows each hour has that has any, as [`SourceCount::hours`] has it.
    pub fn hours(&self) -> Vec<(Timestamp, u64)> {
        let mut hours = std::collections::BTreeMap::new();
        for part in self.parts.iter().filter(|part| part.rows > 0) {
            *hours.entry(part.hour).or_default() += part.rows;
        }
        hours.into_iter().collect()
    }
}

impl SourceCount {
    /// How many events in all.
    pub fn events(&self) -> u64 {
        self.hours.iter().map(|(_, events)| events).sum()
    }
}
