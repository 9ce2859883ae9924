//! Waiting for something to be seen, by looking again and again until a deadline.

use std::fmt;
use std::time::Duration;

use anyhow::bail;
use tokio::time::{Instant, sleep};

/// A person sees no delay, and the local cloud is not kept busy.
const PAUSE: Duration = Duration::from_millis(50);

/// How long anything may take: each of them takes a few seconds on a slow machine.
const USUAL: Duration = Duration::from_mins(1);

/// What one look showed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Look<T> {
    /// What was waited for.
    Seen(T),
    /// Something else; it is told when time is up.
    NotYet(String),
}

/// The time until which is waited. Several waits can share one.
#[derive(Clone, Copy, Debug)]
pub struct TimeLimit {
    ends: Instant,
    length: Duration,
}

impl TimeLimit {
    /// A limit that ends `length` from now.
    pub fn of(length: Duration) -> Self {
        let ends = Instant::now() + length;
        Self { ends, length }
    }

    /// The limit for everything that has no reason for another one: 60 s from now.
    pub fn usual() -> Self {
        Self::of(USUAL)
    }
}

impl fmt::Display for TimeLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} s", self.length.as_secs_f64())
    }
}

/// Looks until `what` is seen, at least once. The error of a look ends the wait.
pub async fn until<T>(
    what: &str,
    limit: TimeLimit,
    mut look: impl AsyncFnMut() -> anyhow::Result<Look<T>>,
) -> anyhow::Result<T> {
    loop {
        let instead = match look().await? {
            Look::Seen(seen) => return Ok(seen),
            Look::NotYet(instead) => instead,
        };
        if Instant::now() >= limit.ends {
            bail!("{what} not seen within {limit}: {instead}");
        }
        sleep(PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_seen_in_time_is_returned() {
        let mut looks = 0;
        let seen = until("three", TimeLimit::usual(), async || {
            looks += 1;
            Ok(if looks == 3 {
                Look::Seen(looks)
            } else {
                Look::NotYet(looks.to_string())
            })
        });
        assert_eq!(seen.await.unwrap(), 3);
    }

    #[tokio::test]
    async fn after_the_time_limit_the_error_says_what_was_seen_instead() {
        let limit = TimeLimit::of(Duration::ZERO);
        let look = async || Ok(Look::<()>::NotYet("state is OK".to_owned()));
        let error = until("state ALARM", limit, look).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "state ALARM not seen within 0 s: state is OK"
        );
    }
}
