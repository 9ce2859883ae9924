//! A stored history lived through again: each alarm is decided on with the function's own rules and the records that its own
//! remediations would have left behind, on a clock that goes from change to change.
//!
//! Pure. Every remediation is taken to have been carried out at once. Whether it helped is read from the history: the alarm
//! went back to OK in the time that a proof may take, or it did not. What is not there: the metric's own data, deployments of
//! others, the load, tags.

mod case;
mod rungs;
mod shared_limits;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use alarm_playbook::alarms::AlarmNow;
use alarm_playbook::decision::{Decision, Situation, decide, is_credible};
use alarm_playbook::playbook::Playbook;
use alarm_playbook::record::{Entry, Lease, Outcome, TargetRecord, Verdict};
use alarm_playbook::surroundings::Surroundings;
use alarm_playbook::target::Target;
use jiff::{SignedDuration, Timestamp};
use shared::alarm::{Alarm, AlarmArn, IncidentId, State};

pub(super) use self::case::{Case, Ending, Tried, first_rule};
use self::shared_limits::SharedLimits;
use super::read::{Change, fires};
use crate::plan::{Planner, target_state};

/// What is due at some time. In one moment changes come before looks.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Due {
    /// This change happens.
    Change(usize),
    /// It is looked what became of this case.
    Look(usize),
}

/// What a decision is about, and when it is made.
#[derive(Clone, Copy)]
struct Matter<'a> {
    alarm: &'a Alarm,
    playbook: &'a Playbook,
    target: &'a Target,
    now: Timestamp,
}

/// The alarm that a change is of.
type Name = (String, Option<String>);

/// A replay in progress.
pub(super) struct Replay<'a> {
    planner: &'a Planner,
    changes: Vec<Change>,
    agenda: BinaryHeap<Reverse<(Timestamp, Due)>>,
    /// The state of each alarm and since when.
    states: BTreeMap<Name, (State, Timestamp)>,
    records: BTreeMap<String, TargetRecord>,
    limits: SharedLimits,
    open: BTreeMap<Name, Vec<usize>>,
    cases: Vec<Case>,
}

/// Lives through the changes; one case for each of those to ALARM, in their order.
pub(super) fn replay(planner: &Planner, changes: Vec<Change>) -> Vec<Case> {
    let agenda = changes.iter().enumerate();
    let agenda = agenda.map(|(n, change)| Reverse((change.at, Due::Change(n))));
    let mut replay = Replay {
        planner,
        agenda: agenda.collect(),
        changes,
        states: BTreeMap::new(),
        records: BTreeMap::new(),
        limits: SharedLimits::default(),
        open: BTreeMap::new(),
        cases: Vec::new(),
    };
    while let Some(Reverse((at, due))) = replay.agenda.pop() {
        match due {
            Due::Change(n) => replay.changes(n, at),
            Due::Look(case) => replay.look(case, at),
        }
    }
    replay.cases
}

fn name_of(alarm: &Alarm) -> Name {
    (
        alarm.name.clone(),
        alarm.arn.as_ref().map(AlarmArn::to_string),
    )
}

