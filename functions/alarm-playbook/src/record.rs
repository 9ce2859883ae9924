//! The record of a target: what was decided about it, intended, done and told, newest last.
//!
//! It is what makes a delivery safe to repeat. Every function here is a pure transition; the conditional write
//! that follows it decides whether it happened.

mod entry;
mod memory;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use shared::records::Record;
use shared::reports::Channel;
use thiserror::Error;

pub use self::entry::{
    Await, Before, Delivery, Entry, Intent, Lease, Outcome, Reasons, Report, Rung, Stage, Told,
    Verdict,
};
use crate::recovery::Recovery;
use crate::target::Target;
use shared::alarm::{Alarm, IncidentId};

/// Enough to understand a bad night, small enough to be read and written in one call.
const MOST_ENTRIES: usize = 50;

/// The record of one target.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct TargetRecord {
    /// The version of this form.
    schema_version: u32,
    /// The nonce of the last write.
    nonce: String,
    /// What the record is about.
    pub target: Target,
    /// What was decided, oldest first; one entry per incident.
    pub entries: Vec<Entry>,
    /// What a later version added; kept when the record is rewritten.
    #[serde(flatten)]
    unknown: Map<String, Value>,
}

/// Somebody else took the entry over after our lease had run out, so nothing more may be done about it.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("request {request} no longer holds the lease of {entry}")]
pub struct LeaseLost {
    request: String,
    entry: IncidentId,
}

impl TargetRecord {
    /// The record of a target that nothing has happened to yet.
    pub fn new(target: Target) -> Self {
        Self {
            schema_version: Self::SCHEMA_VERSION,
            nonce: String::new(),
            target,
            entries: Vec::new(),
            unknown: Map::new(),
        }
    }

    /// The entry of an incident.
    pub fn entry(&self, incident: &IncidentId) -> Option<&Entry> {
        self.entries
            .iter()
            .find(|entry| entry.incident == *incident)
    }

    /// Whether the record goes back to this time: what happened before the oldest entry of a full one may have been forgotten.
    pub fn reaches_back_to(&self, at: Timestamp) -> bool {
        let oldest = self.entries.iter().map(|entry| entry.decided_at).min();
        self.entries.len() < MOST_ENTRIES || oldest.is_none_or(|oldest| oldest <= at)
    }

