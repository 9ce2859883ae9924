//! Issues, comments and labels.

use jiff::Timestamp;
use shared::clock::Clock;
use shared::failure::CallError;
use shared::outbound::{Fixed, Markdown, Title};
use shared::secrets::Secrets;
use tracing::warn;

use super::Thread;
use super::answer;
use super::ask::Ask;
use super::body::{LABEL, NewComment, NewIssue, NewLabels};
use super::client::GitHubClient;
use super::endpoint::{COMMENTS, NEW_COMMENT, NEW_ISSUE, NEW_LABELS};
use super::link;
use super::marker::last_marker;
use crate::repository::Repository;

/// Pages of comments that are read: what came after an earlier try began.
const MOST_PAGES: usize = 3;

/// Comments of a page: each may have 64 KiB, and an answer is read up to 4 MiB.
const PER_PAGE: &str = "20";

impl<S: Secrets, C: Clock> GitHubClient<'_, S, C> {
    /// GitHub makes a label that is not there yet.
    pub(super) async fn new_issue(
        &self,
        repository: &Repository,
        title: &Title,
        body: &Markdown,
    ) -> Result<Thread, CallError> {
        let ask = Ask::new(NEW_ISSUE, repository).body(&NewIssue {
            title: title.clone(),
            body: body.clone(),
            labels: vec![Fixed(LABEL)],
        });
        let issue: answer::Issue = self.get(&ask).await?;
        Ok(Thread {
            number: issue.number,
            is_pull_request: false,
            is_open: issue.state == "open",
        })
    }

    /// Adds a comment, unless one of ours since then has its marker: then an earlier try's answer was lost, or somebody took it over.
    pub(super) async fn new_comment(
        &self,
        repository: &Repository,
        (number, since): (u64, Timestamp),
        body: &Markdown,
    ) -> Result<(), CallError> {
        let since = since.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        if self.has_comment(repository, (number, &since), body).await? {
            return Ok(());
        }
        let ask = Ask::new(NEW_COMMENT, repository)
            .part(number.to_string())
            .body(&NewComment { body: body.clone() });
        self.ask(&ask).await?;
        Ok(())
    }

    async fn has_comment(
        &self,
        repository: &Repository,
        (number, since): (u64, &str),
        body: &Markdown,
    ) -> Result<bool, CallError> {
        let marker = last_marker(body.as_str());
        let login = self.access(repository).await?.who.login();
        let is_it = |comment: &answer::Comment| {
            let text = comment.body.as_deref().unwrap_or_default();
            comment
                .user
                .as_ref()
                .is_some_and(|user| user.login == login)
                && marker.is_some()
                && last_marker(text) == marker
        };
        let mut ask = Ask::new(COMMENTS, repository)
            .part(number.to_string())
            .query("since", since)
            .query("per_page", PER_PAGE);
        for _ in 0..MOST_PAGES {
            let response = self.ask(&ask).await?;
            let comments: Vec<answer::Comment> = ask.read(&response)?;
            if comments.iter().any(is_it) {
                return Ok(true);
            }
            let asked = ask.url(self.settings.api.url());
            let next = response.header("link").zip(asked);
            let Some(query) = next.and_then(|(header, asked)| link::next(header, &asked)) else {
                return Ok(false);
            };
            ask = ask.page(query);
        }
        Ok(false)
    }

    /// A pull request without its label is still found by its branch, so nothing fails for it.
    pub(super) async fn label(&self, repository: &Repository, number: u64) {
        let ask = Ask::new(NEW_LABELS, repository)
            .part(number.to_string())
            .body(&NewLabels {
                labels: vec![Fixed(LABEL)],
            });
        if let Err(failed) = self.ask(&ask).await {
            let error = shared::failure::chain(&failed.error);
            warn!(
                github.number = number,
                "the label {LABEL} is missing: {error}"
            );
        }
    }
}
