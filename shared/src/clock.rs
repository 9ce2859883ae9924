//! Time and randomness as effects, so that nothing below a handler asks for them itself.

use std::future::Future;
use std::time::Duration;

use jiff::Timestamp;

/// Where the time comes from.
pub trait Clock: Sync {
    /// The time now.
    fn now(&self) -> Timestamp;

    /// Lets this much time pass.
    fn pause(&self, time: Duration) -> impl Future<Output = ()> + Send;
}

/// Where ids that must never repeat come from.
pub trait Nonces: Sync {
    /// A text that nobody has used before and nobody can guess.
    fn nonce(&self) -> String;
}

/// The machine's own clock and source of randomness.
#[derive(Clone, Copy, Debug, Default)]
pub struct System;

impl Clock for System {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that asks the machine for the time"
    )]
    fn now(&self) -> Timestamp {
        // Milliseconds are what CloudWatch and Lambda state, and what people can read.
        let now = Timestamp::now();
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }

    async fn pause(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}

impl Nonces for System {
    fn nonce(&self) -> String {
        uuid::Uuid::new_v4().simple().to_string()
    }
}
