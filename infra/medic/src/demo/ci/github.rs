//! GitHub as anybody with a token sees it: what came of a run, and what is in a branch.

use std::time::Duration;

use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::files::{Files, REPOSITORY};

/// It is on this machine.
const WITHIN: Duration = Duration::from_secs(10);

/// A repository of some files is looked at; trees deeper than this are none of ours.
const MOST_FOLDERS: usize = 20;

/// A client that only reads.
#[derive(Clone, Debug)]
pub(super) struct GitHubView {
    http: reqwest::Client,
    endpoint: String,
    token: &'static str,
}

/// A pull request.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub(super) struct PullRequest {
    pub(super) number: u64,
    pub(super) title: String,
    pub(super) draft: bool,
    pub(super) created_at: Timestamp,
    pub(super) user: User,
    pub(super) head: End,
    pub(super) base: End,
}

/// One end of a pull request.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub(super) struct End {
    pub(super) r#ref: String,
    pub(super) sha: String,
}

/// An issue.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub(super) struct Issue {
    pub(super) number: u64,
    pub(super) title: String,
    #[serde(default)]
    pub(super) body: Option<String>,
    pub(super) created_at: Timestamp,
    pub(super) user: User,
    #[serde(default)]
    pub(super) comments: u64,
    #[serde(default)]
    pull_request: Option<serde_json::Value>,
}

/// Who did something.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub(super) struct User {
    pub(super) login: String,
}

#[derive(Deserialize)]
struct Commit {
    tree: Object,
}

#[derive(Deserialize)]
struct Object {
    sha: String,
}

#[derive(Deserialize)]
struct Tree {
    tree: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    path: String,
    mode: String,
    sha: String,
}

#[derive(Deserialize)]
struct Blob {
    content: String,
}

#[derive(Deserialize)]
struct Branch {
    r#ref: String,
}

impl GitHubView {
    pub(super) fn new(endpoint: String, token: &'static str) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .timeout(WITHIN)
            .no_proxy()
            .user_agent("medic-demo")
            .build();
        Ok(Self {
            http: http.context("couldn't make an HTTP client")?,
            endpoint,
            token,
        })
    }

    /// All pull requests, oldest first.
    pub(super) async fn pull_requests(&self) -> anyhow::Result<Vec<PullRequest>> {
        let mut pulls: Vec<PullRequest> = self.get("pulls?state=all").await?;
        pulls.sort_by_key(|pull| pull.number);
        Ok(pulls)
    }

    /// All issues that are no pull requests, oldest first, and how many comments there are on both together.
    pub(super) async fn issues(&self) -> anyhow::Result<(Vec<Issue>, u64)> {
        let mut all: Vec<Issue> = self.get("issues?state=all").await?;
        let comments = all.iter().map(|issue| issue.comments).sum();
        all.retain(|issue| issue.pull_request.is_none());
        all.sort_by_key(|issue| issue.number);
        Ok((all, comments))
    }

    /// The branches that begin with `prefix`.
    pub(super) async fn branches(&self, prefix: &str) -> anyhow::Result<Vec<String>> {
        let refs: Vec<Branch> = self
            .get(&format!("git/matching-refs/heads/{prefix}"))
            .await?;
        Ok(refs.into_iter().map(|branch| branch.r#ref).collect())
    }

    /// Every file of a commit.
    pub(super) async fn checkout(&self, sha: &str) -> anyhow::Result<Files> {
        let commit: Commit = self.get(&format!("git/commits/{sha}")).await?;
        let mut files = Files::new();
        let mut folders = vec![(String::new(), commit.tree.sha)];
        let mut seen = 0;
        while let Some((folder, sha)) = folders.pop() {
            seen += 1;
            if seen > MOST_FOLDERS {
                bail!("{REPOSITORY} has more than {MOST_FOLDERS} folders");
            }
            let tree: Tree = self.get(&format!("git/trees/{sha}")).await?;
            for entry in tree.tree {
                let path = format!("{folder}{}", entry.path);
                match entry.mode.as_str() {
                    "040000" => folders.push((format!("{path}/"), entry.sha)),
                    "100644" | "100755" => {
                        files.insert(path, self.text(&entry.sha).await?);
                    }
                    mode => bail!("{path} of {REPOSITORY} is no file: {mode}"),
                }
            }
        }
        Ok(files)
    }

    async fn text(&self, sha: &str) -> anyhow::Result<String> {
        let blob: Blob = self.get(&format!("git/blobs/{sha}")).await?;
        let encoded: String = blob.content.split_whitespace().collect();
        let bytes = STANDARD.decode(encoded);
        let bytes = bytes.with_context(|| format!("blob {sha} is not what GitHub sends"))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    async fn get<T: DeserializeOwned>(&self, what: &str) -> anyhow::Result<T> {
        let url = format!("{}/repos/{REPOSITORY}/{what}", self.endpoint);
        let request = self
            .http
            .get(&url)
            .bearer_auth(self.token)
            .header("accept", "application/vnd.github+json")
            .header("x-github-api-version", "2022-11-28");
        let answer = async { request.send().await?.error_for_status()?.json().await };
        answer.await.with_context(|| format!("couldn't read {url}"))
    }
}
