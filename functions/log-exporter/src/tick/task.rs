//! Export tasks: asked for once, found again after a crash.

use jiff::SignedDuration;
use shared::clock::{Clock, Nonces};
use shared::exports::layout::staging_prefix;
use shared::failure::{CallError, Classify as _, Effect, FailureKind, chain};
use shared::records::{Loaded, Records};

use super::failed::StepError;
use super::run::{Run, Slot};
use super::turn::Turn;
use super::{Logs, Tick};
use crate::ledger::{Entry, Fact, Refusal};
use crate::preflight::LooksAtBucket;
use crate::sources::Bucket;

/// How many pages of tasks are looked through for ours: they begin with the newest, and it is not older than a few days.
const PAGES: usize = 20;

impl<L: Logs, B: Bucket, R: Records, P: LooksAtBucket, T: Clock + Nonces> Tick<'_, L, B, R, P, T> {
    /// Notes that a task is about to be asked for, asks for it, and notes what came of that. Whoever comes after a crash in between looks
    /// for a task that writes to this attempt's own prefix.
    pub(super) async fn ask_for_task(
        &self,
        run: &mut Run,
        turn: &Turn<'_>,
        held: &mut Loaded<Entry>,
    ) -> Result<Option<SignedDuration>, StepError> {
        if let Some(wait) = self.save(run, held, Fact::Intended).await? {
            return Ok(Some(wait));
        }
        let (window, attempt) = (held.record.window, held.record.attempt);
        let prefix = staging_prefix(&turn.place, window, attempt);
        run.slot = Slot::Ours(turn.name.to_owned());
        let fact = match self.logs.create(turn.name, window, &prefix).await {
            Ok(Ok(task)) => Fact::Task(task),
            Ok(Err(refusal)) => Fact::Refused(refusal),
            Err(failure) => refused(failure)?,
        };
        if let Fact::Refused(_) = fact {
            // Who holds it does so for longer than this tick, and what was refused for good is likely to be so again.
            run.slot = Slot::Taken;
        }
        self.save(run, held, fact).await
    }

    /// The task that writes to this attempt's prefix, if there is one.
    pub(super) async fn find_task(
        &self,
        turn: &Turn<'_>,
        entry: &Entry,
    ) -> Result<Fact, StepError> {
        let prefix = staging_prefix(&turn.place, entry.window, entry.attempt);
        let mut next = None;
        for _ in 0..PAGES {
            let page = self.logs.tasks(next).await?;
            if let Some(task) = page.items.into_iter().find(|task| task.prefix == prefix) {
                return Ok(Fact::Task(task.id));
            }
            if page.next.is_none() {
                break;
            }
            next = page.next;
        }
        Ok(Fact::NoTask)
    }
}

/// What an error of asking for a task means. Without a clear answer there may be one: it is looked for. A clear no to being asked too
/// often begins nothing, like a slot that is taken.
fn refused(failure: CallError) -> Result<Fact, StepError> {
    match (failure.effect(), failure.kind()) {
        (Effect::Unknown, _) => Err(failure.into()),
        (Effect::None, FailureKind::Transient) => Ok(Fact::Refused(Refusal::Busy)),
        (Effect::None, FailureKind::Permanent) => {
            Ok(Fact::Refused(Refusal::Never(chain(&failure))))
        }
    }
}
