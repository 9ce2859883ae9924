//! The belts: what is remembered of the target, or seen of it, that speaks against acting now.

use jiff::{SignedDuration, Timestamp};

use super::{Objection, Situation};
use crate::alarms::{MAINTENANCE_TAG, is_in_maintenance};
use crate::record::{Entry, Stage, Verdict};
use crate::targets::{ServiceState, TargetState};

/// A rule by its name.
pub(super) type Rule = (&'static str, fn(&Situation<'_>) -> Option<Objection>);

pub(super) const RULES: [Rule; 5] = [
    ("order", order),
    ("one_at_a_time", one_at_a_time),
    ("cooldown", cooldown),
    (HOURLY_CAP, hourly_cap),
    ("target", target),
];

/// The caps by the names of their rules.
const HOURLY_CAP: &str = "hourly_cap";

/// The cap on a playbook, or on all of them together.
pub const SHARED_CAP: &str = "shared_cap";

/// Whether a rule says that as much was tried as may be. Then it is for people, and the ladder's `page` is reached.
pub(super) fn is_spent(rule: &str) -> bool {
    [HOURLY_CAP, SHARED_CAP].contains(&rule)
}

/// Deliveries overtake each other: what is older than what was dealt with is history.
fn order(situation: &Situation<'_>) -> Option<Objection> {
    let alarm = situation.alarm;
    // Only what was acted on: a message that was refused, with a made-up time perhaps, must not stand in a real one's way.
    let acted_on = |entry: &&Entry| entry.alarm_name == alarm.name && entry.intent.is_some();
    let newest = situation.record.entries.iter().filter(acted_on);
    let newest = newest.map(|entry| entry.state_changed_at).max()?;
    (alarm.state_changed_at? < newest).then(|| {
        Objection::firm(format!(
            "a newer state change of this alarm, of {newest}, was dealt with already"
        ))
    })
}

/// The incidents of the target but this one, whose own rungs are kept apart by their proofs.
fn others<'a>(situation: &Situation<'a>) -> impl Iterator<Item = &'a Entry> {
    let this = situation.alarm.incident();
    let entries = situation.record.entries.iter();
    entries.filter(move |entry| entry.incident != this)
}

fn one_at_a_time(situation: &Situation<'_>) -> Option<Objection> {
    let other = others(situation).find(|entry| is_under_way(entry, situation))?;
    Some(Objection::firm(format!(
        "a remediation of the same target is under way for incident {}",
        other.incident
    )))
}

/// Until its proof a remediation may still help. But a target must not stay taken because nobody proves anything.
fn is_under_way(entry: &Entry, situation: &Situation<'_>) -> bool {
    let longest = situation.defaults.rollout_within + situation.defaults.verify_within;
    let is_recent = |at: Timestamp| situation.now.duration_since(at) < longest;
    let awaits_proof = entry.awaits_proof() && entry.acted_at().is_some_and(is_recent);
    entry.stage() == Stage::Intended || awaits_proof
}

fn cooldown(situation: &Situation<'_>) -> Option<Objection> {
    let is_dry_run = situation.policy.dry_run;
    let last = others(situation)
        .flat_map(|entry| touches(entry, is_dry_run))
        .max()?;
    let cooldown = situation.defaults.cooldown;
    (situation.now.duration_since(last) < cooldown).then(|| {
        Objection::firm(format!(
            "the target was remediated at {last}; its cooldown is {cooldown:#}"
        ))
    })
}

fn hourly_cap(situation: &Situation<'_>) -> Option<Objection> {
    let most = situation.defaults.max_actions_per_hour;
    let is_recent =
        |at: Timestamp| situation.now.duration_since(at) < SignedDuration::from_hours(1);
    let by_this_playbook = |entry: &&Entry| entry.playbook == situation.playbook.name;
    let acted = situation.record.entries.iter().filter(by_this_playbook);
    let acted = acted.flat_map(|entry| touches(entry, situation.policy.dry_run));
    let count = acted.filter(|at| is_recent(*at)).count();
    (u32::try_from(count).unwrap_or(u32::MAX) >= most).then(|| {
        Objection::firm(format!(
            "playbook {} acted on the target {count} times within the hour, and {most} is its most",
            situation.playbook.name
        ))
    })
}

/// A dry run keeps its own cooldown, or it would tell people more than the real thing would; going live forgets it.
fn touches(entry: &Entry, is_dry_run: bool) -> impl Iterator<Item = Timestamp> {
    let is_rehearsed = is_dry_run && entry.verdict == Verdict::DryRun;
    let rehearsed = is_rehearsed.then_some(entry.decided_at);
    entry.touches().chain(rehearsed)
}

fn target(situation: &Situation<'_>) -> Option<Objection> {
    against_target(situation.state).map(Objection::firm)
}

/// What about a target speaks against any step.
pub(super) fn against_target(state: Option<&TargetState>) -> Option<String> {
    let Some(state) = state else {
        return Some("there is no such target".to_owned());
    };
    if is_in_maintenance(state.tags()) {
        return Some(format!("the target is tagged {MAINTENANCE_TAG}"));
    }
    state.service().and_then(against_service)
}

fn against_service(service: &ServiceState) -> Option<String> {
    if service.status != "ACTIVE" {
        return Some(format!("the service is {}", service.status));
    }
    if service.deployment_controller != "ECS" {
        return Some(format!(
            "the service is deployed by {}, which a forced deployment would get in the way of",
            service.deployment_controller
        ));
    }
    let has_none = service.primary().is_none();
    has_none.then(|| "the service has no primary deployment".to_owned())
}
