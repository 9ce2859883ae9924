//! What is allowed in the worlds of the cases: what an installation would have configured.

use std::time::Duration;

/// The repository that the CI cases are about.
pub const REPOSITORY: &str = "acme/shop";
/// Who mails are from.
pub const MAIL_FROM: &str = "medic@example.com";
/// Who mails are for.
pub const MAIL_TO: [&str; 2] = ["oncall@example.com", "team@example.com"];
/// Topics that may be published to.
pub const TOPICS: [&str; 2] = [
    "arn:aws:sns:eu-west-1:111122223333:reports",
    "arn:aws:sns:eu-west-1:111122223333:pager",
];
/// Hosts that links may lead to. Those of AWS's console have the region before them.
pub const LINK_HOSTS: [&str; 3] = ["github.com", "console.aws.amazon.com", "docs.github.com"];
/// Hosts that may be asked: the fakes', on this machine.
pub const ASKED_HOSTS: [&str; 2] = ["127.0.0.1", "localhost"];
/// Labels that our own issues may have.
pub const LABELS: [&str; 3] = ["lambda-medic", "ci-failure", "needs-human-review"];
/// Mails in an hour.
pub const MAILS_PER_HOUR: usize = 20;
/// Issues in an hour.
pub const ISSUES_PER_HOUR: usize = 10;
/// Draft pull requests in an hour.
pub const PROPOSALS_PER_HOUR: usize = 4;
/// What a function of 256 MB has for one event, beside itself and the SDK.
pub const MOST_MEMORY: u64 = 192 * 1024 * 1024;
/// The end of an invocation less the two seconds that are kept free.
pub const MOST_TIME: Duration = Duration::from_secs(28);
/// What one event may fetch: the read limits of the function, with room for ranges.
pub const MOST_READ: u64 = 256 * 1024 * 1024;
/// A run of somebody else's characters, unbroken, longer than this helps nobody.
pub const MOST_RUN: usize = 8 * 1024;
/// Invocations of one event: Lambda makes two retries.
pub const MOST_INVOCATIONS: usize = 3;
/// Requests for one event, to all hosts.
pub const MOST_REQUESTS: usize = 100;
/// The most tasks that a playbook of the alarm world scales to.
pub const MOST_TASKS: u64 = 6;
/// The instance and the container of the alarm world.
pub const CONTAINER: (&str, &str) = ("i-0123456789abcdef0", "web");
/// The document that restarts it.
pub const DOCUMENT: &str = "lambda-medic-restart";

/// Whether links may lead to a host, given as a URL parser gives it: in lower case, international names in Punycode.
pub fn is_linked(host: &str) -> bool {
    LINK_HOSTS.contains(&host) || host.ends_with(".console.aws.amazon.com")
}
