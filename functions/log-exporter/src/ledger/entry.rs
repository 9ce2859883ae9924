//! What is known of one window of one log group.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::exports::layout::{group_in_key, window_in_key};
use shared::exports::manifest::{Mode, Output, SourceCount};
use shared::exports::window::Window;
use shared::records::Record;

/// What the keys of the ledger begin with in the state bucket.
pub const LEDGER: &str = "exports/ledger/";

/// What is known of one window of one log group.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Entry {
    /// The version of its form.
    pub schema_version: u32,
    /// The log group's name.
    pub group: String,
    /// Which events: those whose timestamps are in it.
    pub window: Window,
    /// How they are exported.
    pub mode: Mode,
    /// Whether secrets are taken out of its rows: fixed when it is planned, so that its manifest never says so of rows that were written
    /// before somebody asked for that.
    #[serde(default)]
    pub is_redacted: bool,
    /// Which attempt this is, from 1. Another attempt of a task writes to another place.
    pub attempt: u32,
    /// How many attempts ended without a proof. A task that was never begun is none of them.
    #[serde(default)]
    pub failed: u32,
    /// Where it stands.
    pub state: State,
    /// How often it was changed, [`Fact::Told`](super::Fact) and [`Fact::Tidied`](super::Fact) aside. A manifest says from which revision it was made, so that a late writer cannot put an older one back.
    pub revision: u64,
    /// Whether the manifest says what the entry says.
    pub is_told: bool,
    /// Whether objects that the entry does not name were looked for and removed since its output last changed: parts of a crashed tick
    /// or of an earlier attempt, and what a task staged.
    pub is_tidy: bool,
    /// What happened, the last ten.
    pub noted: Vec<Note>,
    /// The nonce of the last write.
    pub nonce: String,
}

/// Where a window stands.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum State {
    /// Nothing is under way.
    Planned {
        /// When it may begin.
        not_before: Timestamp,
        /// What an earlier attempt left, which stays until this one has more.
        earlier: Output,
    },
    /// Events are read.
    Exporting(Exporting),
    /// All of it was read; whether that is everything is not known.
    Exported(Pending),
    /// Proven: nothing is missing.
    Verified(Proven),
    /// What was read is not what the source has, or that could not be found out. It is exported again.
    Suspect {
        /// Why, as a sentence.
        reason: String,
        /// When it is exported again.
        again_at: Timestamp,
        /// What is there.
        output: Output,
    },
    /// The source has forgotten it, and it was not proven before: a stated loss.
    Expired {
        /// What may be missing, as a sentence.
        loss: String,
        /// What is there.
        output: Output,
    },
}

/// Reading a window.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Exporting {
    /// A task was about to be asked for, or is under way.
    Task {
        /// When it was about to be asked for.
        asked_at: Timestamp,
        /// Its id, once known. Without, it may be there all the same: it is looked for by where it writes to.
        task: Option<String>,
        /// What an earlier attempt left.
        earlier: Output,
    },
    /// Events are read directly, tick by tick.
    Direct {
        /// Everything before this was read, as of then; it can be after the end of the window. Events that come later with earlier
        /// timestamps are found by the next reads, which go back some minutes, or when the window is sealed. While there is a token it is
        /// from when on pages are read.
        read_until: Timestamp,
        /// Where the next page is, of what was being read when the time was up.
        token: Option<String>,
        /// What was read.
        output: Output,
    },
}

/// A window that was read and is not proven yet.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Pending {
    /// The last staged object that was copied as a whole, for a task.
    pub copied_to: Option<String>,
    /// Whether all was copied. Always, if it was read directly.
    pub is_copied: bool,
    /// What is there.
    pub output: Output,
    /// What an earlier attempt of a task left, until this one is known to have more.
    pub earlier: Output,
    /// The query that counts, if one is under way.
    pub query: Option<Query>,
    /// How often counting failed.
    pub uncounted: u32,
    /// How far its events were listed and compared, if that has begun.
    pub reconciling: Option<Reconciling>,
}

/// How far a window's events were listed and compared with its rows.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Reconciling {
    /// When the listing began: what came later may not be in it.
    pub began_at: Timestamp,
    /// Everything before this was.
    pub to: Timestamp,
    /// How much of it is listed at once, in milliseconds, if a tick was too short for more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub piece_ms: Option<i64>,
    /// The source's events of each hour until there, as [`SourceCount::hours`] has them.
    pub hours: Vec<(Timestamp, u64)>,
}

/// A query that counts the source.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Query {
    /// Its id.
    pub id: String,
    /// When it was begun: what came later may not be counted.
    pub began_at: Timestamp,
}

/// A proven window.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Proven {
    /// What is there.
    pub output: Output,
    /// What the source has.
    pub source: SourceCount,
    /// Whether the rows were compared with the source's events by their ids, not only counted.
    pub by_ids: bool,
    /// When it was last found to be the same: by when the look at the source began.
    pub swept_at: Timestamp,
    /// The query that counts again, if one is under way.
    pub query: Option<Query>,
    /// How far its events were listed again, if the source turned out to have more of them.
    pub reconciling: Option<Reconciling>,
}

/// What happened to a window.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Note {
    /// When.
    pub at: Timestamp,
    /// What, as a sentence.
    pub text: String,
}

/// What the keys of a group's entries begin with. Their order is that of time.
pub fn prefix_of(group: &str) -> String {
    let group = group_in_key(group);
    format!("{LEDGER}{group}/")
}

impl Record for Entry {
    const SCHEMA_VERSION: u32 = 1;

    fn key(&self) -> String {
        let group = prefix_of(&self.group);
        let window = window_in_key(self.window);
        format!("{group}{window}.json")
    }

    fn nonce(&self) -> &str {
        &self.nonce
    }

    fn set_nonce(&mut self, nonce: String) {
        self.nonce = nonce;
    }
}
