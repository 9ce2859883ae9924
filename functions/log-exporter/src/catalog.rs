//! The catalog: which log groups are exported, and when each is due. Pure.
//!
//! It is a hint, kept under [`CATALOG`] in the state bucket. Without it the groups are discovered again and the ledger says the rest.

mod order;
mod past;
mod walk;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use shared::exports::manifest::Mode;
use shared::records::Record;

pub use self::order::{SOON, due};
pub use self::past::Past;
pub use self::walk::{Discovery, Stage, Walk};
use crate::ledger::Group;
use crate::rules::{Policy, Rules};

/// Where the catalog lies in the state bucket.
pub const CATALOG: &str = "exports/catalog.json";

/// After so many listings without it a group is gone. One alone may have missed it.
const MISSED: u32 = 2;

/// Which log groups are exported.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Catalog {
    /// The version of its form.
    pub schema_version: u32,
    /// The bucket in which the parts are that the ledger names; not known, if `None`.
    #[serde(default)]
    pub bucket: Option<String>,
    /// What is known of each, by its name.
    pub groups: BTreeMap<String, Known>,
    /// How far looking for groups is.
    pub discovery: Discovery,
    /// What was found when the installation was last looked at, if it was.
    pub preflight: Option<Checked>,
    /// The nonce of the last write.
    pub nonce: String,
}

/// What is known of a log group.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Known {
    /// When it was made.
    pub created_at: Timestamp,
    /// How long it keeps events; forever if `None`.
    pub retention: Option<SignedDuration>,
    /// Whether its class lets its events be exported and read.
    pub can_be_read: bool,
    /// Whether it has the tag that chooses groups.
    pub is_tagged: bool,
    /// How it is exported.
    pub mode: Mode,
    /// Whether secrets are taken out of its messages.
    pub is_redacted: bool,
    /// When it was first listed: its export begins some time before.
    pub found_at: Timestamp,
    /// When the listing began in which it was last seen.
    pub seen_at: Timestamp,
    /// How many listings it was missing from since.
    pub missed: u32,
    /// What does not show any more.
    #[serde(default)]
    pub past: Past,
    /// What the ledger said when it was last looked at.
    pub hint: Hint,
}

/// What the ledger said of a group.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Hint {
    /// When it was last looked at.
    pub worked_at: Option<Timestamp>,
    /// The end of the unbroken run of proven windows, or the beginning of the first window if that is not proven.
    pub verified_until: Option<Timestamp>,
    /// The end of the unbroken run of windows that are proven or stated as lost.
    pub settled_until: Option<Timestamp>,
    /// Where the first window begins for which something is still to be done, even if only to tell or to tidy up.
    #[serde(default)]
    pub open_from: Option<Timestamp>,
    /// When something is to be done that does not need the export task; never, if `None`.
    pub due_at: Option<Timestamp>,
    /// When the source forgets the first event that is not proven to be exported.
    pub expires_at: Option<Timestamp>,
    /// How many windows are suspect.
    pub suspect: u32,
    /// How many of the windows of the last days are lost, at least in part.
    pub expired: u32,
    /// Whether an export task of it is, or may be, under way.
    pub has_task: bool,
    /// Whether a window of it waits for nothing but its turn to have an export task.
    pub wants_task: bool,
}

/// What was found when the installation was looked at.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Checked {
    /// The settings that were looked at.
    pub fingerprint: String,
    /// When.
    pub at: Timestamp,
    /// What is wrong, each as a sentence with its mend.
    pub findings: Vec<String>,
    /// What is not wrong, or cannot be seen from here, in the same way.
    #[serde(default)]
    pub remarks: Vec<String>,
    /// The log groups whose class lets nobody read them.
    #[serde(default)]
    pub unreadable: Vec<String>,
    /// Whether the bucket can take what export tasks write.
    pub takes_tasks: bool,
}

impl Default for Hint {
    /// Nothing is known of it, so it is due at once.
    fn default() -> Self {
        Self {
            worked_at: None,
            verified_until: None,
            settled_until: None,
            open_from: None,
            due_at: Some(Timestamp::UNIX_EPOCH),
            expires_at: None,
            suspect: 0,
            expired: 0,
            has_task: false,
            wants_task: false,
        }
    }
}

impl Default for Catalog {
    fn default() -> Self {
        Self {
            schema_version: Self::SCHEMA_VERSION,
            bucket: None,
            groups: BTreeMap::new(),
            discovery: Discovery::default(),
            preflight: None,
            nonce: String::new(),
        }
    }
}

impl Catalog {
    /// Goes by the settings as they are now: what they do not choose is left alone at once, and not when it is next listed.
    pub fn obey(&mut self, rules: &Rules) {
        self.groups.retain(|name, known| {
            let policy = rules.policy(name, known.is_tagged);
            policy.is_some_and(|policy| {
                known.set_policy(policy);
                true
            })
        });
    }
}

impl Known {
    /// What the ledger decides by.
    pub fn group(&self) -> Group {
        Group {
            created_at: self.past.known_from(self.created_at),
            retention: self.retention,
            // What cannot be read proves nothing, and its windows are not waited for.
            exists: self.exists() && self.can_be_read,
        }
    }

    /// Whether it is there.
    pub fn exists(&self) -> bool {
        self.missed < MISSED
    }

    /// How it is exported.
    pub fn policy(&self) -> Policy {
        Policy {
            mode: self.mode,
            is_redacted: self.is_redacted,
        }
    }

    fn set_policy(&mut self, policy: Policy) {
        if self.policy() != policy {
            // Whatever it waited for may be something else now.
            self.hint.due_at = Some(Timestamp::UNIX_EPOCH);
        }
        self.mode = policy.mode;
        self.is_redacted = policy.is_redacted;
    }
}

impl Record for Catalog {
    const SCHEMA_VERSION: u32 = 1;

    fn key(&self) -> String {
        CATALOG.to_owned()
    }

    fn nonce(&self) -> &str {
        &self.nonce
    }

    fn set_nonce(&mut self, nonce: String) {
        self.nonce = nonce;
    }
}
