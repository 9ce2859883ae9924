//! Whether a remediation helped: looked into by the schedule, and at once when the alarm says OK.

use shared::clock::{Clock, Nonces};
use shared::failure::{Classify as _, FailureKind, chain};
use shared::outbound::Quoted;
use shared::records::{Loaded, Records};
use shared::reports::{Channel, Reports};
use tracing::{Instrument as _, info, info_span, warn};

use super::{Handled, Handler, HandlerError};
use crate::alarms::Alarms;
use crate::decision::Next;
use crate::metrics;
use crate::record::{Await, Entry, TargetRecord};
use crate::recovery::{Progress, Recovery, RecoveryVerdict, Rollout, Trial, rollout};
use crate::rule::Snapshot;
use crate::target::Target;
use crate::targets::{Also, Targets};
use jiff::Timestamp;
use shared::alarm::{Alarm, IncidentId, State};

/// The state of the alarm that a proof is about.
pub(super) enum AlarmState<'a> {
    /// It is known; none if the alarm is gone.
    Is(Option<State>),
    /// It is to be asked for by the alarm's name.
    Of(&'a str),
}

impl<S: Targets, A: Alarms, R: Records, P: Reports, T: Clock + Nonces> Handler<'_, S, A, R, P, T> {
    /// The alarm went back to OK, which proves nothing but is a good moment to look. If that fails, the schedule looks anyway.
    pub(super) async fn verify_at_once(&self, alarm: &Alarm, target: &Target) -> Handled {
        match self.look_at_once(alarm, target).await {
            Ok(handled) => handled,
            Err(error) => {
                let error = Quoted::line(&chain(&error));
                warn!("couldn't look whether the remediation helped: {error}");
                Handled::new("verify", format!("left to the schedule: {error}"))
            }
        }
    }

    async fn look_at_once(&self, alarm: &Alarm, target: &Target) -> Result<Handled, HandlerError> {
        let loaded = self.load(target).await?;
        let is_asked = |entry: &&Entry| {
            let is_same = entry.alarm_name == alarm.name && entry.alarm_arn == alarm.arn;
            is_same && entry.awaits_proof()
        };
        let entry = loaded.record.entries.iter().rev().find(is_asked);
        let Some(entry) = entry.filter(|entry| !self.is_in_other_hands(entry)) else {
            let nothing = "OK, and no remediation awaits its proof";
            return Ok(Handled::new("ignore", nothing));
        };
        // When a storm is over, thousands of alarms say OK within a minute. The schedule asks for a hundred of them at a time.
        if matches!(entry.awaits, Some(Await::Storm | Await::Mute)) {
            let left = "left to the schedule: it fired in a storm or while muted";
            return Ok(Handled::new("verify", left).of_entry(entry));
        }
        let entry = entry.clone();
        let span = info_span!("incident", incident = %entry.incident);
        let verified = self.verify(loaded, entry.incident.clone()).instrument(span);
        let lost = || Handled::new("verify", "another invocation was faster").of_entry(&entry);
        Ok(verified.await?.unwrap_or_else(lost))
    }

    /// Looks whether a remediation helped, and tells people once that is known; `None` if somebody else was faster.
    pub(super) async fn verify(
        &self,
        loaded: Loaded<TargetRecord>,
        incident: IncidentId,
    ) -> Result<Option<Handled>, HandlerError> {
        let entry = loaded.record.entry(&incident);
        let Some(entry) = entry.filter(|entry| entry.awaits_proof()).cloned() else {
            return Ok(None);
        };
        if entry.awaits.is_some() {
            let alarm = self.alarms.describe(&entry.alarm_name).await?;
            return self.wait_on(loaded, &entry, alarm.as_ref()).await;
        }
        let recovery = match self.progress(&entry, &loaded.record.target).await? {
            Progress::Wait(reason) => {
                return Ok(Some(Handled::new("verify", reason).of_entry(&entry)));
            }
            Progress::Concluded(recovery) => recovery,
        };
        match self.next(&loaded.record, &entry, &recovery).await? {
            Next::Climb(plan) => self.climb(loaded, &entry, Some(&recovery), *plan).await,
            Next::Wait => {
                let reason = "it did not help, and the next step has to wait";
                Ok(Some(Handled::new("verify", reason).of_entry(&entry)))
            }
            Next::Close(page) => {
                let channels = self.channels(page.as_deref());
                self.close_with(loaded, &entry, &recovery, (page, channels))
                    .await
            }
        }
    }

    /// Writes the verdict down, and tells people over these channels; `None` if somebody else was faster.
    pub(super) async fn close_with(
        &self,
        loaded: Loaded<TargetRecord>,
        entry: &Entry,
        recovery: &Recovery,
        closing: (Option<String>, Vec<Channel>),
    ) -> Result<Option<Handled>, HandlerError> {
        let proven =
            |record: TargetRecord| record.proven(&entry.incident, &self.lease, recovery, closing);
        let incident = entry.incident.clone();
        let Some(held) = self.claim(loaded, incident, proven).await? else {
            return Ok(None);
        };
        self.measure_recovery(entry, recovery);
        info!("{:?}: {}", recovery.verdict, Quoted::line(&recovery.reason));
        self.tell(held).await.map(Some)
    }

    /// How far the proof is. What nobody lets us see counts as not seen, so that people hear of it in the end.
    async fn progress(&self, entry: &Entry, target: &Target) -> Result<Progress, HandlerError> {
        let trial = Trial {
            acted_at: entry.acted_at().unwrap_or(entry.decided_at),
            defaults: &self.playbooks.defaults,
            now: self.time.now(),
        };
        match self.look_for_proof(entry, target, &trial).await {
            Err(error) if error.kind() == FailureKind::Permanent => {
                let error = Quoted::line(&chain(&error));
                warn!("couldn't look whether the remediation helped: {error}");
                Ok(trial.cannot_look(error.as_str()))
            }
            progress => progress,
        }
    }

    async fn look_for_proof(
        &self,
        entry: &Entry,
        target: &Target,
        trial: &Trial<'_>,
    ) -> Result<Progress, HandlerError> {
        let rolled_out_at = match trial.rolled_out_at(&self.rollout(entry, target).await?) {
            Ok(at) => at,
            Err(progress) => return Ok(progress),
        };
        let Some(rule) = &entry.rule else {
            let why = "the record does not say what the alarm watched for";
            return Ok(trial.unprovable(rolled_out_at, why));
        };
        let alarm = AlarmState::Of(&entry.alarm_name);
        self.judge(rule, rolled_out_at, trial, alarm).await
    }

    /// How far what the remediation began is.
    async fn rollout(&self, entry: &Entry, target: &Target) -> Result<Rollout, HandlerError> {
        let (Some(work), Some(order)) = (entry.work(), entry.order()) else {
            return Ok(Rollout::Gone);
        };
        let acted_at = entry.acted_at().unwrap_or(entry.decided_at);
        if work.is_run() {
            let run = self.targets.run(target, &order, Some(work)).await?;
            return Ok(rollout(work, acted_at, None, run.as_ref()));
        }
        let state = self.targets.look(target, Also::of(&order.action)).await?;
        Ok(rollout(work, acted_at, state.as_ref(), None))
    }

    /// The verdict on a rule since that time, seen from data and from the alarm's own state.
    pub(super) async fn judge(
        &self,
        rule: &Snapshot,
        since: Timestamp,
        trial: &Trial<'_>,
        alarm: AlarmState<'_>,
    ) -> Result<Progress, HandlerError> {
        if let Snapshot::Unknown(why) = rule {
            return Ok(trial.unprovable(since, why));
        }
        let spans = trial.spans(rule, since);
        let is_early = spans.iter().all(|(_, span)| span.is_empty());
        let measured = if is_early {
            Vec::new()
        } else {
            self.alarms.measure(&spans).await?
        };
        // Asked for only when there may be data to judge.
        let state = match alarm {
            AlarmState::Is(state) => state,
            AlarmState::Of(_) if is_early => None,
            AlarmState::Of(name) => self.alarms.describe(name).await?.map(|alarm| alarm.state),
        };
        Ok(trial.verdict(rule, &spans, &measured, state))
    }

    /// Whether another invocation holds the entry and has not yet sent its report.
    pub(super) fn is_in_other_hands(&self, entry: &Entry) -> bool {
        !entry.untold.is_empty() && self.time.now() < entry.lease.until
    }

    fn measure_recovery(&self, entry: &Entry, recovery: &Recovery) {
        let metric = match recovery.verdict {
            RecoveryVerdict::Recovered => {
                metrics::time_to_recover(recovery.proven_at.duration_since(entry.state_changed_at))
            }
            RecoveryVerdict::NotRecovered | RecoveryVerdict::Inconclusive => metrics::escalations(),
        };
        self.measure(&metric);
    }
}
