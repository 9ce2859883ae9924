//! What a record remembers of the steps that were tried on its target.

use jiff::Timestamp;

use super::{Entry, Intent, TargetRecord};
use crate::playbook::{Memory, StepName};
use crate::recovery::{Recovery, RecoveryVerdict};
use shared::alarm::Alarm;

impl TargetRecord {
    /// How often a step did not help the target lately: it was proven not to, or the alarm fired again soon after it
    /// had seemed to. `alarm` is the one that fires now.
    pub fn times_not_helped(
        &self,
        step: StepName,
        memory: &Memory,
        alarm: &Alarm,
        now: Timestamp,
    ) -> usize {
        let tried = self.entries.iter().flat_map(tries);
        let of_step = tried.filter(|(_, intent, _)| intent.step == step);
        let did_not_help = of_step.filter(|(entry, _, recovery)| {
            let is_remembered = now.duration_since(recovery.proven_at) <= memory.within;
            is_remembered
                && match recovery.verdict {
                    RecoveryVerdict::NotRecovered => true,
                    RecoveryVerdict::Recovered => self.relapsed(entry, recovery, memory, alarm),
                    RecoveryVerdict::Inconclusive => false,
                }
        });
        did_not_help.count()
    }

    /// Whether the alarm of an entry fired again soon after it had recovered.
    fn relapsed(&self, entry: &Entry, recovery: &Recovery, memory: &Memory, now: &Alarm) -> bool {
        let proven_at = recovery.proven_at;
        let is_soon = |at: Timestamp| at > proven_at && at <= proven_at + memory.relapse;
        let others = self.entries.iter();
        let same = others.filter(|other| other.alarm_name == entry.alarm_name);
        let again = same.map(|other| other.state_changed_at).any(is_soon);
        let is_it = now.name == entry.alarm_name;
        again || (is_it && now.state_changed_at.is_some_and(is_soon))
    }

    /// Whether a deployment is the work of ours.
    pub fn deployed(&self, deployment: &str) -> bool {
        let outcomes = self.entries.iter().flat_map(|entry| {
            let earlier = entry.earlier.iter().map(|rung| rung.outcome.as_ref());
            earlier.chain([entry.outcome.as_ref()])
        });
        let works = outcomes.flatten().filter_map(super::entry::Outcome::work);
        works
            .filter(|work| matches!(work, crate::action::Work::Deployment(_)))
            .any(|work| work.id() == deployment)
    }

    /// The task definitions that a rollback of ours led away from lately, unless it was proven not to help.
    pub fn left_behind(&self, memory: &Memory, now: Timestamp) -> impl Iterator<Item = &str> {
        let rungs = self.entries.iter().flat_map(|entry| {
            let earlier = entry.earlier.iter();
            let earlier =
                earlier.map(|rung| (&rung.intent, rung.acted_at(), rung.recovery.as_ref()));
            let present = entry.intent.as_ref();
            let present = present.map(|intent| (intent, entry.acted_at(), entry.recovery.as_ref()));
            earlier.chain(present)
        });
        let within = memory.within;
        let is_recent = move |at: Timestamp| now.duration_since(at) <= within;
        let rollbacks = rungs.filter(move |(intent, acted_at, recovery)| {
            intent.step == StepName::RollbackDeployment
                && acted_at.is_some_and(is_recent)
                && recovery.is_none_or(|recovery| recovery.verdict != RecoveryVerdict::NotRecovered)
        });
        rollbacks.filter_map(|(intent, ..)| {
            Some(intent.before.deployment.as_ref()?.task_definition.as_str())
        })
    }
}

/// The rungs of an entry that there is a verdict on.
fn tries(entry: &Entry) -> impl Iterator<Item = (&Entry, &Intent, &Recovery)> {
    let earlier = entry.earlier.iter();
    let earlier =
        earlier.filter_map(move |rung| Some((entry, &rung.intent, rung.recovery.as_ref()?)));
    let present = entry.intent.as_ref().zip(entry.recovery.as_ref());
    earlier.chain(present.map(move |(intent, recovery)| (entry, intent, recovery)))
}
