//! Jobs of runs and their logs, for what collects logs: outside of `contract.json`, which has the calls of the analyzer only.
//!
//! These calls are neither recorded nor held against GitHub's description. An answer has what a collector reads of it; a log is
//! behind a redirection, as at GitHub, but on the same host.

use http_body_util::Full;
use hyper::Response;
use hyper::body::Bytes;
use hyper::http::request::Parts;
use serde_json::{Value, json};

use crate::access::caller;
use crate::fake::FakeGitHub;
use crate::world::World;

/// A job of a run.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its id.
    pub id: u64,
    /// The run and the attempt that it is of.
    pub run: (u64, u64),
    /// Its name.
    pub name: String,
    /// `success`, `failure`, ...
    pub conclusion: String,
    /// Its log.
    pub log: String,
}

impl FakeGitHub {
    /// A job that ended.
    pub fn job(&self, repository: &str, job: Job) {
        self.change(repository, |repo, _| repo.jobs.push(job));
    }
}

/// The answer to a request about jobs; `None` for any other request.
pub(crate) fn served(world: &World, head: &Parts) -> Option<Response<Full<Bytes>>> {
    let parts: Vec<&str> = head.uri.path().split('/').skip(1).collect();
    let is_get = head.method == hyper::Method::GET;
    match parts.as_slice() {
        ["repos", owner, name, "actions", rest @ ..] if is_get => {
            let repository = format!("{owner}/{name}");
            let answer = match rest {
                ["runs", run, "attempts", attempt, "jobs"] => {
                    jobs(world, &repository, run, attempt)
                }
                ["jobs", id, "logs"] => log_address(world, &repository, id),
                _ => return None,
            };
            Some(if is_known(world, head) {
                answer
            } else {
                refused()
            })
        }
        ["_logs", owner, name, id] if is_get => Some(log(world, &format!("{owner}/{name}"), id)),
        _ => None,
    }
}

fn is_known(world: &World, head: &Parts) -> bool {
    let header = head.headers.get("authorization");
    caller(world, header.and_then(|value| value.to_str().ok())).is_some()
}

fn jobs(world: &World, repository: &str, run: &str, attempt: &str) -> Response<Full<Bytes>> {
    let of = |job: &&Job| job.run.0.to_string() == run && job.run.1.to_string() == attempt;
    let jobs = world.repo(repository).into_iter();
    let jobs: Vec<Value> = jobs
        .flat_map(|repo| repo.jobs.iter().filter(of))
        .map(|job| {
            json!({
                "id": job.id, "run_id": job.run.0, "run_attempt": job.run.1, "name": job.name,
                "status": "completed", "conclusion": job.conclusion,
            })
        })
        .collect();
    let body = json!({"total_count": jobs.len(), "jobs": jobs}).to_string();
    response(200, body)
}

fn log_address(world: &World, repository: &str, id: &str) -> Response<Full<Bytes>> {
    match found(world, repository, id) {
        Some(_) => {
            let mut response = response(302, String::new());
            let address = format!("{}/_logs/{repository}/{id}", world.endpoint);
            let headers = response.headers_mut();
            headers.insert("location", address.parse().unwrap());
            response
        }
        None => response(404, json!({"message": "Not Found"}).to_string()),
    }
}

fn log(world: &World, repository: &str, id: &str) -> Response<Full<Bytes>> {
    match found(world, repository, id) {
        Some(job) => response(200, job.log.clone()),
        None => response(404, String::new()),
    }
}

fn found<'a>(world: &'a World, repository: &str, id: &str) -> Option<&'a Job> {
    let mut jobs = world.repo(repository)?.jobs.iter();
    jobs.find(|job| job.id.to_string() == id)
}

fn refused() -> Response<Full<Bytes>> {
    response(401, json!({"message": "Bad credentials"}).to_string())
}

fn response(status: u16, body: String) -> Response<Full<Bytes>> {
    let response = Response::builder().status(status);
    response.body(Full::new(Bytes::from(body))).unwrap()
}
