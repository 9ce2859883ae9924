//! The decision: an alarm, its playbook, the target's record and a snapshot of the service, and what to do about it.
//!
//! Pure: no client, no clock, no environment. Diagnosis may inform it one day; it never authorises.

mod advance;
mod belts;
mod ladder;
mod never;
mod resume;
mod steps;
mod weigh;

use jiff::Timestamp;

pub use self::advance::{Again, Next, after, is_overtaken, reconsider};
pub use self::belts::SHARED_CAP;
pub use self::never::is_credible;
pub(crate) use self::resume::TOO_OLD;
pub use self::resume::{Fate, Seen, Window, fate, may_still_act};
pub use self::weigh::{Objection, refused};
use crate::alarms::{AlarmNow, Tags};
use crate::load::Load;
use crate::playbook::{Defaults, Playbook};
use crate::record::{Await, Intent, Lease, Reasons, Stage, TargetRecord};
use crate::surroundings::Surroundings;
use crate::target::Target;
use crate::targets::TargetState;
use shared::alarm::{Alarm, IncidentId, State};

/// What the installation allows, whatever a playbook says.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Policy {
    /// Decide and tell, but change nothing.
    pub dry_run: bool,
    /// The kill switch: nothing is acted on while it is set.
    pub paused: bool,
    /// The accounts whose alarms may lead to an action.
    pub allowed_accounts: Vec<String>,
    /// The regions whose alarms may lead to an action.
    pub allowed_regions: Vec<String>,
    /// The SSM document that restarts a container, if the installation has one.
    pub restart_document: Option<String>,
    /// The SSM Automation documents that may be run.
    pub automations: Vec<String>,
}

impl Policy {
    /// Whether alarms of this account and region may lead to an action at all.
    pub fn allows(&self, alarm: &Alarm) -> bool {
        let is_listed = |list: &[String], item: &Option<String>| {
            item.as_ref().is_some_and(|item| list.contains(item))
        };
        is_listed(&self.allowed_accounts, &alarm.account)
            && is_listed(&self.allowed_regions, &alarm.region)
    }

    /// The policy where the playbook file has a say too: either can make it a dry run.
    #[must_use]
    pub fn within(mut self, defaults: &Defaults) -> Self {
        self.dry_run |= defaults.dry_run;
        self
    }
}

/// Everything that the decision depends on.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// The state change that was delivered.
    pub alarm: &'a Alarm,
    /// The alarm's tags, or `None` if CloudWatch knows no such alarm.
    pub tags: Option<&'a Tags>,
    /// The alarm as CloudWatch describes it now, or `None` if it knows no such alarm.
    pub alarm_now: Option<&'a AlarmNow>,
    /// The playbook that matches it.
    pub playbook: &'a Playbook,
    /// What the playbook acts on.
    pub target: &'a Target,
    /// What holds for every playbook.
    pub defaults: &'a Defaults,
    /// What the installation allows.
    pub policy: &'a Policy,
    /// What holds beyond the target.
    pub surroundings: &'a Surroundings,
    /// Whether nothing is done and nobody is told at this time of the week.
    pub is_mute: bool,
    /// What is remembered of the target.
    pub record: &'a TargetRecord,
    /// What AWS says of the target, or `None` if it knows no such target.
    pub state: Option<&'a TargetState>,
    /// The requests before and since the onset, where they are counted.
    pub load: Option<&'a Load>,
    /// Who asks.
    pub lease: &'a Lease,
    /// The time.
    pub now: Timestamp,
}

impl Situation<'_> {
    /// Whether the playbook does without this objection.
    fn allows(&self, objection: &Objection) -> bool {
        let exceptions = &self.playbook.also_act_on;
        objection
            .exception
            .is_some_and(|exception| exceptions.contains(&exception))
    }
}

