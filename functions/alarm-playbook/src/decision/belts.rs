//! The never-act list and the belts: each rule is a reason against acting, and one reason is enough.

use jiff::Timestamp;

use super::{CLOCK_SKEW, Situation};
use crate::alarm::State;
use crate::record::{Entry, Stage};

pub(super) fn reasons_against(situation: &Situation<'_>) -> Vec<String> {
    let rules = [
        transition,
        origin,
        name,
        freshness,
        order,
        one_at_a_time,
        cooldown,
        service,
    ];
    rules.iter().filter_map(|rule| rule(situation)).collect()
}

/// Only a fresh fault is acted on; ALARM to ALARM and `INSUFFICIENT_DATA` to ALARM say nothing new about the service.
fn transition(situation: &Situation<'_>) -> Option<String> {
    match situation.alarm.old_state {
        Some(State::Ok) => None,
        Some(_) => Some("the alarm did not come from OK".to_owned()),
        None => Some("the message does not say which state the alarm came from".to_owned()),
    }
}

fn origin(situation: &Situation<'_>) -> Option<String> {
    let Some(arn) = &situation.alarm.arn else {
        return Some(
            "the message has no alarm ARN, so its account and region are not known".to_owned(),
        );
    };
    let policy = situation.policy;
    let is_listed = |list: &[String], item: &str| list.iter().any(|listed| listed == item);
    if !is_listed(&policy.allowed_accounts, arn.account()) {
        return Some(format!("account {} is not on the allowlist", arn.account()));
    }
    if !is_listed(&policy.allowed_regions, arn.region()) {
        return Some(format!("region {} is not on the allowlist", arn.region()));
    }
    None
}

/// CloudWatch writes both from one alarm; a forger may forget one.
fn name(situation: &Situation<'_>) -> Option<String> {
    let arn = situation.alarm.arn.as_ref()?;
    (arn.alarm_name() != situation.alarm.name)
        .then(|| "the alarm's name and its ARN disagree".to_owned())
}

fn freshness(situation: &Situation<'_>) -> Option<String> {
    let changed = situation.alarm.state_changed_at;
    let age = situation.now.duration_since(changed);
    let most = situation.defaults.max_alarm_age;
    if age > most {
        return Some(format!(
            "the alarm changed its state {age:#} ago, more than {most:#}"
        ));
    }
    (age < -CLOCK_SKEW)
        .then(|| format!("the alarm claims to change its state in the future, at {changed}"))
}

/// Deliveries overtake each other: what is older than what was dealt with is history.
fn order(situation: &Situation<'_>) -> Option<String> {
    let alarm = situation.alarm;
    let same_alarm = |entry: &&Entry| entry.alarm_name == alarm.name;
    let newest = situation.record.entries.iter().filter(same_alarm);
    let newest = newest.map(|entry| entry.state_changed_at).max()?;
    (alarm.state_changed_at < newest)
        .then(|| format!("a newer state change of this alarm, of {newest}, was dealt with already"))
}

fn one_at_a_time(situation: &Situation<'_>) -> Option<String> {
    let mut entries = situation.record.entries.iter();
    let other = entries.find(|entry| entry.stage() == Stage::Intended)?;
    Some(format!(
        "a remediation of the same target is under way for incident {}",
        other.incident
    ))
}

fn cooldown(situation: &Situation<'_>) -> Option<String> {
    let acted_at = |entry: &Entry| last_touch(entry, situation.policy.dry_run);
    let last = situation.record.entries.iter().filter_map(acted_at).max()?;
    let cooldown = situation.defaults.cooldown;
    (situation.now.duration_since(last) < cooldown)
        .then(|| format!("the target was remediated at {last}; its cooldown is {cooldown:#}"))
}

/// A dry run keeps its own cooldown, or it would tell people more than the real thing would; going live forgets it.
fn last_touch(entry: &Entry, is_dry_run: bool) -> Option<Timestamp> {
    let rehearsed =
        (is_dry_run && entry.verdict == crate::record::Verdict::DryRun).then_some(entry.decided_at);
    entry.acted_at().or(rehearsed)
}

fn service(situation: &Situation<'_>) -> Option<String> {
    let Some(service) = situation.service else {
        return Some("there is no such service".to_owned());
    };
    if service.status != "ACTIVE" {
        return Some(format!("the service is {}", service.status));
    }
    if service.deployment_controller != "ECS" {
        return Some(format!(
            "the service is deployed by {}, which a forced deployment would get in the way of",
            service.deployment_controller
        ));
    }
    match &service.primary {
        None => Some("the service has no primary deployment".to_owned()),
        Some(primary) if primary.rollout_state == "IN_PROGRESS" => {
            Some(format!("deployment {} is in progress", primary.id))
        }
        Some(_) => None,
    }
}
