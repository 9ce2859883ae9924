//! Steps on the tasks of a service: more of them, or others for those that are sick.

use super::super::Situation;
use super::{Obstacle, no_rollout, passed, service};
use crate::action::Action;
use crate::playbook::ScaleService;
use crate::targets::TaskHealth;

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
    let most = situation.defaults.most_tasks_at_once(tasks.len());
    let stopped = sick.iter().take(most).map(|task| task.arn.clone());
    Ok(Action::StopTasks(stopped.collect()))
}
