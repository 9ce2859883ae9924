//! From rung to rung: what the history says of a remediation, and what follows.

use alarm_playbook::action::{Action, Work};
use alarm_playbook::decision::{
    Again, Decision, Next, Plan, Refusal, Situation, after, reconsider,
};
use alarm_playbook::playbook::Playbook;
use alarm_playbook::record::{Await, Entry, Intent, Outcome, Reasons, Verdict};
use alarm_playbook::recovery::{Recovery, RecoveryVerdict};
use alarm_playbook::rule::Snapshot;
use jiff::{SignedDuration, Timestamp};
use shared::alarm::{Alarm, State};

use super::{Due, Ending, Matter, Replay, Reverse, Tried, lease, name_of, proof_within};

/// How often the function looks at what waits: at each of its ticks.
const TICK: SignedDuration = SignedDuration::from_mins(1);

impl Replay<'_> {
    /// The decision as it stands once there is a place and a slot for it, or is none.
    pub(super) fn with_reservation(&mut self, decision: Decision, matter: &Matter<'_>) -> Decision {
        let Decision::Remediate(plan) = decision else {
            return decision;
        };
        let Matter {
            playbook,
            target,
            now,
            ..
        } = *matter;
        let playbooks = &self.planner.playbooks;
        let Err((objection, awaits)) = self.limits.take(target, playbook, playbooks, now) else {
            return Decision::Remediate(plan);
        };
        let mut reasons = plan.reasons;
        reasons.object(vec![objection]);
        Decision::Report(Refusal {
            reasons,
            page: awaits.is_none().then(|| playbook.page()).flatten(),
            awaits,
            ..Refusal::default()
        })
    }

    /// Plans when it is looked what became of an entry.
    pub(super) fn look_later(
        &mut self,
        case: usize,
        entry: &Entry,
        evaluated: Option<SignedDuration>,
        now: Timestamp,
    ) {
        let defaults = &self.planner.playbooks.defaults;
        let later = match entry.awaits {
            Some(Await::Fleet | Await::Deployment | Await::Mute) => TICK,
            None if entry.work().is_some() => proof_within(defaults.verify_within, evaluated),
            // In a storm nothing is begun: only its end is awaited.
            Some(Await::Storm) | None => return,
        };
        self.agenda.push(Reverse((now + later, Due::Look(case))));
    }

    /// The alarm of a case went back to OK.
    pub(super) fn recovered(&mut self, case: usize, now: Timestamp) {
        self.close(case, RecoveryVerdict::Recovered, String::new(), now);
    }

    /// The time for a proof is over, or what was waited for may be. The alarm is not in OK, or the case would be closed.
    pub(super) fn look(&mut self, case: usize, now: Timestamp) {
        // Of two looks at a ladder the older one is out of date.
        let Some(entry) = self.entry(case).filter(Entry::awaits_proof) else {
            return;
        };
        if self.state_of(case) != Some(State::Alarm) {
            let reason = "the alarm has no data any more, which proves nothing".to_owned();
            return self.close(case, RecoveryVerdict::Inconclusive, reason, now);
        }
        if entry.awaits.is_some() {
            self.look_at_waiting(case, &entry, now);
        } else {
            self.look_at_tried(case, &entry, now);
        }
    }

    /// A step did not help: the next rung, or people.
    fn look_at_tried(&mut self, case: usize, entry: &Entry, now: Timestamp) {
        let recovery = verdict(
            RecoveryVerdict::NotRecovered,
            "the alarm did not go back",
            now,
        );
        let page = match self.ask(case, entry, now, |situation| after(situation, entry)) {
            Some(Next::Climb(plan)) => {
                return self.climb(case, entry, (*plan, Some(&recovery)), now);
            }
            Some(Next::Wait) => return self.look_later(case, entry, None, now),
            Some(Next::Close(page)) => page,
            None => None,
        };
        let noun = entry
            .intent
            .as_ref()
            .map_or("action", |intent| intent.step.noun());
        let reason = match page {
            Some(subject) => format!("the {noun} did not help; page: {subject:?}"),
            None => format!("the {noun} did not help, and no further step is left or allowed"),
        };
        self.close(case, RecoveryVerdict::NotRecovered, reason, now);
    }

    /// Nothing was done yet: it may be done now, it waits on, or it waited long enough.
    fn look_at_waiting(&mut self, case: usize, entry: &Entry, now: Timestamp) {
        let longest = self.planner.playbooks.defaults.rollout_within;
        let is_mute = entry.awaits == Some(Await::Mute);
        if !is_mute && now.duration_since(entry.decided_at) >= longest {
            let reason =
                format!("the alarm is still in ALARM after {longest:#}, and nothing was done");
            return self.close(case, RecoveryVerdict::NotRecovered, reason, now);
        }
        let decision = self.ask(case, entry, now, |situation| reconsider(situation, entry));
        match decision {
            Some(Again::Act(plan)) => self.climb(case, entry, (*plan, None), now),
            Some(Again::GiveUp(refusal)) => {
                let reason = refusal.reasons.against.join("; ");
                self.close(case, RecoveryVerdict::NotRecovered, reason, now);
            }
            Some(Again::Over(reason)) => {
                self.close(case, RecoveryVerdict::Inconclusive, reason, now);
            }
            Some(Again::Wait) | None => self.look_later(case, entry, None, now),
        }
    }

    /// Carries out the next rung, if there is room for it.
    fn climb(
        &mut self,
        case: usize,
        entry: &Entry,
        (plan, recovery): (Plan, Option<&Recovery>),
        now: Timestamp,
    ) {
        let playbooks = &self.planner.playbooks;
        let playbook = playbooks.named(&entry.playbook);
        let (Some((incident, target)), Some(playbook)) = (self.incident(case), playbook) else {
            return;
        };
        if let Err((objection, _)) = self.limits.take(&target, playbook, playbooks, now) {
            return match recovery {
                // Another one was faster: it waits on.
                None => self.look_later(case, entry, None, now),
                Some(_) => self.close(case, RecoveryVerdict::NotRecovered, objection.reason, now),
            };
        }
        let next = Entry {
            verdict: Verdict::Remediate,
            reasons: plan.reasons,
            decided_at: now,
            outcome: Some(applied(&plan.intent)),
            concluded_at: Some(now),
            intent: Some(plan.intent.clone()),
            awaits: None,
            ..entry.clone()
        };
        let evaluated = self.cases.get(case);
        let evaluated = evaluated.and_then(|case| case.change.evaluated_within);
        self.look_later(case, &next, evaluated, now);
        let record = self.record(&target).advanced(&incident, next, recovery);
        self.records.insert(target.hash(), record);
        if let Some(case) = self.cases.get_mut(case) {
            let intent = plan.intent;
            case.rungs.push(Tried { at: now, intent });
        }
    }

    /// Ends a case; one that did not recover is somebody's to look at.
    fn close(&mut self, case: usize, came_of_it: RecoveryVerdict, reason: String, now: Timestamp) {
        let Some((incident, target)) = self.incident(case) else {
            return;
        };
        let recovery = verdict(came_of_it, &reason, now);
        let record = self.record(&target);
        let record = record.proven(&incident, &lease(now), &recovery, (None, Vec::new()));
        self.records.insert(target.hash(), record);
        let Some(closed) = self.cases.get_mut(case) else {
            return;
        };
        if !closed.rungs.is_empty() {
            self.limits.leave(&target);
        }
        let ending = match came_of_it {
            RecoveryVerdict::Recovered => Ending::Recovered,
            RecoveryVerdict::NotRecovered | RecoveryVerdict::Inconclusive => {
                Ending::HandedOver(reason)
            }
        };
        closed.ending = Some((now, ending));
        if let Some(open) = self.open.get_mut(&name_of(&closed.change.alarm)) {
            open.retain(|open| *open != case);
        }
    }

    fn ask<T>(
        &self,
        case: usize,
        entry: &Entry,
        now: Timestamp,
        decide: impl FnOnce(&Situation<'_>) -> T,
    ) -> Option<T> {
        let (_, target) = self.incident(case)?;
        let alarm = &self.cases.get(case)?.change.alarm;
        let playbook = self.planner.playbooks.named(&entry.playbook)?;
        let matter = Matter {
            alarm,
            playbook,
            target: &target,
            now,
        };
        Some(self.with_situation(&matter, decide))
    }

    fn entry(&self, case: usize) -> Option<Entry> {
        let (incident, target) = self.incident(case)?;
        let record = self.records.get(&target.hash())?;
        record.entry(&incident).cloned()
    }

    fn state_of(&self, case: usize) -> Option<State> {
        let name = name_of(&self.cases.get(case)?.change.alarm);
        self.states.get(&name).map(|(state, _)| *state)
    }
}

