//! The promises of a bad deployment, and whether what was seen keeps them.

use alarm_playbook::playbook::StepName;
use incident_analyst::analysis::Cause;

use super::look::ReleaseObservations;
use crate::demo::findings;
use crate::demo::mails::ROLLBACK_MAIL;
use crate::demo::observations::NewDeployment;
use crate::demo::promise::seen::{self, Sight, on_both_channels_with, seen};
use crate::demo::promise::{Promise, Row, no_hands, promise, total};
use crate::scenario::{ALARM, Deployed, StateName};
use crate::timeline::{Moment, Timeline};

type ReleasePromise = Promise<ReleaseObservations>;

/// From the deployment to the proof. When the new version takes over depends on its health checks, so that the first period may have
/// too few errors: the alarm has one period more.
const PROMISES: [ReleasePromise; 19] = [
    promise(Moment::at(0, 3), "somebody deploys a version", deployed),
    promise(Moment::at(0, 45), "a request fails", |of, t| {
        seen::failed_request(&of.of_service, t)
    }),
    promise(
        Moment::at(0, 48),
        "ERROR line: a setting is missing",
        |of, t| seen::error_line(&of.of_service, t),
    ),
    promise(
        Moment::at(1, 0),
        "its health checks pass: COMPLETED",
        completed,
    ),
    promise(Moment::at(3, 0), "two bad periods: OK -> ALARM", alarm),
    promise(Moment::at(3, 1), "the alarm publishes to SNS", |of, t| {
        seen::publication(&of.of_service, t)
    }),
    promise(Moment::at(3, 2), "mail: the alarm is in ALARM", |of, t| {
        seen::alarm_mail(&of.of_service, t)
    }),
    promise(
        Moment::at(3, 2),
        "the function decides against a restart",
        decision,
    ),
    promise(
        Moment::at(3, 3),
        "UpdateService: the former version",
        rollback,
    ),
    promise(Moment::at(3, 4), "mail: the report of the rollback", report),
    promise(Moment::at(3, 30), "a report is stored", |of, t| {
        findings::stored(&of.of_service, t)
    }),
    promise(
        Moment::at(3, 30),
        "its verdict: a bad deployment",
        |of, t| findings::caused(&of.of_service, t, Cause::BadDeployment),
    ),
    promise(
        Moment::at(3, 30),
        "it names the deployment and its changes",
        named,
    ),
    promise(
        Moment::at(3, 30),
        "it quotes the error of the log",
        |of, t| findings::names_error(&of.of_service, t, "missing setting VOUCHER_PERCENT"),
    ),
    promise(
        Moment::at(3, 30),
        "the former version is rolled out",
        rolled_back,
    ),
    promise(Moment::at(6, 0), "ALARM -> OK", |of, t| {
        seen::ok(&of.of_service, t)
    }),
    promise(Moment::at(6, 1), "mail: the alarm is OK", |of, t| {
        seen::ok_mail(&of.of_service, t)
    }),
    promise(Moment::at(6, 1), "mail: recovery is proven", |of, t| {
        seen::recovery_mail(&of.of_service, t)
    }),
    promise(
        Moment::at(6, 5),
        "each statement of the report has evidence",
        |of, t| {
            findings::closed(&of.of_service, t)?;
            findings::proven(&of.of_service, t)
        },
    ),
];

/// The rows of a bad deployment.
pub(super) fn rows(observations: &ReleaseObservations, timeline: &Timeline) -> Vec<Row> {
    let rows = PROMISES.iter();
    let rows = rows.map(|promise| promise.judge(observations, timeline));
    let totals = [
        findings::waiting_time(&observations.of_service, timeline),
        total(
            "total: remediation, from ALARM",
            Moment::at(1, 0),
            remediation_length(observations, timeline),
            timeline,
        ),
        no_hands(only_the_function(observations)),
    ];
    rows.chain(totals).collect()
}

fn bad(observations: &ReleaseObservations) -> Result<(&Deployed, &NewDeployment), String> {
    let deployed = observations.deployed.as_ref();
    let deployed = deployed.ok_or("nobody deployed anything")?;
    let mut deployments = observations.of_service.deployments.iter();
    let found = deployments.find(|new| new.id == deployed.deployment);
    Ok((deployed, found.ok_or("ECS knows no such deployment")?))
}

