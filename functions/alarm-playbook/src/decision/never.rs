//! The never-act list: what about an alarm itself speaks against acting on it, whatever the target is like.
//!
//! Each rule is one reason, and one reason is enough. Those that make sense for some teams can be taken back in a
//! playbook, one by one ([`Exception`]).

use jiff::{SignedDuration, Timestamp};

use super::belts::Rule;
use super::{Objection, Policy, Situation};
use crate::alarms::{AlarmNow, MAINTENANCE_TAG, Tags, is_in_maintenance};
use crate::playbook::{Defaults, Exception};
use shared::alarm::{Alarm, AlarmArn, Kind, Metric, State};

/// How far the clocks of CloudWatch and Lambda may differ before a time counts as made up.
pub(super) const CLOCK_SKEW: SignedDuration = SignedDuration::from_secs(60);

/// What must hold for as long as an incident lasts.
pub(super) const STANDING: [Rule; 10] = [
    ("paused", paused),
    ("switched_off", switched_off),
    ("mute", mute),
    ("account", account),
    ("region", region),
    ("existence", existence),
    ("over", over),
    ("another_change", another_change),
    ("silenced", silenced),
    ("maintenance", maintenance),
];

/// What is asked of the message that opens an incident.
pub(super) const OF_THE_MESSAGE: [Rule; 9] = [
    ("transition", transition),
    ("identity", identity),
    ("freshness", freshness),
    ("suppressed", suppressed),
    ("forced_by_hand", forced_by_hand),
    ("unknown_metric", unknown_metric),
    ("no_dimensions", no_dimensions),
    ("not_about_a_service", not_about_a_service),
    ("composite_without_children", composite_without_children),
];

/// Whether an alarm is fit to be counted among those that fire, by what its message alone says: who could make others up
/// could stop every remediation with them.
pub fn is_credible(alarm: &Alarm, policy: &Policy, defaults: &Defaults, now: Timestamp) -> bool {
    let age = alarm
        .state_changed_at
        .map(|changed| now.duration_since(changed));
    let is_fresh = age.is_some_and(|age| age <= defaults.max_alarm_age && age >= -CLOCK_SKEW);
    let is_change = matches!(alarm.old_state, Some(State::Ok | State::InsufficientData));
    is_fresh && is_change && policy.allows(alarm) && !is_contradictory(alarm)
}

fn paused(situation: &Situation<'_>) -> Option<Objection> {
    let is_paused = situation.policy.paused;
    is_paused.then(|| Objection::firm("the installation is paused (MEDIC_PAUSED)"))
}

/// Somebody pulled the kill switch, which reaches even what runs already.
fn switched_off(situation: &Situation<'_>) -> Option<Objection> {
    let reason = situation.surroundings.paused.as_ref()?;
    Some(Objection::firm(format!("the installation is {reason}")))
}

fn mute(situation: &Situation<'_>) -> Option<Objection> {
    let is_mute = situation.is_mute;
    is_mute.then(|| Objection::firm("it is a time at which nothing is done (mute)"))
}

/// When many targets fail at once the cause is not in them: a zone, a network, something that they all call.
pub(super) fn storm(situation: &Situation<'_>) -> Option<Objection> {
    let targets = situation.surroundings.storm?;
    let within = situation.defaults.storm.within;
    Some(Objection::firm(format!(
        "{targets} targets fired within {within:#}: something bigger is broken"
    )))
}

/// Anybody who may publish to the topic can write a message; an alarm that they made up does not exist.
fn existence(situation: &Situation<'_>) -> Option<Objection> {
    let is_unknown = situation.tags.is_none() || situation.alarm_now.is_none();
    is_unknown.then(|| Objection::firm("CloudWatch knows no such alarm"))
}

/// An OK may overtake its ALARM on the way, and a held-up ALARM may arrive when all is over.
fn over(situation: &Situation<'_>) -> Option<Objection> {
    over_by_now(situation.alarm_now?).map(Objection::firm)
}

