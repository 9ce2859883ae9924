//! Steps that deploy: a restart runs the same version again, a rollback the one before.

use jiff::Timestamp;

use super::super::{Objection, Situation};
use super::{Obstacle, foreign_rollout, in_progress, no_rollout, passed, service, unless_allowed};
use crate::action::Action;
use crate::playbook::Exception;
use crate::targets::{Deployment, Image, PastDeployment, ServiceState};

/// Tags that are moved from image to image: what such a name meant when it served is not what it means now.
const MOVING_TAGS: [&str; 14] = [
    "latest",
    "stable",
    "current",
    "main",
    "master",
    "head",
    "edge",
    "nightly",
    "dev",
    "develop",
    "staging",
    "prod",
    "production",
    "release",
];

/// States of a service deployment that can still be stopped (API reference, `StopServiceDeployment`).
const RUNNING: [&str; 2] = ["PENDING", "IN_PROGRESS"];

/// Fresh tasks of the same version, if nothing says that this version, or more load, is the trouble.
pub(super) fn restart(situation: &Situation<'_>) -> Result<Action, Obstacle> {
    let service = service(situation)?;
    not_mended_by_somebody(situation, service)?;
    not_recently_deployed(situation, service)?;
    no_rollout(situation)?;
    no_more_load(situation)?;
    enough_stay_healthy(situation, service)?;
    Ok(Action::ForceNewDeployment)
}

/// Back to what served before.
pub(super) fn roll_back(situation: &Situation<'_>) -> Result<Action, Obstacle> {
    let service = service(situation)?;
    not_mended_by_somebody(situation, service)?;
    let Some(history) = service.history.as_deref() else {
        return Err(passed(
            "no_history",
            "the service's past deployments are not known",
        ));
    };
    if let Some(rollout) = foreign_rollout(situation) {
        return stop(situation, rollout, history);
    }
    no_rollout(situation)?;
    let Some(primary) = service.primary() else {
        return Err(passed(
            "no_primary",
            "the service has no primary deployment",
        ));
    };
    let good = last_good(situation, &primary.task_definition, history)?;
    Ok(Action::DeployTaskDefinition(good.task_definition.clone()))
}

/// What somebody deployed since the alarm may be its remedy: it is given its time, and neither deployed anew nor undone.
fn not_mended_by_somebody(
    situation: &Situation<'_>,
    service: &ServiceState,
) -> Result<(), Obstacle> {
    let (Some(primary), Some(onset)) = (service.primary(), situation.alarm.state_changed_at) else {
        return Ok(());
    };
    let is_since = primary.created_at.is_some_and(|created| created > onset);
    if !is_since || situation.record.deployed(&primary.id) {
        return Ok(());
    }
    let reason = format!(
        "deployment {} began after the alarm and may be its remedy",
        primary.id
    );
    Err(Obstacle::Wait(
        Objection::firm(reason).named("deployed_since"),
    ))
}

/// To force a deployment anew deploys the same version anew: not a remedy for a version that brought the fault.
fn not_recently_deployed(
    situation: &Situation<'_>,
    service: &ServiceState,
) -> Result<(), Obstacle> {
    let (Some(primary), Some(onset)) = (service.primary(), situation.alarm.state_changed_at) else {
        return Ok(());
    };
    let is_ours = situation.record.deployed(&primary.id);
    let Some(before) = primary
        .created_at
        .map(|created| onset.duration_since(created))
    else {
        return Ok(());
    };
    let is_recent = !before.is_negative() && before <= situation.defaults.recent_deployment;
    // Before a service's first deployment there is nothing that it could have spoilt, and nothing to go back to.
    if is_ours || !is_recent || service.is_first(primary) {
        return Ok(());
    }
    let before = jiff::SignedDuration::from_secs(before.as_secs());
    let reason = format!(
        "deployment {} began {before:#} before the alarm: a restart would run the same version again",
        primary.id
    );
    let objection = Objection::unless(Exception::RecentDeployment, reason);
    unless_allowed(situation, objection.named("recent_deployment"))
}

/// Under more load a restart takes away what there is too little of.
fn no_more_load(situation: &Situation<'_>) -> Result<(), Obstacle> {
    let Some(load) = situation.load.filter(|load| load.has_risen()) else {
        return Ok(());
    };
    let reason = format!("{load}: a restart would take capacity away");
    let objection = Objection::unless(Exception::LoadRose, reason);
    unless_allowed(situation, objection.named("load_rose"))
}

