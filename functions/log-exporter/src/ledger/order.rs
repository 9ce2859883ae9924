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

#[cfg(test)]
mod tests {
    use shared::exports::manifest::Output;

    use super::super::samples::{at, by_task, direct, group, rules};
    use super::super::{Exporting, Pending};
    use super::*;

    #[test]
    fn what_is_forgotten_first_and_what_somebody_waits_for_comes_first() {
        let planned = |not_before: &str| State::Planned {
            not_before: at(not_before),
            earlier: Output::default(),
        };
        let running = State::Exporting(Exporting::Task {
            asked_at: at("20T11:00"),
            task: Some("t".to_owned()),
            earlier: Output::default(),
        });
        let copying = State::Exported(Pending::default());
        let lost = State::Expired {
            loss: "some".to_owned(),
            output: Output::default(),
        };
        let untidy = Entry {
            is_tidy: false,
            ..by_task(lost)
        };
        let mut windows = [
            ("waits", by_task(planned("20T13:00")), None),
            ("is lost, and not tidied up after", untidy, None),
            ("is due", by_task(planned("19T12:00")), None),
            (
                "is due and forgotten in ten days",
                by_task(planned("19T12:00")),
                Some(12),
            ),
            ("is copied", by_task(copying), None),
            ("runs", by_task(running), Some(30)),
            ("is direct", direct(planned("18T09:00")), None),
            (
                "is about to be forgotten",
                by_task(planned("19T12:00")),
                Some(3),
            ),
        ];
        windows.sort_by_cached_key(|(_, entry, days)| {
            order(entry, &group(*days), &rules(), at("20T12:00"))
        });
        assert_eq!(
            windows.map(|(what, ..)| what),
            [
                "is about to be forgotten",
                "is direct",
                "runs",
                "is copied",
                "is due and forgotten in ten days",
                "is due",
                "is lost, and not tidied up after",
                "waits",
            ]
        );
    }
}
