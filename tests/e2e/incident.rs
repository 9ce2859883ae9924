//! The four-minute incident on the local cloud, six times as fast: a real service behind a real load balancer, users, the
//! alarm's own evaluation, the real binary with its tick. And what must not fool it.
#![expect(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

use alarm_playbook::action::Work;
use alarm_playbook::record::{Entry, Outcome};
use alarm_playbook::recovery::RecoveryVerdict;
use medic::deployment::Restarts;
use medic::installation::Wish;
use medic::project::Project;
use medic::speed::Speed;
use medic::traffic::Traffic;
use shared::clock::{Clock as _, System};
use support::fault_proxy::{Fault, FaultProxy};
use support::stack::{Aftermath, Stack};

/// What one restart leaves behind, whatever comes of it.
const ONE_RESTART: Aftermath = Aftermath {
    new_deployments: 1,
    topic_reports: 1,
    mail_reports: 1,
    in_failure_queue: 0,
};

fn fast(restarts: Restarts) -> Wish {
    Wish {
        speed: Speed::FASTEST,
        restarts,
        ..Wish::live()
    }
}

/// Lets users come and, unless it is broken anyway, breaks the service.
async fn break_service(stack: &Stack, restarts: Restarts) -> Traffic {
    let endpoint = &stack.installation.scenario.load_balancer.endpoint;
    let traffic = Traffic::begin(endpoint, Speed::FASTEST, System.now()).unwrap();
    if restarts == Restarts::Heal {
        traffic.break_service().await.unwrap();
    }
    traffic
}

async fn broken(restarts: Restarts) -> (Stack, Traffic) {
    let stack = Stack::deploy(fast(restarts)).await.unwrap();
    let traffic = break_service(&stack, restarts).await;
    (stack, traffic)
}

/// Waits for the verdict and compares it, and all that people were told, with what they should have been told.
async fn closes_as(stack: &Stack, verdict: RecoveryVerdict, subject: &str) -> Entry {
    let entry = stack.closed_entry().await.unwrap();
    let recovery = entry.recovery.clone().unwrap();
    assert_eq!(recovery.verdict, verdict, "{recovery:?}");
    for subject in ["Restart begun: ", subject] {
        let aftermath = stack.aftermath(subject).await.unwrap();
        assert_eq!(aftermath, ONE_RESTART, "{subject}");
    }
    for other in ["Recovered: ", "Escalation, "] {
        if !subject.starts_with(other) {
            assert_eq!(stack.mails(other).await.unwrap(), []);
        }
    }
    entry
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_breaks_is_restarted_and_proven_to_be_well() {
    let (stack, _traffic) = broken(Restarts::Heal).await;
    let entry = closes_as(&stack, RecoveryVerdict::Recovered, "Recovered: ").await;
    let deployment = stack.primary_deployment().await.unwrap();
    assert_eq!(
        entry.outcome,
        Some(Outcome::Applied {
            work: Work::Deployment(deployment)
        })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_that_does_not_help_is_escalated_and_not_repeated() {
    let (stack, _traffic) = broken(Restarts::DoNotHelp).await;
    let subject = "Escalation, restart did not help: ";
    closes_as(&stack, RecoveryVerdict::NotRecovered, subject).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_that_is_silenced_by_a_higher_threshold_is_no_recovery() {
    let (stack, _traffic) = broken(Restarts::DoNotHelp).await;
    stack.handled_entry().await.unwrap();
    stack.set_threshold(1_000.0).await.unwrap();
    let subject = "Escalation, restart did not help: ";
    closes_as(&stack, RecoveryVerdict::NotRecovered, subject).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_because_nobody_comes_any_more_proves_nothing() {
    let own = std::fs::read_to_string(Project::find(None).unwrap().playbook()).unwrap();
    let soon = own
        .replace("settle: 30s", "settle: 1s")
        .replace("verify_within: 5m", "verify_within: 20s");
    assert_ne!(soon, own);
    let playbook = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&playbook, soon).unwrap();
    let wish = Wish {
        playbook: Some(playbook.path().to_owned()),
        ..fast(Restarts::Heal)
    };
    let stack = Stack::deploy(wish).await.unwrap();
    let traffic = break_service(&stack, Restarts::Heal).await;
    stack.handled_entry().await.unwrap();
    drop(traffic);
    let subject = "Escalation, recovery not proven: ";
    closes_as(&stack, RecoveryVerdict::Inconclusive, subject).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_alarms_on_one_service_are_one_restart() {
    let stack = Stack::deploy(fast(Restarts::Heal)).await.unwrap();
    stack.create_twin("twin-high-5xx-errors").await.unwrap();
    let _traffic = break_service(&stack, Restarts::Heal).await;
    closes_as(&stack, RecoveryVerdict::Recovered, "Recovered: ").await;
    let entries = stack.entries().await.unwrap();
    let acted = entries.iter().filter(|entry| entry.intent.is_some());
    assert_eq!((entries.len(), acted.count()), (2, 1), "{entries:?}");
}

/// The calls on the way to the verdict at which the function is killed, and what says where each of them goes.
const DEADLY_CALLS: [(&str, &str); 2] = [
    ("AWS_ENDPOINT_URL_CLOUDWATCH", "GetMetricData"),
    ("AWS_ENDPOINT_URL_SNS", "Subject=Recovered"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_function_that_is_killed_on_the_way_to_the_verdict_still_reaches_it() {
    let stack = Stack::deploy(fast(Restarts::Heal)).await.unwrap();
    let mut proxies = Vec::new();
    for (variable, call) in DEADLY_CALLS {
        let cloud = stack.installation.cloud.endpoint();
        let proxy = FaultProxy::start(cloud, call, Fault::CallerKilled).await;
        proxies.push((variable, proxy.unwrap()));
    }
    let endpoints = proxies
        .iter()
        .map(|(variable, proxy)| (*variable, proxy.endpoint.as_str()));
    stack.set_variables(endpoints).await.unwrap();
    let _traffic = break_service(&stack, Restarts::Heal).await;
    closes_as(&stack, RecoveryVerdict::Recovered, "Recovered: ").await;
    for (variable, proxy) in proxies {
        assert!(proxy.has_struck(), "{variable}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verdict_whose_write_is_not_answered_is_found_and_told_once() {
    let stack = Stack::deploy(fast(Restarts::Heal)).await.unwrap();
    let cloud = stack.installation.cloud.endpoint();
    let write_of_verdict = "\"rolled_out_at\"";
    let proxy = FaultProxy::start(cloud, write_of_verdict, Fault::AnswerLost).await;
    let proxy = proxy.unwrap();
    let endpoint = [("AWS_ENDPOINT_URL_S3", proxy.endpoint.as_str())];
    stack.set_variables(endpoint).await.unwrap();
    let _traffic = break_service(&stack, Restarts::Heal).await;
    closes_as(&stack, RecoveryVerdict::Recovered, "Recovered: ").await;
    assert!(proxy.has_struck());
}
