//! A fake GitHub with a repository, and a client for it.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};
use std::time::Duration;

use fake_github::{AppKey, FakeGitHub};
use jiff::{SignedDuration, Timestamp};
use shared::clock::Clock;
use shared::deadline::Deadline;
use shared::failure::CallError;
use shared::http::Http;
use shared::outbound::{Markdown, MarkdownDraft, Part, Title};
use shared::secrets::{Secret, Secrets};

use crate::github::{ApiRoot, AppId, GitHubClient, Identity, Marker, Proposal, Sandbox, Settings};
use crate::patch::Accepted;
use crate::patch::made_up::accepted;
use crate::repository::{Branch, Repository, Sha};

pub(super) const NAME: &str = "acme/shop";
pub(super) const PARAMETER: &str = "/lambda-medic/github";
pub(super) const TOKEN: &str = "github_pat_11AAAAAAA0";

/// Making one takes a while.
static KEY: LazyLock<AppKey> = LazyLock::new(AppKey::generate);

/// A fake GitHub with one repository, and what the function has of it.
pub(super) struct Hub {
    pub(super) github: FakeGitHub,
    pub(super) repository: Repository,
    /// The commit at the tip of `main`.
    pub(super) base: String,
    pub(super) key: Option<AppKey>,
    pub(super) vault: Vault,
    pub(super) settings: Settings,
    pub(super) sandbox: Sandbox,
    http: Http,
    time: FakeTime,
}

/// The parameters in SSM, as they are and as they were read up to five minutes ago.
#[derive(Debug, Default)]
pub(super) struct Vault {
    actual: Mutex<HashMap<String, String>>,
    known: Mutex<HashMap<String, String>>,
}

/// The fake's time; whoever waits lets it pass.
#[derive(Debug, Default)]
pub(super) struct FakeTime {
    now: Mutex<Option<i64>>,
    paused: Mutex<Duration>,
}

/// A proposal with what it borrows.
pub(super) struct Made {
    marker: Marker,
    base_sha: Sha,
    base_branch: Branch,
    title: Title,
    body: Markdown,
    files: Accepted,
}

impl Hub {
    pub(super) async fn with_app() -> Self {
        let key = KEY.clone();
        let identity = Identity::App {
            id: AppId::parse("123456").unwrap(),
            key_parameter: PARAMETER.to_owned(),
        };
        let mut hub = Self::with(identity, &key.pkcs1).await;
        hub.github.app("123456", "lambda-medic-acme", &key.public);
        hub.key = Some(key);
        hub
    }

    pub(super) async fn with_token() -> Self {
        let identity = Identity::Token {
            parameter: PARAMETER.to_owned(),
        };
        let hub = Self::with(identity, TOKEN).await;
        hub.github.personal_token(TOKEN, "octo-machine");
        hub
    }

    async fn with(identity: Identity, secret: &str) -> Self {
        let github = FakeGitHub::start().await;
        let large = "x".repeat(256 * 1024 + 1);
        let files = [
            ("src/lib.rs", "fn f() -> u8 { 1 }\n"),
            ("bin/run*", "#!/bin/sh\n"),
            ("deep/er/größe.txt", "größe\n"),
            ("large.txt", large.as_str()),
        ];
        let base = github.repository(NAME, &files);
        let vault = Vault::default();
        vault.put(secret);
        Self {
            settings: Settings {
                api: ApiRoot::parse(&github.endpoint()).unwrap(),
                identity: Some(identity),
            },
            repository: Repository::parse(NAME).unwrap(),
            time: FakeTime::at(github.now()),
            github,
            base,
            key: None,
            vault,
            sandbox: Sandbox::default(),
            http: Http::default(),
        }
    }

