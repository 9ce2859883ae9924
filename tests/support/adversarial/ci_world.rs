//! Attacks on the CI log analyzer: its real handler, with the real clients of GitHub and of language models against stateful fakes on
//! this machine, the real senders of mail, and buckets in memory.
//!
//! An installation with one repository, whose pull request's run failed. Nothing is rehearsed: what may be written to GitHub is.

pub mod bucket;
pub mod model;
mod trips;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use ci_log_analyzer::config::Config;
use ci_log_analyzer::github::{GitHubClient, Sandbox};
use ci_log_analyzer::handler::Handler;
use ci_log_analyzer::llm::{Providers, Standings};
use ci_log_analyzer::record::{LEASE_MARGIN, Lease};
use fake_github::{FakeGitHub, Run};
use futures::FutureExt as _;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use shared::clock::{Clock, Nonces, System};
use shared::deadline::Deadline;
use shared::http::Http;
use shared::metrics::{Meter, Metric};
use shared::outbound::Site;

use self::bucket::Buckets;
use self::model::Stub;
pub use self::trips::written;
use self::trips::{Trip, trips};
use super::canaries::PARAMETERS;
use super::case::Case;
use super::material;
use super::oracles::Check;
use super::own_log::OwnLog;
use super::people::People;
use super::process::Look;
use super::recorded::{Ending, Object, Recorded, Request, STATE_BUCKET, Verdict};
use super::rules::{MAIL_FROM, MAIL_TO, REPOSITORY, TOPICS};
use crate::fake_llm::FakeLlm;
use crate::keys::Keys;

/// The bucket of the CI logs.
pub const CI_LOGS_BUCKET: &str = "ci-logs";
/// The first of the failed runs.
pub const RUN: u64 = 42;
/// The branch that ran, of which there is a pull request.
pub const BRANCH: &str = "cart-totals";
/// The files of the repository.
const FILES: &str = include_str!("../../adversarial/patch-repo.json");
/// How often Lambda begins an event.
const MOST_TRIES: usize = 3;
/// How long Lambda waits before it tries again, at least.
const RETRY_SECONDS: i64 = 61;
/// The providers, by the beginning of their settings' names.
pub const PROVIDERS: [(&str, &str); 4] = [
    ("groq", "GROQ"),
    ("openai", "OPENAI"),
    ("huggingface", "HUGGINGFACE"),
    ("compatible", "COMPATIBLE"),
];

/// The machine's time, and what was skipped of it.
#[derive(Clone, Debug, Default)]
pub struct Time {
    skipped_seconds: Arc<AtomicI64>,
}

impl Clock for Time {
    fn now(&self) -> Timestamp {
        System.now() + SignedDuration::from_secs(self.skipped_seconds.load(Ordering::Relaxed))
    }

    async fn pause(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}

impl Nonces for Time {
    fn nonce(&self) -> String {
        System.nonce()
    }
}

/// Measurements are nobody's to read here.
#[derive(Debug)]
struct NoMeter;

impl Meter for NoMeter {
    fn record(&self, _: &Metric, _: Timestamp) {}
}

/// An installation, and the world around it.
#[derive(Debug)]
pub struct CiWorld {
    /// GitHub.
    pub github: FakeGitHub,
    /// The models' server.
    pub llm: FakeLlm,
    /// The buckets.
    pub buckets: Buckets,
    /// People.
    pub people: People,
    /// How long an invocation may last.
    pub lasts: SignedDuration,
    time: Time,
    keys: Keys,
    http: Http,
    sandbox: Sandbox,
    standings: Standings,
    config: Config,
    site: Site,
    commit: String,
}

impl CiWorld {
    /// An installation that asks these providers, all of them of `llm`.
    pub async fn start(llm: FakeLlm, people: People, providers: &[&str]) -> Self {
        let github = FakeGitHub::start().await;
        let files: HashMap<String, String> = serde_json::from_str(FILES).unwrap();
        let mut files: Vec<(&str, &str)> = files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        files.sort_unstable();
        let commit = github.repository(REPOSITORY, &files);
        github.branch(REPOSITORY, BRANCH, &commit);
        github.open_pull(REPOSITORY, "acme", BRANCH);
        let keys = Keys::default();
        for (name, value) in PARAMETERS {
            keys.put(name, value);
        }
        let [(_, token), (key_parameter, _)] = PARAMETERS;
        github.personal_token(token, "lambda-medic-machine");
        let time = Time::default();
        // Far from the end of an hour, at which caps begin anew.
        let skipped = 600 - github.now().rem_euclid(3_600);
        let config = config(&github.endpoint(), &llm.base_url, key_parameter, providers);
        let world = Self {
            github,
            llm,
            buckets: Buckets::default(),
            people,
            lasts: SignedDuration::from_secs(30),
            time,
            keys,
            http: Http::default(),
            sandbox: Sandbox::default(),
            standings: Standings::default(),
            config,
            site: Site::default(),
            commit,
        };
        world.pass(skipped);
        world
    }

