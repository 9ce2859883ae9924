//! Our issues and pull requests for a failure, found again.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use shared::clock::Clock;
use shared::failure::{CallError, Effect, FailureKind};
use shared::secrets::Secrets;

use super::Thread;
use super::answer;
use super::ask::Ask;
use super::body::LABEL;
use super::client::GitHubClient;
use super::endpoint::{ISSUES, PULLS, REFS, SEARCH};
use super::link;
use super::marker::{branch_prefix, carries, hidden};
use super::sandbox::Who;
use crate::repository::{Branch, Repository};

/// Pages of a list that are read: what is older than 150 issues of ours is left to the search.
const MOST_PAGES: usize = 3;

/// Issues of a page: their bodies may have 64 KiB each.
const PER_PAGE: &str = "50";

/// Proposals for one failure whose branches are looked at one by one; of more of them, each for another commit, the open ones are listed.
const MOST_BRANCHES: usize = 10;

/// A list, and whether it goes on beyond the pages that were read.
struct Listed<T> {
    items: Vec<T>,
    is_cut: bool,
}

impl<S: Secrets, C: Clock> GitHubClient<'_, S, C> {
    /// By label and by creator, because people remove labels and GitHub does not find every App by its name; the branches, because a
    /// pull request may not be labelled yet; and where a list is longer than what is read of it, the search.
    pub(super) async fn threads_of(
        &self,
        repository: &Repository,
        fingerprint: &str,
    ) -> Result<Vec<Thread>, CallError> {
        let ask = Ask::new(ISSUES, repository);
        let prefix = branch_prefix(fingerprint).ok_or_else(|| {
            let why = "the fingerprint is not made of hexadecimal digits";
            ask.error((FailureKind::Permanent, Effect::None), why)
        })?;
        let who = self.access(repository).await?.who;
        let ask = ask
            .query("state", "all")
            .query("sort", "created")
            .query("direction", "desc")
            .query("per_page", PER_PAGE);
        let labelled = self.list(&ask.clone().query("labels", LABEL)).await?;
        let created = self.list(&ask.query("creator", &who.login())).await?;
        let is_cut = labelled.is_cut || created.is_cut;
        let mut issues: Vec<answer::Issue> = labelled.items;
        issues.extend(created.items);
        let mut threads: BTreeMap<u64, Thread> = BTreeMap::new();
        for thread in self.proposals(repository, &prefix).await? {
            threads.insert(thread.number, thread);
        }
        if is_cut {
            issues.extend(self.searched(repository, fingerprint).await?);
        }
        let ours = issues
            .iter()
            .filter(|issue| is_by(issue, &who) && is_about(issue, fingerprint));
        threads.extend(ours.map(|issue| (issue.number, thread(issue))));
        Ok(threads.into_values().rev().collect())
    }

    /// The pull request of a branch of ours, open ones first; `None` where there is none.
    pub(super) async fn pull_of(
        &self,
        repository: &Repository,
        branch: &Branch,
    ) -> Result<Option<Thread>, CallError> {
        let head = format!("{}:{}", repository.owner(), branch.as_str());
        let ask = Ask::new(PULLS, repository)
            .query("head", &head)
            .query("state", "all")
            .query("per_page", "10");
        let pulls: Vec<answer::Pull> = self.get(&ask).await?;
        let name = repository.to_string();
        let is_ours = |pull: &answer::Pull| {
            let repo = pull.head.repo.as_ref();
            pull.head.r#ref == branch.as_str()
                && repo.is_none_or(|repo| repo.full_name.eq_ignore_ascii_case(&name))
        };
        let ours = pulls.into_iter().filter(is_ours).map(|pull| Thread {
            number: pull.number,
            is_pull_request: true,
            is_open: pull.state == "open",
        });
        Ok(ours.max_by_key(|thread| (thread.is_open, thread.number)))
    }

    async fn proposals(
        &self,
        repository: &Repository,
        prefix: &str,
    ) -> Result<Vec<Thread>, CallError> {
        let ask = Ask::new(REFS, repository).part(format!("heads/{prefix}"));
        let refs: Vec<answer::Ref> = self.find_one(&ask).await?.unwrap_or_default();
        let branches = refs.iter().filter_map(|found| {
            let name = found.r#ref.strip_prefix("refs/heads/")?;
            Branch::parse(name).filter(|branch| branch.as_str().starts_with(prefix))
        });
        let branches: Vec<Branch> = branches.collect();
        // They come in the order of their names, which are commits': any of them may be the open one.
        if branches.len() > MOST_BRANCHES {
            return self.open_proposals(repository, prefix).await;
        }
        let mut threads = Vec::new();
        for branch in branches {
            threads.extend(self.pull_of(repository, &branch).await?);
        }
        Ok(threads)
    }

    async fn open_proposals(
        &self,
        repository: &Repository,
        prefix: &str,
    ) -> Result<Vec<Thread>, CallError> {
        let ask = Ask::new(PULLS, repository)
            .query("state", "open")
            .query("sort", "created")
            .query("direction", "desc")
            .query("per_page", PER_PAGE);
        let name = repository.to_string();
        let pulls: Listed<answer::Pull> = self.list(&ask).await?;
        let ours = pulls.items.into_iter().filter(|pull| {
            let repo = pull.head.repo.as_ref();
            pull.head.r#ref.starts_with(prefix)
                && repo.is_some_and(|repo| repo.full_name.eq_ignore_ascii_case(&name))
        });
        let threads = ours.map(|pull| Thread {
            number: pull.number,
            is_pull_request: true,
            is_open: true,
        });
        Ok(threads.collect())
    }

    async fn searched(
        &self,
        repository: &Repository,
        fingerprint: &str,
    ) -> Result<Vec<answer::Issue>, CallError> {
        let mut issues = Vec::new();
        // GitHub refuses a question that does not say which of the two it means.
        for kind in ["is:issue", "is:pull-request"] {
            let question = format!(
                "repo:{repository} {kind} in:body \"{}\"",
                hidden(fingerprint)
            );
            let ask = Ask::new(SEARCH, repository)
                .query("q", &question)
                .query("per_page", PER_PAGE);
            issues.extend(self.get::<answer::Found>(&ask).await?.items);
        }
        Ok(issues)
    }

    async fn list<T: DeserializeOwned>(&self, ask: &Ask<'_>) -> Result<Listed<T>, CallError> {
        let mut ask = ask.clone();
        let mut items = Vec::new();
        for _ in 0..MOST_PAGES {
            let response = self.ask(&ask).await?;
            items.extend(ask.read::<Vec<T>>(&response)?);
            let asked = ask.url(self.settings.api.url());
            let next = response
                .header("link")
                .zip(asked)
                .and_then(|(header, asked)| link::next(header, &asked));
            match next {
                Some(query) => ask = ask.page(query),
                None => {
                    return Ok(Listed {
                        items,
                        is_cut: false,
                    });
                }
            }
        }
        Ok(Listed {
            items,
            is_cut: true,
        })
    }
}

/// Whether we made it: a marker that somebody else wrote is none.
fn is_by(issue: &answer::Issue, who: &Who) -> bool {
    let login = who.login();
    let by_login = issue.user.as_ref().is_some_and(|user| user.login == login);
    let app = issue.performed_via_github_app.as_ref();
    let by_app = app.is_some_and(|app| match who {
        Who::App(slug) => app.slug.as_ref() == Some(slug),
        Who::User(_) => false,
    });
    by_login || by_app
}

fn is_about(issue: &answer::Issue, fingerprint: &str) -> bool {
    let body = issue.body.as_deref().unwrap_or_default();
    carries(body, fingerprint)
}

fn thread(issue: &answer::Issue) -> Thread {
    Thread {
        number: issue.number,
        is_pull_request: issue.pull_request.is_some(),
        is_open: issue.state == "open",
    }
}
