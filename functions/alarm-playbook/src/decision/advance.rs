//! What follows when a rung was proven not to help, or when what an incident waited for may be over.

use super::weigh::weigh;
use super::{Decision, Plan, Refusal, Situation};
use crate::record::{Await, Entry, Stage};

/// Rules that say that an incident is over, or another one by now: it is closed, and nobody need hear of it.
const OVER: [&str; 4] = ["existence", "over", "another_change", "silenced"];

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

/// What to do about an incident that awaited something.
pub fn reconsider(situation: &Situation<'_>, entry: &Entry) -> Again {
    // What fired in a storm stays with the people who were called for it.
    let may_begin = matches!(entry.awaits, Some(Await::Deployment | Await::Fleet));
    if !may_begin || entry.stage() != Stage::Verifying {
        return Again::Wait;
    }
    match weigh(situation, 0) {
        Decision::Remediate(plan) => Again::Act(Box::new(plan)),
        Decision::Report(refusal) if speaks(&refusal, &OVER) => {
            Again::Over(refusal.reasons.against.join("; "))
        }
        Decision::Report(refusal) if refusal.awaits.is_some() || speaks(&refusal, &NOT_NOW) => {
            Again::Wait
        }
        Decision::Report(refusal) => Again::GiveUp(refusal),
        Decision::Ignore(_) | Decision::Wait(_) | Decision::Resume(_) => Again::Wait,
    }
}

/// Whether one of these rules is among the reasons.
fn speaks(refusal: &Refusal, rules: &[&str]) -> bool {
    let mut spoken = refusal.reasons.rules.iter();
    spoken.any(|spoken| rules.contains(&spoken.as_str()))
}
