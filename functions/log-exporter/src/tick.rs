//! One tick: look for groups, give each that is due a turn, save what was found out after each step, stop before the deadline.
//!
//! Whatever ends a tick early, the ledger says where each window stands, and the next tick goes on there. The catalog and the lease are
//! hints. Nothing that fails stops the other groups, and a group that takes long gets its share of the time and no more.

mod count;
mod failed;
mod look;
mod memo;
mod outlook;
mod rounds;
mod run;
mod step;
mod survey;
mod task;
#[cfg(test)]
mod tests;
mod turn;

use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use shared::clock::{Clock, Nonces};
use shared::failure::chain;
use shared::metrics::Meter;
use shared::outbound::Quoted;
use shared::records::{self, Loaded, Records};
use tracing::{error, info, warn};

use self::failed::count_failure;
pub use self::memo::Memo;
use self::run::Run;
use crate::catalog::{CATALOG, Catalog};
use crate::hint;
use crate::lease::{self, Lease, Taken};
use crate::metrics::{Tally, measured};
use crate::preflight::{Installation, LooksAtBucket};
use crate::rules::Rules;
use crate::sources::{Bucket, Events, ExportTasks, LogGroups, Queries};

/// Kept free at the end of an invocation, to finish what is under way and to save.
const RESERVE: SignedDuration = SignedDuration::from_secs(6);

/// All that is asked of CloudWatch Logs.
pub trait Logs: LogGroups + ExportTasks + Events + Queries {}

impl<L: LogGroups + ExportTasks + Events + Queries> Logs for L {}

/// One tick: the effects it may have on the world, and what it goes by.
#[expect(
    missing_debug_implementations,
    reason = "where measurements go has nothing to show"
)]
pub struct Tick<'a, L, B, R, P, T> {
    /// CloudWatch Logs.
    pub logs: L,
    /// The bucket that logs are exported to.
    pub bucket: B,
    /// The state bucket: ledger, catalog, lease.
    pub records: R,
    /// The bucket that logs are exported to, as one of records: the manifests.
    pub manifests: R,
    /// Who knows the settings of the bucket that logs are exported to.
    pub settings: P,
    /// Time and nonces.
    pub time: T,
    /// What the installation says.
    pub rules: &'a Rules,
    /// What changes with the settings that choose groups and buckets.
    pub fingerprint: &'a str,
    /// Whose log groups, and where to.
    pub installation: Installation,
    /// Whether nothing new is begun: no task, no reading, no counting. What was begun is finished.
    pub is_paused: bool,
    /// The invocation.
    pub holder: String,
    /// When Lambda ends it.
    pub ends_at: Timestamp,
    /// What earlier ticks of this sandbox saw.
    pub memo: &'a Memo,
    /// Where measurements go.
    pub meter: &'a dyn Meter,
}

/// What came of a tick.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ticked {
    /// It had its turn.
    Done(Tally),
    /// Another one is at work.
    Held,
}

impl<L: Logs, B: Bucket, R: Records, P: LooksAtBucket, T: Clock + Nonces> Tick<'_, L, B, R, P, T> {
    /// One tick. An error means that nothing could be done, because the state bucket cannot be read or written; Lambda need not try it
    /// again, as the next tick does.
    pub async fn run(&self) -> anyhow::Result<Ticked> {
        let now = self.time.now();
        let times = (now, self.ends_at);
        let taken = lease::take(&self.records, &self.time, &self.holder, times);
        let (held, killed) = match taken.await.context("couldn't take the lease")? {
            Taken::Ours { held, killed } => (held, killed),
            Taken::Held { until } => {
                let until = until.map_or_else(String::new, |until| format!(" until {until}"));
                info!("another tick is at work{until}");
                return Ok(Ticked::Held);
            }
        };
        let (catalog, precondition) = hint::load::<Catalog>(&self.records, CATALOG)
            .await
            .context("couldn't read the catalog")?;
        let mut run = Run::new(catalog.unwrap_or_default(), precondition, *held);
        if let Some(killed) = killed {
            note_killed(&killed, &mut run);
        }
        Box::pin(self.work(&mut run)).await;
        self.save_catalog(&mut run).await;
        self.end(run).await
    }

    async fn work(&self, run: &mut Run) {
        if self.is_paused {
            warn!(
                "paused by MEDIC_PAUSED: nothing new is begun, and what the source forgets meanwhile is lost"
            );
        }
        run.catalog.obey(self.rules);
        if !self.is_same_bucket(run).await {
            return;
        }
        self.look(run).await;
        Box::pin(self.search(run)).await;
        Box::pin(self.rounds(run)).await;
    }

    /// When the work of this tick must be over: a fifth of a short invocation is kept free, as in the tests.
    fn by(&self, began_at: Timestamp) -> Timestamp {
        let all = self.ends_at.duration_since(began_at);
        self.ends_at - RESERVE.min(all / 5)
    }

    /// Saves the catalog. If another tick wrote it, that one's is as good.
    async fn save_catalog(&self, run: &mut Run) {
        let loaded = Loaded {
            record: run.catalog.clone(),
            precondition: run.precondition.clone(),
        };
        run.catalog_saved_at = Some(self.time.now());
        match records::save(&self.records, &self.time, loaded).await {
            Ok(records::Saved::Ours(loaded)) => run.precondition = loaded.precondition,
            Ok(records::Saved::Lost) => warn!("another tick wrote the catalog"),
            Err(failure) => count_failure(run, "the catalog", &failure),
        }
    }

    async fn end(&self, run: Run) -> anyhow::Result<Ticked> {
        let now = self.time.now();
        for metric in measured(&run.tally, &run.catalog, now) {
            self.meter.record(&metric, now);
        }
        let released = lease::release(&self.records, &self.time, run.held, now).await;
        if let Err(failure) = released {
            let text = chain(&failure);
            warn!("the lease stays until its end: {}", Quoted::line(&text));
        }
        log(&run.tally);
        Ok(Ticked::Done(run.tally))
    }
}

fn log(tally: &Tally) {
    info!(
        turns = tally.turns,
        rows = tally.rows,
        verified = tally.verified,
        failures = tally.failures,
        "the tick is over"
    );
}

/// A tick before was killed: whatever group it was at comes last, so that the others are not held up for ever.
fn note_killed(killed: &Lease, run: &mut Run) {
    run.is_careful = true;
    run.tally.failures += 1;
    run.suspected.clone_from(&killed.group);
    let group = killed.group.as_deref().unwrap_or("no group in particular");
    error!(
        "the tick that began at {} was killed at {}",
        killed.began_at,
        Quoted::line(group)
    );
}
