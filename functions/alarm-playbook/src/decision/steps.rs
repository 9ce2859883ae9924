//! What each step would do to the target as it is, or what stands in its way.

mod deploy;
mod host;
mod tasks;

use super::{Objection, Situation};
use crate::action::Action;
use crate::playbook::Step;
use crate::targets::{Deployment, ServiceState, TargetState};

/// Why a step is not carried out.
pub(super) enum Obstacle {
    /// The next one has its turn.
    Passed(Objection),
    /// None has, until this is over.
    Wait(Objection),
}

/// The action of a step. Its form is one of the playbook file; its values come from there or from AWS.
pub(super) fn plan(situation: &Situation<'_>, step: &Step) -> Result<Action, Obstacle> {
    match step {
        Step::RestartService => deploy::restart(situation),
        Step::RollbackDeployment => deploy::roll_back(situation),
        Step::ScaleService(scale) => tasks::scale(situation, scale),
        Step::StopUnhealthyTasks => tasks::stop_unhealthy(situation),
        Step::RestartContainer => host::restart(situation),
        Step::RestartContainerOverSsh(over) => host::restart_over_ssh(situation, over),
        Step::RunAutomation(run) => host::automate(situation, run),
        Step::Notify(_) | Step::Page(_) => Err(passed("message", "it only tells people")),
    }
}

/// A deployment of somebody else that is being rolled out.
pub(super) fn foreign_rollout<'a>(situation: &Situation<'a>) -> Option<&'a Deployment> {
    let rollout = situation.state?.service()?.rollout()?;
    (!situation.record.deployed(&rollout.id)).then_some(rollout)
}

fn passed(rule: &'static str, reason: impl Into<String>) -> Obstacle {
    Obstacle::Passed(Objection::firm(reason).named(rule))
}

/// An objection that the playbook may do without.
fn unless_allowed(situation: &Situation<'_>, objection: Objection) -> Result<(), Obstacle> {
    if situation.allows(&objection) {
        return Ok(());
    }
    Err(Obstacle::Passed(objection))
}

fn service<'a>(situation: &Situation<'a>) -> Result<&'a ServiceState, Obstacle> {
    let service = situation.state.and_then(TargetState::service);
    service.ok_or_else(|| passed("no_service", "there is no such service"))
}

/// Why nothing is begun while this deployment is rolled out.
pub(super) fn in_progress(rollout: &Deployment) -> Objection {
    let reason = format!("deployment {} is in progress", rollout.id);
    Objection::firm(reason).named("deployment_in_progress")
}

/// Nothing is begun on top of a deployment.
fn no_rollout(situation: &Situation<'_>) -> Result<(), Obstacle> {
    let rollout = situation.state.and_then(|state| state.service()?.rollout());
    match rollout {
        None => Ok(()),
        Some(rollout) => Err(Obstacle::Wait(in_progress(rollout))),
    }
}
