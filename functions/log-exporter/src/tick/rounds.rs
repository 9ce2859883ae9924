//! Whose turn it is, until nothing is due or the time is up.

use jiff::{SignedDuration, Timestamp};
use shared::clock::{Clock, Nonces};
use shared::records::{self, Records, Saved};

use super::failed::count_failure;
use super::run::{Run, Slot};
use super::{Logs, Tick};
use crate::catalog::due;
use crate::preflight::LooksAtBucket;
use crate::sources::Bucket;

/// What is due so soon is waited for, such as a task that takes seconds.
const WAIT: SignedDuration = SignedDuration::from_secs(5);

/// How often the catalog is saved during a tick: what is not saved is found out again if the tick is killed.
const SAVE_EVERY: SignedDuration = SignedDuration::from_secs(8);

/// The least and the most time of one turn. Who needs more has another turn after the others.
const LEAST: SignedDuration = SignedDuration::from_secs(1);
const MOST: SignedDuration = SignedDuration::from_secs(8);

impl<L: Logs, B: Bucket, R: Records, P: LooksAtBucket, T: Clock + Nonces> Tick<'_, L, B, R, P, T> {
    /// Gives each group that is due a turn, round after round, until nothing is due or the time is up.
    pub(super) async fn rounds(&self, run: &mut Run) {
        let by = self.by(self.time.now());
        loop {
            let now = self.time.now();
            let queue = due(&run.catalog, run.is_task_free() && !self.is_paused, now);
            let queue = last(queue, run.suspected.as_deref());
            if queue.is_empty() {
                match soon(run, now).filter(|at| *at < by) {
                    Some(at) => self.wait_until(at).await,
                    None => return,
                }
            }
            for name in queue {
                if self.time.now() >= by {
                    return;
                }
                Box::pin(self.one(run, &name, by)).await;
            }
        }
    }

    /// One group's turn, if it is still due.
    async fn one(&self, run: &mut Run, name: &str, by: Timestamp) {
        let now = self.time.now();
        let is_free = run.is_task_free() && !self.is_paused;
        let Some(known) = run.catalog.groups.get(name).cloned() else {
            return;
        };
        if !known.is_due(is_free, now) {
            return;
        }
        if run.is_careful {
            self.write_down(run, name).await;
        }
        let share = (by.duration_since(now) / 3).clamp(LEAST, MOST);
        let until = by.min(now + share);
        let mut hint = Box::pin(self.turn(run, (name, &known), until)).await;
        let took = self.time.now().duration_since(now);
        if took < LEAST {
            // A turn that came to nothing is not repeated without a pause.
            hint.due_at = hint.due_at.map(|due_at| due_at.max(now + LEAST));
        }
        settle_slot(run, name, hint.has_task);
        run.tally.turns += 1;
        if let Some(known) = run.catalog.groups.get_mut(name) {
            known.hint = hint;
        }
        let saved_at = run.catalog_saved_at.get_or_insert(now);
        if now.duration_since(*saved_at) >= SAVE_EVERY {
            self.save_catalog(run).await;
        }
    }

    async fn wait_until(&self, at: Timestamp) {
        let left = at.duration_since(self.time.now()).max(SignedDuration::ZERO);
        self.time.pause(left.unsigned_abs()).await;
    }

    /// Writes down in the lease whose turn it is, so that the next tick knows at what this one was killed.
    async fn write_down(&self, run: &mut Run, name: &str) {
        run.held.record.group = Some(name.to_owned());
        match records::save(&self.records, &self.time, run.held.clone()).await {
            Ok(Saved::Ours(held)) => run.held = held,
            Ok(Saved::Lost) => run.is_careful = false,
            Err(failure) => count_failure(run, "the lease", &failure),
        }
    }
}

/// Who has the export task after a group's turn.
fn settle_slot(run: &mut Run, name: &str, has_task: bool) {
    if has_task {
        run.slot = Slot::Ours(name.to_owned());
    } else if run.slot == Slot::Ours(name.to_owned()) {
        run.slot = Slot::Free;
    }
}

/// The same, with one group after all the others.
fn last(mut queue: Vec<String>, name: Option<&str>) -> Vec<String> {
    queue.sort_by_key(|group| Some(group.as_str()) == name);
    queue
}

/// When the next group is due, if it is soon.
fn soon(run: &Run, now: Timestamp) -> Option<Timestamp> {
    let known = run.catalog.groups.values();
    let next = known.filter_map(|known| known.hint.due_at).min();
    next.filter(|at| at.duration_since(now) <= WAIT)
}
