//! What an unfinished entry calls for: whether its call was carried out, and whether it may still be made.

use jiff::Timestamp;

use super::Policy;
use crate::playbook::Defaults;
use crate::record::{Entry, Intent};
use crate::services::ServiceState;

/// Whether a call whose answer nobody saw was carried out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Fate {
    /// This deployment is its work.
    Applied(String),
    /// It was not carried out.
    NotApplied,
    /// Somebody else deployed another task definition: theirs is the service now.
    Superseded(String),
    /// The service is gone or has no primary deployment.
    Gone,
}

/// Tells from the service's primary deployment what became of a forced deployment.
pub fn fate(intent: &Intent, service: Option<&ServiceState>) -> Fate {
    let Some(primary) = service.and_then(|service| service.primary.as_ref()) else {
        return Fate::Gone;
    };
    if primary.id == intent.before.deployment {
        Fate::NotApplied
    } else if primary.task_definition == intent.before.task_definition {
        Fate::Applied(primary.id.clone())
    } else {
        Fate::Superseded(primary.id.clone())
    }
}

/// Whether an intended call that was not carried out may be made now, or why not.
pub fn may_still_act(
    entry: &Entry,
    defaults: &Defaults,
    policy: &Policy,
    now: Timestamp,
) -> Result<(), String> {
    if policy.dry_run {
        return Err("the installation was set to dry run in the meantime".to_owned());
    }
    if now.duration_since(entry.state_changed_at) > defaults.max_alarm_age {
        return Err("the alarm is too old by now".to_owned());
    }
    Ok(())
}
