//! What GitHub and our own records know of the run and of the failure.

use std::pin::pin;
use std::time::Duration;

use futures::future::{Either, select};
use jiff::Timestamp;
use shared::clock::{Clock, Nonces};
use shared::failure::{CallError, Effect, FailureKind};
use shared::records::{self, Records};
use shared::reports::Reports;
use shared::switch::Switch;

use super::case::Case;
use super::{Budget, Handler, HandlerError};
use crate::decision::{Policy, RunFacts};
use crate::github::{GitHub, Run, Thread};
use crate::llm::Llm;
use crate::log_key::LogKey;
use crate::objects::Objects;
use crate::record::{FailureRecord, Sighting};

impl<O: Objects, R: Records, P: Reports, G: GitHub, L: Llm, T: Clock + Nonces>
    Handler<'_, O, R, P, G, L, T>
{
    /// Asks GitHub about the run.
    pub(super) async fn know_run(&self, case: &mut Case) -> Result<(), HandlerError> {
        if !self.github.is_configured() {
            return Ok(());
        }
        let asked = self.run(&case.log).await;
        let answer = case.called(asked)?;
        case.run = match answer {
            Some(Some(run)) => RunFacts::Known(Box::new(run)),
            Some(None) => RunFacts::Unknown("GitHub has no such run".to_owned()),
            None => RunFacts::Unknown(case.done.troubles.last().cloned().unwrap_or_default()),
        };
        Ok(())
    }

    pub(super) async fn run(&self, log: &LogKey) -> Result<Option<Run>, CallError> {
        let asking = self.github.run(log.repository(), log.run(), log.attempt());
        let object = format!("run {} of {}", log.run(), log.repository());
        self.in_time(
            Budget::until(self.ends_at).know(),
            ("ask for", object),
            asking,
        )
        .await
    }

    /// What the installation allows at this moment: `medic pause` holds whatever the settings say.
    pub(super) async fn policy_now(&self) -> Result<Policy, HandlerError> {
        let switch = records::load::<Switch>(&self.records, Switch::KEY).await?;
        let reason = switch.and_then(|loaded| loaded.record.holds(self.time.now()));
        Ok(Policy {
            paused: self.policy.paused || reason.is_some(),
            ..self.policy
        })
    }

    /// Counts the failure, and finds what was said about it.
    pub(super) async fn know_failure(&self, case: &mut Case) -> Result<(), HandlerError> {
        let sighting = Sighting {
            log: case.id.clone(),
            run: case.log.run(),
            attempt: case.log.attempt(),
            job: case.log.job().map(str::to_owned),
            at: self.time.now(),
            nth: 0,
        };
        let failure = FailureRecord::new(case.log.repository(), case.fingerprint());
        // The log of a run that was cancelled looks like a failure and is none.
        let is_failure = !case.is_no_failure();
        let saved = self
            .change(&failure, |record| {
                if is_failure {
                    (record.saw(sighting.clone()), ())
                } else {
                    (record, ())
                }
            })
            .await;
        case.failure = case.had(saved)?.map(|(record, ())| record);
        if case.known_run().is_some() && case.failure.is_some() {
            self.look(case).await?;
        }
        case.remember_deeds();
        Ok(())
    }

    /// Looks what GitHub has of ours, and adopts what an earlier try left there.
    pub(super) async fn look(&self, case: &mut Case) -> Result<(), HandlerError> {
        let found = self.threads(case).await;
        let Some(threads) = case.called(found)? else {
            // Unknown threads would be answered as if there were none.
            case.run = RunFacts::Unknown("our issues could not be listed".to_owned());
            return Ok(());
        };
        let Some(failure) = &case.failure else {
            return Ok(());
        };
        let (us, now) = (case.id.clone(), self.time.now());
        let saved = self
            .change(failure, |record| (record.looked(&threads, &us, now), ()))
            .await;
        if let Some((record, ())) = case.had(saved)? {
            case.failure = Some(record);
        }
        case.threads = threads;
        Ok(())
    }

    async fn threads(&self, case: &Case) -> Result<Vec<Thread>, CallError> {
        let repository = case.log.repository();
        let finding = self.github.find(repository, case.fingerprint());
        let object = format!("our issues of {repository}");
        let budget = Budget::until(self.ends_at);
        // A second look, after an answer was lost, comes late.
        let until = if self.time.now() < budget.know() {
            budget.know()
        } else {
            budget.say()
        };
        self.in_time(until, ("list", object), finding).await
    }

    /// What `future` gives before this time; `None` if it does not.
    pub(super) async fn within<V>(
        &self,
        until: Timestamp,
        future: impl Future<Output = V>,
    ) -> Option<V> {
        let left = Duration::try_from(until.duration_since(self.time.now())).ok()?;
        let (future, over) = (pin!(future), pin!(self.time.pause(left)));
        match select(future, over).await {
            Either::Left((value, _)) => Some(value),
            Either::Right(_) => None,
        }
    }

    /// What a call gives before this time. One that is cut off may have had its effect; one that is not begun has none.
    pub(super) async fn in_time<V>(
        &self,
        until: Timestamp,
        (operation, object): (&'static str, String),
        call: impl Future<Output = Result<V, CallError>>,
    ) -> Result<V, CallError> {
        let effect = if self.time.now() < until {
            Effect::Unknown
        } else {
            Effect::None
        };
        let late = |effect| {
            let kind = (FailureKind::Transient, effect);
            CallError::new(operation, object.clone(), kind, "the time for it was over")
        };
        if effect == Effect::None {
            return Err(late(effect));
        }
        self.within(until, call)
            .await
            .unwrap_or_else(|| Err(late(effect)))
    }
}