fn verdict(verdict: RecoveryVerdict, reason: &str, now: Timestamp) -> Recovery {
    Recovery {
        rolled_out_at: Some(now),
        verdict,
        reason: reason.to_owned(),
        proven_at: now,
        alarm_state: None,
        periods: Vec::new(),
    }
}

/// What came of a call that is taken to have been carried out.
pub(super) fn applied(intent: &Intent) -> Outcome {
    let work = match &intent.action {
        Action::SetDesiredCount(count) => Work::DesiredCount(*count),
        _ => Work::Deployment("taken to be carried out".to_owned()),
    };
    Outcome::Applied { work }
}

/// An entry about an alarm, about which nothing is decided yet.
pub(super) fn entry(alarm: &Alarm, playbook: &Playbook, now: Timestamp) -> Entry {
    Entry {
        incident: alarm.incident(),
        alarm_name: alarm.name.clone(),
        state_changed_at: now,
        alarm_arn: alarm.arn.clone(),
        alarm_reason: alarm.reason.clone(),
        rule: Some(Snapshot::Unknown("a history holds no data".to_owned())),
        playbook: playbook.name.clone(),
        verdict: Verdict::Report,
        reasons: Reasons::default(),
        decided_at: now,
        intent: None,
        lease: lease(now),
        outcome: None,
        concluded_at: Some(now),
        recovery: None,
        earlier: Vec::new(),
        awaits: None,
        page: None,
        notes: Vec::new(),
        untold: Vec::new(),
        told: Vec::new(),
        unknown: serde_json::Map::new(),
    }
}
