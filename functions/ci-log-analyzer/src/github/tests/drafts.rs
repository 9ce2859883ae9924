//! Draft pull requests.

use fake_github::{Fault, Issue, Pull, What};

use super::world::{Hub, NAME, body};
use crate::github::{GitHub as _, Marker, Proposed, Sandbox, Thread};
use crate::repository::{Branch, Sha};

fn draft(number: u64) -> Proposed {
    Proposed::Draft(Thread {
        number,
        is_pull_request: true,
        is_open: true,
    })
}

fn branch(hub: &Hub) -> String {
    hub.branch("ab12")
}

/// A path, its text with the patch, and whether it is new.
type File = (&'static str, &'static str, bool);

async fn propose(hub: &Hub) -> Proposed {
    let made = hub.proposal("ab12");
    let proposed = hub.client().propose(&hub.repository, made.of()).await;
    proposed.unwrap()
}

#[tokio::test]
async fn a_proposal_becomes_a_branch_with_the_patched_files_and_a_draft() {
    let hub = Hub::with_app().await;
    assert_eq!(propose(&hub).await, draft(1));
    let marker = Marker {
        fingerprint: "ab12".to_owned(),
        base: Sha::parse(&hub.base),
    };
    let expected = Pull {
        issue: Issue {
            number: 1,
            title: "Return two".to_owned(),
            body: body(&marker).as_str().to_owned(),
            login: hub.login(),
            labels: vec!["lambda-medic".to_owned()],
            comments: Vec::new(),
            is_open: true,
        },
        head: branch(&hub),
        head_owner: "acme".to_owned(),
        base: "main".to_owned(),
        is_draft: true,
    };
    assert_eq!(hub.github.pulls(NAME), [expected]);
    let mut files = hub.github.files(NAME, "main");
    let mut put = |path: &str, mode: &str, text: &str| {
        files.insert(path.to_owned(), (mode.to_owned(), text.to_owned()))
    };
    put("src/lib.rs", "100644", "fn f() -> u8 { 2 }\n");
    put("bin/run", "100755", "#!/bin/sh\nset -e\n");
    put("src/new.rs", "100644", "// new\n");
    assert_eq!(hub.github.files(NAME, &branch(&hub)), files);
}

#[tokio::test]
async fn a_proposal_is_made_once_however_often_it_is_asked_for() {
    let mut hub = Hub::with_app().await;
    assert_eq!(propose(&hub).await, draft(1));
    let branches = hub.github.branches(NAME);
    hub.sandbox = Sandbox::default();
    assert_eq!(propose(&hub).await, draft(1));
    hub.github.close(NAME, 1);
    let closed = Thread {
        number: 1,
        is_pull_request: true,
        is_open: false,
    };
    assert_eq!(propose(&hub).await, Proposed::Draft(closed));
    assert_eq!(hub.github.pulls(NAME).len(), 1);
    assert_eq!(hub.github.branches(NAME), branches);
}

#[tokio::test]
async fn without_drafts_there_is_neither_a_pull_request_nor_a_branch() {
    let hub = Hub::with_app().await;
    hub.github.without_drafts(NAME);
    let before = hub.github.branches(NAME);
    assert_eq!(propose(&hub).await, Proposed::NoDrafts);
    assert_eq!(hub.github.pulls(NAME), []);
    assert_eq!(hub.github.branches(NAME), before);
}

#[tokio::test]
async fn a_proposal_that_cannot_be_is_refused_and_leaves_nothing() {
    let hub = Hub::with_app().await;
    hub.github.remove_branch(NAME, "main");
    let gone = Proposed::Refused("there is no branch `main` any more".to_owned());
    assert_eq!(propose(&hub).await, gone);
    hub.github.branch(NAME, "main", &hub.base);

    hub.github.protect(NAME, "medic/");
    let said =
        "Repository rule violations found  Cannot create ref due to creations being restricted.";
    assert_eq!(propose(&hub).await, Proposed::Refused(said.to_owned()));

    let cases: [(File, &str); 5] = [
        (
            ("src/lib.rs", "x\n", true),
            "`src/lib.rs` is not at the commit what the patch takes it for",
        ),
        (
            ("src/other.rs", "x\n", false),
            "`src/other.rs` is not at the commit what the patch takes it for",
        ),
        (
            ("src", "x\n", false),
            "`src` is not at the commit what the patch takes it for",
        ),
        (
            ("src/lib.rs/x", "x\n", true),
            "`src/lib.rs/x` is not at the commit what the patch takes it for",
        ),
        (
            ("src/lib.rs", "fn f() -> u8 { 1 }\n", false),
            "it changes nothing",
        ),
    ];
    for (file, expected) in cases {
        let made = hub.proposal_of("ab12", &[file]);
        let proposed = hub.client().propose(&hub.repository, made.of()).await;
        assert_eq!(
            proposed.unwrap(),
            Proposed::Refused(expected.to_owned()),
            "{file:?}"
        );
    }
    assert_eq!(hub.github.pulls(NAME), []);
    let branches = hub.github.branches(NAME);
    assert_eq!(branches.keys().collect::<Vec<_>>(), ["main"]);
}

#[tokio::test]
async fn a_branch_of_that_name_is_used_with_our_tree_only() {
    // An earlier try that got no further than the branch.
    let hub = Hub::with_app().await;
    hub.github.fail(Fault {
        call: Some("POST /repos/{owner}/{repo}/pulls".to_owned()),
        after: 0,
        what: What::CutBefore,
    });
    let made = hub.proposal("ab12");
    let lost = hub.client().propose(&hub.repository, made.of()).await;
    lost.unwrap_err();
    let left = hub.github.branches(NAME);
    assert!(left.contains_key(&branch(&hub)), "{left:?}");
    assert_eq!(propose(&hub).await, draft(1));
    assert_eq!(hub.github.branches(NAME), left);

    // Somebody else's.
    let hub = Hub::with_app().await;
    hub.github.branch(NAME, &branch(&hub), &hub.base);
    let taken = format!(
        "the branch `{}` is there already, with something else",
        branch(&hub)
    );
    assert_eq!(propose(&hub).await, Proposed::Refused(taken));
    assert_eq!(hub.github.branches(NAME)[&branch(&hub)], hub.base);
}

#[test]
fn only_branches_of_ours_are_ever_named() {
    for (name, is_ours) in [("main", false), ("medic/x", true)] {
        let named = crate::github::body::OurRef::of(&Branch::parse(name).unwrap());
        assert_eq!(named.is_some(), is_ours, "{name}");
    }
}
