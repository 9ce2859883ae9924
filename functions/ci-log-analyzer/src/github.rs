//! GitHub: what is asked of it and what may be done there. Nothing else can be: no merge, no push to a branch that is not ours.

mod access;
mod answer;
mod ask;
mod body;
mod client;
mod endpoint;
mod failure;
mod find;
mod issue;
mod limits;
mod link;
mod marker;
mod propose;
mod run;
mod sandbox;
mod settings;
mod tree;

#[cfg(test)]
mod tests;

use std::future::Future;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::clock::Clock;
use shared::failure::CallError;
use shared::outbound::{Markdown, Title};
use shared::secrets::Secrets;

pub use self::client::GitHubClient;
pub use self::endpoint::{ENDPOINTS, Endpoint, Verb};
pub use self::sandbox::Sandbox;
pub use self::settings::{ApiRoot, AppId, Identity, Settings};
use crate::patch::{Accepted, RepoPath};
use crate::repository::{Branch, Repository, Sha};

/// A run of a workflow, as GitHub tells it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Run {
    /// The run.
    pub id: u64,
    /// 1 for the first attempt.
    pub attempt: u64,
    /// The workflow's name: somebody else's text.
    pub workflow: String,
    /// The commit that ran.
    pub head_sha: Sha,
    /// The branch that ran; `None` for a tag, or a branch whose name is none.
    pub head_branch: Option<Branch>,
    /// Whether it ran code of a fork.
    pub is_of_a_fork: bool,
    /// Whether our own App set it off.
    pub is_ours: bool,
    /// `push`, `pull_request`, ...
    pub event: String,
    /// `success`, `failure`, ...; `None` while it runs.
    pub conclusion: Option<String>,
    /// The open pull requests of the branch, oldest first.
    pub pull_requests: Vec<u64>,
    /// The repository's default branch.
    pub default_branch: Branch,
}

/// By what our own issues and pull requests are found again: hidden in their text, and the name of the branch.
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub struct Marker {
    /// The fingerprint of the failure: hexadecimal digits.
    pub fingerprint: String,
    /// The commit that a proposal is for.
    pub base: Option<Sha>,
}

/// An issue or a pull request.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Thread {
    /// Its number.
    pub number: u64,
    /// Whether it is a pull request.
    pub is_pull_request: bool,
    /// Whether it is open.
    pub is_open: bool,
}

/// A draft pull request that shall be made.
#[derive(Clone, Copy, Debug)]
pub struct Proposal<'a> {
    /// What it is found again by; its branch is named by it.
    pub marker: &'a Marker,
    /// The commit that the patch was applied to.
    pub base_sha: &'a Sha,
    /// The branch that it shall go into.
    pub base_branch: &'a Branch,
    /// Its title, and the message of its commit.
    pub title: &'a Title,
    /// Its text.
    pub body: &'a Markdown,
    /// The files, from the patch gate.
    pub files: &'a Accepted,
}

/// What became of a proposal.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Proposed {
    /// There is a draft pull request, now or from before.
    Draft(Thread),
    /// Drafts are not to be had in this repository: no pull request was made, and the branch is gone again.
    NoDrafts,
    /// The base branch is gone, or protected against ours: no pull request was made.
    Refused(String),
}

/// GitHub, for one invocation.
///
/// Errors are transient (5xx, rate limits with their time, lost connections) or permanent (401, 403, 404, 422) and name the call.
pub trait GitHub: Sync {
    /// Whether there is a credential: without one nothing here may be called.
    fn is_configured(&self) -> bool;

    /// A run; `None` where there is none.
    fn run(
        &self,
        repository: &Repository,
        id: u64,
        attempt: u64,
    ) -> impl Future<Output = Result<Option<Run>, CallError>> + Send;

    /// A file at a commit; `None` where there is none, or it is no ordinary file, or larger than 256 KiB.
    fn file(
        &self,
        repository: &Repository,
        path: &RepoPath,
        sha: &Sha,
    ) -> impl Future<Output = Result<Option<Vec<u8>>, CallError>> + Send;

    /// Our issues and pull requests for a failure, newest first. GitHub's search lags behind by minutes, so lists are read as well.
    fn find(
        &self,
        repository: &Repository,
        fingerprint: &str,
    ) -> impl Future<Output = Result<Vec<Thread>, CallError>> + Send;

    /// Makes the branch and the draft pull request, or finds what an earlier try made of them.
    fn propose(
        &self,
        repository: &Repository,
        proposal: Proposal<'_>,
    ) -> impl Future<Output = Result<Proposed, CallError>> + Send;

    /// Opens an issue with our label. Made once: whether it was made after an error is for [`GitHub::find`] to tell.
    fn open_issue(
        &self,
        repository: &Repository,
        title: &Title,
        body: &Markdown,
    ) -> impl Future<Output = Result<Thread, CallError>> + Send;

    /// Adds a comment to the issue or pull request of this number, unless there is one of ours since that time with the same marker.
    fn comment(
        &self,
        repository: &Repository,
        on: (u64, Timestamp),
        body: &Markdown,
    ) -> impl Future<Output = Result<(), CallError>> + Send;
}

/// When GitHub may be asked again, after it refused for the rate: state of one sandbox, so the next invocation does not ask in vain.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NotBefore(pub Timestamp);

impl<S: Secrets, C: Clock> GitHub for GitHubClient<'_, S, C> {
    fn is_configured(&self) -> bool {
        self.settings.identity.is_some()
    }

    async fn run(
        &self,
        repository: &Repository,
        id: u64,
        attempt: u64,
    ) -> Result<Option<Run>, CallError> {
        self.run_of(repository, id, attempt).await
    }

    async fn file(
        &self,
        repository: &Repository,
        path: &RepoPath,
        sha: &Sha,
    ) -> Result<Option<Vec<u8>>, CallError> {
        self.file_at(repository, path, sha).await
    }

    async fn find(
        &self,
        repository: &Repository,
        fingerprint: &str,
    ) -> Result<Vec<Thread>, CallError> {
        self.threads_of(repository, fingerprint).await
    }

    async fn propose(
        &self,
        repository: &Repository,
        proposal: Proposal<'_>,
    ) -> Result<Proposed, CallError> {
        self.proposed(repository, &proposal).await
    }

    async fn open_issue(
        &self,
        repository: &Repository,
        title: &Title,
        body: &Markdown,
    ) -> Result<Thread, CallError> {
        self.new_issue(repository, title, body).await
    }

    async fn comment(
        &self,
        repository: &Repository,
        on: (u64, Timestamp),
        body: &Markdown,
    ) -> Result<(), CallError> {
        self.new_comment(repository, on, body).await
    }
}
