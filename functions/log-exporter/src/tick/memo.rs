//! What earlier ticks of a sandbox saw of the ledger, so that not each window is read in each tick.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use crate::ledger::{Entry, Exporting, Group, Standing, State, Step};

/// What earlier ticks of a sandbox saw of the ledger. It is gone with the sandbox, and then the ledger is read again.
#[derive(Debug, Default)]
pub struct Memo(Mutex<HashMap<String, Seen>>);

/// What was seen of a group's windows.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    /// What the group was then: what is due depends on it.
    pub(super) group: Group,
    /// Its windows, by their keys in the ledger.
    pub(super) windows: BTreeMap<String, Glimpse>,
}

/// What was seen of a window.
#[derive(Clone, Debug)]
pub(super) struct Glimpse {
    /// When it had been written. `None` if it may have been written again in the same second: listings have no finer times.
    pub(super) modified_at: Option<Timestamp>,
    /// What of it counts.
    pub(super) brief: Brief,
}

/// What of a window counts beyond its own turn.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Brief {
    /// Where it stands.
    pub(super) standing: Standing,
    /// What counts of its state.
    pub(super) kind: Kind,
    /// Whether it is suspect, also while it is exported again: as long as it is not settled, an attempt before has failed or was not proven.
    pub(super) is_suspect: bool,
    /// When something is to be done; never, if `None`.
    pub(super) due_at: Option<Timestamp>,
}

/// What counts of a window's state.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    /// It is lost.
    Expired,
    /// An export task of it is, or may be, under way.
    HasTask,
    /// It waits for nothing but its turn to have an export task.
    WantsTask,
    /// Any other.
    Other,
}

impl Brief {
    /// What counts of an entry for which something is to be done at `due_at`.
    pub(super) fn of(entry: &Entry, due_at: Option<Timestamp>) -> Self {
        Self {
            standing: Standing::from(entry),
            kind: match entry.state {
                State::Expired { .. } => Kind::Expired,
                State::Exporting(Exporting::Task { .. }) => Kind::HasTask,
                _ => Kind::Other,
            },
            is_suspect: !entry.is_settled()
                && (entry.attempt > 1 || matches!(entry.state, State::Suspect { .. })),
            due_at,
        }
    }

    /// What counts of an entry whose next step is `step`.
    pub(super) fn before(entry: &Entry, step: &Step, now: Timestamp) -> Self {
        let due_at = match step {
            Step::Wait(due_at) => *due_at,
            _ => Some(now),
        };
        Self::of(entry, due_at)
    }

    /// The same, waiting for nothing but the task.
    pub(super) fn for_task(entry: &Entry) -> Self {
        Self {
            kind: Kind::WantsTask,
            ..Self::of(entry, None)
        }
    }
}

impl Memo {
    /// What was seen of a group, as long as it is what it was then.
    pub(super) fn take(&self, name: &str, group: &Group) -> BTreeMap<String, Glimpse> {
        let mut groups = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = groups.remove(name).filter(|seen| seen.group == *group);
        seen.map(|seen| seen.windows).unwrap_or_default()
    }

    /// Keeps what was seen of a group.
    pub(super) fn keep(&self, name: &str, seen: Seen) {
        let mut groups = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        groups.insert(name.to_owned(), seen);
    }
}
