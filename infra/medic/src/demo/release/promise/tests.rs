use incident_analyst::analysis::DeploymentSummary;
use serde_json::json;

use super::*;
use crate::demo::observations::ServiceEvent;
use crate::demo::promise::Outcome;
use crate::demo::promise::tests::{as_promised, timeline};

const BAD: &str = "ecs-svc/8";
const OWN: &str = "ecs-svc/9";

fn at(minutes: i64, seconds: i64) -> jiff::Timestamp {
    timeline().time(Moment::at(minutes, seconds))
}

/// A bad deployment as it should be, made of an incident that a restart heals.
fn as_it_should_be() -> ReleaseObservations {
    let mut of_service = as_promised();
    of_service.deployments = [(BAD, at(0, 0), "checkout:2"), (OWN, at(2, 2), "checkout:1")]
        .map(|(id, created_at, runs)| NewDeployment {
            id: id.to_owned(),
            created_at,
            runs: runs.to_owned(),
        })
        .into();
    of_service.service_events = [(BAD, at(0, 20)), (OWN, at(2, 14))]
        .map(|(id, at)| ServiceEvent {
            at,
            message: format!("(service checkout) (deployment {id}) deployment completed."),
        })
        .into();
    let mut entry = serde_json::to_value(of_service.entry.unwrap()).unwrap();
    entry["outcome"]["deployment"] = OWN.into();
    entry["intent"] = json!({
        "step": "rollback_deployment",
        "attempt": 1,
        "before": {"deployment": BAD, "task_definition": "checkout:2"},
    });
    of_service.entry = Some(serde_json::from_value(entry).unwrap());
    for mail in &mut of_service.mails {
        mail.subject = mail.subject.replace("Restart begun", "Rollback begun");
        let action = StepName::RollbackDeployment.title();
        let text = mail.text.replace("restart ECS service", action);
        mail.text = text.replace("ecs-svc/2", OWN);
    }
    for found in [
        &mut of_service.first_analysis,
        &mut of_service.last_analysis,
    ] {
        let analysis = &mut found.as_mut().unwrap().analysis;
        analysis.verdict.cause = Cause::BadDeployment;
        analysis.verdict.statement = "The deployment of checkout:2 brought it.".to_owned();
        analysis.patterns[0].example = "missing setting VOUCHER_PERCENT".to_owned();
        analysis.deployments = vec![DeploymentSummary {
            id: BAD.to_owned(),
            at: at(0, 0),
            task_definition: "checkout:2".to_owned(),
            rollout_state: "COMPLETED".to_owned(),
            is_ours: false,
            seconds_before_onset: Some(1),
            changes: vec!["image demo-app:1 -> demo-app:2".to_owned()],
            evidence: "E1".to_owned(),
        }];
    }
    ReleaseObservations {
        of_service,
        deployed: Some(Deployed {
            deployment: BAD.to_owned(),
            from: "checkout:1".to_owned(),
            to: "checkout:2".to_owned(),
        }),
    }
}

fn check(change: impl FnOnce(&mut ReleaseObservations), expected: &[(&str, &str)]) {
    let mut observations = as_it_should_be();
    change(&mut observations);
    let rows = rows(&observations, &timeline());
    let broken: Vec<_> = rows
        .iter()
        .filter_map(|row| match &row.outcome {
            Outcome::Broken { why, .. } => Some((row.text, why.as_str())),
            Outcome::Kept { .. } => None,
        })
        .collect();
    assert_eq!(broken, expected);
}

#[test]
fn a_bad_deployment_that_is_rolled_back_keeps_every_promise() {
    check(|_| {}, &[]);
}

#[test]
fn a_restart_is_no_rollback() {
    check(
        |seen| {
            let intent = seen.of_service.entry.as_mut().unwrap().intent.as_mut();
            intent.unwrap().step = StepName::RestartService;
        },
        &[(
            "the function decides against a restart",
            "its step is Some(RestartService)",
        )],
    );
    check(
        |seen| seen.of_service.deployments[1].runs = "checkout:2".to_owned(),
        &[(
            "UpdateService: the former version",
            "ecs-svc/9 runs checkout:2",
        )],
    );
}

#[test]
fn another_verdict_or_another_deployment_is_not_what_broke_it() {
    check(
        |seen| {
            let last = seen.of_service.last_analysis.as_mut().unwrap();
            last.analysis.verdict.cause = Cause::Load;
        },
        &[(
            "its verdict: a bad deployment",
            "Load: The deployment of checkout:2 brought it.",
        )],
    );
    check(
        |seen| {
            let first = seen.of_service.first_analysis.as_mut().unwrap();
            first.analysis.verdict.statement = "A deployment brought it.".to_owned();
        },
        &[(
            "it names the deployment and its changes",
            "neither ecs-svc/8 nor checkout:2 is in: checkout answers with errors since 21:45 UTC A deployment brought it. A new error in the logs.",
        )],
    );
}

#[test]
fn a_third_deployment_is_somebody_elses() {
    check(
        |seen| {
            let mut third = seen.of_service.deployments[1].clone();
            third.id = "ecs-svc/10".to_owned();
            seen.of_service.deployments.push(third);
        },
        &[(
            "total: human intervention",
            "another new deployment: ecs-svc/10",
        )],
    );
}
