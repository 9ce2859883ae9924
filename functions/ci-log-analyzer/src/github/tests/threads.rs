//! Issues and comments, and how they are found again.

use jiff::Timestamp;
use shared::outbound::{Markdown, MarkdownDraft, Part, Title};

use super::world::{Hub, NAME, issue_body};
use crate::github::{GitHub as _, Thread};

fn thread(number: u64, is_pull_request: bool, is_open: bool) -> Thread {
    Thread {
        number,
        is_pull_request,
        is_open,
    }
}

async fn open(hub: &Hub, body: &Markdown) -> Thread {
    let title = Title::new("It fails");
    let opened = hub.client().open_issue(&hub.repository, &title, body).await;
    opened.unwrap()
}

async fn find(hub: &Hub) -> Vec<Thread> {
    hub.client().find(&hub.repository, "ab12").await.unwrap()
}

#[tokio::test]
async fn what_is_ours_and_of_this_failure_is_found_newest_first() {
    for hub in [Hub::with_app().await, Hub::with_token().await] {
        let ours = issue_body("ab12");
        // Somebody else's issue with our marker is none of ours.
        hub.github.open_issue(NAME, "someone", ours.as_str());
        assert_eq!(open(&hub, &ours).await, thread(2, false, true));
        open(&hub, &issue_body("ab")).await;
        let quoting = MarkdownDraft::default()
            .with(Part::Prose("<!-- lambda-medic:ab12 -->".to_owned()))
            .with(Part::Code("text", "<!-- lambda-medic:ab12 -->".to_owned()))
            .with(Part::Marker("ff".to_owned()));
        open(&hub, &Markdown::from(&quoting)).await;
        let made = hub.proposal("ab12");
        hub.client()
            .propose(&hub.repository, made.of())
            .await
            .unwrap();
        open(&hub, &ours).await;
        hub.github.close(NAME, 2);
        // People take labels away.
        hub.github.unlabel(NAME, 6);
        let expected = [
            thread(6, false, true),
            thread(5, true, true),
            thread(2, false, false),
        ];
        assert_eq!(find(&hub).await, expected);
    }
}

#[tokio::test]
async fn a_pull_request_is_found_by_its_branch_before_it_has_a_label() {
    let hub = Hub::with_app().await;
    let name = hub.branch("ab12");
    hub.github.branch(NAME, &name, &hub.base);
    hub.github.open_pull(NAME, "acme", &name);
    assert_eq!(find(&hub).await, [thread(1, true, true)]);
}

#[tokio::test]
async fn an_open_proposal_is_found_among_the_branches_of_many() {
    let hub = Hub::with_app().await;
    for n in 0..12 {
        let name = format!("medic/ab12-{n:012x}");
        hub.github.branch(NAME, &name, &hub.base);
    }
    hub.github
        .open_pull(NAME, "acme", "medic/ab12-00000000000b");
    hub.github
        .open_pull(NAME, "someone", "medic/ab12-00000000000a");
    assert_eq!(find(&hub).await, [thread(1, true, true)]);
}

#[tokio::test]
async fn what_is_older_than_the_lists_is_searched_for() {
    let hub = Hub::with_app().await;
    open(&hub, &issue_body("ab12")).await;
    hub.github.unlabel(NAME, 1);
    for _ in 0..160 {
        hub.github.open_issue(NAME, &hub.login(), "another");
    }
    // GitHub's own index lags behind.
    assert_eq!(find(&hub).await, []);
    hub.github.index(NAME);
    assert_eq!(find(&hub).await, [thread(1, false, true)]);
}

#[tokio::test]
async fn a_fingerprint_that_is_none_is_not_asked_for() {
    let hub = Hub::with_app().await;
    for fingerprint in ["", "x\" is:open", "../../pulls"] {
        let error = hub.client().find(&hub.repository, fingerprint).await;
        assert_eq!(
            super::told(&error.unwrap_err()),
            "Permanent, effect None: couldn't list the issues of acme/shop: the fingerprint is not made of hexadecimal digits"
        );
    }
    assert_eq!(hub.calls(), Vec::<String>::new());
}

#[tokio::test]
async fn a_comment_with_other_words_and_the_same_marker_is_the_same_one() {
    let hub = Hub::with_app().await;
    let issue = open(&hub, &issue_body("ab12")).await;
    let body = |words: &str| {
        let draft = MarkdownDraft::default()
            .with(Part::Prose(words.to_owned()))
            .with(Part::Marker("note-ab12-cc".to_owned()));
        Markdown::from(&draft)
    };
    for words in ["of one job", "of another job"] {
        let on = (issue.number, Timestamp::UNIX_EPOCH);
        let (client, body) = (hub.client(), body(words));
        let made = client.comment(&hub.repository, on, &body).await;
        made.unwrap();
    }
    let comments = hub.github.issues(NAME)[0].comments.clone();
    let expected = [(hub.login(), body("of one job").as_str().to_owned())];
    assert_eq!(comments, expected);
}

#[tokio::test]
async fn a_comment_is_made_once() {
    let hub = Hub::with_app().await;
    let issue = open(&hub, &issue_body("ab12")).await;
    for text in ["cc", "cc", "dd", "cc"] {
        let body = issue_body(text);
        hub.client()
            .comment(
                &hub.repository,
                (issue.number, Timestamp::UNIX_EPOCH),
                &body,
            )
            .await
            .unwrap();
    }
    let comments = hub.github.issues(NAME)[0].comments.clone();
    let expected = ["cc", "dd"].map(|text| (hub.login(), issue_body(text).as_str().to_owned()));
    assert_eq!(comments, expected);
}
