//! One list of deployments from the two that ECS has. Pure.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::collect::sources::{CurrentDeployment, ServiceDeployment};
use crate::collect::task_definition;
use crate::evidence::Deployment;

/// ECS documents no relation between a service's deployments and its service deployments, so the same task definition within
/// this time is the same deployment. Both are made by one call, seconds apart.
const SAME: SignedDuration = SignedDuration::from_secs(30);

/// More deployments in an hour or two than this are one trouble.
const MOST: usize = 20;

/// A deployment, and by what else it is known.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Merged {
    pub(super) deployment: Deployment,
    /// The ARN of what it runs.
    pub(super) task_definition: String,
    /// Both ids, as far as they are known.
    pub(super) ids: BTreeSet<String>,
}

/// The deployments, newest first. `running` says what the revisions of the past ones run: one whose revision is unknown is left
/// out.
pub(super) fn merged(
    current: &[CurrentDeployment],
    past: &[ServiceDeployment],
    running: &BTreeMap<String, String>,
) -> Vec<Merged> {
    let past = past
        .iter()
        .filter_map(|past| Some(by_past(past, running.get(&past.revision)?)));
    let mut merged: Vec<Merged> = past.collect();
    for current in current {
        let is_same = |merged: &&mut Merged| {
            let apart = merged
                .deployment
                .created_at
                .duration_since(current.created_at)
                .abs();
            merged.task_definition == current.task_definition && apart <= SAME
        };
        match merged.iter_mut().find(is_same) {
            Some(known) => known.learn(current),
            None => merged.push(by_current(current)),
        }
    }
    merged.sort_by_key(|merged| {
        Reverse((merged.deployment.created_at, merged.deployment.id.clone()))
    });
    merged.truncate(MOST);
    merged
}

impl Merged {
    /// The service's own words come first: they are of now.
    fn learn(&mut self, current: &CurrentDeployment) {
        self.ids.insert(current.id.clone());
        self.deployment.id.clone_from(&current.id);
        let is_told = self.deployment.rollout_state == "FAILED" || current.rollout_state.is_empty();
        if !is_told {
            self.deployment
                .rollout_state
                .clone_from(&current.rollout_state);
        }
        self.deployment.finished_at = self.deployment.finished_at.or(finished(current));
    }
}

fn by_past(past: &ServiceDeployment, task_definition: &str) -> Merged {
    let state = match past.status.as_str() {
        "SUCCESSFUL" => "COMPLETED",
        "PENDING" | "IN_PROGRESS" => "IN_PROGRESS",
        // Stopped, stopping, rolled back or rolling back: what it deployed does not come.
        _ => "FAILED",
    };
    let finished_at = past.finished_at;
    deployed(
        (&past.arn, past.created_at, finished_at),
        state,
        task_definition,
    )
}

fn by_current(current: &CurrentDeployment) -> Merged {
    let times = (&*current.id, current.created_at, finished(current));
    deployed(times, &current.rollout_state, &current.task_definition)
}

fn deployed(
    (id, created_at, finished_at): (&str, Timestamp, Option<Timestamp>),
    rollout_state: &str,
    arn: &str,
) -> Merged {
    Merged {
        deployment: Deployment {
            id: id.to_owned(),
            created_at,
            finished_at,
            rollout_state: rollout_state.to_owned(),
            task_definition: task_definition::name(arn).to_owned(),
            is_ours: false,
            changes: Vec::new(),
        },
        task_definition: arn.to_owned(),
        ids: BTreeSet::from([id.to_owned()]),
    }
}

fn finished(current: &CurrentDeployment) -> Option<Timestamp> {
    current
        .updated_at
        .filter(|_| matches!(current.rollout_state.as_str(), "COMPLETED" | "FAILED"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::samples::at;

    fn current(id: &str, created: &str, state: &str, revision: u32) -> CurrentDeployment {
        CurrentDeployment {
            id: id.to_owned(),
            created_at: at(created),
            updated_at: Some(at("21:30:00")),
            rollout_state: state.to_owned(),
            task_definition: format!("arn:aws:ecs:eu-west-1:1:task-definition/checkout:{revision}"),
        }
    }

    fn past(created: &str, status: &str, revision: u32) -> ServiceDeployment {
        ServiceDeployment {
            arn: format!("deployment/{revision}"),
            status: status.to_owned(),
            revision: format!("revision/{revision}"),
            created_at: at(created),
            finished_at: Some(at("21:20:00")),
        }
    }

    #[test]
    fn both_lists_are_one_newest_first_and_the_same_deployment_is_in_it_once() {
        let running = (1..5).map(|revision| {
            (
                format!("revision/{revision}"),
                format!("arn:aws:ecs:eu-west-1:1:task-definition/checkout:{revision}"),
            )
        });
        let currents = [
            current("ecs-svc/3", "21:10:05", "COMPLETED", 3),
            current("ecs-svc/2", "20:00:00", "IN_PROGRESS", 2),
        ];
        let pasts = [
            past("19:00:00", "ROLLBACK_SUCCESSFUL", 1),
            past("21:10:00", "SUCCESSFUL", 3),
            past("21:11:00", "SUCCESSFUL", 9),
            past("21:15:00", "PENDING", 4),
        ];
        let merged = merged(&currents, &pasts, &running.collect());
        let lines: Vec<String> = merged
            .iter()
            .map(
                |Merged {
                     deployment, ids, ..
                 }| {
                    let finished = deployment.finished_at.map(|at| at.to_string());
                    format!(
                        "{} {} {} {} {:?} {ids:?}",
                        deployment.id,
                        deployment.created_at,
                        deployment.task_definition,
                        deployment.rollout_state,
                        finished
                    )
                },
            )
            .collect();
        insta::assert_debug_snapshot!(lines, @r#"
[
    "deployment/4 2026-02-18T21:15:00Z checkout:4 IN_PROGRESS Some(\"2026-02-18T21:20:00Z\") {\"deployment/4\"}",
    "ecs-svc/3 2026-02-18T21:10:00Z checkout:3 COMPLETED Some(\"2026-02-18T21:20:00Z\") {\"deployment/3\", \"ecs-svc/3\"}",
    "ecs-svc/2 2026-02-18T20:00:00Z checkout:2 IN_PROGRESS None {\"ecs-svc/2\"}",
    "deployment/1 2026-02-18T19:00:00Z checkout:1 FAILED Some(\"2026-02-18T21:20:00Z\") {\"deployment/1\"}",
]
"#);
    }
}
