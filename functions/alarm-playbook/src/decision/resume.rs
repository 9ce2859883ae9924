//! What an unfinished entry calls for: whether its call was carried out, and whether it may still be made.

use jiff::{SignedDuration, Timestamp};

use super::{Policy, belts, never};
use crate::action::{Action, Work};
use crate::alarms::{AlarmNow, Tags};
use crate::playbook::Defaults;
use crate::record::{Entry, Intent};
use crate::surroundings::Surroundings;
use crate::targets::{Deployment, Run, ServiceState, TargetState};

/// How far the clocks of AWS and Lambda may differ.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_secs(5);

/// Why a call is not made any more though the alarm may still fire.
pub(crate) const TOO_OLD: &str = "the alarm is too old by now";

/// The time in which an intended call can have been carried out: from the decision to the end of the lease.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Window {
    /// When the call was decided on.
    pub from: Timestamp,
    /// When the lease of whoever was to make it ran out, or now, if that is still to come.
    pub until: Timestamp,
}

/// Whether a call whose answer nobody saw was carried out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Fate {
    /// This is its work.
    Applied(Work, Timestamp),
    /// It was not carried out, and nothing else happened to the target.
    NotApplied,
    /// Somebody else deployed another task definition: theirs is the service now.
    Superseded(String),
    /// The target does not tell.
    Unclear(&'static str),
}

/// Tells from the target what became of an action; `run` is the command that was found under its order's id.
pub fn fate(
    intent: &Intent,
    window: Window,
    state: Option<&TargetState>,
    run: Option<&Run>,
) -> Fate {
    let service = state.and_then(TargetState::service);
    match &intent.action {
        Action::ForceNewDeployment => deployed(intent, None, window, service),
        Action::DeployTaskDefinition(arn) => deployed(intent, Some(arn), window, service),
        Action::StopServiceDeployment(arn) => stopped(arn, window, service),
        Action::SetDesiredCount(count) => counted(intent, *count, window, service),
        Action::StopTasks(tasks) => tasks_stopped(tasks, window, service),
        // Made again under the same name, each of them is made once: by the host's script and by SSM's client token.
        Action::RunDocument(_) | Action::RunOverSsh(_) | Action::StartAutomation(_) => match run {
            Some(run) => Fate::Applied(run.work.clone(), run.began_at),
            None => Fate::NotApplied,
        },
    }
}

/// A deployment of the expected task definition that was created in the window is ours. Anything else that happened to the
/// service since leaves it open: above all a deployment that failed and was rolled back, after which the one from before
/// is the primary one again, and a deployment that somebody forced long after we were gone.
fn deployed(
    intent: &Intent,
    expected: Option<&String>,
    window: Window,
    service: Option<&ServiceState>,
) -> Fate {
    let Some(primary) = service.and_then(ServiceState::primary) else {
        return Fate::Unclear("the service is gone");
    };
    let Some(before) = &intent.before.deployment else {
        return Fate::Unclear("nobody noted which deployment was there before");
    };
    if primary.id == before.deployment {
        return untouched(primary, service, window);
    }
    if primary.task_definition != *expected.unwrap_or(&before.task_definition) {
        return Fate::Superseded(primary.id.clone());
    }
    let (from, until) = (window.from - CLOCK_SKEW, window.until + CLOCK_SKEW);
    match primary.created_at {
        Some(created) if (from..=until).contains(&created) => {
            Fate::Applied(Work::Deployment(primary.id.clone()), created)
        }
        _ => Fate::Unclear("another deployment is there, but not from the time of the call"),
    }
}

/// The deployment from before is the primary one: because nothing happened, or because it is again.
fn untouched(primary: &Deployment, service: Option<&ServiceState>, window: Window) -> Fate {
    let since = |time: Option<Timestamp>| time.is_some_and(|time| time > window.from);
    let deployments = service.map_or(&[][..], |service| &service.deployments);
    let has_newer = deployments
        .iter()
        .any(|deployment| since(deployment.created_at));
    if primary.rollout_state == "IN_PROGRESS" || since(primary.updated_at) || has_newer {
        return Fate::Unclear("the deployment from before was changed since, as after a rollback");
    }
    Fate::NotApplied
}

