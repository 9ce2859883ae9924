//! What was seen of the exports. Every time is the service's own, never the time of the look that showed it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use log_exporter::ledger::Entry;
use shared::exports::manifest::{Manifest, Proof};
use shared::exports::window::Window;

use super::cat::Given;
use crate::scenario::export::{SeenTask, Windows};

/// All that there is to see. Lists are in the order of time.
#[derive(Clone, Debug, Default)]
pub(super) struct ExportObservations {
    /// The manifests of each group.
    pub(super) manifests: BTreeMap<&'static str, Windows<Manifest>>,
    /// The ledger of each group.
    pub(super) entries: BTreeMap<&'static str, Windows<Entry>>,
    /// The export tasks of the account.
    pub(super) tasks: Vec<SeenTask>,
    /// Manifests that said that their window is suspect, or that all of it is there: the first of each revision.
    pub(super) told: Vec<Manifest>,
}

/// A line that went to S3 while it was watched.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Arrival {
    /// When CloudWatch Logs had it.
    pub(super) ingested_at: Timestamp,
    /// When S3 had it.
    pub(super) written_at: Timestamp,
}

/// What is judged at the end.
#[derive(Clone, Debug)]
pub(super) struct Act {
    pub(super) seen: ExportObservations,
    pub(super) tasks: Vec<SeenTask>,
    /// The lines that were logged meanwhile.
    pub(super) live: Vec<Arrival>,
    /// What `medic export cat` gave back of each group.
    pub(super) given: Vec<Given>,
    /// All keys of the export bucket.
    pub(super) keys: Vec<String>,
    pub(super) yesterday: Window,
    /// When lines of yesterday came late, and how many.
    pub(super) late_at: Timestamp,
    pub(super) late: usize,
}

impl ExportObservations {
    /// The manifests of a group.
    pub(super) fn manifests_of(&self, group: &str) -> impl Iterator<Item = &Manifest> {
        self.manifests
            .get(group)
            .into_iter()
            .flat_map(Windows::iter)
    }

    /// Whether it is proven that a window is complete.
    pub(super) fn is_proven(&self, group: &str, window: Window) -> bool {
        self.manifest(group, window).is_some_and(is_proven)
    }

    /// How many rows there are of a window.
    pub(super) fn rows(&self, group: &str, window: Window) -> usize {
        self.manifest(group, window).map_or(0, rows)
    }

    /// How many rows there are of a group.
    pub(super) fn all_rows(&self, group: &str) -> usize {
        self.manifests_of(group).map(rows).sum()
    }

    /// Whether all windows of a group are proven that were over at `hour`.
    pub(super) fn are_sealed(&self, group: &str, hour: Timestamp) -> bool {
        let mut over = self
            .manifests_of(group)
            .filter(|found| found.window.end() <= hour);
        over.by_ref().all(is_proven)
    }

    /// The last manifest of a window.
    pub(super) fn manifest(&self, group: &str, window: Window) -> Option<&Manifest> {
        self.manifests_of(group)
            .find(|found| found.window == window)
    }

    /// The first manifest of a window that said so.
    pub(super) fn first_told(
        &self,
        group: &str,
        window: Window,
        is_it: impl Fn(&Manifest) -> bool,
    ) -> Option<&Manifest> {
        let mut told = self.told.iter();
        told.find(|found| found.place.group == group && found.window == window && is_it(found))
    }
}

/// Whether a manifest says that nothing is missing.
pub(super) fn is_proven(manifest: &Manifest) -> bool {
    matches!(manifest.proof, Proof::Counted | Proof::EventIds)
}

/// How many rows a manifest names.
pub(super) fn rows(manifest: &Manifest) -> usize {
    usize::try_from(manifest.output.rows()).unwrap_or(usize::MAX)
}