/// Why an alarm that was in ALARM is not acted on any more.
pub(super) fn over_by_now(alarm: &AlarmNow) -> Option<&'static str> {
    match alarm.state {
        State::Alarm => None,
        State::Ok => Some("the alarm is in OK by now"),
        State::InsufficientData => Some("the alarm is in INSUFFICIENT_DATA by now"),
    }
}

/// The alarm exists and is in ALARM, but has not changed to it when the message says: the message is made up, or a newer
/// change has its own.
fn another_change(situation: &Situation<'_>) -> Option<Objection> {
    let last = situation.alarm_now?.transitioned_at?;
    let told = situation.alarm.state_changed_at?;
    let is_other = last.duration_since(told).abs() > CLOCK_SKEW;
    is_other.then(|| {
        Objection::firm(format!(
            "CloudWatch says that the alarm last changed its state at {last}, not at {told}"
        ))
    })
}

/// Somebody switched the alarm's actions off, as one does for maintenance, or another alarm suppresses them.
fn silenced(situation: &Situation<'_>) -> Option<Objection> {
    silenced_by_now(situation.alarm_now?).map(Objection::firm)
}

/// Why an alarm that should do nothing is not acted on.
pub(super) fn silenced_by_now(alarm: &AlarmNow) -> Option<&'static str> {
    let is_silenced = !alarm.actions_enabled || alarm.is_suppressed;
    is_silenced.then_some("the alarm's actions are disabled or suppressed")
}

fn maintenance(situation: &Situation<'_>) -> Option<Objection> {
    tagged(situation.tags?).map(Objection::firm)
}

/// Why an alarm with these tags is not acted on.
pub(super) fn tagged(tags: &Tags) -> Option<String> {
    is_in_maintenance(tags).then(|| format!("the alarm is tagged {MAINTENANCE_TAG}"))
}

/// Only a fresh fault is acted on: ALARM to ALARM says nothing new.
fn transition(situation: &Situation<'_>) -> Option<Objection> {
    match situation.alarm.old_state {
        Some(State::Ok) => None,
        Some(State::InsufficientData) => Some(Objection::unless(
            Exception::FromInsufficientData,
            "the alarm came from INSUFFICIENT_DATA, not from OK",
        )),
        Some(State::Alarm) => Some(Objection::firm("the alarm was in ALARM before")),
        None => Some(Objection::firm(
            "nobody says which state the alarm came from",
        )),
    }
}

fn account(situation: &Situation<'_>) -> Option<Objection> {
    listed(
        "account",
        situation.alarm.account.as_deref(),
        &situation.policy.allowed_accounts,
    )
}

fn region(situation: &Situation<'_>) -> Option<Objection> {
    listed(
        "region",
        situation.alarm.region.as_deref(),
        &situation.policy.allowed_regions,
    )
}

fn listed(what: &str, item: Option<&str>, list: &[String]) -> Option<Objection> {
    let Some(item) = item else {
        return Some(Objection::firm(format!(
            "the message does not say which {what} the alarm is in"
        )));
    };
    let is_listed = list.iter().any(|listed| listed == item);
    (!is_listed).then(|| Objection::firm(format!("{what} {item} is not on the allowlist")))
}

/// CloudWatch writes name, account and region from one alarm into message and ARN; a forger may forget one.
fn identity(situation: &Situation<'_>) -> Option<Objection> {
    is_contradictory(situation.alarm).then(|| Objection::firm("the alarm and its ARN disagree"))
}

fn is_contradictory(alarm: &Alarm) -> bool {
    let is_other = |arn: &AlarmArn| arn.alarm_name() != alarm.name;
    alarm.contradicts_arn || alarm.arn.as_ref().is_some_and(is_other)
}

