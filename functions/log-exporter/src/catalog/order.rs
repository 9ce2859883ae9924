//! Whose turn it is.

use std::cmp::Reverse;

use jiff::{SignedDuration, Timestamp};

use super::{Catalog, Known};

/// What the source forgets so soon comes before all else.
pub const SOON: SignedDuration = SignedDuration::from_hours(48);

/// The groups for which something is to be done, the first one first: who has the export task, so that others can have it; whose events
/// the source is about to forget; who was not looked at for longest. Those that wait for nothing but the task come only if it is free,
/// and after the others: the one whose proven windows end earliest is the first of them.
pub fn due(catalog: &Catalog, is_task_free: bool, now: Timestamp) -> Vec<String> {
    let is_due = |known: &Known| known.is_due(is_task_free, now);
    let groups = catalog.groups.iter();
    let mut due: Vec<_> = groups.filter(|(_, known)| is_due(known)).collect();
    due.sort_by_key(|(_, known)| {
        let hint = &known.hint;
        let expires_at = hint.expires_at.filter(|at| at.duration_since(now) < SOON);
        let only_wants_task = hint.due_at.is_none_or(|due_at| due_at > now);
        let waits_since = if only_wants_task {
            hint.settled_until
        } else {
            hint.worked_at
        };
        (
            Reverse(hint.has_task),
            expires_at.is_none(),
            expires_at,
            only_wants_task,
            waits_since,
        )
    });
    due.into_iter().map(|(name, _)| name.clone()).collect()
}

impl Known {
    /// Whether something is to be done for it.
    pub fn is_due(&self, is_task_free: bool, now: Timestamp) -> bool {
        let is_time = self.hint.due_at.is_some_and(|due_at| due_at <= now);
        is_time || self.hint.wants_task && is_task_free
    }
}
