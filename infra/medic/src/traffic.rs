//! The users of the service: real requests through its load balancer, at an even pace.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use shared::clock::{Clock as _, System};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::speed::Speed;

/// In each period of the alarm. Half of the users lose their carts, so that half of these fail: 15, as in the incident.
pub const REQUESTS_PER_PERIOD: i64 = 30;

/// The service knows the users 1 to 100.
const USERS: i64 = 100;

/// A user who waits longer has left.
const ANSWERED_WITHIN: Duration = Duration::from_secs(5);

/// A request that was answered, or was not.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Answered {
    /// When it was sent.
    pub at: Timestamp,
    /// The status of the answer; none if there was no answer in time.
    pub status: Option<u16>,
}

impl Answered {
    /// Whether the user got what was asked for.
    pub fn succeeded(&self) -> bool {
        self.status
            .is_some_and(|status| (200..300).contains(&status))
    }
}

/// Requests that are being sent until the value is dropped.
#[derive(Debug)]
pub struct Traffic {
    endpoint: String,
    http: reqwest::Client,
    answers: Answers,
    sender: JoinHandle<()>,
}

type Answers = Arc<Mutex<Vec<Answered>>>;

impl Traffic {
    /// Sends requests to the service at `endpoint`, from a time on.
    pub fn begin(endpoint: &str, speed: Speed, from: Timestamp) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .timeout(ANSWERED_WITHIN)
            .no_proxy()
            .build()
            .context("couldn't make an HTTP client")?;
        let answers = Answers::default();
        let users = Users {
            http: http.clone(),
            endpoint: endpoint.to_owned(),
            answers: Arc::clone(&answers),
        };
        Ok(Self {
            endpoint: endpoint.to_owned(),
            http,
            answers,
            sender: tokio::spawn(users.come(speed, from)),
        })
    }

    /// Switches the fault on in the process that answers: it loses carts.
    pub async fn break_service(&self) -> anyhow::Result<()> {
        self.switch_on("null-cart").await
    }

    /// Switches a fault of this name on in the process that answers.
    pub async fn switch_on(&self, fault: &str) -> anyhow::Result<()> {
        let url = format!("{}/fault/{fault}", self.endpoint);
        let answer = self.http.post(&url).send().await;
        let answer = answer.with_context(|| format!("couldn't reach {url}"))?;
        if !answer.status().is_success() {
            bail!("{url} answered {}", answer.status());
        }
        Ok(())
    }

    /// What became of the requests so far, in the order of their answers.
    pub fn answers(&self) -> Vec<Answered> {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.clone()
    }
}

impl Drop for Traffic {
    fn drop(&mut self) {
        self.sender.abort();
    }
}

/// The users, who know nothing of each other.
struct Users {
    http: reqwest::Client,
    endpoint: String,
    answers: Answers,
}

impl Users {
    /// They come one after another, and none waits for another one's answer.
    async fn come(self, speed: Speed, from: Timestamp) {
        for number in next_number(from, speed).. {
            let wait = due(number, speed).duration_since(System.now());
            sleep(Duration::try_from(wait).unwrap_or_default()).await;
            self.send(user(number));
        }
    }

    fn send(&self, user: i64) {
        let (http, answers) = (self.http.clone(), Arc::clone(&self.answers));
        let url = format!("{}/api/checkout?user={user}", self.endpoint);
        tokio::spawn(async move {
            let at = System.now();
            let answer = http.get(url).send().await;
            let status = answer.ok().map(|answer| answer.status().as_u16());
            let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
            answers.push(Answered { at, status });
        });
    }
}

/// Requests have numbers, [`REQUESTS_PER_PERIOD`] to a period, so that each period begins with the same kind of user.
fn next_number(now: Timestamp, speed: Speed) -> i64 {
    let period = period_milliseconds(speed);
    let current = now.as_millisecond() * REQUESTS_PER_PERIOD / period;
    current + i64::from(due(current, speed) < now)
}

/// In the middle of its share of the period: at the boundaries themselves the fault is switched.
fn due(number: i64, speed: Speed) -> Timestamp {
    let period = period_milliseconds(speed);
    let milliseconds = (2 * number + 1) * period / (2 * REQUESTS_PER_PERIOD);
    Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::MAX)
}

/// The first user of each period has an even number: one of those that the fault concerns.
fn user(number: i64) -> i64 {
    (number + 1).rem_euclid(USERS) + 1
}

fn period_milliseconds(speed: Speed) -> i64 {
    i64::from(speed.period_seconds()) * 1_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_period_has_thirty_requests_and_every_second_one_is_of_a_user_whom_the_fault_concerns() {
        for speed in [Speed::LIFE, Speed::FASTEST] {
            let begin: Timestamp = "2026-02-18T21:45:00Z".parse().unwrap();
            let end = begin + speed.period();
            let first = next_number(begin, speed);
            let within: Vec<_> = (first..first + 100)
                .take_while(|number| due(*number, speed) < end)
                .map(user)
                .collect();
            assert_eq!(within.len(), 30);
            let are_concerned: Vec<_> = within.iter().map(|user| user % 2 == 0).collect();
            assert_eq!(are_concerned, [true, false].repeat(15));
            assert!(within.iter().all(|user| (1..=USERS).contains(user)));
        }
    }
}
