//! What follows when a rung was proven not to help, or when what an incident waited for may be over.

use jiff::Timestamp;

use super::weigh::weigh;
use super::{Decision, Objection, Plan, Refusal, Situation, never};
use crate::alarms::AlarmNow;
use crate::record::{Await, Entry, Reasons, Stage};

/// Rules that say that an incident is over, or another one by now: it is closed, and nobody need hear of it.
const OVER: [&str; 4] = ["existence", "over", "another_change", "silenced"];

/// Rules that say that an alarm is none of ours: at the end of a mute window there is nothing to catch up with.
const NOT_OURS: [&str; 4] = ["account", "region", "identity", "not_about_a_service"];

/// Rules that even an alarm that is late waits for.
const HELD_BACK: [&str; 2] = ["mute", "storm"];

/// Rules that say not now: somebody's word, or something else that ends.
const NOT_NOW: [&str; 8] = [
    "paused",
    "switched_off",
    "mute",
    "maintenance",
    "one_at_a_time",
    "cooldown",
    "order",
    "storm",
];

/// What follows after a proof that a rung did not help.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Next {
    /// The next rung.
    Climb(Box<Plan>),
    /// It is looked again, because something else has to end first.
    Wait,
    /// The incident is left to people; the subject under which somebody is called, if anybody is.
    Close(Option<String>),
}

/// What follows from the situation of an incident that waits.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Again {
    /// It is acted on now.
    Act(Box<Plan>),
    /// It waits on.
    Wait,
    /// It is over without us, for this reason.
    Over(String),
    /// It is left to people, for these reasons.
    GiveUp(Refusal),
}

/// What follows after a proof that the rung of `entry` did not help.
///
/// The cooldown and the rules on the message hold between incidents; within one, the proof takes their place.
pub fn after(situation: &Situation<'_>, entry: &Entry) -> Next {
    let rung = entry.intent.as_ref().map_or(0, |intent| intent.rung + 1);
    match weigh(situation, rung) {
        Decision::Remediate(plan) => Next::Climb(Box::new(plan)),
        Decision::Report(refusal) if refusal.awaits == Some(Await::Deployment) => Next::Wait,
        // Whoever said not to act knows, and is not called.
        Decision::Report(refusal) if speaks(&refusal, &NOT_NOW) => Next::Close(None),
        _ => Next::Close(situation.playbook.page()),
    }
}

/// Whether the alarm changed its state again after the change that `entry` is about. It is in ALARM by a newer change then, and
/// that one has an entry of its own: by its message, or because the schedule found it.
pub fn is_overtaken(entry: &Entry, alarm: &AlarmNow) -> bool {
    let newer = |at: Timestamp| at.duration_since(entry.state_changed_at) > never::CLOCK_SKEW;
    alarm.transitioned_at.is_some_and(newer)
}

/// What to do about an incident that awaited something.
pub fn reconsider(situation: &Situation<'_>, entry: &Entry) -> Again {
    // What fired in a storm stays with the people who were called for it.
    let may_begin = matches!(
        entry.awaits,
        Some(Await::Deployment | Await::Fleet | Await::Mute)
    );
    if !may_begin || entry.stage() != Stage::Verifying {
        return Again::Wait;
    }
    let decision = weigh(situation, 0);
    match &decision {
        Decision::Report(refusal) if speaks(refusal, &OVER) => {
            return Again::Over(refusal.reasons.against.join("; "));
        }
        Decision::Report(refusal) if speaks(refusal, &HELD_BACK) => return Again::Wait,
        _ => {}
    }
    if let Some(refusal) = missed(situation, entry, &decision) {
        return Again::GiveUp(refusal);
    }
    match decision {
        Decision::Remediate(plan) => Again::Act(Box::new(plan)),
        Decision::Report(refusal) if refusal.awaits.is_some() || speaks(&refusal, &NOT_NOW) => {
            Again::Wait
        }
        Decision::Report(refusal) => Again::GiveUp(refusal),
        Decision::Ignore(_) | Decision::Wait(_) | Decision::Resume(_) => Again::Wait,
    }
}

/// What fired while nobody was to be told, still fires, and is not acted on any more: people hear of it now.
fn missed(situation: &Situation<'_>, entry: &Entry, decision: &Decision) -> Option<Refusal> {
    if entry.awaits != Some(Await::Mute) {
        return None;
    }
    let mut reasons = Reasons {
        in_favour: entry.reasons.in_favour.clone(),
        ..Reasons::default()
    };
    let of_the_message: Vec<Objection> = spoken_of_the_message(entry).collect();
    let is_for_people_only = !of_the_message.is_empty();
    let late = never::freshness(situation).map(|objection| objection.named("freshness"));
    if !is_for_people_only && late.is_none() {
        return None;
    }
    let fired = "it fired at a time at which nobody is told, and still fires";
    let fired = Objection::firm(fired).named("mute");
    reasons.object(
        [fired]
            .into_iter()
            .chain(of_the_message)
            .chain(late)
            .collect(),
    );
    let mut is_not_now = false;
    if let Decision::Report(refusal) = decision {
        is_not_now = speaks(refusal, &NOT_NOW);
        reasons.against.extend(refusal.reasons.against.clone());
        reasons.rules.extend(refusal.reasons.rules.clone());
    }
    let is_for_somebody = !is_for_people_only && !is_not_now;
    Some(Refusal {
        reasons,
        page: is_for_somebody.then(|| situation.playbook.page()).flatten(),
        ..Refusal::default()
    })
}

/// What was objected to the message of an entry when it came; it is not weighed again.
fn spoken_of_the_message(entry: &Entry) -> impl Iterator<Item = Objection> {
    let spoken = entry.reasons.rules.iter().zip(&entry.reasons.against);
    spoken.filter_map(|(rule, reason)| {
        let (name, _) = never::OF_THE_MESSAGE
            .iter()
            .find(|(name, _)| name == rule)?;
        Some(Objection::firm(reason.clone()).named(name))
    })
}

/// Whether a refusal says that there is nothing to follow.
pub(super) fn is_nobodys(refusal: &Refusal) -> bool {
    speaks(refusal, &OVER) || speaks(refusal, &NOT_OURS)
}

/// Whether one of these rules is among the reasons.
fn speaks(refusal: &Refusal, rules: &[&str]) -> bool {
    let mut spoken = refusal.reasons.rules.iter();
    spoken.any(|spoken| rules.contains(&spoken.as_str()))
}
