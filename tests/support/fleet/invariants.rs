//! What must hold whatever happens: checked at the moment at which the function changes the world, and in the end.

mod acts;
mod ends;
mod mails;

use std::fmt;

use alarm_playbook::action::{Action, Order};
use alarm_playbook::record::{Entry, Stage, TargetRecord};
use jiff::{SignedDuration, Timestamp};

use super::{Fleet, Thing};

/// How far clocks may be apart, with the time that calls take.
pub(super) const SLACK: SignedDuration = SignedDuration::from_secs(20);

/// A promise that was broken.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Promise {
    /// At most one change for an incident and a rung.
    OncePerRung,
    /// The intent is written before the call, and whoever calls holds its lease.
    IntentFirst,
    /// Never two remediations of a target at once.
    OneAtATime,
    /// Nothing is begun on top of a deployment.
    NotOnADeployment,
    /// No more actions of a playbook, or in all, within an hour than allowed.
    Caps,
    /// No more targets under remediation at once than allowed.
    FleetShare,
    /// Nothing is changed in a dry run or with the kill switch pulled.
    Stopped,
    /// Nothing is begun while muted.
    Mute,
    /// Nothing is begun in a storm.
    Storm,
    /// Nothing is done about what nobody's alarm says, or no longer says.
    Real,
    /// Nothing is done about what is old.
    Fresh,
    /// Nothing is done to what is under maintenance.
    Maintenance,
    /// A target is left alone after a remediation.
    Cooldown,
    /// A step follows only on one that was proven not to help.
    RungOrder,
    /// In the end nothing is open.
    NothingStuck,
    /// Every incident is written down.
    NothingLost,
    /// A verdict is true.
    TrueVerdict,
    /// A report comes once, and once more for each crash at most.
    OneReport,
    /// Records can be read, say the same when written again, and do not grow without end.
    SoundRecords,
}

/// A change of the world by the function.
#[derive(Clone, Debug)]
pub struct Effect {
    /// When.
    pub at: Timestamp,
    /// Of what.
    pub subject: usize,
    /// Under which name.
    pub order: String,
    /// Because of which incident.
    pub incident: String,
    /// On which rung.
    pub rung: usize,
    /// What.
    pub action: Action,
    /// By which invocation.
    pub invocation: usize,
    /// Of which playbook; empty if no record says.
    pub playbook: String,
    /// The deployment that was rolled out then, and since when.
    rollout: Option<(String, Option<Timestamp>)>,
}

impl Effect {
    /// An order that is about to change the world.
    pub(super) fn of(fleet: &Fleet, subject: usize, order: &Order, invocation: usize) -> Self {
        let id = order.id.as_str();
        let (incident, rung) = id.rsplit_once('-').unwrap();
        let rollout = match &fleet.subjects[subject].thing {
            Thing::Service(service) => service
                .rollout()
                .map(|id| (id.to_owned(), service.deployments[0].created_at)),
            Thing::Host(_) => None,
        };
        Self {
            at: fleet.now,
            subject,
            order: id.to_owned(),
            incident: incident.to_owned(),
            rung: rung.parse().unwrap(),
            action: order.action.clone(),
            invocation,
            playbook: String::new(),
            rollout,
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            at,
            subject,
            order,
            playbook,
            action,
            invocation,
            ..
        } = self;
        write!(
            f,
            "{at} subject {subject} order {order} of {playbook} by invocation {invocation}: {action:?}"
        )
    }
}

impl Fleet {
    pub(super) fn broken(&mut self, promise: Promise, how: impl Into<String>) {
        let how = format!("{}: {}", self.now, how.into());
        self.violations.push((promise, how));
    }

    /// The record of a subject, if there is one that can be read.
    pub fn record(&self, subject: usize) -> Option<TargetRecord> {
        let key = self.subjects[subject].target.record_key();
        serde_json::from_slice(self.bucket.body(&key)?).ok()
    }

    /// How long a remediation counts as under way at most.
    fn longest(&self) -> SignedDuration {
        self.limits.rollout_within + self.limits.verify_within
    }

    /// Whether an entry's remediation is under way.
    fn is_under_way(&self, entry: &Entry) -> bool {
        let is_recent = |at: Timestamp| self.now.duration_since(at) < self.longest() - SLACK;
        entry.stage() == Stage::Intended
            || entry.awaits_proof() && entry.acted_at().is_some_and(is_recent)
    }

    /// An object was written.
    pub(super) fn saved(&mut self, key: &str) {
        let is_record = key.starts_with("targets/");
        let Some(record) = self.bucket.body(key).filter(|_| is_record) else {
            return;
        };
        // Few records ever have an incident that waits; the others need not be read.
        if !str::from_utf8(record).unwrap().contains("\"awaits\"") {
            return;
        }
        let record: TargetRecord = serde_json::from_slice(record).unwrap();
        let waiting = record.entries.iter().filter(|entry| entry.awaits.is_some());
        self.awaited
            .extend(waiting.map(|entry| entry.incident.to_string()));
    }
}