impl Replay<'_> {
    fn changes(&mut self, n: usize, at: Timestamp) {
        let Some(change) = self.changes.get(n).cloned() else {
            return;
        };
        let name = name_of(&change.alarm);
        self.states.insert(name.clone(), (change.alarm.state, at));
        if fires(&change) {
            self.fires(change, at);
        } else if change.alarm.state == State::Ok {
            for case in self.open.remove(&name).unwrap_or_default() {
                self.recovered(case, at);
            }
        }
    }

    fn fires(&mut self, change: Change, now: Timestamp) {
        let planner = self.planner;
        let matched = if change.is_name_only {
            planner.playbooks.matching_by_name(&change.alarm)
        } else {
            planner.playbooks.matching(&change.alarm, &planner.tags)
        };
        let Some((playbook, target)) = matched else {
            let reason = if change.is_name_only {
                "no playbook is for an alarm of which only the name is known"
            } else {
                "no playbook is for this alarm"
            };
            let reason = reason.to_owned();
            let decision = Decision::Ignore(reason);
            return self.cases.push(Case::opened(change, None, decision));
        };
        let policy = planner.policy(&change.alarm, playbook);
        if is_credible(&change.alarm, &policy, &planner.playbooks.defaults, now) {
            self.limits.mark_as_fired(&target, now);
        }
        let matter = Matter {
            alarm: &change.alarm,
            playbook,
            target: &target,
            now,
        };
        let decision = self.with_situation(&matter, decide);
        let decision = self.with_reservation(decision, &matter);
        let case = self.cases.len();
        self.write_down(case, &change, &matter, &decision);
        let matched = Some((playbook.name.clone(), target));
        self.cases.push(Case::opened(change, matched, decision));
    }

    /// Writes an entry into the target's record, as the function would, and plans when it is looked at next.
    fn write_down(
        &mut self,
        case: usize,
        change: &Change,
        matter: &Matter<'_>,
        decision: &Decision,
    ) {
        let Matter {
            playbook,
            target,
            now,
            ..
        } = *matter;
        let (verdict, reasons, intent, awaits, page) = match decision {
            Decision::Remediate(plan) => {
                let intent = Some(plan.intent.clone());
                (Verdict::Remediate, plan.reasons.clone(), intent, None, None)
            }
            Decision::Report(refusal) => {
                let verdict = refusal.awaits.map_or(Verdict::Report, |_| Verdict::Wait);
                let (reasons, page) = (refusal.reasons.clone(), refusal.page.clone());
                (verdict, reasons, None, refusal.awaits, page)
            }
            Decision::Ignore(_) | Decision::Wait(_) | Decision::Resume(_) => return,
        };
        let outcome = intent.as_ref().map_or(Outcome::NotActed, rungs::applied);
        let entry = Entry {
            verdict,
            reasons,
            intent,
            awaits,
            page,
            outcome: Some(outcome),
            ..rungs::entry(&change.alarm, playbook, now)
        };
        self.look_later(case, &entry, change.evaluated_within, now);
        if entry.awaits_proof() {
            let open = self.open.entry(name_of(&change.alarm)).or_default();
            open.push(case);
        }
        let record = self.record(target).with(entry);
        self.records.insert(target.hash(), record);
    }

    fn record(&self, target: &Target) -> TargetRecord {
        let record = self.records.get(&target.hash()).cloned();
        record.unwrap_or_else(|| TargetRecord::new(target.clone()))
    }

    /// Hands a decision everything that it depends on at this time.
    fn with_situation<T>(
        &self,
        matter: &Matter<'_>,
        decide: impl FnOnce(&Situation<'_>) -> T,
    ) -> T {
        let planner = self.planner;
        let Matter {
            alarm,
            playbook,
            target,
            now,
        } = *matter;
        let record = self.record(target);
        let (state, since) = self
            .states
            .get(&name_of(alarm))
            .copied()
            .unwrap_or((State::Alarm, now));
        let alarm_now = AlarmNow {
            state,
            transitioned_at: Some(since),
            ..AlarmNow::as_claimed(alarm)
        };
        let surroundings = Surroundings {
            paused: None,
            storm: self.limits.storm(&planner.playbooks, now),
            is_calm: false,
        };
        decide(&Situation {
            alarm,
            tags: Some(&planner.tags),
            alarm_now: Some(&alarm_now),
            playbook,
            target,
            defaults: &planner.playbooks.defaults,
            policy: &planner.policy(alarm, playbook),
            surroundings: &surroundings,
            is_mute: planner.playbooks.is_mute(playbook, now),
            record: &record,
            state: Some(&target_state::undisturbed_with_a_past(target)),
            load: None,
            lease: &lease(now),
            now,
        })
    }

    fn incident(&self, case: usize) -> Option<(IncidentId, Target)> {
        let case = self.cases.get(case)?;
        let (_, target) = case.matched.as_ref()?;
        Some((case.change.alarm.incident(), target.clone()))
    }
}

/// Nobody else is at work, so any lease will do.
fn lease(now: Timestamp) -> Lease {
    Lease {
        request: "medic plan".to_owned(),
        until: now,
    }
}

/// How long a proof may take: what the playbook file says, or what the alarm itself needs if that is longer.
fn proof_within(
    verify_within: SignedDuration,
    evaluated: Option<SignedDuration>,
) -> SignedDuration {
    evaluated.map_or(verify_within, |evaluated| verify_within.max(evaluated))
}
