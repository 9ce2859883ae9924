//! What became of the deployment that a remediation began.

use jiff::Timestamp;

use crate::services::ServiceState;

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

/// Finds our deployment among those of the service.
pub fn rollout(ours: &str, service: Option<&ServiceState>) -> Rollout {
    let Some(service) = service.filter(|service| service.status == "ACTIVE") else {
        return Rollout::Gone;
    };
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
    use crate::alarms::Tags;
    use crate::services::Deployment;

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

    fn of(deployments: &[Deployment]) -> Rollout {
        let service = ServiceState {
            status: "ACTIVE".to_owned(),
            deployment_controller: "ECS".to_owned(),
            tags: Tags::new(),
            deployments: deployments.to_vec(),
        };
        rollout("ours", Some(&service))
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
        assert_eq!(rollout("ours", None), Rollout::Gone);
        let deleted = ServiceState {
            status: "INACTIVE".to_owned(),
            deployment_controller: "ECS".to_owned(),
            tags: Tags::new(),
            deployments: Vec::new(),
        };
        assert_eq!(rollout("ours", Some(&deleted)), Rollout::Gone);
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
