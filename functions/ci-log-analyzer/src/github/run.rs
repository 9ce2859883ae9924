//! A run of a workflow, as GitHub tells it.

use futures::future::try_join3;
use shared::clock::Clock;
use shared::failure::{CallError, Effect, FailureKind};
use shared::secrets::Secrets;

use super::answer;
use super::ask::Ask;
use super::client::GitHubClient;
use super::endpoint::{PULLS, REF, REPOSITORY, RUN};
use super::sandbox::Who;
use super::{Run, answer::RunRepo};
use crate::repository::{Branch, Repository, Sha};

impl<S: Secrets, C: Clock> GitHubClient<'_, S, C> {
    pub(super) async fn run_of(
        &self,
        repository: &Repository,
        id: u64,
        attempt: u64,
    ) -> Result<Option<Run>, CallError> {
        let ask = Ask::new(RUN, repository)
            .part(id.to_string())
            .part(attempt.to_string());
        let Some(run) = self.find_one::<answer::Run>(&ask).await? else {
            // GitHub says the same of a repository that the credential may not see; that is for people to know.
            self.default_branch(repository).await?;
            return Ok(None);
        };
        let who = self.access(repository).await?.who;
        let is_of_a_fork = is_of_a_fork(&run);
        let named = run.head_branch.as_deref().and_then(Branch::parse);
        let (head_branch, pull_requests, default_branch) = try_join3(
            self.branch_of_run(repository, named.as_ref(), is_of_a_fork),
            self.pulls_of_run(repository, &run, named.as_ref()),
            self.default_branch(repository),
        )
        .await?;
        Ok(Some(Run {
            id: run.id,
            attempt: run.attempt.unwrap_or(attempt),
            is_ours: is_ours(&run, &who),
            workflow: run.name.unwrap_or_default(),
            head_sha: run.head_sha,
            head_branch,
            is_of_a_fork,
            event: run.event,
            conclusion: run.conclusion,
            pull_requests,
            default_branch,
        }))
    }

    /// The branch that ran. GitHub names a tag in the same place, so it is looked up; that of a fork cannot be.
    async fn branch_of_run(
        &self,
        repository: &Repository,
        named: Option<&Branch>,
        is_of_a_fork: bool,
    ) -> Result<Option<Branch>, CallError> {
        let Some(branch) = named else {
            return Ok(None);
        };
        let is_there = is_of_a_fork || self.tip(repository, branch).await?.is_some();
        Ok(is_there.then(|| branch.clone()))
    }

    /// The open pull requests of the branch, oldest first. A run knows none of a fork's, so the list is asked.
    async fn pulls_of_run(
        &self,
        repository: &Repository,
        run: &answer::Run,
        branch: Option<&Branch>,
    ) -> Result<Vec<u64>, CallError> {
        let owner = run
            .head_repository
            .as_ref()
            .and_then(|of| of.owner.as_ref());
        let (Some(branch), Some(owner)) = (branch, owner) else {
            return Ok(Vec::new());
        };
        let ask = Ask::new(PULLS, repository)
            .query("head", &format!("{}:{}", owner.login, branch.as_str()))
            .query("state", "open")
            .query("sort", "created")
            .query("direction", "asc")
            .query("per_page", "10");
        let pulls: Vec<answer::Pull> = self.get(&ask).await?;
        let of_branch = pulls
            .into_iter()
            .filter(|pull| pull.head.r#ref == branch.as_str());
        Ok(of_branch.map(|pull| pull.number).collect())
    }

    async fn default_branch(&self, repository: &Repository) -> Result<Branch, CallError> {
        let ask = Ask::new(REPOSITORY, repository);
        let repo: answer::Repo = self.get(&ask).await?;
        Branch::parse(&repo.default_branch).ok_or_else(|| {
            let why = "its default branch has no name that Git allows";
            ask.error((FailureKind::Permanent, Effect::None), why)
        })
    }

    /// The commit that a branch is at; `None` where there is no such branch.
    pub(super) async fn tip(
        &self,
        repository: &Repository,
        branch: &Branch,
    ) -> Result<Option<Sha>, CallError> {
        let ask = Ask::new(REF, repository).part(format!("heads/{}", branch.as_str()));
        let found: Option<answer::Ref> = self.find_one(&ask).await?;
        Ok(found.map(|found| found.object.sha))
    }
}

/// A fork that is gone was one.
fn is_of_a_fork(run: &answer::Run) -> bool {
    let head: Option<&RunRepo> = run.head_repository.as_ref();
    head.is_none_or(|head| head.id != run.repository.id)
}

/// A personal token may be that of a person who pushes, too: of that one's runs only those are ours that what we write sets off, issues,
/// comments and labels (<https://docs.github.com/actions/reference/events-that-trigger-workflows>).
fn is_ours(run: &answer::Run, who: &Who) -> bool {
    let login = who.login();
    let mut actors = run.actor.iter().chain(&run.triggering_actor);
    let may_be_a_push = match who {
        Who::App(_) => false,
        Who::User(_) => !matches!(
            run.event.as_str(),
            "issues"
                | "issue_comment"
                | "label"
                | "pull_request_review"
                | "pull_request_review_comment"
        ),
    };
    !may_be_a_push && actors.any(|actor| actor.login == login)
}
