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
    let is_due = |known: &Known| {
        let is_time = known.hint.due_at.is_none_or(|due_at| due_at <= now);
        known.can_be_read && is_time && (is_task_free || !known.hint.wants_task)
    };
    let mut due: Vec<_> = catalog
        .groups
        .iter()
        .filter(|(_, known)| is_due(known))
        .collect();
    due.sort_by_key(|(_, known)| {
        let hint = &known.hint;
        let expires_at = hint.expires_at.filter(|at| at.duration_since(now) < SOON);
        let waits_since = if hint.wants_task {
            hint.verified_until
        } else {
            hint.worked_at
        };
        (
            Reverse(hint.has_task),
            expires_at.is_none(),
            expires_at,
            hint.wants_task,
            waits_since,
        )
    });
    due.into_iter().map(|(name, _)| name.clone()).collect()
}
