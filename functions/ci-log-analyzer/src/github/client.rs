//! One call to GitHub: who asks, when it may be asked, and what its answer means.

use std::time::Duration;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use shared::clock::Clock;
use shared::deadline::Deadline;
use shared::failure::{CallError, Classify as _, Effect, FailureKind};
use shared::http::{Credential, Http, Request, Response};
use shared::secrets::Secrets;

use super::NotBefore;
use super::ask::Ask;
use super::endpoint::Verb;
use super::failure::{Failed, classify, classify_lost, refused, words};
use super::limits::not_before;
use super::sandbox::Sandbox;
use super::settings::Settings;
use super::tree::Trees;

/// What every request says (<https://docs.github.com/rest/using-the-rest-api/getting-started-with-the-rest-api>).
const HEADERS: [(&str, &str); 2] = [
    ("accept", "application/vnd.github+json"),
    ("x-github-api-version", "2022-11-28"),
];

/// No answer that is read is longer: a page of a hundred issues of 64 KiB each would be, but those are asked for in smaller pages.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// A wait within an invocation: longer ones are Lambda's, whose seconds cost nothing between two tries.
const MOST_WAIT: Duration = Duration::from_secs(3);

/// What is waited before another try where GitHub does not say how long.
const PAUSE: Duration = Duration::from_millis(500);

/// GitHub, for one invocation.
#[derive(Debug)]
pub struct GitHubClient<'a, S, C> {
    pub(super) http: &'a Http,
    pub(super) settings: &'a Settings,
    pub(super) sandbox: &'a Sandbox,
    pub(super) secrets: &'a S,
    pub(super) clock: &'a C,
    pub(super) deadline: Deadline,
    pub(super) trees: Trees,
}

impl<'a, S: Secrets, C: Clock> GitHubClient<'a, S, C> {
    /// GitHub as `settings` say, until `deadline`; `sandbox` is what outlives the invocation.
    pub fn new(
        (http, settings, sandbox): (&'a Http, &'a Settings, &'a Sandbox),
        secrets: &'a S,
        clock: &'a C,
        deadline: Deadline,
    ) -> Self {
        Self {
            http,
            settings,
            sandbox,
            secrets,
            clock,
            deadline,
            trees: Trees::default(),
        }
    }

    /// Asks as what may act on the repository. A credential that is refused is renewed once; what only reads is asked once more
    /// after a failure that may pass.
    pub(super) async fn ask(&self, ask: &Ask<'_>) -> Result<Response, Failed> {
        let access = self.access(ask.repository).await?;
        match self.ask_with(ask, &access.credential).await {
            Err(failed) if failed.is(401) => {
                let renewed = self.renewed_access(ask.repository, &access).await?;
                match renewed {
                    Some(access) => self.ask_with(ask, &access.credential).await,
                    None => Err(failed),
                }
            }
            outcome => outcome,
        }
    }

    /// Asks, and reads the answer.
    pub(super) async fn get<T: DeserializeOwned>(&self, ask: &Ask<'_>) -> Result<T, Failed> {
        let response = self.ask(ask).await?;
        Ok(ask.read(&response)?)
    }

    /// The same; `None` where GitHub knows no such thing.
    pub(super) async fn find_one<T: DeserializeOwned>(
        &self,
        ask: &Ask<'_>,
    ) -> Result<Option<T>, CallError> {
        match self.get(ask).await {
            Ok(found) => Ok(Some(found)),
            Err(failed) if failed.is(404) => Ok(None),
            Err(failed) => Err(failed.error),
        }
    }

    /// Asks with this credential. What only reads is asked once more after a failure that may pass.
    pub(super) async fn ask_with(
        &self,
        ask: &Ask<'_>,
        credential: &Credential,
    ) -> Result<Response, Failed> {
        let first = self.ask_once(ask, credential).await;
        match (&first, ask.endpoint.verb) {
            (Err(failed), Verb::Get) if failed.error.kind() == FailureKind::Transient => {}
            _ => return first,
        }
        let at = self.sandbox.not_before(&scope(ask));
        let now = self.clock.now();
        let wait = at.map_or(PAUSE, |at| {
            at.0.duration_since(now).try_into().unwrap_or_default()
        });
        if wait > MOST_WAIT || self.deadline.operation_timeout(now + wait).is_err() {
            return first;
        }
        self.clock.pause(wait).await;
        self.ask_once(ask, credential).await
    }

    async fn ask_once(&self, ask: &Ask<'_>, credential: &Credential) -> Result<Response, Failed> {
        let now = self.clock.now();
        self.may_ask(ask, now)?;
        let request = self.request(ask, credential, now)?;
        let response = match self.http.send(request).await {
            Ok(response) => response,
            Err(error) => {
                let how = ask.endpoint.verb.what_it_can(classify_lost(&error));
                return Err(ask.failed(how, error));
            }
        };
        let is_done = (200..300).contains(&response.status);
        let said = if is_done {
            String::new()
        } else {
            words(&response)
        };
        let at = not_before(&response, &said, self.clock.now());
        if let Some(at) = at {
            self.sandbox.wait_until(scope(ask), NotBefore(at));
        }
        if is_done {
            return Ok(response);
        }
        let how = classify(response.status, at.is_some());
        let how = ask.endpoint.verb.what_it_can(how);
        let source = refused(&response, said.clone());
        let error = match at {
            Some(at) => ask.error(
                how,
                anyhow::Error::from(source).context(format!("not before {at}")),
            ),
            None => ask.error(how, source),
        };
        Err(Failed {
            status: Some(response.status),
            said,
            error,
        })
    }

    /// Does not ask in vain what GitHub has announced to refuse.
    fn may_ask(&self, ask: &Ask<'_>, now: Timestamp) -> Result<(), Failed> {
        match self.sandbox.not_before(&scope(ask)) {
            Some(NotBefore(at)) if now < at => {
                let why = format!("GitHub's rate limit allows no call before {at}");
                Err(ask.failed((FailureKind::Transient, Effect::None), why))
            }
            _ => Ok(()),
        }
    }

    fn request(
        &self,
        ask: &Ask<'_>,
        credential: &Credential,
        now: Timestamp,
    ) -> Result<Request, Failed> {
        let within = match ask.endpoint.verb {
            Verb::Get => self.deadline.closing_timeout(now),
            Verb::Post | Verb::Delete => self.deadline.operation_timeout(now),
        };
        let within =
            within.map_err(|error| ask.failed((FailureKind::Transient, Effect::None), error))?;
        let unaskable = || ask.failed((FailureKind::Permanent, Effect::None), "it has no address");
        Ok(Request {
            method: ask.endpoint.verb.method(),
            url: ask.url(self.settings.api.url()).ok_or_else(unaskable)?,
            headers: HEADERS.to_vec(),
            credential: Some(credential.clone()),
            body: ask.body.clone(),
            within,
            most_bytes: MOST_BYTES,
        })
    }
}

/// Limits hold for each installation, which is that of an owner, and for the search apart
/// (<https://docs.github.com/rest/search/search#rate-limit>).
fn scope(ask: &Ask<'_>) -> (String, bool) {
    let owner = ask.repository.owner().to_ascii_lowercase();
    (owner, ask.endpoint.template.starts_with("/search/"))
}
