//! What comes before the groups' turns: whether the installation can export, and which groups there are.

use jiff::SignedDuration;
use shared::clock::{Clock, Nonces};
use shared::outbound::Quoted;
use shared::records::Records;
use tracing::{error, info, warn};

use super::failed::{count_failure, is_throttle};
use super::run::Run;
use super::{Logs, Tick};
use crate::catalog::{Catalog, Checked};
use crate::discovery::Search;
use crate::ledger::LEDGER;
use crate::preflight::{Finding, LooksAtBucket, Weight, look, other_bucket, unreadable_group};
use crate::sources::Bucket;

/// How often an installation is looked at in which something is wrong: soon after it is mended, tasks begin.
const WHILE_WRONG: SignedDuration = SignedDuration::from_hours(1);

/// How often an installation is looked at in which nothing is wrong: somebody may change the bucket's policy.
const WHILE_RIGHT: SignedDuration = SignedDuration::from_hours(24);

/// So many log groups that cannot be read are told one by one.
const MOST_TOLD: usize = 20;

impl<L: Logs, B: Bucket, R: Records, P: LooksAtBucket, T: Clock + Nonces> Tick<'_, L, B, R, P, T> {
    /// Whether what the ledger says lies in the bucket that is exported to now. If it does not, each tick says so, and nothing is done:
    /// what was proven of the one bucket must not be said of the other. A catalog that names no bucket takes this one.
    pub(super) async fn is_same_bucket(&self, run: &mut Run) -> bool {
        let bucket = &self.installation.bucket;
        let before = run.catalog.bucket.replace(bucket.clone());
        let Some(before) = before.filter(|before| before != bucket) else {
            return true;
        };
        match self.records.list(LEDGER, None).await {
            Ok(listed) if listed.is_empty() => return true,
            Ok(_) => {}
            Err(failure) => count_failure(run, "listing the ledger", &failure),
        }
        let finding = other_bucket(&self.installation, &before);
        run.tally.failures += u64::from(say(&finding));
        run.catalog.bucket = Some(before);
        run.catalog.preflight = Some(Checked {
            // As soon as somebody has decided it is looked at afresh.
            fingerprint: String::new(),
            at: self.time.now(),
            findings: vec![finding.text()],
            remarks: Vec::new(),
            unreadable: Vec::new(),
            takes_tasks: false,
        });
        false
    }

    /// Looks whether the installation can export, at the first tick with these settings and now and then. What is wrong is said then, and
    /// not in each tick.
    pub(super) async fn look(&self, run: &mut Run) {
        let now = self.time.now();
        let unreadable = unreadable(&run.catalog);
        let checked = run.catalog.preflight.as_ref();
        let is_fresh = checked.is_some_and(|checked| {
            let every = if checked.findings.is_empty() {
                WHILE_RIGHT
            } else {
                WHILE_WRONG
            };
            checked.fingerprint == self.fingerprint
                && checked.unreadable == unreadable
                && now.duration_since(checked.at) < every
        });
        if !is_fresh {
            let mut found = look(&self.settings, &self.installation).await;
            let told = unreadable.iter().take(MOST_TOLD);
            found.extend(told.map(|name| unreadable_group(name)));
            for finding in &found {
                run.tally.failures += u64::from(say(finding));
            }
            let takes_tasks = !found.iter().any(stops_tasks);
            let (remarks, wrong): (Vec<_>, Vec<_>) = found
                .into_iter()
                .partition(|finding| finding.weight == Weight::Remark);
            run.catalog.preflight = Some(Checked {
                fingerprint: self.fingerprint.to_owned(),
                at: now,
                findings: wrong.iter().map(Finding::text).collect(),
                remarks: remarks.iter().map(Finding::text).collect(),
                unreadable,
                takes_tasks,
            });
        }
        let checked = run.catalog.preflight.as_ref();
        run.takes_tasks = checked.is_none_or(|checked| checked.takes_tasks);
    }

    /// Looks for groups, for a part of the time.
    pub(super) async fn search(&self, run: &mut Run) {
        let now = self.time.now();
        let left = self.by(now).duration_since(now);
        let search = Search {
            groups: &self.logs,
            records: &self.records,
            time: &self.time,
            rules: self.rules,
            fingerprint: self.fingerprint,
            by: now + left / 2,
        };
        let searched = search.go_on(&mut run.catalog).await;
        for failure in &searched.failures {
            if is_throttle(failure) {
                self.throttled(run).await;
            } else {
                count_failure(run, "looking for log groups", failure);
            }
        }
        if searched.pages > 0 {
            self.save_catalog(run).await;
        }
    }
}

fn stops_tasks(finding: &Finding) -> bool {
    finding.weight == Weight::StopsTasks
}

/// The log groups whose class lets nobody read them.
fn unreadable(catalog: &Catalog) -> Vec<String> {
    let groups = catalog.groups.iter();
    let unreadable = groups.filter(|(_, known)| !known.can_be_read);
    unreadable.map(|(name, _)| name.clone()).collect()
}

/// Says what was found. Whether it is a failure, which people are alarmed of: only what keeps everything from being exported, as an alarm
/// that cannot end is heard by nobody.
fn say(finding: &Finding) -> bool {
    let text = finding.text();
    let text = Quoted::line(&text);
    match finding.weight {
        Weight::Remark => remark(&text),
        Weight::Risk => advise(&text),
        Weight::StopsTasks => demand(&text),
    }
    stops_tasks(finding)
}

fn remark(text: &Quoted) {
    info!("found: {text}");
}

fn advise(text: &Quoted) {
    warn!("this should be mended: {text}");
}

fn demand(text: &Quoted) {
    error!("this has to be mended: {text}");
}
