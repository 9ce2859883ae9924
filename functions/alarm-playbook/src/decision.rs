//! The decision: an alarm, its playbook, the target's record and a snapshot of the service, and what to do about it.
//!
//! Pure: no client, no clock, no environment. Diagnosis may inform it one day; it never authorises.

mod belts;
mod never;
mod resume;

use jiff::Timestamp;

pub use self::resume::{Fate, Seen, Window, fate, may_still_act};
use crate::alarm::{Alarm, IncidentId, State};
use crate::alarms::{AlarmNow, Tags};
use crate::playbook::{Defaults, Exception, Playbook, Step};
use crate::record::{Intent, Lease, Reasons, Stage, TargetRecord};
use crate::services::{DeploymentRef, PlannedCall, ServiceState};
use crate::target::Target;

/// What the installation allows, whatever a playbook says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Policy {
    /// Decide and tell, but change nothing.
    pub dry_run: bool,
    /// The kill switch: nothing is acted on while it is set.
    pub paused: bool,
    /// The accounts whose alarms may lead to an action.
    pub allowed_accounts: Vec<String>,
    /// The regions whose alarms may lead to an action.
    pub allowed_regions: Vec<String>,
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
    /// What is remembered of the target.
    pub record: &'a TargetRecord,
    /// What ECS says of the service, or `None` if it knows no such service.
    pub service: Option<&'a ServiceState>,
    /// Who asks.
    pub lease: &'a Lease,
    /// The time.
    pub now: Timestamp,
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
    /// Nothing; people are told why.
    Report(Reasons),
    /// Act (or, in a dry run, tell what would be done).
    Remediate(Intent, Reasons),
}

/// A reason not to act.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Objection {
    reason: String,
    /// What a playbook can say to do without this reason.
    exception: Option<Exception>,
}

impl Objection {
    /// A reason that no playbook can do without.
    fn firm(reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self {
            reason,
            exception: None,
        }
    }

    /// A reason that holds unless the playbook makes this exception.
    fn unless(exception: Exception, reason: impl Into<String>) -> Self {
        Self {
            exception: Some(exception),
            ..Self::firm(reason)
        }
    }
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
    let reasons = weigh(situation);
    let primary = situation.service.and_then(ServiceState::primary);
    match primary {
        Some(primary) if reasons.against.is_empty() => {
            let Situation {
                playbook, target, ..
            } = situation;
            Decision::Remediate(intent(playbook, target, primary.into()), reasons)
        }
        _ => Decision::Report(reasons),
    }
}

/// The reasons for and against acting. Exceptions that the playbook made use of are reasons for.
fn weigh(situation: &Situation<'_>) -> Reasons {
    let playbook = situation.playbook;
    let mut reasons = Reasons {
        in_favour: vec![format!("playbook {} is for this alarm", playbook.name)],
        against: Vec::new(),
    };
    let (was, at) = (situation.alarm.old_state, situation.alarm.state_changed_at);
    if let (Some(State::Ok), Some(at)) = (was, at) {
        reasons
            .in_favour
            .push(format!("the alarm went from OK to ALARM at {at}"));
    }
    if situation.alarm.is_unheard {
        let unheard = "its message never came, the schedule found it: look at the alerts topic";
        reasons.in_favour.push(unheard.to_owned());
    }
    for rule in never::RULES.iter().chain(&belts::RULES) {
        let Some(Objection { reason, exception }) = rule(situation) else {
            continue;
        };
        if exception.is_some_and(|exception| playbook.also_act_on.contains(&exception)) {
            reasons
                .in_favour
                .push(format!("{reason}, and the playbook allows that"));
        } else {
            reasons.against.push(reason);
        }
    }
    reasons
}

/// The playbook's step as an intent that nobody has set out to carry out yet but us.
fn intent(playbook: &Playbook, target: &Target, before: DeploymentRef) -> Intent {
    let [step] = playbook.steps;
    let call = match step {
        Step::RestartService => PlannedCall::force_new_deployment(target.service()),
    };
    Intent {
        step,
        call,
        attempt: 1,
        before,
    }
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
