//! The record of the incident: who works on it.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use shared::clock::{Clock, Nonces};
use shared::failure::chain;
use shared::outbound::Quoted;
use shared::records::{self, Loaded, Precondition, RecordError, Records, Saved};
use tracing::warn;

use super::{Budget, Handler, HandlerError};
use crate::case::{Case, Collect, Summarise};
use crate::record::{Claim, IncidentRecord, Wish};

/// How often a record is written anew because somebody else wrote it first: winners soon have nothing left to write.
pub(super) const MOST_ROUNDS: usize = 5;

/// How long to wait before looking again whether another invocation is done. It takes seconds, and usually is the other trigger's.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Whether an incident is ours to analyse.
#[derive(Debug)]
pub(super) enum Claimed {
    /// Yes.
    Ours(Box<Loaded<IncidentRecord>>),
    /// No; why.
    Not(&'static str),
}

impl<R: Records, C: Collect, S: Summarise, T: Clock + Nonces> Handler<'_, R, C, S, T> {
    /// Takes the incident, unless all that is known was analysed.
    ///
    /// Both triggers deliver the same state change at nearly the same time. The later one waits for the earlier, so that it can
    /// take over if that one dies, and nothing is a failure that is none.
    pub(super) async fn claim(&self, case: &Case, is_again: bool) -> Result<Claimed, HandlerError> {
        let key = IncidentRecord::key_of(&case.id);
        let mut rounds = 0;
        while rounds < MOST_ROUNDS {
            let found = records::load::<IncidentRecord>(&self.records, &key).await?;
            let (found, precondition) = match found {
                Some(Loaded {
                    record,
                    precondition,
                }) => (Some(record), precondition),
                None => (None, Precondition::Absent),
            };
            let wish = Wish {
                lease: self.lease.clone(),
                now: self.time.now(),
                is_again,
            };
            let record = match IncidentRecord::claim(found, case, wish) {
                Claim::Take(record) => *record,
                Claim::Duplicate => {
                    return Ok(Claimed::Not("all that is known of it was analysed"));
                }
                Claim::InHand { until } => {
                    self.wait_for(until).await?;
                    continue;
                }
                Claim::OwnLease { until } => return Err(HandlerError::OwnLease { until }),
                Claim::GivenUp => return Err(HandlerError::GivenUp),
            };
            if self.time.now() >= Budget::until(self.ends_at).claim() {
                return Err(HandlerError::NoTime("begin with the analysis"));
            }
            let loaded = Loaded {
                record,
                precondition,
            };
            if let Saved::Ours(loaded) = records::save(&self.records, &self.time, loaded).await? {
                return Ok(Claimed::Ours(Box::new(loaded)));
            }
            rounds += 1;
        }
        Err(RecordError::Contended { key }.into())
    }

    /// Lets another invocation go on for a moment, as long as there is time to take over from it.
    async fn wait_for(&self, until: Timestamp) -> Result<(), HandlerError> {
        let next = self.time.now() + SignedDuration::try_from(LOOK_AGAIN).unwrap_or_default();
        if next >= Budget::until(self.ends_at).claim() {
            return Err(HandlerError::InHand { until });
        }
        self.time.pause(LOOK_AGAIN).await;
        Ok(())
    }

    /// Whether the incident is still ours.
    pub(super) async fn is_ours(
        &self,
        held: &Loaded<IncidentRecord>,
    ) -> Result<bool, HandlerError> {
        let key = IncidentRecord::key_of(&held.record.incident);
        let found = records::load::<IncidentRecord>(&self.records, &key).await?;
        Ok(found.is_some_and(|found| found.precondition == held.precondition))
    }

    /// Writes the record with a change, if it is still ours.
    pub(super) async fn keep(
        &self,
        held: Loaded<IncidentRecord>,
        change: impl FnOnce(&mut IncidentRecord) + Send,
    ) -> Result<(), HandlerError> {
        let mut loaded = held;
        change(&mut loaded.record);
        match records::save(&self.records, &self.time, loaded).await? {
            Saved::Ours(_) => Ok(()),
            Saved::Lost => Err(HandlerError::LeaseLost),
        }
    }

    /// Lets the next try begin at once: whoever returns does nothing more.
    pub(super) async fn release(&self, held: Loaded<IncidentRecord>) {
        let now = self.time.now();
        if let Err(error) = self.keep(held, |record| record.release(now)).await {
            let reason = Quoted::line(&chain(&error));
            warn!("the lease stays until its end: {reason}");
        }
    }
}
