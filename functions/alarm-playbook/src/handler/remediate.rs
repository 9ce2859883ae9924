//! From an intent that is written down to an outcome that is written down.

use shared::clock::{Clock, Nonces};
use shared::failure::{CallError, Classify as _, Effect, FailureKind, chain};
use shared::records::Records;
use shared::reports::Reports;
use tracing::warn;

use super::{Handler, HandlerError, Held};
use crate::decision::{Fate, fate, may_still_act};
use crate::record::{Entry, Intent, Outcome, Stage};
use crate::services::Services;
use crate::target::{EcsService, Target};

impl<S: Services, R: Records, N: Reports, T: Clock + Nonces> Handler<'_, S, R, N, T> {
    /// Makes the intended call of an entry that was claimed a moment ago, if it intends one.
    pub(super) async fn carry_out(&self, held: Held) -> Result<Held, HandlerError> {
        let entry = held.entry()?;
        match (&entry.intent, entry.stage()) {
            (Some(intent), Stage::Intended) => {
                let outcome = self.call(held.service(), intent).await?;
                self.conclude(held, outcome).await
            }
            _ => Ok(held),
        }
    }

    /// Settles an entry that somebody else left: what happened is adopted, what did not happen is done now or given up.
    pub(super) async fn settle(&self, held: Held) -> Result<Held, HandlerError> {
        let entry = held.entry()?;
        let (Some(intent), Stage::Intended) = (&entry.intent, entry.stage()) else {
            return Ok(held);
        };
        let outcome = match self.look(held.service(), intent).await? {
            Some(outcome) => outcome,
            None => match may_still_act(
                entry,
                &self.playbooks.defaults,
                &self.policy,
                self.time.now(),
            ) {
                Ok(()) => self.call(held.service(), intent).await?,
                Err(reason) => Outcome::Abandoned { reason },
            },
        };
        self.conclude(held, outcome).await
    }

    /// Makes the call, once. What its answer does not tell is found out by looking.
    async fn call(&self, service: &EcsService, intent: &Intent) -> Result<Outcome, HandlerError> {
        if self.time.now() >= self.lease.until {
            return Err(HandlerError::LeaseOver {
                until: self.lease.until,
            });
        }
        let error = match self.services.force_new_deployment(service).await {
            Ok(deployment) => {
                return Ok(Outcome::Applied {
                    deployment: deployment.deployment,
                });
            }
            Err(error) => error,
        };
        if error.effect() == Effect::Unknown {
            warn!(
                "no clear answer, so looking at {service}: {}",
                chain(&error)
            );
            let seen = self.look(service, intent).await?;
            return seen.ok_or_else(|| error.into());
        }
        refused(error)
    }

    /// What a look at the service says of an intended call; `None` if it was not carried out.
    async fn look(
        &self,
        service: &EcsService,
        intent: &Intent,
    ) -> Result<Option<Outcome>, HandlerError> {
        let state = self.services.describe(service).await?;
        Ok(match fate(intent, state.as_ref()) {
            Fate::Applied(deployment) => Some(Outcome::Adopted { deployment }),
            Fate::Superseded(deployment) => Some(Outcome::Superseded { deployment }),
            Fate::Gone => Some(Outcome::Abandoned {
                reason: "the service is gone".to_owned(),
            }),
            Fate::NotApplied => None,
        })
    }

    async fn conclude(&self, held: Held, outcome: Outcome) -> Result<Held, HandlerError> {
        let now = self.time.now();
        self.update(held, |record, held| {
            record.concluded(held, &self.lease.holder, outcome.clone(), now)
        })
        .await
    }
}

/// A clear refusal: an outcome if it would be repeated, a failure of this invocation if it may pass.
fn refused(error: CallError) -> Result<Outcome, HandlerError> {
    match error.kind() {
        FailureKind::Transient => Err(error.into()),
        FailureKind::Permanent => {
            let error = chain(&error);
            Ok(Outcome::Refused { error })
        }
    }
}

impl Held {
    pub(super) fn entry(&self) -> Result<&Entry, HandlerError> {
        let entry = self.loaded.record.entry(&self.incident);
        entry.ok_or_else(|| HandlerError::EntryGone {
            incident: self.incident.to_string(),
        })
    }

    pub(super) fn service(&self) -> &EcsService {
        let Target::EcsService(service) = &self.loaded.record.target;
        service
    }
}