pub(super) fn freshness(situation: &Situation<'_>) -> Option<Objection> {
    let Some(changed) = situation.alarm.state_changed_at else {
        return Some(Objection::firm(
            "the message does not say when the alarm changed its state",
        ));
    };
    let age = situation.now.duration_since(changed);
    let most = situation.defaults.max_alarm_age;
    if age > most {
        let age = SignedDuration::from_secs(age.as_secs());
        return Some(Objection::firm(format!(
            "the alarm changed its state {age:#} ago, more than {most:#}"
        )));
    }
    (age < -CLOCK_SKEW).then(|| {
        Objection::firm(format!(
            "the alarm claims to change its state in the future, at {changed}"
        ))
    })
}

fn suppressed(situation: &Situation<'_>) -> Option<Objection> {
    let is_suppressed = situation.alarm.is_suppressed;
    is_suppressed.then(|| Objection::firm("another alarm suppresses the actions of this one"))
}

/// `SetAlarmState` demands a reason and people write one; CloudWatch's own tells of datapoints or names a child.
///
/// This finds exercises and slips, not forgers: whoever may set the state can write any reason.
fn forced_by_hand(situation: &Situation<'_>) -> Option<Objection> {
    (!is_evaluated(situation.alarm)).then(|| {
        Objection::unless(
            Exception::ForcedByHand,
            "the state was set by hand: its reason is not one of CloudWatch's",
        )
    })
}

fn is_evaluated(alarm: &Alarm) -> bool {
    let reason = alarm.reason.as_str();
    if alarm.kind == Some(Kind::Composite) {
        return reason.contains(" transitioned to ALARM at ");
    }
    let crossed =
        reason.starts_with("Threshold Crossed:") || reason.starts_with("Thresholds Crossed:");
    crossed && (reason.contains("datapoint") || reason.contains("query result"))
}

fn unknown_metric(situation: &Situation<'_>) -> Option<Objection> {
    let is_unknown = match situation.alarm.kind {
        None => true,
        Some(Kind::Composite | Kind::Log) => false,
        Some(Kind::Metric | Kind::Math | Kind::Anomaly) => situation.alarm.metric.is_none(),
    };
    is_unknown.then(|| {
        Objection::unless(
            Exception::UnknownMetric,
            "the message does not say which metric the alarm watches",
        )
    })
}

/// A metric without dimensions is about everything, so about no service in particular.
fn no_dimensions(situation: &Situation<'_>) -> Option<Objection> {
    let mut metrics = situation.alarm.metrics().peekable();
    metrics.peek()?;
    let is_about_all = metrics.all(|metric| metric.dimensions.is_empty());
    is_about_all.then(|| {
        Objection::unless(
            Exception::NoDimensions,
            "the alarm's metric has no dimensions, so it is about no service in particular",
        )
    })
}

/// Money, quotas, and the alarms by which target tracking scales: a restart mends none of them.
fn not_about_a_service(situation: &Situation<'_>) -> Option<Objection> {
    let alarm = situation.alarm;
    let is_elsewhere = |metric: &Metric| {
        let namespace = metric.namespace.as_str();
        matches!(
            namespace,
            "AWS/Billing" | "AWS/Usage" | "AWS/TrustedAdvisor"
        )
    };
    if alarm.metrics().any(is_elsewhere) {
        return Some(Objection::firm("the alarm is about billing or usage"));
    }
    // Application Auto Scaling names its alarms so and describes them so (user guide, "Target tracking").
    let is_tracking = alarm.name.starts_with("TargetTracking-")
        || alarm
            .description
            .contains("For TargetTrackingScaling policy")
        || alarm
            .description
            .contains("For TargetTrackingScaling Policy");
    is_tracking
        .then(|| Objection::firm("the alarm belongs to a target tracking policy, which acts on it"))
}

fn composite_without_children(situation: &Situation<'_>) -> Option<Objection> {
    let composite = situation.alarm.composite?;
    (composite.triggering_children == 0).then(|| {
        Objection::unless(
            Exception::CompositeWithoutChildren,
            "the composite alarm names no child that set it off",
        )
    })
}
