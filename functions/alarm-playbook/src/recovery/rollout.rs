//! What became of the deployment that a remediation began.

use jiff::{SignedDuration, Timestamp};

use crate::action::Work;
use crate::targets::{Run, RunStatus, ServiceState, TargetState};

/// How long a restart over SSH takes at most, by the limits of the script on the host (`infra/host/lambda-medic-restart`).
const LONGEST_SESSION: SignedDuration = SignedDuration::from_secs(40);

/// How far our deployment has come.
///
/// ECS ignores its alarm-based rollback when the alarm was in ALARM at the start, and a rollback can look like a success to
/// whoever waits for "stable"; so the deployment is followed by its id.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Rollout {
    /// It is being rolled out.
    InProgress,
    /// It is complete: only its tasks run.
    Completed {
        /// When.
        at: Timestamp,
    },
    /// ECS gave it up.
    Failed {
        /// Why, in its words.
        reason: String,
    },
    /// Another deployment took its place: somebody's, or a rollback.
    Superseded {
        /// The other deployment.
        by: String,
    },
    /// There is no such service any more.
    Gone,
}

/// How far the work of a remediation is, seen from its target; `run` is its command, where it is one.
pub fn rollout(
    work: &Work,
    acted_at: Timestamp,
    state: Option<&TargetState>,
    run: Option<&Run>,
) -> Rollout {
    let service = state.and_then(TargetState::service);
    match work {
        Work::Command(_) | Work::Automation(_) => ran(run),
        // Asked again, the host says that the attempt is over, and not since when.
        Work::Session(_) => match ran(run) {
            Rollout::Completed { at } => Rollout::Completed {
                at: at.min(acted_at + LONGEST_SESSION),
            },
            other => other,
        },
        _ => match service.filter(|service| service.status == "ACTIVE") {
            None => Rollout::Gone,
            Some(service) => on_service(work, acted_at, service),
        },
    }
}

fn on_service(work: &Work, acted_at: Timestamp, service: &ServiceState) -> Rollout {
    // Not before we acted, whatever the service was last changed for.
    let steady_at = || {
        let primary = service.primary();
        let updated_at = primary.and_then(|primary| primary.updated_at);
        updated_at.map_or(acted_at, |at| at.max(acted_at))
    };
    let is_full = service.running_count >= service.desired_count && service.rollout().is_none();
    match work {
        Work::ServiceDeployment(arn) => rolled_back(arn, service),
        // More than we asked for is what a scaling policy may add; fewer is somebody's decision.
        Work::DesiredCount(count) if service.desired_count < *count => Rollout::Superseded {
            by: format!("somebody's count of {} tasks", service.desired_count),
        },
        Work::DesiredCount(_) if is_full => Rollout::Completed { at: steady_at() },
        Work::Tasks(tasks) => {
            let left = service.tasks.as_deref().unwrap_or_default();
            let are_gone = !left.iter().any(|task| tasks.contains(&task.arn));
            if are_gone && is_full {
                Rollout::Completed { at: steady_at() }
            } else {
                Rollout::InProgress
            }
        }
        Work::Deployment(ours) => deployed(ours, service),
        _ => Rollout::InProgress,
    }
}

/// A command or an automation ends with its own status.
fn ran(run: Option<&Run>) -> Rollout {
    match run.map(|run| &run.status) {
        None | Some(RunStatus::InProgress) => Rollout::InProgress,
        Some(RunStatus::Succeeded { at }) => Rollout::Completed { at: *at },
        Some(RunStatus::Failed { reason }) => Rollout::Failed {
            reason: reason.clone(),
        },
    }
}

/// A deployment that we stopped ends with the status of its rollback (API reference, `ServiceDeployment`).
fn rolled_back(arn: &str, service: &ServiceState) -> Rollout {
    let history = service.history.as_deref().unwrap_or_default();
    let Some(past) = history.iter().find(|past| past.arn == arn) else {
        return Rollout::InProgress;
    };
    match (past.status.as_str(), past.finished_at) {
        ("ROLLBACK_SUCCESSFUL", Some(at)) => Rollout::Completed { at },
        ("SUCCESSFUL" | "STOPPED" | "ROLLBACK_FAILED", _) => Rollout::Failed {
            reason: format!("the rollback ended as {}", past.status),
        },
        _ => Rollout::InProgress,
    }
}

