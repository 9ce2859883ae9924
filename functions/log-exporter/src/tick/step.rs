//! One step of one window: what is asked of the world, and what came of it as a fact that is saved.

use jiff::{SignedDuration, Timestamp};
use shared::clock::{Clock, Nonces};
use shared::exports::manifest::{CountedBy, Mode};
use shared::failure::{Classify as _, FailureKind, chain};
use shared::records::{self, Loaded, Record as _, Records, Saved};

use super::failed::{StepError, count_failure};
use super::memo::Brief;
use super::run::Run;
use super::turn::{AFTER_FAILURE, POLL, Turn};
use super::{Logs, Tick};
use crate::direct::Span;
use crate::ledger::{Entry, Fact, Pending, State, Step, after, next};
use crate::preflight::LooksAtBucket;
use crate::sources::Bucket;
use crate::work::Work;
use crate::{copy, direct, reconcile, tell, tidy};

/// What came of a step: a fact that may change the entry, or how long to wait.
pub(super) enum Found {
    /// What was found out or done.
    Fact(Fact),
    /// Nothing yet.
    Wait(SignedDuration),
}

impl<L: Logs, B: Bucket, R: Records, P: LooksAtBucket, T: Clock + Nonces> Tick<'_, L, B, R, P, T> {
    /// Why a step is not taken now, as what counts of the window then.
    pub(super) fn held_back(
        &self,
        run: &Run,
        entry: &Entry,
        step: &Step,
        now: Timestamp,
    ) -> Option<Brief> {
        match step {
            Step::AskForTask if self.is_paused || !run.is_task_free() => {
                Some(Brief::for_task(entry))
            }
            Step::Read { .. } | Step::Count | Step::Again if self.is_paused => {
                Some(Brief::of(entry, Some(now + self.paced(AFTER_FAILURE))))
            }
            _ => None,
        }
    }

    /// Takes a step and saves what came of it. How long to wait before the next one, if there is nothing more to do at once.
    pub(super) async fn take(
        &self,
        run: &mut Run,
        turn: &Turn<'_>,
        held: &mut Loaded<Entry>,
        step: Step,
    ) -> Result<Option<SignedDuration>, StepError> {
        if step == Step::AskForTask {
            return Box::pin(self.ask_for_task(run, turn, held)).await;
        }
        let found = match Box::pin(self.found(turn, &held.record, &step)).await {
            Ok(found) => found,
            Err(failure) => Found::Fact(Self::failed_for_good(run, &held.record, &step, failure)?),
        };
        match found {
            Found::Fact(fact) => self.save(run, held, fact).await,
            Found::Wait(wait) => Ok(Some(wait)),
        }
    }

    async fn found(&self, turn: &Turn<'_>, entry: &Entry, step: &Step) -> Result<Found, StepError> {
        let now = self.time.now();
        let work = Work {
            place: &turn.place,
            window: entry.window,
            is_redacted: entry.is_redacted,
            by: turn.until,
        };
        let sources = (&self.logs, &self.bucket);
        let output = entry.output();
        let fact = match step {
            // These two never come here.
            Step::Wait(_) | Step::AskForTask => return Ok(Found::Wait(POLL)),
            Step::FindTask => self.find_task(turn, entry).await?,
            Step::LookAtTask(task) => Fact::Seen(self.logs.status(task).await?),
            Step::Copy { .. } => {
                let State::Exported(pending) = &entry.state else {
                    return Ok(Found::Wait(POLL));
                };
                let pending: &Pending = pending;
                let copied = copy::copy(&self.bucket, work, entry.attempt, pending, &self.time);
                Box::pin(copied).await?
            }
            Step::Count => return self.count(turn, entry).await,
            Step::AskCount(query) => return self.ask_count(entry, query).await,
            Step::Read { from, until, token } => {
                let (from, until, token) = (*from, *until, token.as_deref());
                let span = Span { from, until, token };
                Box::pin(direct::read(sources, work, span, &output, &self.time)).await?
            }
            Step::Reconcile(done) => {
                let (done, output) = (done.as_ref(), entry.listed());
                Box::pin(reconcile::reconcile(
                    sources, work, &output, done, &self.time,
                ))
                .await?
            }
            Step::Tell => tell::tell(&self.manifests, &turn.place, entry, now).await?,
            Step::Tidy => {
                let is_task_settled = entry.is_task_settled();
                let tidied = tidy::tidy(&self.bucket, work, &output, is_task_settled, now);
                match Box::pin(tidied).await? {
                    Some(fact) => fact,
                    None => return Ok(Found::Wait(AFTER_FAILURE)),
                }
            }
            Step::GiveUp { loss } => Fact::GivenUp(loss.clone()),
            Step::Again if turn.policy.mode == Mode::Direct => Fact::AgainDirectly,
            Step::Again => Fact::Again,
        };
        Ok(Found::Fact(fact))
    }

    /// What a failure means for the window: what could not be counted or compared for good is noted in the ledger and comes again by its
    /// rules. Everything else is tried again later, and nothing is known of it.
    fn failed_for_good(
        run: &mut Run,
        entry: &Entry,
        step: &Step,
        failure: StepError,
    ) -> Result<Fact, StepError> {
        if failure.kind() == FailureKind::Transient {
            return Err(failure);
        }
        let words = chain(&failure);
        let fact = match step {
            Step::Count | Step::AskCount(_) => Fact::Uncounted(words),
            Step::Copy { .. } | Step::Reconcile(_) => Fact::Unreconciled(words),
            _ => return Err(failure),
        };
        count_failure(run, &entry.key(), &failure);
        Ok(fact)
    }

    /// Saves what came of a step. How long to wait, if that changes nothing or somebody else wrote the entry.
    pub(super) async fn save(
        &self,
        run: &mut Run,
        held: &mut Loaded<Entry>,
        fact: Fact,
    ) -> Result<Option<SignedDuration>, StepError> {
        let changed = after(held.record.clone(), fact, self.rules, self.time.now())?;
        if changed == held.record {
            return Ok(Some(POLL));
        }
        let loaded = Loaded {
            record: changed,
            precondition: held.precondition.clone(),
        };
        match records::save(&self.records, &self.time, loaded).await? {
            Saved::Ours(saved) => {
                tally(run, &held.record, &saved.record);
                *held = saved;
                Ok(None)
            }
            Saved::Lost => Ok(Some(POLL)),
        }
    }

    /// A wait as the rules' pace has it.
    pub(super) fn paced(&self, wait: SignedDuration) -> SignedDuration {
        wait / self.rules.pace.max(1)
    }

    /// What counts of a window whose step has to wait. Whatever comes before that does not wait for tidying up: what a task staged is too
    /// young to go for longer than it takes until another attempt is due.
    pub(super) fn waiting(
        &self,
        turn: &Turn<'_>,
        entry: &Entry,
        (wait, is_tidying): (SignedDuration, bool),
    ) -> Brief {
        let now = self.time.now();
        let mut due_at = now + wait;
        if is_tidying {
            let mut tidy = entry.clone();
            tidy.is_tidy = true;
            if let Step::Wait(Some(other)) = next(&tidy, &turn.group, self.rules, now) {
                due_at = due_at.min(other);
            }
        }
        Brief::of(entry, Some(due_at))
    }

    /// Whether the source is counted by listing all events.
    pub(super) fn counts_by_listing(&self) -> bool {
        self.rules.count_by == CountedBy::EventIds
    }
}

/// Counts what became of a window.
fn tally(run: &mut Run, before: &Entry, now: &Entry) {
    let is_lost = |entry: &Entry| matches!(entry.state, State::Expired { .. });
    let tally = &mut run.tally;
    tally.verified += u64::from(now.is_proven() && !before.is_proven());
    tally.expired += u64::from(is_lost(now) && !is_lost(before));
    let [was, is] = [before.output(), now.output()];
    tally.rows += is.rows().saturating_sub(was.rows());
    tally.bytes += is.bytes().saturating_sub(was.bytes());
}
