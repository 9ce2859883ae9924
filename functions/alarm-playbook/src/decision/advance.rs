//! What follows when a rung was proven not to help, or when what an incident waited for may be over.

use super::weigh::weigh;
use super::{Decision, Plan, Refusal, Situation};
use crate::record::{Await, Entry, Stage};

/// The next rung of the ladder after a proof that the one of `entry` did not help; none if nothing is left, or nothing allowed.
///
/// The cooldown and the rules on the message hold between incidents; within one, the proof takes their place.
pub fn after(situation: &Situation<'_>, entry: &Entry) -> Option<Plan> {
    let rung = entry.intent.as_ref().map_or(0, |intent| intent.rung + 1);
    match weigh(situation, rung) {
        Decision::Remediate(plan) => Some(plan),
        _ => None,
    }
}

/// What to do about an incident that awaited something: act, wait on, or leave it to people.
pub fn reconsider(situation: &Situation<'_>, entry: &Entry) -> Option<Decision> {
    // What fired in a storm stays with the people who were called for it.
    let may_begin = matches!(entry.awaits, Some(Await::Deployment | Await::Fleet));
    if !may_begin || entry.stage() != Stage::Verifying {
        return None;
    }
    match weigh(situation, 0) {
        Decision::Report(Refusal {
            awaits: Some(_), ..
        }) => None,
        decision => Some(decision),
    }
}
