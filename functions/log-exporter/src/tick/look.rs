//! What comes before the groups' turns: whether the installation can export, and which groups there are.

use jiff::SignedDuration;
use shared::clock::{Clock, Nonces};
use shared::outbound::Quoted;
use shared::records::Records;
use tracing::{error, info};

use super::failed::{count_failure, is_throttle};
use super::run::Run;
use super::{Logs, Tick};
use crate::catalog::Checked;
use crate::discovery::Search;
use crate::preflight::{Finding, LooksAtBucket, Weight, look, unreadable_group};
use crate::sources::Bucket;

/// How often an installation is looked at in which something is wrong: soon after it is mended, tasks begin.
const WHILE_WRONG: SignedDuration = SignedDuration::from_hours(1);

/// How often an installation is looked at in which nothing is wrong: somebody may change the bucket's policy.
const WHILE_RIGHT: SignedDuration = SignedDuration::from_hours(24);

impl<L: Logs, B: Bucket, R: Records, P: LooksAtBucket, T: Clock + Nonces> Tick<'_, L, B, R, P, T> {
    /// Looks whether the installation can export, at the first tick with these settings and now and then. What is wrong is said then, and
    /// not in each tick.
    pub(super) async fn look(&self, run: &mut Run) {
        let now = self.time.now();
        let checked = run.catalog.preflight.as_ref();
        let is_fresh = checked.is_some_and(|checked| {
            let every = if checked.findings.is_empty() {
                WHILE_RIGHT
            } else {
                WHILE_WRONG
            };
            checked.fingerprint == self.fingerprint && now.duration_since(checked.at) < every
        });
        if !is_fresh {
            let mut findings = look(&self.settings, &self.installation).await;
            let groups = run.catalog.groups.iter();
            let unreadable = groups.filter(|(_, known)| !known.can_be_read);
            findings.extend(unreadable.map(|(name, _)| unreadable_group(name)));
            for finding in &findings {
                run.tally.failures += u64::from(say(finding));
            }
            run.catalog.preflight = Some(Checked {
                fingerprint: self.fingerprint.to_owned(),
                at: now,
                takes_tasks: !findings.iter().any(stops_tasks),
                findings: findings.iter().map(Finding::text).collect(),
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

/// Says what was found. Whether it is a failure, which people are alarmed of.
fn say(finding: &Finding) -> bool {
    let text = finding.text();
    let text = Quoted::line(&text);
    match finding.weight {
        Weight::Remark => info!("found: {text}"),
        Weight::StopsTasks | Weight::Risk => return mend(&text),
    }
    false
}

fn mend(text: &Quoted) -> bool {
    error!("this has to be mended: {text}");
    true
}