    /// The entry of an alarm's state change.
    pub fn entry_about(&self, alarm: &Alarm) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.is_about(alarm))
    }

    /// The record with one more entry. If there are too many, one goes: the oldest report, a settled one first, else the oldest
    /// settled remediation, else the oldest that awaits proof, else one that only people were not told of; one whose fate is
    /// open never. Reports go first because remediations are what cooldown and caps are reckoned by.
    #[must_use]
    pub fn with(mut self, entry: Entry) -> Self {
        if self.entries.len() >= MOST_ENTRIES {
            let oldest = |stage: Stage, acts: bool| {
                let is_least =
                    |entry: &Entry| entry.stage() == stage && entry.intent.is_some() == acts;
                self.entries.iter().position(is_least)
            };
            // What nobody was told of is the least of all: it only repeats what stands in another entry.
            let unheard = |entry: &Entry| entry.intent.is_none() && entry.is_unheard();
            let least = self.entries.iter().position(unheard);
            let least = least
                .or_else(|| oldest(Stage::Settled, false))
                .or_else(|| oldest(Stage::Untold, false))
                .or_else(|| oldest(Stage::Settled, true))
                .or_else(|| oldest(Stage::Verifying, false))
                .or_else(|| oldest(Stage::Verifying, true))
                .or_else(|| oldest(Stage::Untold, true));
            if let Some(least) = least {
                self.entries.remove(least);
            }
        }
        // Last, so that it is never itself the one that goes.
        self.entries.push(entry);
        self
    }

    /// The record with the entry's lease in new hands, which is another attempt if the call may yet be made.
    #[must_use]
    pub fn taken_over(mut self, incident: &IncidentId, lease: &Lease) -> Self {
        for entry in self
            .entries
            .iter_mut()
            .filter(|entry| entry.incident == *incident)
        {
            entry.lease = lease.clone();
            if let (Stage::Intended, Some(intent)) = (entry.stage(), &mut entry.intent) {
                intent.attempt += 1;
            }
        }
        self
    }

    /// The record with what came of the intent.
    pub fn concluded(
        mut self,
        incident: &IncidentId,
        lease: &Lease,
        outcome: Outcome,
        now: Timestamp,
    ) -> Result<Self, LeaseLost> {
        let entry = self.held(incident, lease)?;
        entry.outcome = Some(outcome);
        entry.concluded_at = Some(now);
        Ok(self)
    }

    /// The record with somebody to be called with the entry's next report, under this subject and over this channel; unchanged
    /// without a subject.
    #[must_use]
    pub fn calling(
        mut self,
        incident: &IncidentId,
        page: Option<String>,
        pager: Option<Channel>,
    ) -> Self {
        let mut entries = self.entries.iter_mut();
        if let (Some(entry), Some(_)) = (entries.find(|entry| entry.incident == *incident), &page) {
            entry.page = page;
            entry.untold.extend(pager);
        }
        self
    }

    /// The record with the verdict on a remediation, its closing report due on these channels and in the hands of `lease`;
    /// unchanged if there is a verdict already. `page` is the subject under which somebody is called.
    #[must_use]
    pub fn proven(
        mut self,
        incident: &IncidentId,
        lease: &Lease,
        recovery: &Recovery,
        (page, channels): (Option<String>, Vec<Channel>),
    ) -> Self {
        let mut entries = self.entries.iter_mut();
        if let Some(entry) =
            entries.find(|entry| entry.incident == *incident && entry.awaits_proof())
        {
            entry.recovery = Some(recovery.clone());
            entry.lease = lease.clone();
            entry.page = page;
            // It tells the whole story, so what was not sent of the first report is not missed.
            entry.untold = channels;
        }
        self
    }

    /// The record with the next rung of an incident's ladder in place of the one that did not help (`recovery` says why), or
    /// of what it waited for. It is ours to carry out.
    #[must_use]
    pub fn advanced(
        mut self,
        incident: &IncidentId,
        next: Entry,
        recovery: Option<&Recovery>,
    ) -> Self {
        let mut entries = self.entries.iter_mut();
        if let Some(entry) =
            entries.find(|entry| entry.incident == *incident && entry.awaits_proof())
        {
            let mut earlier = std::mem::take(&mut entry.earlier);
            if let Some(intent) = entry.intent.take() {
                earlier.push(Rung {
                    intent,
                    reasons: entry.reasons.clone(),
                    decided_at: entry.decided_at,
                    outcome: entry.outcome.clone(),
                    concluded_at: entry.concluded_at,
                    recovery: recovery.cloned(),
                });
            }
            *entry = Entry { earlier, ..next };
        }
        self
    }

    /// The record with who has been told.
    pub fn told(
        mut self,
        incident: &IncidentId,
        lease: &Lease,
        told: Vec<Told>,
    ) -> Result<Self, LeaseLost> {
        let entry = self.held(incident, lease)?;
        let settled = |channel| told.iter().any(|told| told.channel == channel);
        entry.untold.retain(|channel| !settled(*channel));
        entry.told.extend(told);
        Ok(self)
    }

    fn held(&mut self, incident: &IncidentId, lease: &Lease) -> Result<&mut Entry, LeaseLost> {
        self.entries
            .iter_mut()
            .find(|entry| entry.incident == *incident && entry.lease == *lease)
            .ok_or_else(|| LeaseLost {
                request: lease.request.clone(),
                entry: incident.clone(),
            })
    }
}

impl Record for TargetRecord {
    // 2: the actions of all steps, and ladders. An older program would take each for a restart.
    const SCHEMA_VERSION: u32 = 2;

    fn key(&self) -> String {
        self.target.record_key()
    }

    fn nonce(&self) -> &str {
        &self.nonce
    }

