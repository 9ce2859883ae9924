//! Incidents of a service whose cause is to be found out, six times as fast as in life: a version that lacks a setting, memory that
//! is never given back. Real processes, the alarms' own evaluation, the real binaries.
#![expect(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

use std::time::Duration;

use alarm_playbook::playbook::StepName;
use alarm_playbook::record::Entry;
use alarm_playbook::recovery::RecoveryVerdict;
use aws_sdk_cloudwatch::types::StateValue;
use medic::installation::Wish;
use medic::poll::TimeLimit;
use medic::project::Project;
use medic::scenario::{primary, revision};
use medic::speed::Speed;
use medic::traffic::Traffic;
use shared::clock::{Clock as _, System};
use support::stack::{Aftermath, Stack};

/// What is deployed within ten seconds of a service's creation counts as made with it.
const NO_LONGER_NEW: Duration = Duration::from_secs(12);

async fn installed() -> (Stack, Traffic) {
    let wish = Wish {
        speed: Speed::FASTEST,
        playbook: Some(Project::find(None).unwrap().shop_playbook()),
        ..Wish::live()
    };
    let stack = Stack::deploy(wish).await.unwrap();
    let endpoint = &stack.installation.scenario.load_balancer.endpoint;
    let traffic = Traffic::begin(endpoint, Speed::FASTEST, System.now()).unwrap();
    (stack, traffic)
}

/// Waits for the proof and compares what the function began, and what people were told.
async fn recovers_by(stack: &Stack, step: StepName, expected: Aftermath) -> Entry {
    let entry = stack.closed_entry().await.unwrap();
    let recovery = entry.recovery.clone().unwrap();
    let verdict = recovery.verdict;
    assert_eq!(verdict, RecoveryVerdict::Recovered, "{recovery:?}");
    assert_eq!(entry.intent.as_ref().unwrap().step, step);
    let begun = stack.aftermath("Recovered: ").await.unwrap();
    assert_eq!(begun, expected);
    entry
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_lacks_a_setting_is_rolled_back() {
    let (stack, _traffic) = installed().await;
    let scenario = &stack.installation.scenario;
    tokio::time::sleep(NO_LONGER_NEW).await;
    let deployed = scenario.deploy_second_release().await.unwrap();
    let two_deployments = Aftermath {
        new_deployments: 2,
        topic_reports: 1,
        mail_reports: 1,
        in_failure_queue: 0,
    };
    recovers_by(&stack, StepName::RollbackDeployment, two_deployments).await;
    let service = scenario.service().await.unwrap();
    let present = primary(&service).and_then(|primary| primary.task_definition());
    assert_eq!(present.map(revision), Some(deployed.from.as_str()));
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_that_is_never_given_back_is_freed_by_a_restart() {
    let (stack, traffic) = installed().await;
    let scenario = &stack.installation.scenario;
    let topic = &stack.installation.outputs.alerts_topic_arn;
    let alarm = scenario.create_memory_alarm(topic, Speed::FASTEST);
    let alarm = alarm.await.unwrap();
    let usual = TimeLimit::usual();
    alarm.wait_for(&StateValue::Ok, usual).await.unwrap();
    traffic.switch_on("memory-leak").await.unwrap();
    let one_restart = Aftermath {
        new_deployments: 1,
        topic_reports: 1,
        mail_reports: 1,
        in_failure_queue: 0,
    };
    recovers_by(&stack, StepName::RestartService, one_restart).await;
}