    /// A client for one invocation of 30 seconds.
    pub(super) fn client(&self) -> GitHubClient<'_, Vault, FakeTime> {
        let deadline = Deadline::at(self.time.now() + SignedDuration::from_secs(30));
        self.client_until(deadline)
    }

    pub(super) fn client_until(&self, deadline: Deadline) -> GitHubClient<'_, Vault, FakeTime> {
        GitHubClient::new(
            (&self.http, &self.settings, &self.sandbox),
            &self.vault,
            &self.time,
            deadline,
        )
    }

    /// Lets time pass, for us and for GitHub.
    pub(super) fn pass(&self, seconds: i64) {
        self.github.pass(seconds);
        *self.time.now.lock().unwrap() = Some(self.github.now());
    }

    pub(super) fn paused(&self) -> Duration {
        *self.time.paused.lock().unwrap()
    }

    pub(super) fn now(&self) -> Timestamp {
        self.time.now()
    }

    pub(super) fn login(&self) -> String {
        let login = match &self.settings.identity {
            Some(Identity::App { .. }) => "lambda-medic-acme[bot]",
            _ => "octo-machine",
        };
        login.to_owned()
    }

    pub(super) fn proposal(&self, fingerprint: &str) -> Made {
        let files = [
            ("src/lib.rs", "fn f() -> u8 { 2 }\n", false),
            ("bin/run", "#!/bin/sh\nset -e\n", false),
            ("src/new.rs", "// new\n", true),
        ];
        self.proposal_of(fingerprint, &files)
    }

    pub(super) fn proposal_of(&self, fingerprint: &str, files: &[(&str, &str, bool)]) -> Made {
        let base_sha = Sha::parse(&self.base).unwrap();
        let marker = Marker {
            fingerprint: fingerprint.to_owned(),
            base: Some(base_sha.clone()),
        };
        Made {
            body: body(&marker),
            marker,
            base_sha,
            base_branch: Branch::parse("main").unwrap(),
            title: Title::new("Return two"),
            files: accepted(files),
        }
    }

    /// The branch of the proposal for a failure.
    pub(super) fn branch(&self, fingerprint: &str) -> String {
        let base = Sha::parse(&self.base).unwrap();
        let marker = Marker {
            fingerprint: fingerprint.to_owned(),
            base: None,
        };
        marker.branch(&base).unwrap().as_str().to_owned()
    }

    /// The calls that were made, each with the status of its answer.
    pub(super) fn calls(&self) -> Vec<String> {
        let requests = self.github.requests().into_iter();
        requests
            .map(|request| format!("{} {}", request.call, request.status))
            .collect()
    }
}

impl Made {
    pub(super) fn of(&self) -> Proposal<'_> {
        Proposal {
            marker: &self.marker,
            base_sha: &self.base_sha,
            base_branch: &self.base_branch,
            title: &self.title,
            body: &self.body,
            files: &self.files,
        }
    }
}

impl Vault {
    /// Sets the secret, here and in what is known of it.
    pub(super) fn put(&self, secret: &str) {
        self.rotate(secret);
        self.known
            .lock()
            .unwrap()
            .insert(PARAMETER.to_owned(), secret.to_owned());
    }

    /// Sets the secret; what is known of it stays as it is for the five minutes.
    pub(super) fn rotate(&self, secret: &str) {
        self.actual
            .lock()
            .unwrap()
            .insert(PARAMETER.to_owned(), secret.to_owned());
    }

    pub(super) fn empty(&self) {
        self.actual.lock().unwrap().clear();
        self.known.lock().unwrap().clear();
    }
}

impl Secrets for Vault {
    async fn secret(&self, name: &str) -> Result<Option<Secret>, CallError> {
        let known = self.known.lock().unwrap();
        Ok(known.get(name).map(|secret| Secret::new(secret)))
    }

    async fn renewed(&self, name: &str, _: &Secret) -> Result<Option<Secret>, CallError> {
        let actual = self.actual.lock().unwrap().clone();
        *self.known.lock().unwrap() = actual.clone();
        Ok(actual.get(name).map(|secret| Secret::new(secret)))
    }
}

impl FakeTime {
    fn at(now: i64) -> Self {
        Self {
            now: Mutex::new(Some(now)),
            paused: Mutex::default(),
        }
    }
}

impl Clock for FakeTime {
    fn now(&self) -> Timestamp {
        let now = self.now.lock().unwrap().unwrap_or_default();
        Timestamp::from_second(now).unwrap()
    }

    async fn pause(&self, time: Duration) {
        *self.paused.lock().unwrap() += time;
        let seconds = i64::try_from(time.as_millis().div_ceil(1_000)).unwrap();
        *self.now.lock().unwrap().as_mut().unwrap() += seconds;
    }
}

pub(super) fn body(marker: &Marker) -> Markdown {
    let draft = MarkdownDraft::default()
        .with(Part::Own("A text."))
        .with(Part::Marker(marker.text()));
    Markdown::from(&draft)
}

pub(super) fn issue_body(fingerprint: &str) -> Markdown {
    body(&Marker {
        fingerprint: fingerprint.to_owned(),
        base: None,
    })
}

pub(super) fn run_of(hub: &Hub, branch: &str) -> fake_github::Run {
    fake_github::Run {
        id: 42,
        attempt: 2,
        workflow: "Tests".to_owned(),
        head_sha: hub.base.clone(),
        head_branch: branch.to_owned(),
        fork_owner: None,
        event: "push".to_owned(),
        conclusion: Some("failure".to_owned()),
        actor: "someone".to_owned(),
    }
}