/// A service deployment that was to be stopped says itself how it ended.
fn stopped(arn: &str, window: Window, service: Option<&ServiceState>) -> Fate {
    let history = service.and_then(|service| service.history.as_deref());
    let found = history
        .unwrap_or_default()
        .iter()
        .find(|past| past.arn == arn);
    match found.map(|past| past.status.as_str()) {
        Some("PENDING" | "IN_PROGRESS") => Fate::NotApplied,
        Some("SUCCESSFUL") => Fate::Superseded(arn.to_owned()),
        Some(_) => Fate::Applied(Work::ServiceDeployment(arn.to_owned()), window.from),
        None => Fate::Unclear("the deployment that was to be stopped is gone"),
    }
}

/// A count is absolute: it is there, or the one from before is, or somebody set another.
fn counted(intent: &Intent, count: u32, window: Window, service: Option<&ServiceState>) -> Fate {
    let Some(service) = service else {
        return Fate::Unclear("the service is gone");
    };
    if service.desired_count >= count {
        return Fate::Applied(Work::DesiredCount(count), window.from);
    }
    if Some(service.desired_count) == intent.before.desired_count {
        return Fate::NotApplied;
    }
    Fate::Superseded(format!(
        "somebody's count of {} tasks",
        service.desired_count
    ))
}

/// Tasks that were to be stopped are not to run any more.
fn tasks_stopped(tasks: &[String], window: Window, service: Option<&ServiceState>) -> Fate {
    let Some(running) = service.and_then(|service| service.tasks.as_deref()) else {
        return Fate::Unclear("the service's tasks are not known");
    };
    if running.iter().any(|task| tasks.contains(&task.arn)) {
        return Fate::NotApplied;
    }
    Fate::Applied(Work::Tasks(tasks.to_vec()), window.from)
}

/// What is seen of the world before an intended call is made late.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// The target, if there is one.
    pub state: Option<&'a TargetState>,
    /// The alarm, if there is one.
    pub alarm: Option<&'a AlarmNow>,
    /// The alarm's tags, where it can be asked for them.
    pub tags: Option<&'a Tags>,
    /// Whether it is a time at which nothing is done.
    pub is_mute: bool,
    /// What holds beyond the target.
    pub surroundings: &'a Surroundings,
}

/// Whether an intended call that was not carried out may be made now, or why not.
pub fn may_still_act(
    entry: &Entry,
    defaults: &Defaults,
    policy: &Policy,
    seen: Seen<'_>,
    now: Timestamp,
) -> Result<(), String> {
    if policy.dry_run || policy.paused {
        return Err("the installation was set to dry run or paused in the meantime".to_owned());
    }
    if let Some(reason) = &seen.surroundings.paused {
        return Err(format!("the installation is {reason}"));
    }
    if seen.is_mute {
        return Err("it is a time at which nothing is done (mute)".to_owned());
    }
    if seen.surroundings.storm.is_some() {
        return Err("a storm came up in the meantime".to_owned());
    }
    // A later rung is as old as the verdict on the one before it.
    let since = if entry.earlier.is_empty() {
        entry.state_changed_at
    } else {
        entry.decided_at
    };
    if now.duration_since(since) > defaults.max_alarm_age {
        return Err(TOO_OLD.to_owned());
    }
    let Some(alarm) = seen.alarm else {
        return Err("CloudWatch knows no such alarm any more".to_owned());
    };
    let over = never::over_by_now(alarm).or_else(|| never::silenced_by_now(alarm));
    let over = over.map(str::to_owned);
    let tagged = || seen.tags.and_then(never::tagged);
    let objection = over
        .or_else(tagged)
        .or_else(|| belts::against_target(seen.state))
        .or_else(|| rolled_out_by_somebody(entry, seen.state));
    objection.map_or(Ok(()), Err)
}

/// Nothing is begun on top of a deployment, but what stops it.
fn rolled_out_by_somebody(entry: &Entry, state: Option<&TargetState>) -> Option<String> {
    let rollout = state?.service()?.rollout()?;
    let action = entry.intent.as_ref().map(|intent| &intent.action);
    let stops = matches!(action, Some(Action::StopServiceDeployment(_)));
    (!stops).then(|| format!("deployment {} is in progress", rollout.id))
}
