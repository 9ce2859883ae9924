//! What a failing run needs around it: GitHub, a model or what stands for one, the installation, and where to look.

use std::time::Duration;

use anyhow::Context as _;
use fake_github::{AppKey, FakeGitHub, Job, Run};

use super::bucket::{Buckets, LogKeys};
use super::collect::Collector;
use super::files::{Files, REPOSITORY, script, shop};
use super::github::GitHubView;
use super::news;
use super::runner::TestRun;
use super::watch::Watch;
use crate::installation::{CiWish, Installation, LlmServer};
use crate::project::Project;
use crate::screen::Screen;
use crate::scripted_llm::{MODEL, ScriptedLlm};

/// The App that lambda-medic is.
const APP_ID: &str = "1001";
const APP_SLUG: &str = "lambda-medic";

/// The tokens of others: of the workflow that collects logs, and of whoever looks.
const RUNNER_TOKEN: &str = "ghs_token-of-the-run";
const VIEWER_TOKEN: &str = "ghp_token-of-the-demo";

/// The one job of the workflow.
const JOB: &str = "test";

/// What a look at the scripted model may take.
const WITHIN: Duration = Duration::from_secs(10);

/// All of it. It goes with this value.
pub(super) struct Stage<'a> {
    pub(super) project: &'a Project,
    pub(super) screen: &'a Screen,
    pub(super) hub: FakeGitHub,
    /// The commit of `main`.
    pub(super) main: String,
    pub(super) buckets: Buckets,
    pub(super) github: GitHubView,
    logs_bucket: String,
    installation: Installation<()>,
    script: Option<ScriptedLlm>,
    http: reqwest::Client,
}

impl<'a> Stage<'a> {
    /// Sets it up and shows each part as it is ready.
    pub(super) async fn set_up(
        project: &'a Project,
        llm: Option<&LlmServer>,
        screen: &'a Screen,
    ) -> anyhow::Result<Self> {
        let key = AppKey::generate();
        let (hub, main) = start_github(&key).await;
        let github = GitHubView::new(hub.endpoint(), VIEWER_TOKEN)?;
        let detail = format!(
            "a stand-in answers at {} and has {REPOSITORY}",
            hub.endpoint()
        );
        screen.observed(&news::ready("GitHub", detail));
        let script = match llm {
            Some(_) => None,
            None => Some(ScriptedLlm::start(script()).await?),
        };
        let server = match (llm, &script) {
            (None, Some(script)) => scripted(script),
            (llm, _) => llm.cloned().context("there is nobody to ask")?,
        };
        screen.observed(&news::ready("model", format!("{server:?}")));
        let wish = CiWish {
            repository: REPOSITORY.to_owned(),
            github_api_url: hub.endpoint(),
            app_id: APP_ID.to_owned(),
            app_key: key.pkcs1,
            llm: server,
        };
        let installation = Box::pin(Installation::set_up_ci(project, &wish, screen)).await?;
        let outputs = &installation.outputs;
        let ci = outputs
            .ci
            .as_ref()
            .context("the stack has no ci-log-analyzer")?;
        let config = installation.cloud.sdk_config();
        let buckets = Buckets::new(&config, &ci.logs_bucket_name, &outputs.state_bucket_name);
        let http = reqwest::Client::builder()
            .timeout(WITHIN)
            .no_proxy()
            .build()?;
        Ok(Self {
            project,
            screen,
            hub,
            main,
            github,
            logs_bucket: ci.logs_bucket_name.clone(),
            buckets,
            installation,
            script,
            http,
        })
    }

    /// Where to look.
    pub(super) fn watch(&self) -> Watch<'_> {
        Watch {
            cloud: &self.installation.cloud,
            buckets: &self.buckets,
            github: &self.github,
            asked: self.script.as_ref().map(ScriptedLlm::asked_url),
            http: &self.http,
            screen: self.screen,
        }
    }

    /// Pushes `files` to a branch; returns the commit.
    pub(super) fn push(&self, branch: &str, files: &Files) -> String {
        self.hub.push(REPOSITORY, branch, &borrowed(files))
    }

    /// Lets GitHub have the run of the tests, with its log.
    pub(super) fn end_run(&self, run: u64, (branch, sha): (&str, &str), tests: &TestRun) {
        let conclusion = if tests.has_passed() {
            "success"
        } else {
            "failure"
        };
        self.hub.run(
            REPOSITORY,
            Run {
                id: run,
                attempt: 1,
                workflow: "test".to_owned(),
                head_sha: sha.to_owned(),
                head_branch: branch.to_owned(),
                fork_owner: None,
                event: "push".to_owned(),
                conclusion: Some(conclusion.to_owned()),
                actor: "acme".to_owned(),
            },
        );
        self.hub.job(
            REPOSITORY,
            Job {
                id: 100 + run,
                run: (run, 1),
                name: JOB.to_owned(),
                conclusion: conclusion.to_owned(),
                log: tests.log.clone(),
            },
        );
    }

    /// Runs the collector on a run; returns and shows what it says.
    pub(super) async fn collect(&self, run: u64) -> anyhow::Result<Vec<String>> {
        self.screen.waiting_for("the collector");
        let collector = Collector {
            project: self.project,
            cloud: &self.installation.cloud,
            bucket: &self.logs_bucket,
            github: &self.hub.endpoint(),
            token: RUNNER_TOKEN,
        };
        let said = collector.collect(run).await?;
        for line in &said {
            self.screen.observed(&news::collector(line));
        }
        Ok(said)
    }
}

/// The keys of a run's log and of what is written about it.
pub(super) fn keys(run: u64) -> LogKeys {
    LogKeys::of(REPOSITORY, run, JOB)
}

/// With the repository, the App and the tokens; returns the commit of `main`.
async fn start_github(key: &AppKey) -> (FakeGitHub, String) {
    let hub = FakeGitHub::start().await;
    hub.let_time_pass();
    hub.app(APP_ID, APP_SLUG, &key.public);
    hub.personal_token(RUNNER_TOKEN, "github-actions[bot]");
    hub.personal_token(VIEWER_TOKEN, "acme");
    let main = hub.repository(REPOSITORY, &borrowed(&shop()));
    (hub, main)
}

fn scripted(script: &ScriptedLlm) -> LlmServer {
    LlmServer {
        base_url: script.base_url(),
        model: MODEL.to_owned(),
        key: None,
    }
}

fn borrowed(files: &Files) -> Vec<(&str, &str)> {
    let files = files.iter();
    files
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect()
}
