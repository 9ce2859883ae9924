//! The four-minute incident on the local cloud, six times as fast: a real service behind a real load balancer, users, the
//! alarm's own evaluation, the real binary with its tick. And what must not fool it.
#![expect(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

use alarm_playbook::record::{Entry, Outcome};
use medic::deployment::Restarts;
use medic::installation::Wish;
use medic::poll::{Look, TimeLimit, until};
use medic::speed::Speed;
use medic::traffic::Traffic;
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

/// An installation with users, whose service is broken from now on.
async fn broken(wish: Wish) -> (Stack, Traffic) {
    let restarts = wish.restarts;
    let stack = Stack::deploy(wish).await.unwrap();
    let endpoint = &stack.installation.scenario.load_balancer.endpoint;
    let traffic = Traffic::begin(endpoint, Speed::FASTEST).unwrap();
    if restarts == Restarts::Heal {
        traffic.break_service().await.unwrap();
    }
    (stack, traffic)
}

/// Waits until the incident is closed, and returns its entry.
async fn closed(stack: &Stack) -> Entry {
    let entry = stack.handled_entry().await.unwrap();
    let copy = until("a closed copy", TimeLimit::usual(), async || {
        Ok(match stack.closed_copy(&entry).await? {
            Some(copy) => Look::Seen(copy),
            None => Look::NotYet("the incident is open".to_owned()),
        })
    });
    copy.await.unwrap();
    stack.handled_entry().await.unwrap()
}

/// How many mails there are whose subjects begin so: by SNS and by SES together.
async fn mails(stack: &Stack, subject: &str) -> usize {
    stack.mails(subject).await.unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_breaks_is_restarted_and_proven_to_be_well() {
    let (stack, _traffic) = broken(fast(Restarts::Heal)).await;

    let entry = closed(&stack).await;
    let deployment = stack.primary_deployment().await.unwrap();
    assert_eq!(entry.outcome, Some(Outcome::Applied { deployment }));
    assert_eq!(stack.aftermath("Restart begun").await.unwrap(), ONE_RESTART);
    assert_eq!(
        mails(&stack, "Recovered: ECS service shop/checkout").await,
        2
    );
    assert_eq!(mails(&stack, "Escalation").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_that_does_not_help_is_escalated_and_not_repeated() {
    let (stack, _traffic) = broken(fast(Restarts::DoNotHelp)).await;

    closed(&stack).await;
    assert_eq!(stack.aftermath("Restart begun").await.unwrap(), ONE_RESTART);
    assert_eq!(mails(&stack, "Escalation, restart did not help: ").await, 2);
    assert_eq!(mails(&stack, "Recovered").await, 0);
}
