//! What an unfinished entry calls for: whether its call was carried out, and whether it may still be made.

use jiff::{SignedDuration, Timestamp};

use super::{Policy, belts, never};
use crate::alarms::{AlarmNow, Tags};
use crate::playbook::Defaults;
use crate::record::{Entry, Intent};
use crate::services::{Deployment, ServiceState};

/// How far the clocks of ECS and Lambda may differ.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_secs(5);

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
    /// This deployment is its work.
    Applied(String, Timestamp),
    /// It was not carried out, and nothing else happened to the service.
    NotApplied,
    /// Somebody else deployed another task definition: theirs is the service now.
    Superseded(String),
    /// The service does not tell.
    Unclear(&'static str),
}

/// Tells from the service's deployments what became of a forced deployment.
///
/// A deployment of the same task definition that was created in the window is ours. Anything else that happened to the
/// service since leaves it open: above all a deployment that failed and was rolled back, after which the one from before
/// is the primary one again, and a deployment that somebody forced long after we were gone.
pub fn fate(intent: &Intent, window: Window, service: Option<&ServiceState>) -> Fate {
    let Some(primary) = service.and_then(ServiceState::primary) else {
        return Fate::Unclear("the service is gone");
    };
    if primary.id == intent.before.deployment {
        return untouched(primary, service, window);
    }
    if primary.task_definition != intent.before.task_definition {
        return Fate::Superseded(primary.id.clone());
    }
    let (from, until) = (window.from - CLOCK_SKEW, window.until + CLOCK_SKEW);
    match primary.created_at {
        Some(created) if (from..=until).contains(&created) => {
            Fate::Applied(primary.id.clone(), created)
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

/// What is seen of the world before an intended call is made late.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// The service, if there is one.
    pub service: Option<&'a ServiceState>,
    /// The alarm, if there is one.
    pub alarm: Option<&'a AlarmNow>,
    /// The alarm's tags, where it can be asked for them.
    pub tags: Option<&'a Tags>,
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
    if now.duration_since(entry.state_changed_at) > defaults.max_alarm_age {
        return Err("the alarm is too old by now".to_owned());
    }
    let Some(alarm) = seen.alarm else {
        return Err("CloudWatch knows no such alarm any more".to_owned());
    };
    let over = never::over_by_now(alarm).or_else(|| never::silenced_by_now(alarm));
    let over = over.map(str::to_owned);
    let tagged = || seen.tags.and_then(never::tagged);
    let objection = over
        .or_else(tagged)
        .or_else(|| belts::against_service(seen.service));
    objection.map_or(Ok(()), Err)
}
