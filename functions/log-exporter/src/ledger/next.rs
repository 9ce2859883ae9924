//! What is to be done about a window. Pure.

mod late;

use jiff::Timestamp;
use shared::exports::manifest::Mode;

use super::entry::{Entry, Exporting, Pending, State};
use super::expiry::{Left, left, loss, urgent_at};
use super::pace::{self, later, paced};
use super::step::{Group, Step};
use crate::rules::Rules;

/// What is to be done about a window now, one thing at a time.
///
/// Whatever the source has forgotten, what was staged is still copied: a loss is stated when nothing more can be saved.
pub fn next(entry: &Entry, group: &Group, rules: &Rules, now: Timestamp) -> Step {
    if !entry.is_told {
        return Step::Tell;
    }
    let look = Look {
        entry,
        group,
        rules,
        now,
        left: left(entry.window, group, now),
    };
    match &entry.state {
        State::Planned { not_before, .. } if entry.mode == Mode::ExportTask => {
            look.planned(*not_before)
        }
        State::Planned { .. } => look.read(entry.window.start(), None),
        State::Exporting(Exporting::Task {
            task: None,
            asked_at,
            ..
        }) => look.when(later(*asked_at, paced(pace::TASK_APPEARS, rules)), || {
            Step::FindTask
        }),
        State::Exporting(Exporting::Task { task: Some(id), .. }) => Step::LookAtTask(id.clone()),
        State::Exporting(Exporting::Direct {
            read_until, token, ..
        }) => look.read(*read_until, token.as_deref()),
        State::Exported(pending) => look.exported(pending),
        State::Verified(proven) => look.verified(proven),
        State::Suspect { again_at, .. } => look.suspect(*again_at),
        State::Expired { .. } => look.idle(None),
    }
}

/// What is looked at.
struct Look<'a> {
    entry: &'a Entry,
    group: &'a Group,
    rules: &'a Rules,
    now: Timestamp,
    left: Left,
}

impl Look<'_> {
    /// `step` if it is due.
    fn when(&self, due: Timestamp, step: impl FnOnce() -> Step) -> Step {
        if due <= self.now {
            step()
        } else {
            Step::Wait(Some(due))
        }
    }

    fn give_up(&self) -> Step {
        Step::GiveUp {
            loss: loss(
                self.entry.window,
                self.group,
                self.entry.output().rows(),
                self.now,
            ),
        }
    }

    /// A window whose task was not asked for. It is asked for before its time if the source is about to forget it, and without waiting
    /// for a slot then.
    fn planned(&self, not_before: Timestamp) -> Step {
        if self.left == Left::Nothing {
            return self.give_up();
        }
        let window = self.entry.window;
        let urgent = urgent_at(window, self.group).max(window.end());
        self.when(not_before.min(urgent), || Step::AskForTask)
    }

    /// A window that was read directly as of `read_until`, or whose pages are read from there on. Once it can be proven it is listed as a
    /// whole at once.
    fn read(&self, read_until: Timestamp, token: Option<&str>) -> Step {
        let window = self.entry.window;
        match self.left {
            Left::Nothing => return self.give_up(),
            Left::All if self.seals_at() <= self.now => return Step::Reconcile(None),
            Left::All | Left::Some => {}
        }
        if let Some(token) = token {
            return Step::Read {
                from: read_until,
                until: self.now,
                token: Some(token.to_owned()),
            };
        }
        let again = later(read_until, paced(pace::READ_EVERY, self.rules));
        let edges = [window.end(), self.seals_at()];
        let edge = edges.into_iter().filter(|edge| read_until < *edge).min();
        let due = edge.map_or(again, |edge| again.min(edge));
        self.when(due, || Step::Read {
            from: later(read_until, -pace::LAG).max(window.start()),
            until: self.now,
            token: None,
        })
    }

    fn seals_at(&self) -> Timestamp {
        later(self.entry.window.end(), self.rules.seal)
    }

    /// A window that was read. What is staged is copied even if the source has forgotten it.
    fn exported(&self, pending: &Pending) -> Step {
        if !pending.is_copied {
            return Step::Copy {
                after: pending.copied_to.clone(),
            };
        }
        if self.left != Left::All {
            return self.give_up();
        }
        if self.entry.mode == Mode::Direct {
            return self.when(self.seals_at(), || {
                Step::Reconcile(pending.reconciling.clone())
            });
        }
        match &pending.query {
            Some(query) => Step::AskCount(query.id.clone()),
            None => self.when(
                pace::count_again_at(pending.uncounted, self.noted_at(), self.rules),
                || Step::Count,
            ),
        }
    }

    /// A window that is exported again. In its last day it is tried every hour.
    fn suspect(&self, again_at: Timestamp) -> Step {
        if self.left == Left::Nothing {
            return self.give_up();
        }
        let urgent = urgent_at(self.entry.window, self.group)
            .max(later(self.noted_at(), paced(pace::TRY_AGAIN, self.rules)));
        let due = again_at.min(urgent);
        if due <= self.now {
            return Step::Again;
        }
        self.idle(Some(due))
    }

    /// When something was last noted; long ago, if nothing was.
    fn noted_at(&self) -> Timestamp {
        self.entry
            .noted
            .last()
            .map_or(Timestamp::MIN, |note| note.at)
    }

    /// Nothing but to tidy up before `due`.
    fn idle(&self, due: Option<Timestamp>) -> Step {
        if self.entry.is_tidy {
            return Step::Wait(due);
        }
        let tidy_at = later(self.noted_at(), paced(pace::TIDY_AFTER, self.rules));
        if tidy_at <= self.now {
            return Step::Tidy;
        }
        Step::Wait(Some(due.map_or(tidy_at, |due| due.min(tidy_at))))
    }
}

#[cfg(test)]
mod tests;
