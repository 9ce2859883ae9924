//! What goes wrong, at each call: how it is told, and that nothing is made twice when all of it is run again.

use std::collections::BTreeMap;
use std::time::Duration;

use fake_github::{Fault, What};
use proptest::prelude::*;
use proptest::sample::select;
use shared::failure::Classify as _;

use super::whole::whole;
use super::world::{Hub, NAME};
use crate::github::Proposed;

fn faults() -> Vec<(&'static str, What)> {
    vec![
        ("401", What::status(401)),
        ("403", What::status(403)),
        ("404", What::status(404)),
        ("409", What::status(409)),
        ("422", What::status(422)),
        ("429", What::status(429)),
        ("502", What::status(502)),
        ("500 after", What::DoneBut(500)),
        ("cut before", What::CutBefore),
        ("cut after", What::CutAfter),
        ("huge", What::Huge(5 * 1024 * 1024)),
        ("no JSON", What::NoJson),
    ]
}

/// How the whole ends: what came of it, or the error's kind and effect.
async fn ended(hub: &Hub) -> String {
    match whole(hub).await {
        Ok(Proposed::Draft(_)) => "done".to_owned(),
        Ok(Proposed::NoDrafts) => "no drafts".to_owned(),
        Ok(Proposed::Refused(_)) => "refused".to_owned(),
        Err(error) => format!("{:?} {:?}", error.kind(), error.effect()).to_lowercase(),
    }
}

/// What is there: pull requests, branches of ours, issues, comments.
fn made(hub: &Hub) -> [usize; 4] {
    let issues = hub.github.issues(NAME);
    [
        hub.github.pulls(NAME).len(),
        hub.github.branches(NAME).len() - 1,
        issues.len(),
        issues.iter().map(|issue| issue.comments.len()).sum(),
    ]
}

/// Runs all of it again until it ends well.
async fn until_done(hub: &Hub) {
    for _ in 0..40 {
        // Whatever limit was announced is over by then.
        hub.pass(120);
        if ended(hub).await == "done" {
            return;
        }
    }
    panic!("it does not end well");
}

#[tokio::test]
async fn each_fault_at_each_call_is_told_for_what_it_is_and_nothing_is_made_twice() {
    let hub = Hub::with_token().await;
    whole(&hub).await.unwrap();
    let mut calls: Vec<String> = Vec::new();
    for request in hub.github.requests() {
        if !calls.contains(&request.call) {
            calls.push(request.call);
        }
    }
    let mut table: Vec<String> = Vec::new();
    for call in calls {
        let mut ends: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for (name, what) in faults() {
            let hub = Hub::with_token().await;
            hub.github.fail(Fault {
                call: Some(call.clone()),
                after: 0,
                what,
            });
            let end = ended(&hub).await;
            hub.github.heal();
            until_done(&hub).await;
            assert_eq!(made(&hub), [1, 1, 1, 1], "{call} {name}");
            ends.entry(end).or_default().push(name);
        }
        let ends: Vec<String> = ends
            .into_iter()
            .map(|(end, names)| format!("  {end}: {}", names.join(", ")))
            .collect();
        table.push(format!("{call}\n{}", ends.join("\n")));
    }
    insta::assert_snapshot!(table.join("\n"));
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_not_waited_for_beyond_the_deadline() {
    let hub = Hub::with_token().await;
    let deadline = hub.now() + jiff::SignedDuration::from_millis(1_000);
    hub.github.fail(Fault {
        call: None,
        after: 0,
        what: What::Late(Duration::from_mins(1)),
    });
    let client = hub.client_until(shared::deadline::Deadline::at(deadline));
    let begun = std::time::Instant::now();
    let found = crate::github::GitHub::find(&client, &hub.repository, "ab12").await;
    found.unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(5));
}

fn any_fault() -> impl Strategy<Value = Fault> {
    let whats: Vec<What> = faults().into_iter().map(|(_, what)| what).collect();
    (0..60_usize, select(whats)).prop_map(|(after, what)| Fault {
        call: None,
        after,
        what,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn whatever_goes_wrong_there_is_one_of_each_in_the_end(
        faults in proptest::collection::vec(any_fault(), 1..8),
        with_app in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let hub = if with_app { Hub::with_app().await } else { Hub::with_token().await };
            for fault in faults {
                hub.github.fail(fault);
            }
            until_done(&hub).await;
            prop_assert_eq!(made(&hub), [1, 1, 1, 1]);
            Ok(())
        })?;
    }
}
