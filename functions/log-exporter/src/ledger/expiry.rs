//! When the source forgets a window. Pure.

use jiff::{SignedDuration, Timestamp};
use shared::exports::window::Window;

use super::pace::later;
use super::step::Group;

/// What the source is asked for must be answered this long before it may forget the first of it: clocks differ, and a tick takes a while.
const GUARD: SignedDuration = SignedDuration::from_hours(1);

/// A window of which so much time is left, or a quarter of the retention if that is less, is exported as soon as it can be.
const URGENT: SignedDuration = SignedDuration::from_hours(24);

/// How much of a window the source still has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Left {
    /// All of it: what it says can prove a window.
    All,
    /// It may have begun to forget it. What is left can be saved, but nothing can be proven any more.
    Some,
    /// Nothing: it has forgotten all, or the log group was deleted.
    Nothing,
}

/// How much of a window the source still has.
pub(super) fn left(window: Window, group: &Group, now: Timestamp) -> Left {
    if !group.exists || forgets(window.end(), group) <= now {
        Left::Nothing
    } else if is_forgetting(window.start(), group, now) {
        Left::Some
    } else {
        Left::All
    }
}

/// Whether the source may have forgotten an event of this moment before it has answered what it is asked now.
pub(super) fn is_forgetting(at: Timestamp, group: &Group, now: Timestamp) -> bool {
    !group.exists || forgets(at, group) <= later(now, GUARD)
}

/// When the source forgets what happened at a moment; never, if it keeps everything.
pub(super) fn forgets(at: Timestamp, group: &Group) -> Timestamp {
    group
        .retention
        .map_or(Timestamp::MAX, |retention| later(at, retention))
}

/// From when on a window is urgent: it is about to be forgotten.
pub(super) fn urgent_at(window: Window, group: &Group) -> Timestamp {
    let Some(retention) = group.retention else {
        return Timestamp::MAX;
    };
    let before = URGENT.min(retention / 4);
    later(later(window.start(), retention), -before)
}

/// What may be missing of a window that was not proven, as a sentence.
pub(super) fn loss(group: &Group, rows: u64, now: Timestamp) -> String {
    let why = match group.retention {
        _ if !group.exists => "the log group was deleted".to_owned(),
        Some(retention) => {
            let days = retention.as_hours() / 24;
            format!("the log group keeps events for {days} days and has begun to forget them")
        }
        None => "the log group forgets them".to_owned(),
    };
    format!(
        "{why} before it was proven that all are here: {rows} rows were here at {now:.0}, others may be missing"
    )
}
