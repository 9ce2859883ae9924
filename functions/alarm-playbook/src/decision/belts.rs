//! The belts: what is remembered of the target, or seen of it, that speaks against acting now.

use jiff::{SignedDuration, Timestamp};

use super::{Objection, Situation};
use crate::alarms::{MAINTENANCE_TAG, is_in_maintenance};
use crate::record::{Entry, Stage, Verdict};
use crate::services::ServiceState;

pub(super) const RULES: [fn(&Situation<'_>) -> Option<Objection>; 5] =
    [order, one_at_a_time, cooldown, hourly_cap, service];

/// Deliveries overtake each other: what is older than what was dealt with is history.
fn order(situation: &Situation<'_>) -> Option<Objection> {
    let alarm = situation.alarm;
    // Only what was acted on: a message that was refused, with a made-up time perhaps, must not stand in a real one's way.
    let acted_on =
        |entry: &&Entry| entry.alarm_name == alarm.name && entry.verdict != Verdict::Report;
    let newest = situation.record.entries.iter().filter(acted_on);
    let newest = newest.map(|entry| entry.state_changed_at).max()?;
    (alarm.state_changed_at? < newest).then(|| {
        Objection::firm(format!(
            "a newer state change of this alarm, of {newest}, was dealt with already"
        ))
    })
}

fn one_at_a_time(situation: &Situation<'_>) -> Option<Objection> {
    let mut entries = situation.record.entries.iter();
    let other = entries.find(|entry| is_under_way(entry, situation))?;
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
    let acted_at = |entry: &Entry| last_touch(entry, situation.policy.dry_run);
    let last = situation.record.entries.iter().filter_map(acted_at).max()?;
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
    let acted = acted.filter_map(|entry| last_touch(entry, situation.policy.dry_run));
    let count = acted.filter(|at| is_recent(*at)).count();
    (u32::try_from(count).unwrap_or(u32::MAX) >= most).then(|| {
        Objection::firm(format!(
            "playbook {} acted on the target {count} times within the hour, and {most} is its most",
            situation.playbook.name
        ))
    })
}

/// A dry run keeps its own cooldown, or it would tell people more than the real thing would; going live forgets it.
fn last_touch(entry: &Entry, is_dry_run: bool) -> Option<Timestamp> {
    let is_rehearsed = is_dry_run && entry.verdict == Verdict::DryRun;
    let rehearsed = is_rehearsed.then_some(entry.decided_at);
    entry.acted_at().or(rehearsed)
}

fn service(situation: &Situation<'_>) -> Option<Objection> {
    against_service(situation.service).map(Objection::firm)
}

/// What about a service speaks against forcing a new deployment.
pub(super) fn against_service(service: Option<&ServiceState>) -> Option<String> {
    let Some(service) = service else {
        return Some("there is no such service".to_owned());
    };
    if is_in_maintenance(&service.tags) {
        return Some(format!("the service is tagged {MAINTENANCE_TAG}"));
    }
    if service.status != "ACTIVE" {
        return Some(format!("the service is {}", service.status));
    }
    if service.deployment_controller != "ECS" {
        return Some(format!(
            "the service is deployed by {}, which a forced deployment would get in the way of",
            service.deployment_controller
        ));
    }
    if service.primary().is_none() {
        return Some("the service has no primary deployment".to_owned());
    }
    let rollout = service.rollout()?;
    Some(format!("deployment {} is in progress", rollout.id))
}
