//! The end of an invocation, from which every timeout is derived.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

/// Kept free at the end of an invocation to write down what happened and to answer Lambda.
const RESERVE: SignedDuration = SignedDuration::from_secs(2);

/// Kept free to answer Lambda.
const ANSWER: SignedDuration = SignedDuration::from_millis(200);

/// Less than this is not worth a TLS handshake on a seventh of a vCPU.
const LEAST: SignedDuration = SignedDuration::from_millis(500);

/// No single call may use up the whole invocation.
const MOST: SignedDuration = SignedDuration::from_secs(10);

/// The year 2001 in milliseconds since the epoch.
const LAST_CENTURY: i64 = 978_307_200_000;

/// The moment at which Lambda kills the invocation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Deadline(Timestamp);

/// The invocation is about to be killed: nothing new may be begun.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("the invocation ends at {deadline}, too soon to begin another call")]
pub struct DeadlineTooClose {
    deadline: Timestamp,
}

impl Deadline {
    /// A deadline at `end`.
    pub fn at(end: Timestamp) -> Self {
        Self(end)
    }

    /// The deadline of an invocation as the Lambda context states it: milliseconds since the epoch.
    ///
    /// `cargo lambda watch` states the milliseconds that are left instead (1.9.2), so what would be a deadline
    /// of the last century is taken for that. A value out of range counts as already over.
    pub fn of_invocation(milliseconds: u64, now: Timestamp) -> Self {
        let milliseconds = i64::try_from(milliseconds).unwrap_or_default();
        let since_epoch = match milliseconds {
            1..LAST_CENTURY => now.as_millisecond() + milliseconds,
            _ => milliseconds,
        };
        Self(Timestamp::from_millisecond(since_epoch).unwrap_or(Timestamp::UNIX_EPOCH))
    }

    /// The moment at which Lambda kills the invocation.
    pub fn end(self) -> Timestamp {
        self.0
    }

    /// How long a call that changes the world may take if it begins now: what comes of it can still be written down.
    pub fn operation_timeout(self, now: Timestamp) -> Result<Duration, DeadlineTooClose> {
        self.timeout(now, RESERVE)
    }

    /// How long a call may take that only reads, or writes down what happened, retries included: it may use the reserve.
    pub fn closing_timeout(self, now: Timestamp) -> Result<Duration, DeadlineTooClose> {
        self.timeout(now, ANSWER)
    }

    fn timeout(
        self,
        now: Timestamp,
        reserve: SignedDuration,
    ) -> Result<Duration, DeadlineTooClose> {
        let left = self.0.duration_since(now) - reserve;
        if left < LEAST {
            return Err(DeadlineTooClose { deadline: self.0 });
        }
        Ok(left.min(MOST).unsigned_abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timeout_with_left(milliseconds: i64) -> Option<Duration> {
        let now = Timestamp::UNIX_EPOCH;
        let end = now + SignedDuration::from_millis(milliseconds);
        Deadline::at(end).operation_timeout(now).ok()
    }

    #[test]
    fn a_call_gets_what_is_left_less_the_reserve_and_never_everything() {
        assert_eq!(timeout_with_left(30_000), Some(Duration::from_secs(10)));
        assert_eq!(timeout_with_left(7_000), Some(Duration::from_secs(5)));
        assert_eq!(timeout_with_left(2_500), Some(Duration::from_millis(500)));
        assert_eq!(timeout_with_left(2_499), None);
        assert_eq!(timeout_with_left(-5_000), None);
    }

    #[test]
    fn what_happened_may_be_written_down_in_the_reserve() {
        let now = Timestamp::UNIX_EPOCH;
        let deadline = Deadline::at(now + SignedDuration::from_millis(2_000));
        assert_eq!(deadline.operation_timeout(now).ok(), None);
        assert_eq!(
            deadline.closing_timeout(now),
            Ok(Duration::from_millis(1_800))
        );
    }

    #[test]
    fn the_context_states_milliseconds_since_the_epoch_and_cargo_lambda_those_that_are_left() {
        let now: Timestamp = "2026-02-18T21:47:04Z".parse().unwrap();
        let end = |milliseconds| Deadline::of_invocation(milliseconds, now).end().to_string();
        assert_eq!(end(1_771_451_254_000), "2026-02-18T21:47:34Z");
        assert_eq!(end(600_000), "2026-02-18T21:57:04Z");
        assert_eq!(end(0), "1970-01-01T00:00:00Z");
        assert_eq!(end(u64::MAX), "1970-01-01T00:00:00Z");
    }
}
