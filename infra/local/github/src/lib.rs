//! A GitHub with state, on this machine: what the CI log analyzer asks of GitHub's REST API, and no more.
//!
//! Objects have the ids that Git gives them, a token may do what it was asked for, an answer has all that GitHub's own `OpenAPI` description
//! (`contract.json`) requires, and a request that the description does not allow is a violation: [`FakeGitHub`] panics when it is dropped.
//!
//! What it does not do: merge, push, run workflows, keep forks (a run may be said to be of one), entity tags, a graph or TLS. Jobs and
//! their logs are outside of the description (`jobs.rs`). Its time stands still, unless [`FakeGitHub::let_time_pass`] is called. Issues are
//! neither edited nor closed, except by [`FakeGitHub::close`]. Permissions are checked by operation; the search knows the words that the client
//! uses. What the description requires and nobody reads (addresses, counts) is made up.
#![expect(
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    reason = "a fake stops the test that uses it"
)]

mod access;
mod complete;
mod contract;
mod fake;
mod fault;
mod git;
mod jobs;
mod key;
mod limit;
mod object;
mod routes;
mod server;
mod world;

pub use self::fake::{FakeGitHub, Request, Run};
pub use self::fault::{Fault, What};
pub use self::jobs::Job;
pub use self::key::AppKey;
pub use self::world::{Issue, Pull};

/// The calls that the contract knows, as `METHOD template`.
pub fn operations() -> Vec<String> {
    let operations = contract::CONTRACT.operations.iter();
    operations.map(contract::Operation::name).collect()
}
