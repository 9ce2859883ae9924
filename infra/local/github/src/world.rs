//! What GitHub knows.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::access::{App, Token};
use crate::fake::{Request, Run};
use crate::fault::Faults;
use crate::git::Git;
use crate::jobs::Job;
use crate::limit::Limit;

/// All of it.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) repositories: BTreeMap<String, Repo>,
    pub(crate) apps: Vec<App>,
    pub(crate) tokens: BTreeMap<String, Token>,
    pub(crate) faults: Faults,
    pub(crate) limit: Limit,
    pub(crate) requests: Vec<Request>,
    pub(crate) violations: Vec<String>,
    /// The time, in seconds since the epoch.
    pub(crate) now: i64,
    /// Whether its time is the machine's.
    pub(crate) is_live: bool,
    pub(crate) endpoint: String,
}

/// A repository.
#[derive(Debug)]
pub(crate) struct Repo {
    pub(crate) id: u64,
    pub(crate) full_name: String,
    pub(crate) default_branch: String,
    pub(crate) git: Git,
    pub(crate) issues: Vec<Issue>,
    pub(crate) pulls: Vec<Pull>,
    pub(crate) runs: Vec<Run>,
    pub(crate) jobs: Vec<Job>,
    /// When issues and pull requests were opened, by their numbers, in seconds since the epoch.
    pub(crate) opened: BTreeMap<u64, i64>,
    pub(crate) has_drafts: bool,
    /// Branches that nobody may make, by what their names begin with.
    pub(crate) protected: Vec<String>,
    /// The highest number that the search knows of.
    pub(crate) indexed: u64,
}

/// An issue.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Issue {
    /// Its number.
    pub number: u64,
    /// Its title.
    pub title: String,
    /// Its text.
    pub body: String,
    /// Who opened it.
    pub login: String,
    /// Its labels.
    pub labels: Vec<String>,
    /// Who commented what.
    pub comments: Vec<(String, String)>,
    /// Whether it is open.
    pub is_open: bool,
}

/// A pull request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Pull {
    /// What it has in common with issues.
    pub issue: Issue,
    /// The branch with the change.
    pub head: String,
    /// The owner of that branch's repository.
    pub head_owner: String,
    /// The branch that it shall go into.
    pub base: String,
    /// Whether it is a draft.
    pub is_draft: bool,
}

impl World {
    pub(crate) fn repo(&self, name: &str) -> Option<&Repo> {
        self.repositories.get(&name.to_ascii_lowercase())
    }

    pub(crate) fn repo_mut(&mut self, name: &str) -> Option<&mut Repo> {
        self.repositories.get_mut(&name.to_ascii_lowercase())
    }
}

impl Repo {
    pub(crate) fn owner(&self) -> &str {
        self.full_name.split('/').next().unwrap_or_default()
    }

    /// When an issue or pull request was opened, as GitHub writes it.
    pub(crate) fn opened_at(&self, number: u64) -> String {
        let seconds = self.opened.get(&number).copied().unwrap_or_default();
        Timestamp::from_second(seconds).unwrap().to_string()
    }

    /// Issues and pull requests are numbered together.
    pub(crate) fn next_number(&self) -> u64 {
        (self.issues.len() + self.pulls.len() + 1) as u64
    }

    /// Issues, and pull requests as issues, newest first, each with whether it is one of the latter.
    pub(crate) fn threads(&self) -> Vec<(&Issue, bool)> {
        let issues = self.issues.iter().map(|issue| (issue, false));
        let pulls = self.pulls.iter().map(|pull| (&pull.issue, true));
        let mut threads: Vec<_> = issues.chain(pulls).collect();
        threads.sort_by_key(|(issue, _)| std::cmp::Reverse(issue.number));
        threads
    }

    pub(crate) fn thread_mut(&mut self, number: u64) -> Option<&mut Issue> {
        let pulls = self.pulls.iter_mut().map(|pull| &mut pull.issue);
        let mut threads = self.issues.iter_mut().chain(pulls);
        threads.find(|issue| issue.number == number)
    }
}