fn deployed(observations: &ReleaseObservations, _: &Timeline) -> Sight {
    let (deployed, new) = bad(observations)?;
    let Deployed { deployment, to, .. } = deployed;
    seen(new.created_at, format!("{to} by {deployment}"))
}

fn completed(observations: &ReleaseObservations, _: &Timeline) -> Sight {
    rollout(observations, &bad(observations)?.1.id)
}

fn alarm(observations: &ReleaseObservations, _: &Timeline) -> Sight {
    let change = observations.of_service.changed_to(StateName::Alarm);
    let change = change.ok_or_else(|| format!("{ALARM} did not go off"))?;
    seen(change.at, &change.reason)
}

/// The restart comes first in the playbook: it would run the same version again.
fn decision(observations: &ReleaseObservations, timeline: &Timeline) -> Sight {
    let decided = seen::decision(&observations.of_service, timeline)?;
    let entry = observations.of_service.entry.as_ref();
    let intent = entry.and_then(|entry| entry.intent.as_ref());
    match intent.map(|intent| intent.step) {
        Some(StepName::RollbackDeployment) => {
            seen(decided.at, StepName::RollbackDeployment.title())
        }
        other => Err(format!("its step is {other:?}")),
    }
}

fn rollback(observations: &ReleaseObservations, _: &Timeline) -> Sight {
    let (deployed, _) = bad(observations)?;
    let own = own(observations)?;
    if own.runs != deployed.from {
        return Err(format!("{} runs {}", own.id, own.runs));
    }
    seen(own.created_at, format!("{} by {}", own.runs, own.id))
}

fn report(observations: &ReleaseObservations, _: &Timeline) -> Sight {
    let needed = [
        format!("Alarm: {ALARM}"),
        format!("Action: {}", StepName::RollbackDeployment.title()),
        format!("Deployment: {}", own(observations)?.id),
    ];
    on_both_channels_with(&observations.of_service.mails, ROLLBACK_MAIL, &needed)
}

fn named(observations: &ReleaseObservations, timeline: &Timeline) -> Sight {
    let deployed = bad(observations)?.0;
    let names = (deployed.deployment.as_str(), deployed.to.as_str());
    findings::names_deployment(&observations.of_service, timeline, names)
}

fn rolled_back(observations: &ReleaseObservations, _: &Timeline) -> Sight {
    rollout(observations, &own(observations)?.id)
}

/// That ECS says that a deployment is completed.
fn rollout(observations: &ReleaseObservations, deployment: &str) -> Sight {
    let wanted = format!("(deployment {deployment}) deployment completed");
    let mut events = observations.of_service.service_events.iter();
    let event = events.find(|event| event.message.contains(&wanted));
    let event = event.ok_or_else(|| format!("no event `{wanted}`"))?;
    seen(event.at, &event.message)
}

fn own(observations: &ReleaseObservations) -> Result<&NewDeployment, String> {
    let own = observations.of_service.own_deployment();
    let own = own.ok_or("the function's record names no deployment")?;
    let mut deployments = observations.of_service.deployments.iter();
    let found = deployments.find(|new| new.id == own);
    found.ok_or_else(|| format!("ECS knows no {own}"))
}

fn remediation_length(
    observations: &ReleaseObservations,
    timeline: &Timeline,
) -> Result<(Moment, String), String> {
    let alarm = timeline.moment(alarm(observations, timeline)?.at);
    let length = timeline
        .moment(rolled_back(observations, timeline)?.at)
        .since(alarm);
    Ok((
        Moment::at(0, 0).plus(length),
        "until the former version is rolled out".to_owned(),
    ))
}

/// Of the two new deployments one is what broke the service, and the other the function's.
fn only_the_function(observations: &ReleaseObservations) -> Result<String, String> {
    let (bad, own) = (bad(observations)?.1, own(observations)?);
    let mut others = observations.of_service.deployments.iter();
    match others.find(|other| other.id != bad.id && other.id != own.id) {
        None => Ok(format!("{} is the function's own", own.id)),
        Some(other) => Err(format!("another new deployment: {}", other.id)),
    }
}

#[cfg(test)]
mod tests;
