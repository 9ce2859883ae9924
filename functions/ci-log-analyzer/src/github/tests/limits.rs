//! GitHub's rate limits.

use std::time::Duration;

use fake_github::{Fault, What};
use jiff::SignedDuration;
use shared::deadline::Deadline;
use shared::outbound::Title;

use super::told;
use super::world::{Hub, NAME, issue_body};
use crate::github::GitHub as _;

const SECONDARY: &str =
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";

fn secondary(call: &str, retry_after: Option<&str>) -> Fault {
    let headers = retry_after.map(|seconds| ("retry-after", seconds.to_owned()));
    Fault {
        call: Some(call.to_owned()),
        after: 0,
        what: What::Answer(403, headers.into_iter().collect(), SECONDARY.to_owned()),
    }
}

async fn find(hub: &Hub) -> Result<usize, String> {
    let found = hub.client().find(&hub.repository, "ab12").await;
    found
        .map(|threads| threads.len())
        .map_err(|error| told(&error))
}

#[tokio::test]
async fn after_the_last_call_of_the_hour_nothing_is_asked_until_the_next() {
    let hub = Hub::with_token().await;
    hub.github.allow(2, 900);
    let at = hub.now() + SignedDuration::from_secs(900);
    let said = |what: &str| {
        Err(format!(
            "Transient, effect None: couldn't {what} acme/shop: GitHub's rate limit allows no call before {at}"
        ))
    };
    assert_eq!(find(&hub).await, said("list the issues of"));
    let asked = hub.calls().len();
    assert_eq!(find(&hub).await, said("list the issues of"));
    assert_eq!(hub.calls().len(), asked);
    hub.pass(901);
    assert_eq!(find(&hub).await, Ok(0));
}

#[tokio::test]
async fn a_short_wait_is_waited_for_and_a_long_one_is_lambdas() {
    let hub = Hub::with_token().await;
    let issues = "GET /repos/{owner}/{repo}/issues";
    hub.github.fail(secondary(issues, Some("2")));
    assert_eq!(find(&hub).await, Ok(0));
    assert_eq!(hub.paused(), Duration::from_secs(2));

    hub.github.fail(secondary(issues, None));
    let at = hub.now() + SignedDuration::from_secs(60);
    let said = format!(
        "Transient, effect None: couldn't list the issues of acme/shop: not before {at}: GitHub answered 403: {SECONDARY}"
    );
    assert_eq!(find(&hub).await, Err(said));
    assert_eq!(hub.paused(), Duration::from_secs(2));
}

#[tokio::test]
async fn what_makes_something_is_never_asked_twice() {
    let hub = Hub::with_token().await;
    hub.github
        .fail(secondary("POST /repos/{owner}/{repo}/issues", Some("1")));
    let title = Title::new("It fails");
    let body = issue_body("ab12");
    let client = hub.client();
    let opened = client.open_issue(&hub.repository, &title, &body).await;
    let said = told(&opened.unwrap_err());
    assert!(said.starts_with("Transient, effect None: "), "{said}");
    assert_eq!(hub.github.issues(NAME), []);
    assert_eq!(hub.paused(), Duration::ZERO);
}

#[tokio::test]
async fn nothing_is_begun_that_the_deadline_would_cut() {
    let hub = Hub::with_token().await;
    find(&hub).await.unwrap();
    let asked = hub.calls().len();
    let client = hub.client_until(Deadline::at(hub.now() + SignedDuration::from_secs(2)));
    let title = Title::new("It fails");
    let body = issue_body("ab12");
    let opened = client.open_issue(&hub.repository, &title, &body).await;
    let said = told(&opened.unwrap_err());
    assert!(said.starts_with("Transient, effect None: "), "{said}");
    assert_eq!(hub.calls().len(), asked);
}
