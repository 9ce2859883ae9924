//! What was seen of a failing run. Every time is the service's own, never the time of the look that showed it.

use super::bucket::{Analysis, LogKeys, Stored};
use super::github::{Issue, PullRequest};
use super::runner::TestRun;
use crate::local_cloud::Mail;
use crate::scripted_llm::Asked;

/// All that there is to see, of this run and those before it. Lists are in the order of time.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct World {
    /// Every version of the log, the analysis and the page.
    pub(super) versions: Vec<Stored>,
    /// The newest analysis.
    pub(super) analysis: Option<Analysis>,
    /// The version of the log that the function is done with.
    pub(super) settled: Option<String>,
    /// What the model that is none was asked.
    pub(super) asked: Vec<Asked>,
    pub(super) pulls: Vec<PullRequest>,
    pub(super) issues: Vec<Issue>,
    /// How many comments there are on issues and pull requests.
    pub(super) comments: u64,
    /// The branches that lambda-medic made.
    pub(super) branches: Vec<String>,
    /// The mails about the repository.
    pub(super) mails: Vec<Mail>,
}

/// A failing run, and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Act {
    /// The run of the tests.
    pub(super) tests: TestRun,
    /// Its log, and what is written about it.
    pub(super) keys: LogKeys,
    /// What there was before it.
    pub(super) before: World,
    /// What there is now.
    pub(super) now: World,
    /// The tests on what the pull request proposes.
    pub(super) proven: Option<TestRun>,
    /// What it proposes, as a diff of its files against those of its base.
    pub(super) diff: String,
}

/// What can be counted: it must not change when the same log comes again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Counts {
    pub(super) pulls: usize,
    pub(super) issues: usize,
    pub(super) comments: u64,
    pub(super) mails: usize,
}

impl World {
    /// The versions of one object.
    pub(super) fn versions_of<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a Stored> {
        self.versions.iter().filter(move |stored| stored.key == key)
    }

    pub(super) fn counts(&self) -> Counts {
        Counts {
            pulls: self.pulls.len(),
            issues: self.issues.len(),
            comments: self.comments,
            mails: self.mails.len(),
        }
    }

    /// Whether the function is done with the newest version of the log.
    pub(super) fn is_settled(&self, keys: &LogKeys) -> bool {
        let newest = self.versions_of(&keys.log).last();
        newest.is_some_and(|newest| self.settled.as_ref() == Some(&newest.version))
    }
}

impl Act {
    /// What this run made come up in a list.
    fn added<'a, T>(&'a self, list: impl Fn(&'a World) -> &'a Vec<T>) -> &'a [T] {
        let known = list(&self.before).len();
        list(&self.now).get(known..).unwrap_or_default()
    }

    pub(super) fn new_pulls(&self) -> &[PullRequest] {
        self.added(|world| &world.pulls)
    }

    pub(super) fn new_issues(&self) -> &[Issue] {
        self.added(|world| &world.issues)
    }

    pub(super) fn new_mails(&self) -> &[Mail] {
        self.added(|world| &world.mails)
    }

    pub(super) fn new_asked(&self) -> &[Asked] {
        self.added(|world| &world.asked)
    }
}