/// Finds our deployment among those of the service.
fn deployed(ours: &str, service: &ServiceState) -> Rollout {
    let primary = service.primary();
    let found = service
        .deployments
        .iter()
        .find(|deployment| deployment.id == ours);
    let is_primary = primary.is_some_and(|primary| primary.id == ours);
    match found {
        Some(deployment) if deployment.rollout_state == "FAILED" => Rollout::Failed {
            reason: deployment.rollout_state_reason.clone(),
        },
        Some(deployment) if is_primary => {
            let is_silent = deployment.rollout_state.is_empty() && service.deployments.len() == 1;
            let is_complete = deployment.rollout_state == "COMPLETED" || is_silent;
            match deployment.updated_at.or(deployment.created_at) {
                Some(at) if is_complete => Rollout::Completed { at },
                _ => Rollout::InProgress,
            }
        }
        _ => Rollout::Superseded {
            by: primary.map_or("unknown".to_owned(), |primary| primary.id.clone()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::targets::Deployment;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn deployment(id: &str, status: &str, rollout_state: &str) -> Deployment {
        Deployment {
            id: id.to_owned(),
            status: status.to_owned(),
            task_definition: "checkout:7".to_owned(),
            rollout_state: rollout_state.to_owned(),
            rollout_state_reason: "tasks failed to start".to_owned(),
            created_at: Some(at(10)),
            updated_at: Some(at(20)),
        }
    }

    fn of_service(service: ServiceState) -> Rollout {
        let work = Work::Deployment("ours".to_owned());
        rollout(&work, at(5), Some(&TargetState::Service(service)), None)
    }

    fn of(deployments: &[Deployment]) -> Rollout {
        let service = ServiceState {
            status: "ACTIVE".to_owned(),
            deployment_controller: "ECS".to_owned(),
            deployments: deployments.to_vec(),
            ..ServiceState::default()
        };
        of_service(service)
    }

    #[test]
    fn our_deployment_is_followed_by_its_id() {
        let ours = |state| deployment("ours", "PRIMARY", state);
        let old = || deployment("old", "ACTIVE", "COMPLETED");
        let superseded = |by: &str| Rollout::Superseded { by: by.to_owned() };
        let failed = Rollout::Failed {
            reason: "tasks failed to start".to_owned(),
        };
        assert_eq!(of(&[ours("IN_PROGRESS"), old()]), Rollout::InProgress);
        assert_eq!(of(&[ours("COMPLETED")]), Rollout::Completed { at: at(20) });
        assert_eq!(of(&[ours("FAILED"), old()]), failed);
        // The circuit breaker rolls back: the deployment that is wanted now is another one.
        let rollback = deployment("rollback", "PRIMARY", "IN_PROGRESS");
        assert_eq!(
            of(&[rollback.clone(), deployment("ours", "ACTIVE", "FAILED")]),
            failed
        );
        assert_eq!(
            of(&[rollback.clone(), deployment("ours", "ACTIVE", "")]),
            superseded("rollback")
        );
        assert_eq!(of(&[rollback]), superseded("rollback"));
        assert_eq!(of(&[]), superseded("unknown"));
        let work = Work::Deployment("ours".to_owned());
        assert_eq!(rollout(&work, at(5), None, None), Rollout::Gone);
        let deleted = ServiceState {
            status: "INACTIVE".to_owned(),
            ..ServiceState::default()
        };
        assert_eq!(of_service(deleted), Rollout::Gone);
    }

    #[test]
    fn where_ecs_gives_no_rollout_state_the_only_deployment_is_complete() {
        let ours = deployment("ours", "PRIMARY", "");
        assert_eq!(
            of(std::slice::from_ref(&ours)),
            Rollout::Completed { at: at(20) }
        );
        assert_eq!(
            of(&[ours, deployment("old", "ACTIVE", "")]),
            Rollout::InProgress
        );
    }
}
