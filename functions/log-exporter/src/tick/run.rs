//! What a tick carries along.

use jiff::Timestamp;
use shared::records::{Loaded, Precondition};

use crate::catalog::Catalog;
use crate::lease::Lease;
use crate::metrics::Tally;

/// What a tick carries along.
#[derive(Debug)]
pub(super) struct Run {
    /// The catalog, as it is by now.
    pub(super) catalog: Catalog,
    /// What writing the catalog must find.
    pub(super) precondition: Precondition,
    /// When the catalog was last saved.
    pub(super) catalog_saved_at: Option<Timestamp>,
    /// The lease.
    pub(super) held: Loaded<Lease>,
    /// What was done.
    pub(super) tally: Tally,
    /// Whether an export task can be asked for.
    pub(super) slot: Slot,
    /// Whether the bucket takes what export tasks write.
    pub(super) takes_tasks: bool,
    /// How many throttles came one after the other.
    pub(super) throttled: u32,
    /// Whether each group's name is written down before its turn, because a tick before was killed.
    pub(super) is_careful: bool,
    /// The group at which it was killed.
    pub(super) suspected: Option<String>,
}

/// Whether an export task can be asked for. An account has one under way at most in each region.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Slot {
    /// Nobody is known to have it.
    Free,
    /// A window of this group has it.
    Ours(String),
    /// Somebody else has it, or it is not to be used in this tick.
    Taken,
}

impl Run {
    pub(super) fn new(catalog: Catalog, precondition: Precondition, held: Loaded<Lease>) -> Self {
        let mut groups = catalog.groups.iter();
        let holder = groups.find(|(_, known)| known.hint.has_task);
        let slot = holder.map_or(Slot::Free, |(name, _)| Slot::Ours(name.clone()));
        Self {
            catalog,
            precondition,
            catalog_saved_at: None,
            held,
            tally: Tally::default(),
            slot,
            takes_tasks: true,
            throttled: 0,
            is_careful: false,
            suspected: None,
        }
    }

    /// Whether an export task can be asked for.
    pub(super) fn is_task_free(&self) -> bool {
        self.takes_tasks && self.slot == Slot::Free
    }
}
