//! What is kept of a turn in the catalog.

use jiff::Timestamp;

use super::memo::{Brief, Kind};
use super::survey::Survey;
use super::turn::Turn;
use crate::catalog::Hint;
use crate::ledger::watermark;

/// What the ledger says of a group, as a hint for the next turn.
pub(super) fn hint(
    turn: &Turn<'_>,
    survey: &Survey,
    plan_at: Option<Timestamp>,
    now: Timestamp,
) -> Hint {
    let briefs = || survey.windows.values().map(|glimpse| &glimpse.brief);
    let mark = watermark(briefs().map(|brief| brief.standing));
    let first = briefs().next().map(|brief| brief.standing.window.start());
    let before = turn.hint.verified_until;
    let verified_until = match (before, first) {
        // The run ended before the windows that were looked at.
        (Some(before), Some(first)) if before < first => Some(before),
        _ => mark.map(|mark| mark.verified_until).or(before),
    };
    let settled_until = mark
        .map(|mark| mark.settled_until)
        .or(turn.hint.settled_until);
    let number = |is: &dyn Fn(&Brief) -> bool| {
        let such = briefs().filter(|brief| is(brief));
        u32::try_from(such.count()).unwrap_or(u32::MAX)
    };
    let count = |kind: Kind| number(&|brief| brief.kind == kind);
    let windows = briefs().filter_map(|brief| brief.due_at);
    let mut open = briefs().filter(|brief| brief.due_at.is_some());
    let open_from = open.next().map(|brief| brief.standing.window.start());
    // What was not read may come before.
    let unread = turn.hint.open_from.filter(|_| !survey.is_complete);
    let expires_at = settled_until.zip(turn.group.retention);
    let expires_at = expires_at.and_then(|(from, kept)| from.checked_add(kept).ok());
    Hint {
        worked_at: Some(now),
        verified_until,
        settled_until,
        open_from: open_from.into_iter().chain(unread).min(),
        due_at: windows.chain(plan_at).min(),
        expires_at: expires_at.filter(|_| turn.group.exists),
        suspect: number(&|brief| brief.is_suspect),
        expired: count(Kind::Expired),
        has_task: count(Kind::HasTask) > 0,
        wants_task: count(Kind::WantsTask) > 0,
    }
}