    fn set_nonce(&mut self, nonce: String) {
        self.nonce = nonce;
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::action::{Action, Order, OrderId, Work};
    use crate::playbook::StepName;
    use crate::recovery::RecoveryVerdict;
    use crate::rule::Snapshot;
    use crate::rule::tests::checkout_errors;
    use crate::samples::firing;
    use crate::target::tests::checkout;
    use crate::targets::DeploymentRef;
    use jiff::SignedDuration;
    use shared::alarm::Alarm;

    /// An entry that intends a restart because of `alarm`, leased to `request` for 45 seconds from `now` on.
    pub(crate) fn entry(alarm: &Alarm, request: &str, now: Timestamp) -> Entry {
        Entry {
            incident: alarm.incident(),
            alarm_name: alarm.name.clone(),
            state_changed_at: alarm.state_changed_at.unwrap(),
            alarm_arn: alarm.arn.clone(),
            alarm_reason: alarm.reason.clone(),
            rule: Some(Snapshot::Known(checkout_errors())),
            playbook: "checkout-5xx".to_owned(),
            verdict: Verdict::Remediate,
            reasons: Reasons {
                in_favour: vec!["it is fresh".to_owned()],
                ..Reasons::default()
            },
            decided_at: now,
            intent: Some(restart(alarm)),
            lease: lease(request, now),
            outcome: None,
            concluded_at: None,
            recovery: None,
            earlier: Vec::new(),
            awaits: None,
            page: None,
            notes: Vec::new(),
            untold: vec![Channel::Topic, Channel::Mail],
            told: Vec::new(),
            unknown: Map::new(),
        }
    }

    /// The first rung: a restart.
    fn restart(alarm: &Alarm) -> Intent {
        let order = Order {
            action: Action::ForceNewDeployment,
            id: OrderId::new(&alarm.incident(), 0),
        };
        Intent {
            rung: 0,
            step: StepName::RestartService,
            calls: order.calls(&Target::EcsService(checkout())),
            action: order.action,
            attempt: 1,
            before: Before {
                deployment: Some(DeploymentRef {
                    deployment: "ecs-svc/1".to_owned(),
                    task_definition: "checkout:7".to_owned(),
                }),
                desired_count: None,
            },
        }
    }

    pub(crate) fn applied() -> Outcome {
        let work = Work::Deployment("ecs-svc/2".to_owned());
        Outcome::Applied { work }
    }

    /// A lease for 45 seconds from `now` on.
    pub(crate) fn lease(request: &str, now: Timestamp) -> Lease {
        let request = request.to_owned();
        let until = now + SignedDuration::from_secs(45);
        Lease { request, until }
    }

    fn ours() -> Lease {
        lease("us", now())
    }

    fn now() -> Timestamp {
        crate::samples::fired_at()
    }

    fn record() -> TargetRecord {
        let target = Target::EcsService(checkout());
        TargetRecord::new(target).with(entry(&firing(), "us", now()))
    }

    fn told(channel: Channel) -> Told {
        let delivery = Delivery::MessageId("message-1".to_owned());
        Told {
            report: Report::Remediation,
            channel,
            at: now(),
            delivery,
        }
    }

    #[test]
    fn the_record_is_readable_json() {
        let outcome = applied();
        let incident = firing().incident();
        let record = record()
            .concluded(&incident, &ours(), outcome, now())
            .unwrap();
        let record = record
            .told(&incident, &ours(), vec![told(Channel::Topic)])
            .unwrap();
        insta::assert_json_snapshot!(record);
    }

    #[test]
    fn what_a_later_version_added_survives_a_rewrite() {
        let mut json = serde_json::to_value(record()).unwrap();
        json["ladder"] = serde_json::json!({"rung": 2});
        json["entries"][0]["proof"] = serde_json::json!("pending");
        let record: TargetRecord = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(serde_json::to_value(record).unwrap(), json);
    }

    #[test]
    fn an_entry_advances_from_intended_to_untold_to_settled() {
        let incident = firing().incident();
        let stage = |record: &TargetRecord| record.entry(&incident).map(Entry::stage);
        let intended = record();
        assert_eq!(stage(&intended), Some(Stage::Intended));
        let untold = intended
            .concluded(&incident, &ours(), Outcome::NotActed, now())
            .unwrap();
        assert_eq!(stage(&untold), Some(Stage::Untold));
        let half = untold
            .told(&incident, &ours(), vec![told(Channel::Topic)])
            .unwrap();
        assert_eq!(stage(&half), Some(Stage::Untold));
        let settled = half
            .told(&incident, &ours(), vec![told(Channel::Mail)])
            .unwrap();
        assert_eq!(stage(&settled), Some(Stage::Settled));
    }

    #[test]
    fn a_state_change_is_known_by_its_time_give_or_take_a_rounding() {
        let known = |change: &dyn Fn(&mut Alarm)| {
            let mut alarm = firing();
            change(&mut alarm);
            record().entry_about(&alarm).is_some()
        };
        let later = |milliseconds| {
            move |alarm: &mut Alarm| {
                let at = now() + SignedDuration::from_millis(milliseconds);
                alarm.state_changed_at = Some(at);
            }
        };
        assert!(known(&|_| ()));
        assert!(known(&later(-1)));
        assert!(!known(&later(1_000)));
        assert!(!known(&|alarm| {
            later(-1)(alarm);
            alarm.name = "another".to_owned();
        }));
        assert!(!known(&|alarm| {
            later(-1)(alarm);
            alarm.arn = None;
        }));
    }

    fn recovery(verdict: RecoveryVerdict) -> Recovery {
        Recovery {
            rolled_out_at: None,
            verdict,
            reason: String::new(),
            proven_at: now(),
            alarm_state: None,
            periods: Vec::new(),
        }
    }

    #[test]
    fn a_verdict_is_written_once_with_its_report_due_on_every_channel() {
        let incident = firing().incident();
        let outcome = applied();
        let applied = record()
            .concluded(&incident, &ours(), outcome, now())
            .unwrap();
        let told = applied
            .told(
                &incident,
                &ours(),
                vec![told(Channel::Topic), told(Channel::Mail)],
            )
            .unwrap();
        let channels = [Channel::Topic, Channel::Mail];
        let first = recovery(RecoveryVerdict::Recovered);
        let proven = told.proven(
            &incident,
            &lease("them", now()),
            &first,
            (None, channels.to_vec()),
        );
        let entry = proven.entry(&incident).unwrap();
        assert_eq!(
            (entry.untold.as_slice(), &entry.recovery),
            (&channels[..], &Some(first))
        );
        assert_eq!(entry.lease, lease("them", now()));
        let second = recovery(RecoveryVerdict::NotRecovered);
        let again = proven
            .clone()
            .proven(&incident, &ours(), &second, (None, channels.to_vec()));
        assert_eq!(again, proven);
    }

    /// Made by somebody who took over ten minutes later, it may have touched the target then, and not when it was decided.
    #[test]
    fn what_may_have_been_done_late_counts_from_then() {
        let acted_at = |until| {
            let mut unclear = entry(&firing(), "us", now());
            let reason = "the service cannot be looked at".to_owned();
            unclear.outcome = Some(Outcome::Unclear { reason, until });
            unclear.acted_at()
        };
        let late = now() + SignedDuration::from_mins(10);
        assert_eq!(acted_at(Some(late)), Some(late));
        assert_eq!(acted_at(None), Some(now()));
    }

    /// A remediation from before there was a proof.
    #[test]
    fn what_has_no_rule_awaits_no_proof() {
        let mut old = entry(&firing(), "us", now());
        old.outcome = Some(applied());
        old.untold.clear();
        assert_eq!(old.stage(), Stage::Verifying);
        old.rule = None;
        assert_eq!(old.stage(), Stage::Settled);
    }

    #[test]
    fn a_full_record_reaches_back_to_its_oldest_entry() {
        let at = |minutes| now() + SignedDuration::from_mins(minutes);
        let nth = |n: i64| entry(&firing(), "us", at(n));
        let record = |entries: i64| {
            let target = Target::EcsService(checkout());
            (0..entries).fold(TargetRecord::new(target), |record, n| record.with(nth(n)))
        };
        assert!(record(3).reaches_back_to(at(-60)));
        assert!(!record(50).reaches_back_to(at(-1)));
        assert!(record(50).reaches_back_to(at(0)));
    }

    #[test]
    fn who_lost_the_lease_can_write_nothing_more() {
        let incident = firing().incident();
        let check = |taker: Lease| {
            let taken = record().taken_over(&incident, &taker);
            let attempt = taken.entry(&incident).map(Entry::attempt_id);
            assert_eq!(attempt, Some(format!("{incident}-1.2")));
            let lost = LeaseLost {
                request: "us".to_owned(),
                entry: incident.clone(),
            };
            let concluded = taken
                .clone()
                .concluded(&incident, &ours(), Outcome::NotActed, now());
            assert_eq!(concluded, Err(lost.clone()));
            assert_eq!(taken.told(&incident, &ours(), Vec::new()), Err(lost));
        };
        check(lease("them", now()));
        // A second delivery with the same request id, a moment later.
        check(lease("us", now() + SignedDuration::from_secs(1)));
    }

    #[test]
    fn a_long_history_forgets_settled_reports_first_and_unsettled_entries_never() {
        let nth = |n: usize| {
            let mut alarm = firing();
            alarm.name = format!("alarm-{n}");
            alarm.arn = None;
            let mut entry = entry(&alarm, "us", now());
            entry.outcome = (n > 0).then_some(Outcome::NotActed);
            entry.untold.clear();
            if n == 2 {
                entry.intent = None;
            }
            entry
        };
        let target = Target::EcsService(checkout());
        let names = |entries: usize| -> Vec<String> {
            let record = (0..entries).fold(TargetRecord::new(target.clone()), |record, n| {
                record.with(nth(n))
            });
            record
                .entries
                .into_iter()
                .map(|entry| entry.alarm_name)
                .collect()
        };
        let (after_one, after_two) = (names(MOST_ENTRIES + 1), names(MOST_ENTRIES + 2));
        assert_eq!(
            (after_one.len(), after_two.len()),
            (MOST_ENTRIES, MOST_ENTRIES)
        );
        assert_eq!(after_one[..3], ["alarm-0", "alarm-1", "alarm-3"]);
        assert_eq!(after_two[..3], ["alarm-0", "alarm-3", "alarm-4"]);
    }

    #[test]
    fn a_broken_channel_does_not_make_the_record_grow_without_end() {
        let record = (0..3 * MOST_ENTRIES).fold(record(), |record, n| {
            let mut alarm = firing();
            alarm.name = format!("alarm-{n}");
            alarm.arn = None;
            let mut untold = entry(&alarm, "us", now());
            untold.outcome = Some(Outcome::NotActed);
            record.with(untold)
        });
        assert_eq!(record.entries.len(), MOST_ENTRIES);
        assert_eq!(record.entries[0].stage(), Stage::Intended);
    }
}