fn enough_stay_healthy(situation: &Situation<'_>, service: &ServiceState) -> Result<(), Obstacle> {
    let least = situation.defaults.minimum_healthy_percent;
    let Some(percent) = service
        .minimum_healthy_percent
        .filter(|percent| *percent < least)
    else {
        return Ok(());
    };
    let reason = format!(
        "the service may go down to {percent} % of its tasks while it is deployed, and {least} % is the least"
    );
    let objection = Objection::unless(Exception::FewHealthyTasks, reason);
    unless_allowed(situation, objection.named("few_healthy_tasks"))
}

/// A deployment that began before the alarm is stopped; one that began after it may be somebody's remedy.
fn stop(
    situation: &Situation<'_>,
    rollout: &Deployment,
    history: &[PastDeployment],
) -> Result<Action, Obstacle> {
    let began_before = |at: Option<Timestamp>| match (at, situation.alarm.state_changed_at) {
        (Some(at), Some(onset)) => at <= onset,
        _ => false,
    };
    let running = history
        .iter()
        .find(|past| RUNNING.contains(&past.status.as_str()));
    // What served before comes back: somebody rolls back already.
    let returns = running.is_some_and(|running| {
        let same = history
            .iter()
            .filter(|past| past.task_definition == running.task_definition);
        same.count() > 1
    });
    match running {
        Some(running)
            if !returns && began_before(running.created_at) && began_before(rollout.created_at) =>
        {
            Ok(Action::StopServiceDeployment(running.arn.clone()))
        }
        _ => Err(Obstacle::Wait(in_progress(rollout))),
    }
}

/// The newest deployment that ended well before the alarm, of another version than the present one, and of one that no
/// rollback of ours led away from. That a deployment completed only means that its tasks were steady; that it was replaced
/// without an alarm of ours is all that speaks for it.
fn last_good<'a>(
    situation: &Situation<'_>,
    present: &str,
    history: &'a [PastDeployment],
) -> Result<&'a PastDeployment, Obstacle> {
    let Some(onset) = situation.alarm.state_changed_at else {
        return Err(passed("no_onset", "nobody says when the fault began"));
    };
    let memory = &situation.defaults.memory;
    let left = situation.record.left_behind(memory, situation.now);
    let left: Vec<&str> = left.collect();
    let is_good = |past: &&PastDeployment| {
        past.status == "SUCCESSFUL"
            && past.task_definition != present
            && past.finished_at.is_some_and(|at| at < onset)
            && !left.contains(&past.task_definition.as_str())
    };
    // Older than the present version's first time: what came between its two times is what somebody rolled back from.
    let older = history
        .iter()
        .rposition(|past| past.task_definition == present);
    let older = older.map_or(0, |last| last + 1);
    let Some(good) = history.iter().skip(older).find(is_good) else {
        let reason = "no deployment of another version ended well before the alarm";
        return Err(passed("nothing_to_roll_back_to", reason));
    };
    if let Some(image) = moving_image(good, history) {
        let reason = format!(
            "image {image} of {} is named by a tag that moves, so it may not be what served before",
            good.task_definition
        );
        return Err(passed("moving_tag", reason));
    }
    Ok(good)
}

/// An image of a deployment that need not be the same today: its tag is one of those that move, or was seen to move.
fn moving_image<'a>(good: &'a PastDeployment, history: &[PastDeployment]) -> Option<&'a str> {
    let has_moved = |image: &Image| {
        let all = history.iter().flat_map(|past| &past.images);
        let mut same = all.filter(|other| other.name == image.name);
        same.any(|other| {
            other.digest.is_some() && image.digest.is_some() && other.digest != image.digest
        })
    };
    let moves =
        |image: &&Image| moving_tag(&image.name) || (!image.name.contains('@') && has_moved(image));
    good.images
        .iter()
        .find(moves)
        .map(|image| image.name.as_str())
}

/// Whether an image is named by no tag, or by one that is moved by custom. A digest names one image for ever.
fn moving_tag(image: &str) -> bool {
    if image.contains('@') {
        return false;
    }
    let name = image.rsplit('/').next().unwrap_or_default();
    name.split_once(':')
        .is_none_or(|(_, tag)| MOVING_TAGS.contains(&tag.to_ascii_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_that_is_moved_by_custom_is_told_from_one_that_stays() {
        let moving = [
            "shop",
            "shop:latest",
            "registry:5000/shop",
            "registry:5000/shop:Prod",
        ];
        assert_eq!(moving.map(moving_tag), [true; 4]);
        let fixed = [
            "shop:1.4.2",
            "registry:5000/shop:9f1c2ab",
            "shop@sha256:00",
            "shop:latest@sha256:00",
        ];
        assert_eq!(fixed.map(moving_tag), [false; 4]);
    }
}
