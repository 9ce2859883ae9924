//! What this sandbox has learnt about providers, so that the next invocation need not learn it again.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::breaker::Breaker;
use super::dialect::Dialect;
use super::provider::{Kind, Model, Provider};

/// How each provider and model stands: state of one sandbox. Lost with it, and no harm done.
#[derive(Debug, Default)]
pub struct Standings(Mutex<HashMap<(Kind, Model), Standing>>);

#[derive(Clone, Copy, Debug)]
struct Standing {
    breaker: Breaker,
    dialect: Dialect,
}

impl Standings {
    /// How to ask a provider now; the time from which on it may be asked again, if not now.
    pub(super) fn admit(&self, provider: &Provider, now: Timestamp) -> Result<Dialect, Timestamp> {
        self.with(provider, |standing| {
            standing.breaker = standing.breaker.admit(now)?;
            Ok(standing.dialect)
        })
    }

    pub(super) fn answered(&self, provider: &Provider) {
        self.with(provider, |standing| standing.breaker = Breaker::answered());
    }

    pub(super) fn failed(
        &self,
        provider: &Provider,
        now: Timestamp,
        leave_alone: Option<Duration>,
    ) {
        self.with(provider, |standing| {
            standing.breaker = standing.breaker.failed(now, leave_alone);
        });
    }

    pub(super) fn speaks(&self, provider: &Provider, dialect: Dialect) {
        self.with(provider, |standing| standing.dialect = dialect);
    }

    fn with<T>(&self, provider: &Provider, change: impl FnOnce(&mut Standing) -> T) -> T {
        let mut standings = self.standings();
        let model = provider.model.clone();
        let standing = standings
            .entry((provider.kind, model))
            .or_insert_with(|| Standing {
                breaker: Breaker::default(),
                dialect: Dialect::of(provider.kind, &provider.model),
            });
        change(standing)
    }

    /// Whoever panicked with it in hand has left it whole.
    fn standings(&self) -> MutexGuard<'_, HashMap<(Kind, Model), Standing>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
