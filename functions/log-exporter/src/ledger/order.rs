//! Which windows come first. Pure.

use jiff::Timestamp;
use shared::exports::manifest::Mode;

use super::entry::{Entry, State};
use super::expiry::{forgets, urgent_at};
use super::next::next;
use super::step::{Group, Step};
use crate::rules::Rules;

/// A window's place in the order in which windows are worked on: the least first.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Rank {
    turn: Turn,
    forgotten_at: Timestamp,
    start: Timestamp,
}

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Turn {
    /// The source is about to forget it, and something can be done.
    Urgent,
    /// It is read directly: somebody waits for it.
    Direct,
    /// A task is under way, or what it wrote is copied and counted.
    UnderWay,
    /// It can be begun.
    Due,
    /// It is proven, and looked at again.
    Late,
    /// Nothing is to be done yet.
    Waiting,
}

/// A window's place in the order in which windows are worked on: first what the source is about to forget, then direct windows that are
/// due, then what is under way, then what can be begun, each with what is forgotten first before the others.
pub fn order(entry: &Entry, group: &Group, rules: &Rules, now: Timestamp) -> Rank {
    let is_proven = matches!(entry.state, State::Verified(_) | State::Expired { .. });
    let turn = match (next(entry, group, rules, now), &entry.state) {
        (Step::Wait(_), _) => Turn::Waiting,
        _ if !is_proven && urgent_at(entry.window, group) <= now => Turn::Urgent,
        _ if !is_proven && entry.mode == Mode::Direct => Turn::Direct,
        (_, State::Exporting(_) | State::Exported(_)) => Turn::UnderWay,
        (_, State::Planned { .. } | State::Suspect { .. }) => Turn::Due,
        (_, State::Verified(_) | State::Expired { .. }) => Turn::Late,
    };
    Rank {
        turn,
        forgotten_at: forgets(entry.window.start(), group),
        start: entry.window.start(),
    }
}
