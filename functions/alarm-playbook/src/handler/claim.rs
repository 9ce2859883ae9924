//! Our own entry in the target's record: how it gets there, and how it changes while others write theirs.

use shared::clock::{Clock, Nonces};
use shared::outbound::Quoted;
use shared::records::{self, Loaded, Precondition, Records, Saved};
use shared::reports::{Channel, Reports};

use super::{Handler, HandlerError, Held};
use crate::alarms::Alarms;
use crate::decision::{Plan, Refusal};
use crate::metrics;
use crate::playbook::Playbook;
use crate::record::{Entry, LeaseLost, Outcome, Reasons, TargetRecord, Verdict};
use crate::target::Target;
use crate::targets::Targets;
use shared::alarm::{Alarm, IncidentId};

/// How often an outcome is written again because somebody else wrote the record in between.
const MOST_WRITES: usize = 8;

impl<S: Targets, A: Alarms, R: Records, P: Reports, T: Clock + Nonces> Handler<'_, S, A, R, P, T> {
    pub(super) async fn load(&self, target: &Target) -> Result<Loaded<TargetRecord>, HandlerError> {
        let loaded = records::load(&self.records, &target.record_key()).await?;
        Ok(loaded.unwrap_or_else(|| Loaded {
            record: TargetRecord::new(target.clone()),
            precondition: Precondition::Absent,
        }))
    }

    /// Writes the record with an entry of ours in it; `None` if somebody else wrote first.
    pub(super) async fn claim(
        &self,
        loaded: Loaded<TargetRecord>,
        incident: IncidentId,
        change: impl FnOnce(TargetRecord) -> TargetRecord,
    ) -> Result<Option<Held>, HandlerError> {
        let Loaded {
            record,
            precondition,
        } = loaded;
        let record = change(record);
        let changed = Loaded {
            record,
            precondition,
        };
        Ok(
            match records::save(&self.records, &self.time, changed).await? {
                Saved::Ours(loaded) => Some(Held { loaded, incident }),
                Saved::Lost => None,
            },
        )
    }

    /// What a plan comes to in this installation.
    fn verdict(&self) -> Verdict {
        if self.policy.dry_run {
            Verdict::DryRun
        } else {
            Verdict::Remediate
        }
    }

    /// The entry of an alarm that something is done about.
    pub(super) fn planned(&self, alarm: &Alarm, playbook: &Playbook, plan: Plan) -> Entry {
        let Plan {
            intent,
            reasons,
            notes,
        } = plan;
        let verdict = self.verdict();
        let entry = self.entry(alarm, playbook, verdict);
        Entry {
            reasons,
            notes,
            intent: Some(intent),
            ..entry
        }
    }

    /// The entry of an alarm that nothing is done about, at least for now.
    pub(super) fn refused(&self, alarm: &Alarm, playbook: &Playbook, refusal: Refusal) -> Entry {
        let Refusal {
            reasons,
            page,
            notes,
            awaits,
            is_quiet,
        } = refusal;
        let verdict = if awaits.is_some() {
            Verdict::Wait
        } else {
            Verdict::Report
        };
        let entry = self.entry(alarm, playbook, verdict);
        let untold = if is_quiet {
            Vec::new()
        } else {
            self.channels(page.as_deref())
        };
        Entry {
            reasons,
            awaits,
            page,
            notes,
            untold,
            ..entry
        }
    }

    fn entry(&self, alarm: &Alarm, playbook: &Playbook, verdict: Verdict) -> Entry {
        let now = self.time.now();
        let is_known = verdict != Verdict::Remediate;
        Entry {
            incident: alarm.incident(),
            alarm_name: alarm.name.clone(),
            // Without a time nothing is acted on; the report then bears the time of the decision.
            state_changed_at: alarm.state_changed_at.unwrap_or(now),
            alarm_arn: alarm.arn.clone(),
            // What is kept is read by people, too.
            alarm_reason: Quoted::line(&alarm.reason).to_string(),
            rule: None,
            playbook: playbook.name.clone(),
            verdict,
            reasons: Reasons::default(),
            decided_at: now,
            intent: None,
            lease: self.lease.clone(),
            outcome: is_known.then_some(Outcome::NotActed),
            concluded_at: is_known.then_some(now),
            recovery: None,
            earlier: Vec::new(),
            awaits: None,
            page: None,
            notes: Vec::new(),
            untold: self.reports.channels().to_vec(),
            told: Vec::new(),
            unknown: serde_json::Map::new(),
        }
    }

    /// The entry with another rung of its ladder under way.
    pub(super) fn planned_next(&self, entry: &Entry, plan: Plan) -> Entry {
        let Plan {
            intent,
            reasons,
            notes,
        } = plan;
        let now = self.time.now();
        let verdict = self.verdict();
        let is_known = verdict != Verdict::Remediate;
        Entry {
            verdict,
            reasons,
            notes,
            decided_at: now,
            intent: Some(intent),
            lease: self.lease.clone(),
            outcome: is_known.then_some(Outcome::NotActed),
            concluded_at: is_known.then_some(now),
            recovery: None,
            awaits: None,
            page: None,
            untold: self.reports.channels().to_vec(),
            ..entry.clone()
        }
    }

    /// The channels that carry a report; one that calls somebody goes to the pager, too, where there is one.
    pub(super) fn channels(&self, page: Option<&str>) -> Vec<Channel> {
        let channels = self.reports.channels().iter().copied();
        let pager = page.and_then(|_| self.reports.pager());
        channels.chain(pager).collect()
    }

    /// Changes our entry, again if need be: others may write theirs into the same record meanwhile.
    pub(super) async fn update(
        &self,
        mut held: Held,
        change: impl Fn(TargetRecord, &IncidentId) -> Result<TargetRecord, LeaseLost>,
    ) -> Result<Held, HandlerError> {
        for _ in 0..MOST_WRITES {
            let Held {
                mut loaded,
                incident,
            } = held;
            let target = loaded.record.target.clone();
            loaded.record = change(loaded.record, &incident)?;
            match records::save(&self.records, &self.time, loaded).await? {
                Saved::Ours(loaded) => return Ok(Held { loaded, incident }),
                Saved::Lost => {
                    self.measure(&metrics::lock_conflicts());
                    let loaded = self.load(&target).await?;
                    held = Held { loaded, incident };
                }
            }
        }
        let key = held.loaded.record.target.record_key();
        Err(records::RecordError::Contended { key }.into())
    }
}
