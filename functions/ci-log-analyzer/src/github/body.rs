//! What is sent to GitHub: structures of values that passed the gate, and our own words.

use serde::Serialize;
use shared::gated;
use shared::outbound::{Fixed, Gated, Markdown, Title};

use crate::patch::{ChangedFile, RepoPath};
use crate::repository::{Branch, Repository, Sha};

/// The label of all that we open.
pub(super) const LABEL: &str = "lambda-medic";

/// What an installation token may do: no more than this, whatever the App may (DESIGN.md 5.7).
pub(super) const PERMISSIONS: Permissions = Permissions {
    contents: Fixed("write"),
    pull_requests: Fixed("write"),
    issues: Fixed("write"),
    actions: Fixed("read"),
    metadata: Fixed("read"),
};

/// A path that the patch gate let through.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub(super) struct Path(RepoPath);

/// A file's text that the patch gate let through.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub(super) struct Content(String);

/// The name of a repository of the allowlist, without its owner.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub(super) struct Name(String);

/// `refs/heads/<branch>`, of a branch of ours.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub(super) struct OurRef(String);

impl Gated for Path {}
impl Gated for Content {}
impl Gated for Name {}
impl Gated for OurRef {}

impl Path {
    pub(super) fn of(file: &ChangedFile) -> Self {
        Self(file.path().clone())
    }
}

impl Content {
    pub(super) fn of(file: &ChangedFile) -> Self {
        Self(file.content().to_owned())
    }
}

impl Name {
    pub(super) fn of(repository: &Repository) -> Self {
        Self(repository.name().to_owned())
    }
}

impl OurRef {
    /// `None` for a branch that is not ours: no such ref is ever sent.
    pub(super) fn of(branch: &Branch) -> Option<Self> {
        branch
            .is_ours()
            .then(|| Self(format!("refs/heads/{}", branch.as_str())))
    }
}

gated! {
    /// Asks for a token for one repository.
    pub(super) struct NewToken {
        pub(super) repositories: Vec<Name>,
        pub(super) permissions: Permissions,
    }
}

gated! {
    /// What a token may do.
    pub(super) struct Permissions {
        contents: Fixed,
        pull_requests: Fixed,
        issues: Fixed,
        actions: Fixed,
        metadata: Fixed,
    }
}

gated! {
    /// A file to store.
    pub(super) struct NewBlob {
        pub(super) content: Content,
        pub(super) encoding: Fixed,
    }
}

gated! {
    /// A tree to store: that of the base with some files replaced.
    pub(super) struct NewTree {
        pub(super) base_tree: Sha,
        pub(super) tree: Vec<NewEntry>,
    }
}

gated! {
    /// A file of a tree to store.
    pub(super) struct NewEntry {
        pub(super) path: Path,
        pub(super) mode: Fixed,
        pub(super) r#type: Fixed,
        pub(super) sha: Sha,
    }
}

gated! {
    /// A commit to store.
    pub(super) struct NewCommit {
        pub(super) message: Title,
        pub(super) tree: Sha,
        pub(super) parents: Vec<Sha>,
    }
}

gated! {
    /// A branch to make.
    pub(super) struct NewRef {
        pub(super) r#ref: OurRef,
        pub(super) sha: Sha,
    }
}

gated! {
    /// A pull request to open.
    pub(super) struct NewPull {
        pub(super) title: Title,
        pub(super) head: Branch,
        pub(super) base: Branch,
        pub(super) body: Markdown,
        pub(super) draft: bool,
    }
}

gated! {
    /// An issue to open.
    pub(super) struct NewIssue {
        pub(super) title: Title,
        pub(super) body: Markdown,
        pub(super) labels: Vec<Fixed>,
    }
}

gated! {
    /// A comment to add.
    pub(super) struct NewComment {
        pub(super) body: Markdown,
    }
}

gated! {
    /// Labels to add.
    pub(super) struct NewLabels {
        pub(super) labels: Vec<Fixed>,
    }
}