    /// A failed run of this workflow on the branch of the pull request.
    pub fn run(&self, id: u64, workflow: &str) {
        let run = Run {
            id,
            attempt: 1,
            workflow: workflow.to_owned(),
            head_sha: self.commit.clone(),
            head_branch: BRANCH.to_owned(),
            fork_owner: None,
            event: "pull_request".to_owned(),
            conclusion: Some("failure".to_owned()),
            actor: "octocat".to_owned(),
        };
        self.github.run(REPOSITORY, run);
    }

    /// Lets time pass, for everybody.
    pub fn pass(&self, seconds: i64) {
        self.github.pass(seconds);
        self.time
            .skipped_seconds
            .fetch_add(seconds, Ordering::Relaxed);
    }

    /// One invocation.
    pub async fn invoke(&self, event: &Value) -> Ending {
        let now = self.time.now();
        let ends_at = now + self.lasts;
        let handler = Handler {
            objects: self.buckets.clone(),
            records: self.buckets.clone(),
            reports: self.people.reports(now),
            github: GitHubClient::new(
                (&self.http, &self.config.github, &self.sandbox),
                &self.keys,
                &self.time,
                Deadline::at(ends_at),
            ),
            llm: Providers {
                providers: &self.config.providers,
                http: &self.http,
                secrets: &self.keys,
                standings: &self.standings,
                time: &self.time,
            },
            time: self.time.clone(),
            bucket: CI_LOGS_BUCKET,
            site: &self.site,
            repositories: &self.config.repositories,
            policy: self.config.policy,
            lease: Lease {
                request: self.time.nonce(),
                until: ends_at + LEASE_MARGIN,
            },
            ends_at,
            meter: &NoMeter,
        };
        let most = Duration::try_from(self.lasts).unwrap();
        let answer = std::panic::AssertUnwindSafe(handler.handle(event)).catch_unwind();
        match tokio::time::timeout(most, answer).await {
            Ok(Ok(Ok(all))) => Ending::Answered(serde_json::to_value(all).unwrap()),
            Ok(Ok(Err(error))) => Ending::Failed(format!("{error:#}")),
            Ok(Err(panic)) => Ending::Panicked(super::panic_text(&*panic)),
            Err(_) => Ending::Endless,
        }
    }

    /// An event as Lambda delivers it: up to three times, until it is answered.
    pub async fn deliver(&self, event: &Value) -> Vec<Ending> {
        let mut endings = Vec::new();
        for _ in 0..MOST_TRIES {
            endings.push(self.invoke(event).await);
            if matches!(endings.last(), Some(Ending::Answered(_))) {
                break;
            }
            self.pass(RETRY_SECONDS);
        }
        endings
    }

    /// Requests that GitHub got.
    pub fn requests(&self) -> Vec<Request> {
        let at = self.time.now();
        let of = |request: fake_github::Request| {
            let method = request.call.split(' ').next().unwrap_or_default();
            let query = request
                .query
                .iter()
                .map(|(name, value)| format!("{name}={value}"));
            let query = query.collect::<Vec<_>>().join("&");
            let path = if query.is_empty() {
                request.path.clone()
            } else {
                format!("{}?{query}", request.path)
            };
            Request {
                at,
                method: method.to_owned(),
                path,
                body: request.body.clone(),
                status: request.status,
            }
        };
        self.github.requests().into_iter().map(of).collect()
    }

    /// The objects that there are now, of both buckets, without the logs themselves.
    pub fn objects(&self) -> Vec<Object> {
        let of = |bucket: &'static str| {
            move |(key, body)| Object {
                bucket: bucket.to_owned(),
                key,
                body,
            }
        };
        let written = self.buckets.written().into_iter().map(of(CI_LOGS_BUCKET));
        let records = self.buckets.records().into_iter().map(of(STATE_BUCKET));
        written.chain(records).collect()
    }

    /// What it came to: what the rules say, and whom it was told.
    pub fn verdict(&self) -> Verdict {
        let written = self.buckets.written();
        let analyses = written
            .values()
            .filter_map(|body| serde_json::from_slice::<Value>(body).ok());
        let fields = ["category", "confidence", "rule", "cause", "fingerprint"];
        let said = analyses
            .map(|analysis| Value::from_iter(fields.map(|field| (field, analysis[field].clone()))));
        let mut told = Vec::new();
        for message in self.people.got() {
            let known = told
                .iter_mut()
                .find(|(channel, _)| *channel == message.channel);
            match known {
                Some((_, count)) => *count += 1,
                None => told.push((message.channel, 1)),
            }
        }
        Verdict {
            said: said.collect(),
            told,
        }
    }

    /// Hosts that requests came to, as they were asked for.
    fn hosts(&self) -> BTreeSet<String> {
        let of_github = self.github.endpoint();
        let of_github = of_github.trim_start_matches("http://").to_owned();
        let was_asked = !self.github.requests().is_empty();
        let of_llm = self.llm.requests().into_iter();
        let of_llm = of_llm.filter_map(|request| request.headers.get("host").cloned());
        of_llm.chain(was_asked.then_some(of_github)).collect()
    }
}