/// What to do about a delivery.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Decision {
    /// Nothing; nobody needs to hear of it.
    Ignore(String),
    /// Nothing now; somebody else is at it.
    Wait(Wait),
    /// Finish what an earlier invocation left unfinished, before anything else.
    Resume(IncidentId),
    /// Nothing, at least for now; people are told why.
    Report(Refusal),
    /// Act (or, in a dry run, tell what would be done).
    Remediate(Plan),
}

/// What is to be done, and why.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Plan {
    /// The step.
    pub intent: Intent,
    /// Why.
    pub reasons: Reasons,
    /// What `notify` steps before it say.
    pub notes: Vec<String>,
}

/// Nothing is done, and why.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Refusal {
    /// Why.
    pub reasons: Reasons,
    /// The subject under which somebody is called, if the ladder ends with that.
    pub page: Option<String>,
    /// What `notify` steps say.
    pub notes: Vec<String>,
    /// What is waited for; none if nothing will be done any more.
    pub awaits: Option<Await>,
    /// Whether it is only written down: people know already, or are not to be woken.
    pub is_quiet: bool,
}

/// For whom to wait.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Wait {
    /// Another invocation has the same state change in hand and will finish it: this delivery is a duplicate.
    Duplicate,
    /// Our own earlier try holds the lease until then: nobody else will finish it, so come back.
    OwnLease(Timestamp),
}

/// What can be said of an alarm before anything else is known; `None` if it has to be looked into.
pub fn at_first_sight(alarm: &Alarm) -> Option<Decision> {
    match alarm.state {
        State::Alarm => None,
        State::Ok => Some(Decision::Ignore(
            "OK never leads to a remediation".to_owned(),
        )),
        State::InsufficientData => Some(Decision::Ignore(
            "INSUFFICIENT_DATA never leads to a remediation".to_owned(),
        )),
    }
}

/// What to do about a state change.
pub fn decide(situation: &Situation<'_>) -> Decision {
    let Situation {
        alarm,
        record,
        lease,
        now,
        ..
    } = *situation;
    if let Some(decision) = at_first_sight(alarm).or_else(|| remembered(alarm, record, lease, now))
    {
        return decision;
    }
    weigh::weigh(situation, 0)
}

/// What follows from the record alone, before the service is looked at; `None` if it has nothing to say.
///
/// Duplicates end here, so a storm of them does not reach ECS.
pub fn remembered(
    alarm: &Alarm,
    record: &TargetRecord,
    lease: &Lease,
    now: Timestamp,
) -> Option<Decision> {
    already_known(alarm, record, lease, now)
        .or_else(|| abandoned_by_others(record, now).map(Decision::Resume))
}

fn already_known(
    alarm: &Alarm,
    record: &TargetRecord,
    lease: &Lease,
    now: Timestamp,
) -> Option<Decision> {
    let entry = record.entry_about(alarm)?;
    let is_leased = now < entry.lease.until;
    let is_ours = entry.lease.request == lease.request;
    Some(match (entry.stage(), is_leased) {
        (Stage::Settled | Stage::Verifying, _) => {
            Decision::Ignore("this state change was dealt with before".to_owned())
        }
        (_, true) if !is_ours => Decision::Wait(Wait::Duplicate),
        // An in-flight call of our own earlier try may still arrive: wait until that is impossible.
        (Stage::Intended, true) => Decision::Wait(Wait::OwnLease(entry.lease.until)),
        (Stage::Untold, true) | (_, false) => Decision::Resume(entry.incident.clone()),
    })
}

/// An entry of another incident whose call nobody knows the fate of and nobody is looking into any more.
///
/// Reports that were not sent are not looked for here: a broken mail channel must not keep a target from being helped.
fn abandoned_by_others(record: &TargetRecord, now: Timestamp) -> Option<IncidentId> {
    let mut entries = record.entries.iter();
    let abandoned =
        entries.find(|entry| entry.stage() == Stage::Intended && entry.lease.until <= now);
    abandoned.map(|entry| entry.incident.clone())
}

#[cfg(test)]
mod tests;
