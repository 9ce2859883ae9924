//! What failed, and what that means for the rest of a tick.

use std::error::Error as StdError;

use shared::clock::{Clock, Nonces};
use shared::failure::{CallError, Classify, Effect, FailureKind, chain};
use shared::outbound::Quoted;
use shared::records::{RecordError, Records};
use thiserror::Error;
use tracing::{error, warn};

use super::run::Run;
use super::{Logs, Tick};
use crate::ledger::Unexpected;
use crate::preflight::LooksAtBucket;
use crate::sources::Bucket;
use crate::work::ExportError;

/// Why a step was not taken, or what came of it not written down.
#[derive(Debug, Error)]
pub(super) enum StepError {
    /// A call to the world failed.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The ledger could not be read or written.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// Rows were not read, written or proven.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// What came of it does not fit where the window stands.
    #[error(transparent)]
    Unexpected(#[from] Unexpected),
}

impl Classify for StepError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Call(failure) => failure.kind(),
            Self::Record(failure) => failure.kind(),
            Self::Export(failure) => failure.kind(),
            Self::Unexpected(failure) => failure.kind(),
        }
    }
}

impl StepError {
    /// Whether the service was asked too often: it says "not now", and did nothing.
    pub(super) fn is_throttle(&self) -> bool {
        match self {
            Self::Call(call)
            | Self::Record(RecordError::Call(call))
            | Self::Export(
                ExportError::Call(call) | ExportError::Record(RecordError::Call(call)),
            ) => is_throttle(call),
            Self::Record(_) | Self::Export(_) | Self::Unexpected(_) => false,
        }
    }
}

/// Whether a service was asked too often.
pub(super) fn is_throttle(call: &CallError) -> bool {
    call.kind() == FailureKind::Transient && call.effect() == Effect::None
}

/// Notes that something about `object` could not be done.
pub(super) fn count_failure(run: &mut Run, object: &str, failure: &dyn StdError) {
    run.tally.failures += 1;
    error!(
        "couldn't go on with {}: {}",
        Quoted::line(object),
        Quoted::line(&chain(failure))
    );
}

impl<L: Logs, B: Bucket, R: Records, P: LooksAtBucket, T: Clock + Nonces> Tick<'_, L, B, R, P, T> {
    /// Notes a failure of a step. Throttling is no failure: it is waited for.
    pub(super) async fn note(&self, run: &mut Run, object: &str, failure: &StepError) {
        if failure.is_throttle() {
            warn!("throttled: {}", Quoted::line(&chain(failure)));
            self.throttled(run).await;
        } else {
            count_failure(run, object, failure);
        }
    }

    /// Waits after a throttle: a second, two, four, eight if they come one after the other.
    pub(super) async fn throttled(&self, run: &mut Run) {
        run.tally.throttles += 1;
        let seconds = 1_u64 << run.throttled.min(3);
        run.throttled += 1;
        self.time
            .pause(std::time::Duration::from_secs(seconds))
            .await;
    }
}
