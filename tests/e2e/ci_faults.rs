//! Whatever fails around the CI log analyzer, in each place once: there is an analysis, there are never two issues or two drafts on GitHub, and no
//! invocation outlives its deadline. Real handler and clients, stateful fakes; retries as Lambda makes them.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test says what it did, and stops where it cannot go on"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use fake_github::{Fault, What};
use futures::stream::{self, StreamExt as _};
use jiff::SignedDuration;
use serde_json::{Value, json};
use support::adversarial::ci_world::model::Says;
use support::adversarial::ci_world::{self, CiWorld, PROVIDERS, RUN};
use support::adversarial::people::People;
use support::adversarial::recorded::Ending;
use support::adversarial::rules::REPOSITORY;
use support::fake_github;
use support::fake_llm::{FakeLlm, Turn};

/// So long an invocation lasts here: enough for each stage, and soon over where something hangs.
const LASTS: SignedDuration = SignedDuration::from_secs(30);
/// So many worlds at once: most of their time they wait.
const AT_ONCE: usize = 6;

/// What a model's server may do.
fn turns() -> Vec<(&'static str, Turn)> {
    let raw = |body: Vec<u8>| Turn::Raw {
        status: 200,
        headers: vec![("content-type", "application/json".to_owned())],
        body,
    };
    vec![
        ("timeout", Turn::Silence),
        ("429", Turn::too_many("1")),
        ("500", Turn::page(500)),
        ("invalid JSON", raw(b"{\"choices\": [".to_vec())),
        ("huge body", raw(vec![b'['; 32 << 20])),
        ("cut", Turn::Cut),
        ("cut midway", Turn::CutMidway),
        ("wrong schema", Turn::says(&json!({"summary": 7}))),
    ]
}

async fn world(turn: Option<Turn>, people: People, provider: &str) -> CiWorld {
    let says = Says::mended();
    let answering = move |request: &_| turn.clone().unwrap_or_else(|| says.to(request));
    let llm = FakeLlm::start(answering).await.unwrap();
    let mut world = CiWorld::start(llm, people, &[provider]).await;
    world.lasts = LASTS;
    world
}

/// Delivers one log of a failed run, and once more what was settled; checks what holds whatever failed. Returns how often Lambda tried.
async fn deliver(world: &CiWorld, what: &str) -> Vec<Ending> {
    let (key, log) = ci_world::log();
    world.run(RUN, "Tests");
    world.buckets.put(&key, &Arc::new(log.clone()));
    let event = ci_world::written(&key, &log);
    let began = Instant::now();
    let mut endings = world.deliver(&event).await;
    let took = began.elapsed();
    world.pass(61);
    endings.extend(world.deliver(&event).await);
    let is_over = |ending: &Ending| matches!(ending, Ending::Panicked(_) | Ending::Endless);
    assert!(!endings.iter().any(is_over), "{what}: {endings:?}");
    let most = Duration::try_from(LASTS).unwrap() * u32::try_from(endings.len()).unwrap();
    assert!(took < most, "{what} took {took:?}");
    let analysis = format!("analysis/{REPOSITORY}/{RUN}-1-build.json");
    let written = world.buckets.written();
    let analysis: Value = serde_json::from_slice(&written[&analysis]).expect(what);
    assert_eq!(analysis["category"], "test", "{what}");
    let issues = world.github.issues(REPOSITORY).len();
    // One pull request is that which ran.
    let drafts = world.github.pulls(REPOSITORY).len() - 1;
    // An issue of a try in which no model could be asked may be followed by a draft of the next.
    assert!(
        issues <= 1 && drafts <= 1,
        "{what}: {issues} issues, {drafts} drafts"
    );
    let comments = world.github.pulls(REPOSITORY)[0].issue.comments.len();
    assert!(comments <= 1, "{what}: {comments} comments");
    endings
}

fn is_answered(endings: &[Ending]) -> bool {
    endings
        .iter()
        .any(|ending| matches!(ending, Ending::Answered(_)))
}

