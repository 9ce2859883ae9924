//! What is looked at before a decision: the kill switch, the storm, the alarm, the target.

use shared::clock::{Clock, Nonces};
use shared::failure::chain;
use shared::outbound::Quoted;
use shared::records::{self, Records};
use shared::reports::Reports;
use shared::switch::Switch;
use tracing::warn;

use super::ask::Asked;
use super::reserve::Full;
use super::{Handler, HandlerError};
use crate::action::OrderId;
use crate::alarms::{AlarmNow, Alarms};
use crate::decision::{Decision, Plan, Refusal, Situation, decide, is_credible, refused};
use crate::load::Load;
use crate::playbook::Playbook;
use crate::record::TargetRecord;
use crate::surroundings::{self, Storm, Surroundings};
use crate::target::Target;
use crate::targets::{Also, TargetState, Targets};
use shared::alarm::Alarm;

/// What a decision on a fault is made from, besides the alarm and the record.
pub(super) struct Survey {
    pub(super) alarm_now: Option<AlarmNow>,
    pub(super) tags: Option<crate::alarms::Tags>,
    pub(super) state: Option<TargetState>,
    pub(super) load: Option<Load>,
    pub(super) surroundings: Surroundings,
}

impl<S: Targets, A: Alarms, R: Records, P: Reports, T: Clock + Nonces> Handler<'_, S, A, R, P, T> {
    /// Looks at everything that a decision on a delivery depends on, and decides.
    pub(super) async fn look_and_decide(
        &self,
        alarm: &Alarm,
        playbook: &Playbook,
        record: &TargetRecord,
        asked: &Asked,
    ) -> Result<Decision, HandlerError> {
        if is_credible(
            alarm,
            &self.policy,
            &self.playbooks.defaults,
            self.time.now(),
        ) {
            self.mark_as_fired(&record.target).await?;
        }
        let surroundings = self.surroundings().await?;
        if surroundings.storm.is_some() {
            // In a storm nothing is begun, and the services that tell of it are asked by the schedule, for many at once.
            self.notice_storm(&surroundings).await?;
            let survey = Survey::of(surroundings);
            return Ok(decide(&self.situation(alarm, playbook, record, &survey)));
        }
        let tags = asked.tags.get_or_try_init(|| self.tags(alarm)).await?;
        let alarm_now = asked.now.get_or_try_init(|| self.alarm_now(alarm)).await?;
        let survey = Survey {
            tags: tags.clone(),
            alarm_now: alarm_now.clone(),
            state: self.look(playbook, &record.target).await?,
            load: self.load_of(alarm, alarm_now.as_ref()).await,
            surroundings,
        };
        let situation = self.situation(alarm, playbook, record, &survey);
        self.with_reservation(&situation, decide(&situation)).await
    }

    /// A decision to act stands only with a place and a slot; a dry run needs neither.
    async fn with_reservation(
        &self,
        situation: &Situation<'_>,
        decision: Decision,
    ) -> Result<Decision, HandlerError> {
        let plan = match decision {
            Decision::Remediate(plan) if !self.policy.dry_run => plan,
            other => return Ok(other),
        };
        let Situation {
            alarm,
            playbook,
            target,
            ..
        } = *situation;
        let order = OrderId::new(&alarm.incident(), plan.intent.rung);
        let full = self.reserve(target, playbook, &order).await?;
        Ok(match full {
            None => Decision::Remediate(plan),
            Some(full) => refused(situation, for_want_of_room(full, plan, playbook)),
        })
    }

    /// All that a decision is made from.
    pub(super) fn situation<'s>(
        &'s self,
        alarm: &'s Alarm,
        playbook: &'s Playbook,
        record: &'s TargetRecord,
        survey: &'s Survey,
    ) -> Situation<'s> {
        let now = self.time.now();
        Situation {
            alarm,
            tags: survey.tags.as_ref(),
            alarm_now: survey.alarm_now.as_ref(),
            playbook,
            target: &record.target,
            defaults: &self.playbooks.defaults,
            policy: &self.policy,
            surroundings: &survey.surroundings,
            is_mute: self.playbooks.is_mute(playbook, now),
            record,
            state: survey.state.as_ref(),
            load: survey.load.as_ref(),
            lease: &self.lease,
            now,
        }
    }

    /// The target with everything that the playbook's steps are decided by.
    pub(super) async fn look(
        &self,
        playbook: &Playbook,
        target: &Target,
    ) -> Result<Option<TargetState>, HandlerError> {
        let also = Also::for_steps(&playbook.steps);
        Ok(self.targets.look(target, also).await?)
    }

    /// The kill switch, and whether there is a storm.
    pub(super) async fn surroundings(&self) -> Result<Surroundings, HandlerError> {
        let now = self.time.now();
        let switch = records::load::<Switch>(&self.records, Switch::KEY).await?;
        let since = surroundings::fired_since(now - self.playbooks.defaults.storm.within);
        let marks = self.records.list(surroundings::FIRED, Some(&since)).await?;
        let fired = surroundings::targets_fired(&marks);
        let most = self.most_without_storm();
        let storm = records::load::<Storm>(&self.records, Storm::KEY).await?;
        // One that was noticed holds until it is over, though nothing new fires: what fired may fire still.
        let raging = storm.filter(|loaded| loaded.record.ended_at.is_none());
        let raging = raging.map(|loaded| loaded.record.targets.max(fired));
        Ok(Surroundings {
            paused: switch.and_then(|loaded| loaded.record.holds(now)),
            storm: raging.or_else(|| (fired > most).then_some(fired)),
            is_calm: fired * 2 <= most,
        })
    }

    /// How many targets may fire, or be in trouble, without being a storm.
    pub(super) fn most_without_storm(&self) -> usize {
        let known = self.playbooks.known_targets();
        self.playbooks.defaults.storm.most(known)
    }

    /// Under the time at which it is heard of: what was held up in a storm, and comes when the others' marks are old, is part of
    /// it still. So is what was held up by us, which is then left to people.
    async fn mark_as_fired(&self, target: &Target) -> Result<(), HandlerError> {
        let key = surroundings::fired_key(target, self.time.now());
        records::create(&self.records, &key, Vec::new()).await?;
        Ok(())
    }

    /// How the load changed with the fault. Not to know it costs a reason, never the decision.
    pub(super) async fn load_of(&self, alarm: &Alarm, now: Option<&AlarmNow>) -> Option<Load> {
        let (_, rule) = now?.rule.rules().into_iter().next()?;
        let fired_at = alarm.state_changed_at?;
        let load = self.alarms.load(rule, fired_at, self.time.now()).await;
        load.unwrap_or_else(|error| {
            let error = Quoted::line(&chain(&error));
            warn!("couldn't look whether the load rose: {error}");
            None
        })
    }
}

fn for_want_of_room(full: Full, plan: Plan, playbook: &Playbook) -> Refusal {
    let mut reasons = plan.reasons;
    reasons.object(vec![full.objection]);
    // What waits for its turn is not yet anybody's to mend.
    let page = full.awaits.is_none().then(|| playbook.page()).flatten();
    Refusal {
        reasons,
        page,
        awaits: full.awaits,
        ..Refusal::default()
    }
}

impl Survey {
    /// Nothing but what holds beyond the target.
    pub(super) fn of(surroundings: Surroundings) -> Self {
        Self {
            alarm_now: None,
            tags: None,
            state: None,
            load: None,
            surroundings,
        }
    }
}