fn config(github: &str, llm: &str, key_parameter: &str, providers: &[&str]) -> Config {
    let mut vars = vec![
        ("STATE_BUCKET".to_owned(), STATE_BUCKET.to_owned()),
        ("CI_LOGS_BUCKET".to_owned(), CI_LOGS_BUCKET.to_owned()),
        ("REPOSITORIES".to_owned(), REPOSITORY.to_owned()),
        ("REPORTS_TOPIC_ARN".to_owned(), TOPICS[0].to_owned()),
        ("MAIL_FROM".to_owned(), MAIL_FROM.to_owned()),
        ("MAIL_TO".to_owned(), MAIL_TO.join(",")),
        ("DRY_RUN".to_owned(), "false".to_owned()),
        ("GITHUB_API_URL".to_owned(), github.to_owned()),
        (
            "GITHUB_TOKEN_PARAMETER".to_owned(),
            PARAMETERS[0].0.to_owned(),
        ),
        ("LLM_PROVIDERS".to_owned(), providers.join(",")),
    ];
    for (name, prefix) in PROVIDERS {
        if providers.contains(&name) {
            vars.push((format!("{prefix}_KEY_PARAMETER"), key_parameter.to_owned()));
            vars.push((format!("{prefix}_BASE_URL"), llm.to_owned()));
            vars.push((format!("{prefix}_MODEL"), "fake".to_owned()));
        }
    }
    Config::from_vars(vars.into_iter().collect()).unwrap()
}

/// A log of the first failed run, under its key.
pub fn log() -> (String, Vec<u8>) {
    let key = format!("logs/{REPOSITORY}/{RUN}-1-build.log");
    (key, trips::LOG.as_bytes().to_vec())
}

/// Runs a case at one of the surfaces of CI.
pub fn run(case: &Case, stub: Stub) -> Recorded {
    let input = material::of(case);
    let is_compared = case
        .oracles
        .iter()
        .any(|oracle| oracle.check == Check::VerdictKept);
    let of = |trip: Trip| {
        let mut seen = one(&trip, true).0;
        if is_compared {
            let without = one(&trip, false).1;
            seen.verdicts = seen.verdicts.map(|(with, _)| (with, without));
        } else {
            seen.verdicts = None;
        }
        seen
    };
    let runs = trips(case, &input, stub).into_iter().map(of);
    runs.reduce(Recorded::and).unwrap_or_default()
}

/// Delivers in a world of its own, and keeps what came of it, and what it came to.
fn one(trip: &Trip, has_model: bool) -> (Recorded, Verdict) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let says = trip.says.clone();
        let llm = FakeLlm::start(move |request| says.to(request))
            .await
            .unwrap();
        let providers: &[&str] = if has_model { &["groq"] } else { &[] };
        let world = CiWorld::start(llm, People::new(), providers).await;
        for (key, bytes) in &trip.objects {
            world.buckets.put(key, bytes);
        }
        for id in trip.runs.clone() {
            world.run(id, &trip.workflow);
        }
        let seen = record(&world, trip).await;
        let verdict = world.verdict();
        (seen, verdict)
    })
}

async fn record(world: &CiWorld, trip: &Trip) -> Recorded {
    let log = OwnLog::installed();
    let mut seen = Recorded::default();
    log.take();
    let began = Instant::now();
    let look = Look::now();
    for event in &trip.events {
        seen.deliveries += 1;
        seen.endings.extend(world.deliver(event).await);
    }
    seen.took = began.elapsed();
    seen.peak_bytes = look.peak_bytes();
    seen.processes = look.processes();
    seen.files = look.new_files();
    (seen.fetched, seen.bytes_read) = world.buckets.read();
    seen.messages = world.people.got();
    seen.objects = world.objects();
    let verdict = world.verdict();
    seen.verdicts = Some((verdict.clone(), verdict));
    seen.retriggered = retriggered(world).await;
    seen.github = world.requests();
    seen.llm = world
        .llm
        .requests()
        .into_iter()
        .map(|request| request.body)
        .collect();
    seen.hosts = world.hosts();
    seen.log = log.take();
    seen
}

/// Tells the function of each object that it wrote itself, as the bucket would if its notifications had no prefix, and says which it
/// takes for a log.
async fn retriggered(world: &CiWorld) -> Vec<String> {
    let mut found = Vec::new();
    let mut own: Vec<_> = world.buckets.written().into_iter().collect();
    own.truncate(4);
    for (key, body) in own {
        let body = Arc::new(body);
        world.buckets.put(&key, &body);
        let ending = world.invoke(&trips::written(&key, &body)).await;
        let is_left = matches!(&ending, Ending::Answered(all) if all[0]["outcome"] == "rejected" || all[0]["outcome"] == "ignored");
        if !is_left {
            found.push(key);
        }
    }
    found
}
