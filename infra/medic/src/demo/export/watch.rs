//! Looks at the ledger, the manifests and the export tasks, until what is waited for is seen.

use std::time::Duration;

use shared::exports::manifest::Proof;
use tokio::time::{Instant, sleep};

use super::news::news;
use super::observations::{ExportObservations, is_proven};
use super::stage::{API, BILLING, CHECKOUT};
use crate::scenario::export::ExportScenario;
use crate::screen::Screen;

/// A person sees no delay, and the local cloud is not kept busy.
const PAUSE: Duration = Duration::from_millis(300);

/// When nothing more is expected of a part of the scenario.
const AT_MOST: Duration = Duration::from_secs(90);

/// Where to look.
pub(super) struct Watch<'a> {
    pub(super) scenario: &'a ExportScenario,
    pub(super) screen: &'a Screen,
}

impl Watch<'_> {
    /// Looks until `is_over` says so, or time is up. Shows what is new.
    pub(super) async fn until(
        &self,
        mut seen: ExportObservations,
        what: &str,
        is_over: impl Fn(&ExportObservations) -> bool,
    ) -> anyhow::Result<ExportObservations> {
        let ends = Instant::now() + AT_MOST;
        self.screen.waiting_for(what);
        while !is_over(&seen) && Instant::now() < ends {
            let now = Box::pin(self.look(&seen)).await?;
            for (at, event) in news(&seen, &now) {
                self.screen.happened(&event, at);
            }
            seen = now;
            sleep(PAUSE).await;
        }
        Ok(seen)
    }

    async fn look(&self, before: &ExportObservations) -> anyhow::Result<ExportObservations> {
        let stored = &self.scenario.stored;
        let mut now = ExportObservations {
            told: before.told.clone(),
            tasks: self.scenario.groups.tasks().await?,
            ..ExportObservations::default()
        };
        for group in [CHECKOUT, BILLING, API] {
            let (manifests, entries) = (before.manifests.get(group), before.entries.get(group));
            let manifests = manifests.cloned().unwrap_or_default();
            let manifests = stored.manifests(group, &manifests).await?;
            let entries = entries.cloned().unwrap_or_default();
            let entries = stored.entries(group, &entries).await?;
            now.manifests.insert(group, manifests);
            now.entries.insert(group, entries);
        }
        for (group, manifests) in &now.manifests {
            let old = before.manifests.get(group).cloned().unwrap_or_default();
            let new = manifests
                .changed(&old)
                .filter(|found| is_proven(found) || matches!(found.proof, Proof::Suspect { .. }));
            now.told.extend(new.cloned());
        }
        Ok(now)
    }
}
