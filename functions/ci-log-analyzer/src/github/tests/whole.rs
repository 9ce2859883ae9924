//! All that an invocation asks of GitHub for one failure.

use jiff::Timestamp;
use shared::failure::CallError;
use shared::outbound::Title;

use super::world::{Hub, NAME, issue_body, run_of};
use crate::github::{GitHub as _, Proposed};
use crate::patch::made_up::path;
use crate::repository::Sha;

pub(super) const FINGERPRINT: &str = "ab12";

/// Everything for one failure, as often as it takes: what is there already is found.
pub(super) async fn whole(hub: &Hub) -> Result<Proposed, CallError> {
    if hub.github.requests().is_empty() {
        hub.github.run(NAME, run_of(hub, "main"));
    }
    let (client, repository) = (hub.client(), &hub.repository);
    let sha = Sha::parse(&hub.base).unwrap();
    client.run(repository, 42, 2).await?;
    client.file(repository, &path("src/lib.rs"), &sha).await?;
    let proposed = client
        .propose(repository, hub.proposal(FINGERPRINT).of())
        .await?;
    let threads = client.find(repository, FINGERPRINT).await?;
    let issue = threads.into_iter().find(|thread| !thread.is_pull_request);
    let issue = if let Some(issue) = issue {
        issue
    } else {
        let (title, body) = (Title::new("It fails"), issue_body(FINGERPRINT));
        client.open_issue(repository, &title, &body).await?
    };
    let body = issue_body("cc");
    client
        .comment(repository, (issue.number, Timestamp::UNIX_EPOCH), &body)
        .await?;
    Ok(proposed)
}
