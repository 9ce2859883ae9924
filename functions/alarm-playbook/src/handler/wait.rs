//! An incident that nothing was done about, because something has to end first.

use jiff::SignedDuration;
use shared::clock::{Clock, Nonces};
use shared::records::{Loaded, Records};
use shared::reports::Reports;

use super::verify::AlarmState;
use super::{Handled, Handler, HandlerError};
use crate::action::OrderId;
use crate::alarms::{AlarmNow, Alarms};
use crate::decision::{Again, is_overtaken, reconsider};
use crate::playbook::Playbook;
use crate::record::{Await, Entry, TargetRecord};
use crate::recovery::{Progress, Recovery, RecoveryVerdict, Trial};
use crate::rule::Snapshot;
use crate::targets::Targets;
use shared::alarm::State;

/// After this long an incident of a storm is closed whatever became of it: people were called, and it is theirs.
const LONGEST_STORM: SignedDuration = SignedDuration::from_hours(24);

impl<S: Targets, A: Alarms, R: Records, P: Reports, T: Clock + Nonces> Handler<'_, S, A, R, P, T> {
    /// Looks at an incident that waits: whether it is over, whether it may be acted on now, or whether it waited long enough.
    /// `alarm` is the alarm as it is now. `None` if there is nothing to say of it.
    pub(super) async fn wait_on(
        &self,
        loaded: Loaded<TargetRecord>,
        entry: &Entry,
        alarm: Option<&AlarmNow>,
    ) -> Result<Option<Handled>, HandlerError> {
        if alarm.is_none_or(|alarm| alarm.state != State::Alarm) {
            return self.over_by_itself(loaded, entry, alarm).await;
        }
        let playbook = self.playbooks.named(&entry.playbook);
        if entry.awaits == Some(Await::Mute)
            && let Some(playbook) = playbook
        {
            // An alarm that comes and goes all night must not fill the record with entries that wait for the morning.
            if alarm.is_some_and(|alarm| is_overtaken(entry, alarm)) {
                let newer = "a newer change of the alarm has its own incident";
                let recovery = self.waited(RecoveryVerdict::Inconclusive, newer.to_owned());
                let nobody = (None, Vec::new());
                return self.close_with(loaded, entry, &recovery, nobody).await;
            }
            // Nothing else is looked at before the window ends, and then it is known at once what becomes of it.
            if self.playbooks.is_mute(playbook, self.time.now()) {
                return Ok(None);
            }
            return self.decide_again(loaded, entry, playbook).await;
        }
        let waited = self.time.now().duration_since(entry.decided_at);
        let longest = match entry.awaits {
            Some(Await::Storm) => LONGEST_STORM,
            _ => self.playbooks.defaults.rollout_within,
        };
        if waited >= longest {
            let reason =
                format!("the alarm is still in ALARM after {longest:#}, and nothing was done");
            let recovery = self.waited(RecoveryVerdict::NotRecovered, reason);
            return self.conclude_waiting(loaded, entry, &recovery).await;
        }
        match playbook.filter(|_| entry.awaits != Some(Await::Storm)) {
            Some(playbook) => self.decide_again(loaded, entry, playbook).await,
            None => Ok(None),
        }
    }

    /// The alarm went back without us: whether that is a recovery is proven like any other.
    async fn over_by_itself(
        &self,
        loaded: Loaded<TargetRecord>,
        entry: &Entry,
        alarm: Option<&AlarmNow>,
    ) -> Result<Option<Handled>, HandlerError> {
        let rule = match (&entry.rule, alarm) {
            (Some(rule @ (Snapshot::Known(_) | Snapshot::Composite(_))), _) => rule.clone(),
            (_, Some(alarm)) => {
                self.fired_rule(&entry.alarm(Some(alarm)), Some(alarm))
                    .await
            }
            (_, None) => Snapshot::Unknown("the alarm is gone".to_owned()),
        };
        // What the fault did before the alarm saw its end proves nothing against that end.
        let ended_at = alarm.and_then(|alarm| alarm.transitioned_at);
        let since = ended_at.map_or(entry.decided_at, |at| at.max(entry.decided_at));
        let trial = Trial {
            acted_at: since,
            defaults: &self.playbooks.defaults,
            now: self.time.now(),
        };
        let state = AlarmState::Is(alarm.map(|alarm| alarm.state));
        let progress = self.judge(&rule, since, &trial, state).await?;
        match progress {
            Progress::Wait(_) => Ok(None),
            // It may yet be proven before the window ends; what is not is told then.
            Progress::Concluded(recovery)
                if entry.awaits == Some(Await::Mute)
                    && recovery.verdict != RecoveryVerdict::Recovered
                    && self.is_mute(entry) =>
            {
                Ok(None)
            }
            Progress::Concluded(recovery) => self.conclude_waiting(loaded, entry, &recovery).await,
        }
    }

    async fn decide_again(
        &self,
        loaded: Loaded<TargetRecord>,
        entry: &Entry,
        playbook: &Playbook,
    ) -> Result<Option<Handled>, HandlerError> {
        let record = &loaded.record;
        let (alarm, survey) = self.survey_again(record, entry, playbook).await?;
        match reconsider(&self.situation(&alarm, playbook, record, &survey), entry) {
            Again::Wait => Ok(None),
            Again::Act(plan) => {
                let order = OrderId::new(&entry.incident, plan.intent.rung);
                if self.may_begin(&record.target, playbook, &order).await? {
                    return self.climb(loaded, entry, None, *plan).await;
                }
                Ok(None)
            }
            Again::Over(reason) => {
                let recovery = self.waited(RecoveryVerdict::Inconclusive, reason);
                // Who was promised another mail gets it.
                let channels = if entry.told.is_empty() {
                    Vec::new()
                } else {
                    self.channels(None)
                };
                self.close_with(loaded, entry, &recovery, (None, channels))
                    .await
            }
            Again::GiveUp(refusal) => {
                let reason = refusal.reasons.against.join("; ");
                let recovery = self.waited(RecoveryVerdict::NotRecovered, reason);
                let channels = if refusal.is_quiet {
                    Vec::new()
                } else {
                    self.channels(refusal.page.as_deref())
                };
                self.close_with(loaded, entry, &recovery, (refusal.page, channels))
                    .await
            }
        }
    }

    /// The verdict on an incident that nothing was done about.
    fn waited(&self, verdict: RecoveryVerdict, reason: String) -> Recovery {
        Recovery {
            rolled_out_at: None,
            verdict,
            reason,
            proven_at: self.time.now(),
            alarm_state: Some(State::Alarm),
            periods: Vec::new(),
        }
    }

    async fn conclude_waiting(
        &self,
        loaded: Loaded<TargetRecord>,
        entry: &Entry,
        recovery: &Recovery,
    ) -> Result<Option<Handled>, HandlerError> {
        let page = match recovery.verdict {
            RecoveryVerdict::Recovered => None,
            _ => self
                .playbooks
                .named(&entry.playbook)
                .and_then(Playbook::page),
        };
        // One report told of the storm, and one will tell of its end; but what it left behind is told.
        let is_told = recovery.verdict != RecoveryVerdict::NotRecovered;
        let channels = match entry.awaits {
            Some(Await::Storm) if is_told => Vec::new(),
            // What came and was proven to be gone while nobody was to be told is in the record alone.
            Some(Await::Mute) if recovery.verdict == RecoveryVerdict::Recovered => Vec::new(),
            _ => self.channels(page.as_deref()),
        };
        self.close_with(loaded, entry, recovery, (page, channels))
            .await
    }

    /// Whether nobody is told of an entry at this time.
    pub(super) fn is_mute(&self, entry: &Entry) -> bool {
        let playbook = self.playbooks.named(&entry.playbook);
        playbook.is_some_and(|playbook| self.playbooks.is_mute(playbook, self.time.now()))
    }
}
