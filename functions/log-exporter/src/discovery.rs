//! Which log groups there are: looked for page by page, as fast as the API allows, over as many ticks as it takes.

use std::time::Duration;

use jiff::Timestamp;
use shared::clock::Clock;
use shared::failure::{CallError, Classify as _, FailureKind};
use shared::records::Records;

use crate::catalog::{Catalog, Stage};
use crate::ledger::LEDGER;
use crate::rules::Rules;
use crate::sources::LogGroups;

/// How many pages are listed in a tick. With fifty groups each, 3,000 groups take three ticks.
const PAGES: usize = 20;

/// What is waited between two pages: `DescribeLogGroups` takes ten calls a second of the whole account (CloudWatch Logs quotas), and
/// others need some of them.
const PACE: Duration = Duration::from_millis(200);

/// Where groups are looked for, and by what.
#[derive(Debug)]
pub struct Search<'a, G, R, T> {
    /// The groups.
    pub groups: &'a G,
    /// The state bucket, which has the ledger.
    pub records: &'a R,
    /// The time.
    pub time: &'a T,
    /// Which are exported.
    pub rules: &'a Rules,
    /// What changes when other groups may be meant.
    pub fingerprint: &'a str,
    /// By when it must be over.
    pub by: Timestamp,
}

/// What came of looking for groups.
#[derive(Debug, Default)]
pub struct Searched {
    /// How many pages were listed.
    pub pages: usize,
    /// Why it did not go on; all before counts.
    pub failures: Vec<CallError>,
}

impl<G: LogGroups, R: Records, T: Clock> Search<'_, G, R, T> {
    /// Goes on looking for groups where the catalog says, if it is time. The catalog has all that was found.
    pub async fn go_on(&self, catalog: &mut Catalog) -> Searched {
        let mut searched = Searched::default();
        while searched.pages < PAGES && self.time.now() < self.by {
            let now = self.time.now();
            let Some(stage) = catalog.stage(self.rules, self.fingerprint, now) else {
                break;
            };
            if searched.pages > 0 {
                self.time.pause(PACE).await;
            }
            if let Err(failure) = self.page(catalog, stage.clone(), now).await {
                let goes_on = give_way(catalog, &stage, &failure);
                searched.failures.push(failure);
                if !goes_on {
                    break;
                }
            }
            searched.pages += 1;
        }
        searched
    }

    async fn page(
        &self,
        catalog: &mut Catalog,
        stage: Stage,
        now: Timestamp,
    ) -> Result<(), CallError> {
        match (stage, &self.rules.tag) {
            (Stage::Tagged(next), Some(tag)) => {
                let page = self.groups.tagged(tag, next).await?;
                catalog.tagged(page.items, page.next);
            }
            (Stage::Tagged(_), None) => catalog.tagged(Vec::new(), None),
            (Stage::Groups(next), _) => {
                let page = self.groups.groups(next).await?;
                catalog.listed(page.items, page.next, self.rules, now);
            }
            (Stage::Ledger(after), _) => {
                let keys = self.records.list(LEDGER, after.as_deref()).await?;
                let first = keys.first().map(|listed| listed.key.as_str());
                catalog.in_ledger(first, self.rules, now);
            }
        }
        Ok(())
    }
}

/// After a failure: whether to go on at once. What would fail again does not stop the rest: without the right to list tags, groups are
/// still found by their names; and a page that the service does not know any more is not asked for again.
fn give_way(catalog: &mut Catalog, stage: &Stage, failure: &CallError) -> bool {
    match (failure.kind(), stage) {
        (FailureKind::Transient, _) => false,
        (FailureKind::Permanent, Stage::Tagged(_)) => {
            catalog.untagged();
            true
        }
        (FailureKind::Permanent, _) => {
            catalog.begin_again();
            false
        }
    }
}
