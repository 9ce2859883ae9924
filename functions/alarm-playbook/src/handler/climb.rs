//! From a verdict on one rung of the ladder to the next rung, or to people.

use shared::clock::{Clock, Nonces};
use shared::failure::{Classify as _, FailureKind, chain};
use shared::outbound::Quoted;
use shared::records::{Loaded, Records};
use shared::reports::Reports;
use tracing::{info, warn};

use super::survey::Survey;
use super::{Handled, Handler, HandlerError};
use crate::action::OrderId;
use crate::alarms::Alarms;
use crate::decision::{Next, Plan, after};
use crate::playbook::Playbook;
use crate::record::{Entry, TargetRecord};
use crate::recovery::{Recovery, RecoveryVerdict};
use crate::targets::Targets;
use shared::alarm::Alarm;

impl<S: Targets, A: Alarms, R: Records, P: Reports, T: Clock + Nonces> Handler<'_, S, A, R, P, T> {
    /// What follows from a verdict, as far as the playbook still has the steps that the entry went by.
    pub(super) async fn next(
        &self,
        record: &TargetRecord,
        entry: &Entry,
        recovery: &Recovery,
    ) -> Result<Next, HandlerError> {
        let playbook = self.playbooks.named(&entry.playbook);
        let Some(playbook) = playbook.filter(|playbook| went_by(playbook, entry)) else {
            return Ok(Next::Close(None));
        };
        match recovery.verdict {
            RecoveryVerdict::Recovered => Ok(Next::Close(None)),
            // What is not proven either way is no reason to do more.
            RecoveryVerdict::Inconclusive => Ok(Next::Close(playbook.page())),
            RecoveryVerdict::NotRecovered => self.next_rung(record, entry, playbook).await,
        }
    }

    /// The next rung that the situation allows, or people. To be refused a look at it must not cost the verdict.
    async fn next_rung(
        &self,
        record: &TargetRecord,
        entry: &Entry,
        playbook: &Playbook,
    ) -> Result<Next, HandlerError> {
        let (alarm, survey) = match self.survey_again(record, entry, playbook).await {
            Err(error) if error.kind() == FailureKind::Permanent => {
                let error = Quoted::line(&chain(&error));
                warn!("couldn't look whether the ladder may go on: {error}");
                return Ok(Next::Close(playbook.page()));
            }
            surveyed => surveyed?,
        };
        let next = after(&self.situation(&alarm, playbook, record, &survey), entry);
        let Next::Climb(plan) = &next else {
            return Ok(next);
        };
        if self.policy.dry_run {
            return Ok(next);
        }
        let order = OrderId::new(&entry.incident, plan.intent.rung);
        Ok(
            match self.reserve(&record.target, playbook, &order).await? {
                None => next,
                Some(full) if full.awaits.is_some() => Next::Wait,
                Some(_) => Next::Close(playbook.page()),
            },
        )
    }

    /// Carries out the next rung; `None` if somebody else was faster.
    pub(super) async fn climb(
        &self,
        loaded: Loaded<TargetRecord>,
        entry: &Entry,
        recovery: Option<&Recovery>,
        plan: Plan,
    ) -> Result<Option<Handled>, HandlerError> {
        info!("the next rung of the ladder: {}", plan.intent.step.as_str());
        let next = self.planned_next(entry, plan);
        let order = next.order().filter(|_| next.outcome.is_none());
        let target = loaded.record.target.clone();
        let advance = |record: TargetRecord| record.advanced(&entry.incident, next, recovery);
        let Some(held) = self.claim(loaded, entry.incident.clone(), advance).await? else {
            if let Some(order) = order {
                self.give_back_place(&target, &order.id).await?;
            }
            return Ok(None);
        };
        let held = self.carry_out(held).await?;
        self.tell(held).await.map(Some)
    }

    /// The alarm and everything around it, looked at again for an incident that goes on.
    pub(super) async fn survey_again(
        &self,
        record: &TargetRecord,
        entry: &Entry,
        playbook: &Playbook,
    ) -> Result<(Alarm, Survey), HandlerError> {
        let alarm_now = self.alarms.describe(&entry.alarm_name).await?;
        let alarm = entry.alarm(alarm_now.as_ref());
        let survey = Survey {
            tags: self.tags(&alarm).await?,
            state: self.look(playbook, &record.target).await?,
            load: self.load_of(&alarm, alarm_now.as_ref()).await,
            alarm_now,
            surroundings: self.surroundings().await?,
        };
        Ok((alarm, survey))
    }
}

/// Whether the playbook's ladder still has the rung that an entry is on: the file may have been changed since.
fn went_by(playbook: &Playbook, entry: &Entry) -> bool {
    entry.intent.as_ref().is_none_or(|intent| {
        let step = playbook.steps.get(intent.rung);
        step.is_some_and(|step| step.name() == intent.step)
    })
}
