//! A night on call at a terminal: `medic` against an installation in the local cloud, with the real binaries.
#![expect(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

use std::process::{Command, Output};

use alarm_playbook::record::{Entry, Outcome, Verdict};
use aws_sdk_cloudwatch::types::StateValue;
use medic::installation::Wish;
use medic::local_cloud::CREDENTIAL;
use medic::poll::TimeLimit;
use medic::project::Project;
use serde_json::Value;
use support::stack::{Aftermath, Stack};

/// Runs `medic` as somebody with access to the cloud, and nothing else of this machine's settings.
fn medic(stack: &Stack, arguments: &[&str]) -> Output {
    let cloud = &stack.installation.cloud;
    let project = Project::find(None).unwrap();
    let program = project.function_binary().with_file_name("medic");
    Command::new(program)
        .args(arguments)
        .env_clear()
        .envs([
            ("AWS_ENDPOINT_URL", cloud.endpoint()),
            ("AWS_REGION", cloud.region()),
            ("AWS_ACCESS_KEY_ID", CREDENTIAL),
            ("AWS_SECRET_ACCESS_KEY", CREDENTIAL),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ])
        .output()
        .unwrap()
}

/// What it printed, if it did what it was told.
fn said(stack: &Stack, arguments: &[&str]) -> String {
    let output = medic(stack, arguments);
    let complaints = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{arguments:?}: {complaints}");
    assert_eq!(complaints, "", "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Sets the alarm off and sees that nothing comes of it but reports that say why; returns its entry.
async fn fire_in_vain(stack: &Stack) -> Entry {
    stack.publish_errors().await.unwrap();
    let scenario = &stack.installation.scenario;
    let alarm = scenario.wait_for_alarm(&StateValue::Alarm, TimeLimit::usual());
    alarm.await.unwrap();
    let entry = stack.handled_entry().await.unwrap();
    assert_eq!(
        (
            entry.verdict,
            &entry.outcome,
            entry.reasons.rules.as_slice()
        ),
        (
            Verdict::Report,
            &Some(Outcome::NotActed),
            ["switched_off".to_owned()].as_slice()
        )
    );
    let told = Aftermath {
        new_deployments: 0,
        topic_reports: 1,
        mail_reports: 1,
        in_failure_queue: 0,
    };
    assert_eq!(stack.aftermath("Not acted on").await.unwrap(), told);
    let mails = stack.mails("Not acted on").await.unwrap();
    assert!(
        mails
            .iter()
            .all(|mail| mail.text.contains(": moving the database")),
        "{mails:?}"
    );
    entry
}

#[tokio::test(flavor = "multi_thread")]
async fn while_it_is_paused_nothing_is_restarted_and_people_read_why() {
    let stack = Stack::deploy(Wish::live()).await.unwrap();
    let paused = said(
        &stack,
        &["pause", "--for", "2h", "--reason", "moving the database"],
    );
    assert!(paused.starts_with("PAUSED since "), "{paused}");
    assert!(paused.ends_with("No incident is open.\n"), "{paused}");
    assert!(said(&stack, &["status"]).starts_with("PAUSED since "));

    let entry = fire_in_vain(&stack).await;
    let resumed = said(&stack, &["resume"]);
    assert!(
        resumed.starts_with("Resumed. It was paused since "),
        "{resumed}"
    );
    assert_eq!(said(&stack, &["resume"]), "It was not paused.\n");

    let listed = said(&stack, &["incidents", "--json"]);
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let id = entry.incident.to_string();
    assert_eq!(
        (
            &listed["incident"],
            &listed["open"],
            &listed["reasons"]["rules"][0]
        ),
        (
            &Value::from(id.clone()),
            &Value::from(false),
            &Value::from("switched_off")
        )
    );
    let begin = id.get(..6).unwrap();
    let told = said(&stack, &["incident", "show", begin]);
    let not_acted = told
        .lines()
        .filter(|line| line.ends_with("decided not to act"));
    assert_eq!(not_acted.count(), 1, "{told}");
    // By now it fired a second earlier.
    let lasting = |told: &str| {
        let lines = told.lines().filter(|line| !line.starts_with("Fired "));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let in_full = said(&stack, &["incident", "show", &id]);
    assert_eq!(lasting(&in_full), lasting(&told));
    let none = medic(&stack, &["incident", "show", "0000"]);
    let complaint = String::from_utf8(none.stderr).unwrap();
    assert!(
        complaint.starts_with("medic: there is no incident 0000 under s3://"),
        "{complaint}"
    );
    assert_eq!(none.status.code(), Some(1));
}
