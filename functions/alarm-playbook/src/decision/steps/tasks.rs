//! Steps on the tasks of a service: more of them, or others for those that are sick.

use super::super::Situation;
use super::{Obstacle, no_rollout, passed};
use crate::action::Action;
use crate::playbook::ScaleService;
use crate::targets::{ServiceState, TaskHealth};

/// More tasks, within the limits of the step and those of Application Auto Scaling.
pub(super) fn scale(situation: &Situation<'_>, scale: &ScaleService) -> Result<Action, Obstacle> {
    let service = service(situation)?;
    no_rollout(situation)?;
    let limits = service.scaling.map(|limits| (limits.min, limits.max));
    let count = scale.count(service.desired_count, limits);
    if count == service.desired_count {
        let most = limits.map_or(scale.max, |(_, most)| scale.max.min(most));
        let reason =
            format!("the service is to have {count} tasks already, and {most} is its most");
        return Err(passed("at_its_most", reason));
    }
    Ok(Action::SetDesiredCount(count))
}

/// The unhealthy tasks are stopped, but never so many that fewer than the healthy ones and the cap allow go at once.
pub(super) fn stop_unhealthy(situation: &Situation<'_>) -> Result<Action, Obstacle> {
    let service = service(situation)?;
    no_rollout(situation)?;
    let Some(tasks) = service.tasks.as_deref() else {
        return Err(passed("no_tasks", "the service's tasks are not known"));
    };
    let sick: Vec<&TaskHealth> = tasks
        .iter()
        .filter(|task| task.unhealthy.is_some())
        .collect();
    if sick.is_empty() {
        return Err(passed("all_healthy", "no task of the service is unhealthy"));
    }
    let share = usize::try_from(situation.defaults.max_fleet_share).unwrap_or(100);
    let most = (tasks.len() * share / 100).max(1);
    let stopped = sick.iter().take(most).map(|task| task.arn.clone());
    Ok(Action::StopTasks(stopped.collect()))
}

fn service<'a>(situation: &Situation<'a>) -> Result<&'a ServiceState, Obstacle> {
    let service = situation.state.and_then(|state| state.service());
    service.ok_or_else(|| passed("no_service", "there is no such service"))
}
