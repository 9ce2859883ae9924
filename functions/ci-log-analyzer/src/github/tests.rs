//! The client against the fake GitHub.

mod auth;
mod drafts;
mod faults;
mod limits;
mod peers;
mod threads;
mod whole;
mod world;

use std::collections::BTreeSet;

use fake_github::operations;
use shared::failure::{CallError, Classify as _};

use super::{ENDPOINTS, GitHub as _, Run, Verb};
use crate::patch::made_up::path;
use crate::repository::{Branch, Repository, Sha};

use self::whole::whole;
use self::world::{Hub, NAME, run_of};

/// An error as its kind, its effect and its text.
fn told(error: &CallError) -> String {
    let (kind, effect) = (error.kind(), error.effect());
    format!(
        "{kind:?}, effect {effect:?}: {}",
        shared::failure::chain(error)
    )
}

fn method(verb: Verb) -> String {
    verb.method().to_string()
}

#[test]
fn the_table_is_that_of_the_contract() {
    let table: BTreeSet<String> = ENDPOINTS
        .iter()
        .map(|endpoint| format!("{} {}", method(endpoint.verb), endpoint.template))
        .collect();
    let contract: BTreeSet<String> = operations().into_iter().collect();
    assert_eq!(table, contract);
}

#[tokio::test]
async fn nothing_is_asked_for_but_what_the_table_has_and_all_of_it_is() {
    let table: BTreeSet<String> = operations().into_iter().collect();
    let mut asked = BTreeSet::new();
    for hub in [Hub::with_app().await, Hub::with_token().await] {
        // Older than what is listed, so that the search is asked, too.
        for _ in 0..160 {
            hub.github.open_issue(NAME, &hub.login(), "another");
        }
        whole(&hub).await.unwrap();
        hub.github.without_drafts(NAME);
        hub.client()
            .propose(&hub.repository, hub.proposal("ff00").of())
            .await
            .unwrap();
        asked.extend(
            hub.github
                .requests()
                .into_iter()
                .map(|request| request.call),
        );
    }
    assert_eq!(asked, table);
}

#[tokio::test]
async fn a_run_is_told_as_github_tells_it() {
    let hub = Hub::with_app().await;
    hub.github.branch(NAME, "feature/x", &hub.base);
    hub.github.branch(NAME, "medic/x", &hub.base);
    hub.github.open_pull(NAME, "acme", "feature/x");
    hub.github.open_pull(NAME, "someone", "feature/x");
    hub.github.open_pull(NAME, "acme", "feature/x");
    hub.github.close(NAME, 3);
    let expected = |branch: Option<&str>, pulls: &[u64]| Run {
        id: 42,
        attempt: 2,
        workflow: "Tests".to_owned(),
        head_sha: Sha::parse(&hub.base).unwrap(),
        head_branch: branch.and_then(Branch::parse),
        is_of_a_fork: false,
        is_ours: false,
        event: "push".to_owned(),
        conclusion: Some("failure".to_owned()),
        pull_requests: pulls.to_vec(),
        default_branch: Branch::parse("main").unwrap(),
    };
    let fork = fake_github::Run {
        fork_owner: Some("someone".to_owned()),
        ..run_of(&hub, "feature/x")
    };
    let ours = fake_github::Run {
        actor: hub.login(),
        conclusion: None,
        ..run_of(&hub, "medic/x")
    };
    let cases = [
        (run_of(&hub, "feature/x"), expected(Some("feature/x"), &[1])),
        (run_of(&hub, "v1.0"), expected(None, &[])),
        (
            fork,
            Run {
                is_of_a_fork: true,
                ..expected(Some("feature/x"), &[2])
            },
        ),
        (
            ours,
            Run {
                is_ours: true,
                conclusion: None,
                ..expected(Some("medic/x"), &[])
            },
        ),
    ];
    for (id, (run, told)) in (100..).zip(cases) {
        hub.github.run(NAME, fake_github::Run { id, ..run });
        let found = hub.client().run(&hub.repository, id, 2).await.unwrap();
        assert_eq!(found, Some(Run { id, ..told }));
    }
}

#[tokio::test]
async fn with_a_token_only_runs_that_our_own_words_set_off_are_ours() {
    let hub = Hub::with_token().await;
    let cases = [
        ("issues", hub.login(), true),
        ("issue_comment", hub.login(), true),
        ("issue_comment", "someone".to_owned(), false),
        ("push", hub.login(), false),
    ];
    for (id, (event, actor, expected)) in (100..).zip(cases) {
        let run = fake_github::Run {
            id,
            event: event.to_owned(),
            actor,
            ..run_of(&hub, "main")
        };
        hub.github.run(NAME, run);
        let found = hub.client().run(&hub.repository, id, 2).await.unwrap();
        assert_eq!(found.map(|run| run.is_ours), Some(expected), "{event}");
    }
}

#[tokio::test]
async fn an_attempt_that_github_does_not_know_is_none() {
    let hub = Hub::with_app().await;
    hub.github.run(NAME, run_of(&hub, "main"));
    for (id, attempt) in [(42, 1), (99, 2)] {
        let found = hub.client().run(&hub.repository, id, attempt).await;
        assert_eq!(found.unwrap(), None);
    }
}

#[tokio::test]
async fn a_repository_that_the_token_may_not_see_is_an_error_and_not_a_run_that_is_none() {
    let hub = Hub::with_token().await;
    let other = Repository::parse("acme/other").unwrap();
    let error = hub.client().run(&other, 42, 2).await.unwrap_err();
    let told = told(&error);
    let begins =
        "Permanent, effect None: couldn't read the repository acme/other: GitHub answered 404";
    assert!(told.starts_with(begins), "{told}");
}

#[tokio::test]
async fn a_file_is_read_at_its_commit_if_it_is_an_ordinary_one() {
    let hub = Hub::with_app().await;
    let base = hub.github.symbolic_link(NAME, "link", "src/lib.rs");
    let cases = [
        ("src/lib.rs", Some(b"fn f() -> u8 { 1 }\n".to_vec())),
        ("bin/run", Some(b"#!/bin/sh\n".to_vec())),
        ("deep/er/größe.txt", Some("größe\n".as_bytes().to_vec())),
        ("src", None),
        ("src/lib.rs/x", None),
        ("link", None),
        ("nothing", None),
        ("src/nothing", None),
        ("large.txt", None),
    ];
    let client = hub.client();
    for (name, content) in cases {
        let sha = Sha::parse(&base).unwrap();
        let found = client.file(&hub.repository, &path(name), &sha).await;
        assert_eq!(found.unwrap(), content, "{name}");
    }
    let elsewhere = Sha::parse(&"0".repeat(40)).unwrap();
    let found = client
        .file(&hub.repository, &path("src/lib.rs"), &elsewhere)
        .await;
    assert_eq!(found.unwrap(), None);
}

#[tokio::test]
async fn what_github_does_not_know_is_an_error_that_names_it() {
    let hub = Hub::with_app().await;
    let other = Repository::parse("acme/other").unwrap();
    let error = hub.client().run(&other, 42, 2).await.unwrap_err();
    assert_eq!(
        told(&error),
        "Permanent, effect None: couldn't find the App's installation on acme/other: GitHub answered 404: Not Found"
    );
}
