//! Incidents of a service whose cause is to be found out, six times as fast as in life: a version that lacks a setting, memory that
//! is never given back, and an alarm about nothing. Real processes, the alarms' own evaluation, the real binaries.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test stops where it cannot go on"
)]

use std::time::Duration;

use alarm_playbook::playbook::StepName;
use alarm_playbook::record::Entry;
use alarm_playbook::recovery::RecoveryVerdict;
use aws_sdk_cloudwatch::types::StateValue;
use medic::deployment::Analyst;
use medic::installation::Wish;
use medic::poll::TimeLimit;
use medic::project::Project;
use medic::scenario::{ALARM, primary, revision};
use medic::speed::Speed;
use medic::traffic::Traffic;
use serde_json::Value;
use shared::alarm::IncidentId;
use shared::clock::{Clock as _, System};
use support::browser::judge_stored;
use support::reports::Reports;
use support::stack::{Aftermath, Stack};

/// What is deployed within ten seconds of a service's creation counts as made with it.
const NO_LONGER_NEW: Duration = Duration::from_secs(12);

/// From the alarm to a report, on a slow machine with many others.
const LONG: Duration = Duration::from_mins(3);

struct Installed {
    stack: Stack,
    traffic: Traffic,
    reports: Reports,
}

async fn installed() -> Installed {
    let wish = Wish {
        speed: Speed::FASTEST,
        playbook: Some(Project::find(None).unwrap().shop_playbook()),
        analyst: Analyst::Installed,
        ..Wish::live()
    };
    let stack = Stack::deploy(wish).await.unwrap();
    let endpoint = &stack.installation.scenario.load_balancer.endpoint;
    let traffic = Traffic::begin(endpoint, Speed::FASTEST, System.now()).unwrap();
    let reports = Reports::of(&stack.installation).await.unwrap();
    Installed {
        stack,
        traffic,
        reports,
    }
}

impl Installed {
    /// Waits for the proof and compares what the function began, and what people were told.
    async fn recovers_by(&self, step: StepName, new_deployments: usize) -> Entry {
        let entry = self.stack.closed_entry().await.unwrap();
        let recovery = entry.recovery.clone().unwrap();
        let verdict = recovery.verdict;
        assert_eq!(verdict, RecoveryVerdict::Recovered, "{recovery:?}");
        assert_eq!(entry.intent.as_ref().unwrap().step, step);
        let expected = Aftermath {
            new_deployments,
            topic_reports: 1,
            mail_reports: 1,
            in_failure_queue: 0,
        };
        let begun = self.stack.aftermath("Recovered: ").await.unwrap();
        assert_eq!(begun, expected);
        entry
    }

    /// The analysis of an incident in a state, each statement of which must rest on evidence that is there.
    async fn analysis(&self, incident: &IncidentId, state: &str) -> Value {
        let limit = TimeLimit::of(LONG);
        let found = self.reports.in_state(incident, state, limit).await;
        let (analysis, page) = found.unwrap();
        judge_stored(state, &analysis, &page.text).await.unwrap();
        let ids = texts(&analysis["evidence"], "id");
        let verdict = &analysis["verdict"];
        for statements in [
            &verdict["reasons"],
            &verdict["against"],
            &analysis["timeline"],
        ] {
            for statement in statements.as_array().unwrap() {
                let cited = statement["evidence"].as_array().unwrap();
                let are_there = cited
                    .iter()
                    .all(|id| ids.contains(&id.as_str().unwrap().to_owned()));
                assert!(!cited.is_empty() && are_there, "{statement}");
            }
        }
        analysis
    }
}

fn texts(items: &Value, field: &str) -> Vec<String> {
    let items = items.as_array().unwrap().iter();
    items
        .map(|item| item[field].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_lacks_a_setting_is_rolled_back_and_is_what_the_report_names() {
    let installed = installed().await;
    let scenario = &installed.stack.installation.scenario;
    tokio::time::sleep(NO_LONGER_NEW).await;
    let deployed = scenario.deploy_second_release().await.unwrap();
    let entry = installed.recovers_by(StepName::RollbackDeployment, 2).await;
    let service = scenario.service().await.unwrap();
    let present = primary(&service).and_then(|primary| primary.task_definition());
    assert_eq!(present.map(revision), Some(deployed.from.as_str()));

    let analysis = installed.analysis(&entry.incident, "closed").await;
    let verdict = &analysis["verdict"];
    assert_eq!(verdict["cause"], "bad_deployment", "{verdict:#}");
    let statement = verdict["statement"].as_str().unwrap();
    assert!(statement.contains(&deployed.to), "{statement}");
    let runs = texts(&analysis["deployments"], "task_definition");
    assert!(runs.contains(&deployed.to), "{runs:?}");
    let example = analysis["patterns"][0]["example"].as_str().unwrap();
    assert!(
        example.contains("missing setting VOUCHER_PERCENT"),
        "{example}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_that_is_never_given_back_is_freed_by_a_restart_and_called_a_leak() {
    let installed = installed().await;
    let scenario = &installed.stack.installation.scenario;
    let topic = &installed.stack.installation.outputs.alerts_topic_arn;
    let alarm = scenario.create_memory_alarm(topic, Speed::FASTEST);
    let alarm = alarm.await.unwrap();
    let usual = TimeLimit::usual();
    alarm.wait_for(&StateValue::Ok, usual).await.unwrap();
    // Without some periods of what is usual nobody can say that memory grows.
    tokio::time::sleep(2 * NO_LONGER_NEW).await;
    installed.traffic.switch_on("memory-leak").await.unwrap();
    let entry = installed.recovers_by(StepName::RestartService, 1).await;

    let analysis = installed.analysis(&entry.incident, "closed").await;
    let verdict = &analysis["verdict"];
    assert_eq!(verdict["cause"], "memory_leak", "{verdict:#}");
    let memory = &analysis["metrics"][0];
    assert_eq!(memory["series"]["kind"], "memory");
    let trend = memory["trend"].as_str().unwrap();
    assert!(trend.contains("points a minute"), "{trend}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_that_somebody_set_by_hand_has_no_cause() {
    let installed = installed().await;
    let cloudwatch =
        aws_sdk_cloudwatch::Client::new(&installed.stack.installation.cloud.sdk_config());
    let set = cloudwatch
        .set_alarm_state()
        .alarm_name(ALARM)
        .state_value(StateValue::Alarm)
        .state_reason("somebody tries the alarm out");
    set.send().await.unwrap();
    let entry = installed.stack.handled_entry().await.unwrap();
    let limit = TimeLimit::of(LONG);
    let reports = &installed.reports;
    let (analysis, page) = reports
        .in_state(&entry.incident, "closed", limit)
        .await
        .unwrap();
    judge_stored("nothing", &analysis, &page.text)
        .await
        .unwrap();
    let verdict = &analysis["verdict"];
    assert_eq!(
        (&verdict["cause"], verdict["confidence"].as_f64()),
        (&Value::from("undetermined"), Some(0.0)),
        "{verdict:#}"
    );
    assert_eq!(verdict["rule"], Value::Null);
    assert_eq!(analysis["patterns"], serde_json::json!([]));
}
