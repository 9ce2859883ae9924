//! When the source forgets a window. Pure.

use jiff::{SignedDuration, Timestamp};
use shared::exports::window::{Window, hour_of};

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
    /// Nothing: it has forgotten all, or the log group was deleted, or made again after that.
    Nothing,
}

/// How much of a window the source still has.
pub(super) fn left(window: Window, group: &Group, now: Timestamp) -> Left {
    if !group.exists || window.end() <= group.created_at || forgets(window.end(), group) <= now {
        Left::Nothing
    } else if is_forgetting(window.start(), group, now) {
        Left::Some
    } else {
        Left::All
    }
}

/// Whether the source may have forgotten an event of this moment before it has answered what it is asked now.
pub(super) fn is_forgetting(at: Timestamp, group: &Group, now: Timestamp) -> bool {
    !group.exists || is_before(at, group) || forgets(at, group) <= later(now, GUARD)
}

/// Whether it is of a time of which the group knows nothing: it was made later, maybe not for the first time. Exports begin in the hour in
/// which a group was made.
fn is_before(at: Timestamp, group: &Group) -> bool {
    at < hour_of(group.created_at)
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
pub(super) fn loss(window: Window, group: &Group, rows: u64, now: Timestamp) -> String {
    let why = match group.retention {
        _ if !group.exists => "the log group was deleted".to_owned(),
        _ if is_before(window.start(), group) => format!(
            "what the log group had from before {:.0} was gone",
            group.created_at
        ),
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

#[cfg(test)]
mod tests {
    use super::super::samples::{at, group, window};
    use super::*;

    #[test]
    fn what_is_older_than_the_group_cannot_be_proven() {
        let remade = Group {
            created_at: at("18T20:30"),
            ..group(None)
        };
        let cases = [
            (("17T00:00", "18T00:00"), Left::Nothing),
            (("18T19:00", "18T20:00"), Left::Nothing),
            (("18T00:00", "19T00:00"), Left::Some),
            (("18T20:00", "18T21:00"), Left::All),
            (("19T00:00", "20T00:00"), Left::All),
        ];
        for ((start, end), expected) in cases {
            let left = left(window(start, end), &remade, at("20T01:00"));
            assert_eq!(left, expected, "{start}");
        }
        assert_eq!(
            loss(window("18T00:00", "19T00:00"), &remade, 3, at("20T01:00")),
            "what the log group had from before 2026-02-18T20:30:00Z was gone before it was proven that all are here: \
             3 rows were here at 2026-02-20T01:00:00Z, others may be missing"
        );
    }
}
