//! Intents before and outcomes after each change of the outside world, and the slots of the hourly caps.

use std::time::Duration;

use futures::future::try_join_all;
use shared::caps;
use shared::clock::{Clock, Nonces};
use shared::records::{self, Loaded, Precondition, Record as _, RecordError, Records, Saved};
use shared::reports::Reports;

use super::case::Case;
use super::{Handler, HandlerError};
use crate::github::{GitHub, Thread};
use crate::llm::Llm;
use crate::objects::Objects;
use crate::record::{Begun, FailureRecord, Kind, State};

/// How often a change is made anew because others wrote the record first. Thousands of logs of one failure may come at once; what is
/// lost here too comes back with Lambda's retry.
const MOST_ROUNDS: u32 = 12;

/// What is waited before the next round, times its number.
const PAUSE: Duration = Duration::from_millis(20);

/// So many slots are read at once.
const READ_AT_ONCE: usize = 16;

/// An hourly cap, by what it is called and how much it allows.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Cap {
    pub(super) scope: String,
    pub(super) most: u32,
    pub(super) setting: &'static str,
}

impl<O: Objects, R: Records, P: Reports, G: GitHub, L: Llm, T: Clock + Nonces>
    Handler<'_, O, R, P, G, L, T>
{
    /// Changes the record of a failure, again if others wrote theirs; one that changes nothing is not written. `absent` is what it
    /// is where there is none.
    pub(super) async fn change<X>(
        &self,
        absent: &FailureRecord,
        change: impl Fn(FailureRecord) -> (FailureRecord, X),
    ) -> Result<(FailureRecord, X), HandlerError> {
        let key = absent.key();
        for round in 1..=MOST_ROUNDS {
            let found = records::load::<FailureRecord>(&self.records, &key).await?;
            let found = found.unwrap_or_else(|| Loaded {
                record: FailureRecord::new(&absent.repository, &absent.fingerprint),
                precondition: Precondition::Absent,
            });
            let (record, value) = change(found.record.clone());
            if record == found.record {
                return Ok((record, value));
            }
            let precondition = found.precondition;
            let loaded = Loaded {
                record,
                precondition,
            };
            if let Saved::Ours(loaded) = records::save(&self.records, &self.time, loaded).await? {
                return Ok((loaded.record, value));
            }
            self.time.pause(PAUSE * round).await;
        }
        Err(RecordError::Contended { key }.into())
    }

    /// Writes down that a deed is about to be done, if it may be; there must be a slot of `cap` for it.
    pub(super) async fn begin(
        &self,
        case: &mut Case,
        kind: &Kind,
        cap: &Cap,
    ) -> Result<Option<Begun>, HandlerError> {
        let Some(failure) = &case.failure else {
            return Ok(None);
        };
        let (us, until, now) = (case.id.clone(), self.lease.until, self.time.now());
        let sha = case.known_run().map(|run| run.head_sha.clone());
        let seen = case.decided_on;
        let begun = self
            .change(failure, |record| {
                record.begin((kind, sha.as_ref()), (&us, until), seen, now)
            })
            .await;
        let Some((record, begun)) = case.had(begun)? else {
            return Ok(None);
        };
        case.failure = Some(record);
        if !matches!(begun, Begun::First | Begun::Again) {
            return Ok(Some(begun));
        }
        // Whoever begins again has the slot of its earlier try, or takes one: that try may have ended before it had any.
        let holder = format!("{} {kind:?}", case.id.as_str());
        let slot = self.slot(cap, &holder).await;
        let has_slot = case.had(slot)?;
        if has_slot == Some(true) {
            return Ok(Some(begun));
        }
        if begun == Begun::First {
            self.undo(case, kind).await?;
        }
        if has_slot == Some(false) {
            case.note(format!(
                "{} allows {} in an hour, which were used up",
                cap.setting, cap.most
            ));
        }
        Ok(None)
    }

    /// Writes down what came of a deed.
    pub(super) async fn conclude(
        &self,
        case: &mut Case,
        kind: &Kind,
        (state, thread): (State, Option<&Thread>),
    ) -> Result<(), HandlerError> {
        self.rewrite(case, |record| record.concluded(kind, state.clone(), thread))
            .await
    }

    /// Forgets a deed that is known not to have been done.
    pub(super) async fn undo(&self, case: &mut Case, kind: &Kind) -> Result<(), HandlerError> {
        self.rewrite(case, |record| record.undone(kind)).await
    }

    pub(super) async fn rewrite(
        &self,
        case: &mut Case,
        change: impl Fn(FailureRecord) -> FailureRecord,
    ) -> Result<(), HandlerError> {
        if let Some(failure) = &case.failure {
            let (record, ()) = self.change(failure, |record| (change(record), ())).await?;
            case.failure = Some(record);
        }
        Ok(())
    }

    /// Takes a slot of an hourly cap, unless this log has one. Whether it has.
    pub(super) async fn has_slot(&self, case: &mut Case, cap: &Cap) -> Result<bool, HandlerError> {
        let taken = self.slot(cap, case.id.as_str()).await;
        Ok(case.had(taken)?.unwrap_or(false))
    }

    async fn slot(&self, cap: &Cap, holder: &str) -> Result<bool, HandlerError> {
        let prefix = caps::slots_prefix(&cap.scope, self.time.now());
        // One listing instead of an attempt at each slot, most of which are taken when it matters.
        let taken = self.records.list(&prefix, None).await?;
        for slots in taken.chunks(READ_AT_ONCE) {
            let reads = slots.iter().map(|slot| self.records.read(&slot.key));
            let reads: Vec<_> = reads.collect();
            let mut held = try_join_all(reads)
                .await
                .map_err(RecordError::from)?
                .into_iter()
                .flatten();
            if held.any(|slot| slot.body == holder.as_bytes()) {
                return Ok(true);
            }
        }
        let next = u32::try_from(taken.len()).unwrap_or(u32::MAX);
        let free = next.saturating_add(1)..=cap.most;
        Ok(caps::take_slot(&self.records, &prefix, free, holder).await?)
    }

    pub(super) fn cap_of_asks(&self) -> Cap {
        Cap {
            scope: "ci-asks".to_owned(),
            most: self.policy.max_asks,
            setting: "MAX_LLM_ASKS_PER_HOUR",
        }
    }

    pub(super) fn cap_of_mails(&self) -> Cap {
        Cap {
            scope: "ci-mails".to_owned(),
            most: self.policy.max_mails,
            setting: "MAX_MAILS_PER_HOUR",
        }
    }

    pub(super) fn cap_of_proposals(&self, case: &Case) -> Cap {
        let scope = format!("ci-proposals-{}", repository(case));
        Cap {
            scope,
            most: self.policy.max_proposals,
            setting: "MAX_PROPOSALS_PER_HOUR",
        }
    }

    pub(super) fn cap_of_issues(&self, case: &Case) -> Cap {
        let scope = format!("ci-issues-{}", repository(case));
        Cap {
            scope,
            most: self.policy.max_issues,
            setting: "MAX_ISSUES_PER_HOUR",
        }
    }
}

/// The repository as a part of a key, whatever its spelling: `a-b/c` is another one than `a/b-c`.
fn repository(case: &Case) -> String {
    case.log.repository().to_string().to_ascii_lowercase()
}
