//! What is read of GitHub's answers. All of it is somebody else's: ids are parsed into their types where they are used.

use jiff::Timestamp;
use serde::Deserialize;

use crate::repository::Sha;

#[derive(Debug, Deserialize)]
pub(super) struct User {
    pub(super) login: String,
}

/// An App, by its slug.
#[derive(Debug, Deserialize)]
pub(super) struct App {
    pub(super) slug: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Installation {
    pub(super) id: u64,
    pub(super) app_slug: String,
}

#[derive(Deserialize)]
pub(super) struct Token {
    pub(super) token: String,
    pub(super) expires_at: Timestamp,
}

#[derive(Debug, Deserialize)]
pub(super) struct Repo {
    pub(super) default_branch: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Run {
    pub(super) id: u64,
    #[serde(rename = "run_attempt")]
    pub(super) attempt: Option<u64>,
    pub(super) name: Option<String>,
    pub(super) head_sha: Sha,
    pub(super) head_branch: Option<String>,
    pub(super) event: String,
    pub(super) conclusion: Option<String>,
    pub(super) actor: Option<User>,
    pub(super) triggering_actor: Option<User>,
    pub(super) repository: RunRepo,
    pub(super) head_repository: Option<RunRepo>,
}

#[derive(Debug, Deserialize)]
pub(super) struct RunRepo {
    pub(super) id: u64,
    pub(super) owner: Option<User>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Commit {
    pub(super) tree: Object,
    pub(super) parents: Vec<Object>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Object {
    pub(super) sha: Sha,
}

#[derive(Debug, Deserialize)]
pub(super) struct Ref {
    pub(super) r#ref: String,
    pub(super) object: Object,
}

#[derive(Debug, Deserialize)]
pub(super) struct Tree {
    #[serde(rename = "tree")]
    pub(super) entries: Vec<TreeEntry>,
    #[serde(default)]
    pub(super) truncated: bool,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct TreeEntry {
    pub(super) path: String,
    pub(super) mode: String,
    pub(super) sha: Sha,
    pub(super) size: Option<u64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Blob {
    pub(super) content: String,
    pub(super) encoding: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Pull {
    pub(super) number: u64,
    pub(super) state: String,
    pub(super) head: Head,
}

#[derive(Debug, Deserialize)]
pub(super) struct Head {
    pub(super) r#ref: String,
    pub(super) repo: Option<HeadRepo>,
}

#[derive(Debug, Deserialize)]
pub(super) struct HeadRepo {
    pub(super) full_name: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Issue {
    pub(super) number: u64,
    pub(super) state: String,
    pub(super) body: Option<String>,
    pub(super) user: Option<User>,
    pub(super) pull_request: Option<serde::de::IgnoredAny>,
    pub(super) performed_via_github_app: Option<App>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Found {
    pub(super) items: Vec<Issue>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Comment {
    pub(super) body: Option<String>,
    pub(super) user: Option<User>,
}
