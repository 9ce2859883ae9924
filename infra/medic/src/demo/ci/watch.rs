//! Looks at everything that a failing run may change, until the function is done with it.

use std::time::Duration;

use anyhow::Context as _;
use tokio::time::{Instant, sleep};

use super::bucket::{Buckets, LogKeys};
use super::files::REPOSITORY;
use super::github::GitHubView;
use super::news::news;
use super::observations::World;
use crate::local_cloud::LocalCloud;
use crate::screen::Screen;

/// A person sees no delay, and the local cloud is not kept busy.
const PAUSE: Duration = Duration::from_millis(200);

/// When nothing more is expected: the function has 30 s for a try, and there are three.
const AT_MOST: Duration = Duration::from_mins(2);

/// The branches that lambda-medic makes.
const OWN_BRANCHES: &str = "medic/";

/// Where to look.
pub(super) struct Watch<'a> {
    pub(super) cloud: &'a LocalCloud,
    pub(super) buckets: &'a Buckets,
    pub(super) github: &'a GitHubView,
    /// Where the model that is none tells what it was asked.
    pub(super) asked: Option<String>,
    pub(super) http: &'a reqwest::Client,
    pub(super) screen: &'a Screen,
}

impl Watch<'_> {
    /// What there is now.
    pub(super) async fn look(&self, keys: &LogKeys) -> anyhow::Result<World> {
        let (versions, analysis, settled, asked, pulls, issues, branches, mails) = tokio::try_join!(
            self.buckets.versions(keys),
            self.buckets.analysis(keys),
            self.buckets.settled(keys),
            self.questions(),
            self.github.pull_requests(),
            self.github.issues(),
            self.github.branches(OWN_BRANCHES),
            self.cloud.mails(),
        )?;
        let (issues, comments) = issues;
        let is_about_it = |subject: &str| subject.contains(REPOSITORY);
        Ok(World {
            versions,
            analysis,
            settled,
            asked,
            pulls,
            issues,
            comments,
            branches,
            mails: mails
                .into_iter()
                .filter(|mail| is_about_it(&mail.subject))
                .collect(),
        })
    }

    /// Looks until the function is done with the newest version of the log, or time is up. Shows what is new.
    pub(super) async fn until_settled(
        &self,
        keys: &LogKeys,
        before: &World,
    ) -> anyhow::Result<World> {
        let ends = Instant::now() + AT_MOST;
        let mut seen = before.clone();
        loop {
            let now = Box::pin(self.look(keys)).await?;
            for (at, event) in news(&seen, &now, keys) {
                self.screen.happened(&event, at);
            }
            seen = now;
            if seen.is_settled(keys) || Instant::now() >= ends {
                return Ok(seen);
            }
            self.screen.waiting_for(next(&seen, before, keys));
            sleep(PAUSE).await;
        }
    }

    async fn questions(&self) -> anyhow::Result<Vec<crate::scripted_llm::Asked>> {
        let Some(url) = &self.asked else {
            return Ok(Vec::new());
        };
        let answer = async { self.http.get(url).send().await?.json().await };
        answer.await.with_context(|| format!("couldn't read {url}"))
    }
}

/// What has to happen next.
fn next(seen: &World, before: &World, keys: &LogKeys) -> &'static str {
    if seen.versions_of(&keys.json).next().is_none() {
        "the rules' analysis"
    } else if seen.counts() == before.counts() {
        "the model, the patch gate and GitHub"
    } else {
        "the last word"
    }
}
