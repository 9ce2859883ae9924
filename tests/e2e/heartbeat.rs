//! The real binary on the local cloud: an alarm on a real topic, one new deployment, and people who know.
#![expect(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

use alarm_playbook::action::Work;
use alarm_playbook::record::{Outcome, Verdict};
use aws_sdk_cloudwatch::types::StateValue;
use futures::stream;
use futures::{StreamExt as _, TryStreamExt as _};
use medic::deployment::Mode;
use medic::installation::Wish;
use medic::poll::TimeLimit;
use medic::scenario::{ALARM, StateChange};
use serde_json::Value;
use support::deliveries::{message_as, sample};
use support::fault_proxy::{Fault, FaultProxy};
use support::stack::{Aftermath, Stack};

/// What one restart leaves behind.
const ONE_RESTART: Aftermath = Aftermath {
    new_deployments: 1,
    topic_reports: 1,
    mail_reports: 1,
    in_failure_queue: 0,
};

/// Sets the alarm off by data, and returns its message as soon as CloudWatch says that it fired.
async fn fire(stack: &Stack) -> String {
    let scenario = &stack.installation.scenario;
    stack.publish_errors().await.unwrap();
    let alarm = scenario
        .wait_for_alarm(&StateValue::Alarm, TimeLimit::usual())
        .await
        .unwrap();
    let fired = StateChange::of(&alarm).unwrap();
    message_as(ALARM, &fired.at.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_set_off_by_data_becomes_one_restart_and_people_know() {
    let stack = Stack::deploy(Wish::live()).await.unwrap();
    fire(&stack).await;

    let entry = stack.handled_entry().await.unwrap();
    let deployment = stack.primary_deployment().await.unwrap();
    assert_eq!(
        entry.outcome,
        Some(Outcome::Applied {
            work: Work::Deployment(deployment.clone())
        })
    );
    let before = entry.intent.unwrap().before.deployment.unwrap();
    assert_ne!(before.deployment, deployment);
    assert_eq!(stack.aftermath("Restart begun").await.unwrap(), ONE_RESTART);

    let reports = stack.mails("Restart begun").await.unwrap();
    for line in [
        format!("Deployment: {deployment}"),
        "Alarm: checkout-high-5xx-errors".to_owned(),
        "Status: IN PROGRESS, recovery is not proven yet".to_owned(),
    ] {
        assert!(
            reports
                .iter()
                .all(|mail| mail.text.lines().any(|found| found == line)),
            "{line}: {reports:?}"
        );
    }
    let alarm_mails = stack.mails("ALARM: \"checkout").await.unwrap();
    assert_eq!(alarm_mails.len(), 1, "{alarm_mails:?}");

    // Whoever looks for an incident finds every line about it.
    let log = stack.function.log().await.unwrap();
    let lines = log
        .iter()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    for line in lines.filter(|line| line["level"].is_string()) {
        let incident = [&line["incident"], &line["span"]["incident"]];
        assert!(incident.iter().any(|id| id.is_string()), "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_deliveries_of_one_alarm_are_one_restart() {
    #[expect(
        clippy::disallowed_methods,
        reason = "a soak is told by its Make target how many there are"
    )]
    let number = std::env::var("SOAK_DELIVERIES").map_or(100, |number| number.parse().unwrap());
    let stack = Stack::deploy(Wish::live()).await.unwrap();
    // CloudWatch's own is the last of them.
    let message = fire(&stack).await;
    // The local cloud is one process: more publishers at a time only wait for it until they give up.
    let published = stream::iter((1..number).map(|_| stack.publish(&message)));
    let published: Vec<_> = published.buffer_unordered(10).try_collect().await.unwrap();
    assert_eq!(published.len(), number - 1);

    let decisions = stack.decisions(number).await.unwrap();
    stack.handled_entry().await.unwrap();
    let acted = decisions
        .iter()
        .filter(|decision| decision.decision == "remediate");
    assert_eq!((decisions.len(), acted.count()), (number, 1));
    assert_eq!(stack.aftermath("Restart begun").await.unwrap(), ONE_RESTART);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_whose_answer_is_lost_is_found_and_not_repeated() {
    let stack = Stack::deploy(Wish::live()).await.unwrap();
    let proxy = FaultProxy::start(
        stack.installation.cloud.endpoint(),
        ".UpdateService\r\n",
        Fault::AnswerLost,
    )
    .await
    .unwrap();
    stack
        .set_variables([("AWS_ENDPOINT_URL_ECS", proxy.endpoint.as_str())])
        .await
        .unwrap();
    fire(&stack).await;

    let entry = stack.handled_entry().await.unwrap();
    let deployment = stack.primary_deployment().await.unwrap();
    let Some(Outcome::Adopted {
        work: Work::Deployment(adopted),
        ..
    }) = entry.outcome
    else {
        panic!("not adopted: {entry:?}");
    };
    assert_eq!(adopted, deployment);
    assert!(proxy.has_struck());
    assert_eq!(stack.aftermath("Restart begun").await.unwrap(), ONE_RESTART);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_tells_what_it_would_do_and_does_nothing() {
    let dry_run = Wish {
        mode: Mode::DryRun,
        ..Wish::live()
    };
    let stack = Stack::deploy(dry_run).await.unwrap();
    fire(&stack).await;

    let entry = stack.handled_entry().await.unwrap();
    assert_eq!(
        (entry.verdict, entry.outcome),
        (Verdict::DryRun, Some(Outcome::NotActed))
    );
    let expected = Aftermath {
        new_deployments: 0,
        ..ONE_RESTART
    };
    assert_eq!(stack.aftermath("Dry run").await.unwrap(), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn ok_and_malformed_messages_change_nothing_and_say_so() {
    let stack = Stack::deploy(Wish::live()).await.unwrap();
    let ok = stack.invoke(&sample("ok")).await.unwrap();
    let malformed = stack.invoke(&sample("malformed")).await.unwrap();
    let stale = stack.invoke(&sample("alarm")).await.unwrap();

    insta::assert_json_snapshot!([ok, malformed]);
    assert_eq!(stale[0]["decision"], "report");
    assert_eq!(stack.aftermath("Restart").await.unwrap().new_deployments, 0);
    let rejected = stack
        .mails("A message on the alerts topic could not be used")
        .await
        .unwrap();
    assert_eq!(rejected.len(), 2, "{rejected:?}");
}

#[test]
fn a_function_without_its_settings_does_not_start_and_names_the_first() {
    let project = medic::project::Project::find(None).unwrap();
    let output = std::process::Command::new(project.function_binary())
        .env_clear()
        .output()
        .unwrap();
    let first = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .next()
        .unwrap()
        .to_owned();
    let line: Value = serde_json::from_str(&first).unwrap();
    let expected =
        "cannot start: STATE_BUCKET is not set; it names the bucket that holds the records";
    assert_eq!(
        (line["message"].as_str(), output.status.success()),
        (Some(expected), false)
    );
}