#[tokio::test]
async fn without_faults_there_is_one_draft() {
    let world = world(None, People::new(), "groq").await;
    let endings = deliver(&world, "nothing").await;
    assert_eq!(endings.len(), 2, "{endings:?}");
    let drafts = world.github.pulls(REPOSITORY);
    let drafts: Vec<bool> = drafts.iter().map(|pull| pull.is_draft).collect();
    assert_eq!(drafts, [false, true]);
}

#[tokio::test]
async fn whatever_a_model_does_the_rules_analysis_is_told_once() {
    let cases = PROVIDERS.iter().flat_map(|(provider, _)| {
        turns()
            .into_iter()
            .map(|(name, turn)| (*provider, name, turn))
    });
    let run = |(provider, name, turn): (&'static str, &'static str, Turn)| async move {
        let what = format!("{provider}: {name}");
        let world = world(Some(turn), People::new(), provider).await;
        let endings = deliver(&world, &what).await;
        assert!(is_answered(&endings[..1]), "{what}: {endings:?}");
        assert!(!world.llm.requests().is_empty(), "{what}: nobody was asked");
        assert_eq!(world.github.issues(REPOSITORY).len(), 1, "{what}");
        what
    };
    let ran: Vec<String> = stream::iter(cases)
        .map(run)
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    println!("{} faults of models", ran.len());
}

#[tokio::test]
async fn whatever_github_does_at_any_call_there_is_at_most_one_of_each_thread() {
    let calm = world(None, People::new(), "groq").await;
    deliver(&calm, "calm").await;
    let mut calls: Vec<String> = calm
        .github
        .requests()
        .into_iter()
        .map(|request| request.call)
        .collect();
    calls.sort();
    calls.dedup();
    let faults = || {
        let statuses = [401, 403, 404, 409, 422, 429, 500];
        let statuses = statuses.map(|status| (status.to_string(), What::status(status)));
        let others = [
            ("cut before".to_owned(), What::CutBefore),
            ("cut after".to_owned(), What::CutAfter),
            ("done but 500".to_owned(), What::DoneBut(500)),
        ];
        statuses.into_iter().chain(others)
    };
    let cases = calls
        .iter()
        .flat_map(|call| faults().map(move |fault| (call.clone(), fault)));
    let run = |(call, (name, fault)): (String, (String, What))| async move {
        let what = format!("{call}: {name}");
        let world = world(None, People::new(), "groq").await;
        world.github.fail(Fault {
            call: Some(call),
            after: 0,
            what: fault,
        });
        deliver(&world, &what).await;
        what
    };
    let ran: Vec<String> = stream::iter(cases)
        .map(run)
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    println!("{} faults of GitHub at {} calls", ran.len(), calls.len());
}

#[tokio::test]
async fn where_mail_is_refused_people_hear_of_it_by_the_topic() {
    let world = world(None, People::refusing_mail(), "groq").await;
    let endings = deliver(&world, "SES refuses").await;
    assert!(is_answered(&endings), "{endings:?}");
    assert!(!world.people.got().is_empty(), "nobody was told");
}

#[tokio::test]
async fn whoever_writes_a_record_first_nothing_is_done_twice() {
    let cases = (0..24).flat_map(|after| [1, 3, 20].map(|times| (after, times)));
    let run = |(after, times): (usize, usize)| async move {
        let what = format!("412 {times} times after {after} writes");
        let world = world(None, People::new(), "groq").await;
        world.buckets.refuse(after, times);
        let (key, log) = ci_world::log();
        world.run(RUN, "Tests");
        world.buckets.put(&key, &Arc::new(log.clone()));
        let event = ci_world::written(&key, &log);
        world.deliver(&event).await;
        world.pass(61);
        deliver(&world, &what).await;
        what
    };
    let ran: Vec<String> = stream::iter(cases)
        .map(run)
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    println!("{} conflicts", ran.len());
}
