//! Which windows a group has. Pure.

use jiff::{SignedDuration, Timestamp};
use shared::exports::manifest::Mode;
use shared::exports::window::{Window, hour_of};

use super::pace::later;
use super::step::Group;
use crate::rules::Rules;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// What the source is about to forget is not begun with: there has to be time to read it, which a task may
/// take hours for, and to prove it.
pub const TIME_TO_PROVE: SignedDuration = SignedDuration::from_hours(6);

/// The lengths that a task's window can have, in hours: they divide a day.
const LENGTHS: [i64; 7] = [24, 12, 8, 6, 4, 3, 2];

/// Where the export of a group begins that is found at `now`: as far back as the rules reach and the group goes, and as it still has its
/// events. The first moment of an hour.
pub fn begin(group: &Group, rules: &Rules, now: Timestamp) -> Timestamp {
    let reach = later(now, -rules.reach_back);
    let kept = group.retention.map_or(Timestamp::MIN, |retention| {
        later(now, TIME_TO_PROVE - retention)
    });
    hour_of(reach.max(kept).max(group.created_at).min(now))
}

/// The next windows of a group, `most` at most, in order: each begins where the one before ends, the first at `from`, which is where the
/// last window ends that the ledger has, or [`begin`]. Direct windows have begun by `now`, those of tasks are over.
pub fn tiling(
    from: Timestamp,
    (mode, group): (Mode, &Group),
    (rules, now): (&Rules, Timestamp),
    most: usize,
) -> Vec<Window> {
    let hours = match mode {
        Mode::Direct => 1,
        Mode::ExportTask => task_hours(group, rules),
    };
    let mut windows = Vec::new();
    let mut start = hour_of(from);
    while windows.len() < most {
        let Ok(window) = Window::new(start, tile_end(start, hours)) else {
            break;
        };
        let is_ready = match mode {
            Mode::Direct => window.start() <= now,
            Mode::ExportTask => window.end() <= now,
        };
        if !is_ready {
            break;
        }
        start = window.end();
        windows.push(window);
    }
    windows
}

/// The last windows of a group that is gone, `most` at most, from where its last one ends: those that had begun when it was missed, the last
/// one up to the end of that hour. Nobody can export them any more, and their loss is to be stated.
pub fn tail(
    from: Timestamp,
    kind: (Mode, &Group),
    (rules, missed_at): (&Rules, Timestamp),
    most: usize,
) -> Vec<Window> {
    let end = later(hour_of(missed_at), HOUR);
    let all = tiling(from, kind, (rules, Timestamp::MAX), most).into_iter();
    all.filter_map(|window| Window::new(window.start(), window.end().min(end)).ok())
        .collect()
}

/// How many hours a task's window has: a day, or less if the group keeps its events for so short that a day could not settle and be
/// proven before its first hours are forgotten.
fn task_hours(group: &Group, rules: &Rules) -> i64 {
    let Some(retention) = group.retention else {
        return 24;
    };
    let most = retention * 3 / 4 - rules.settle;
    let fits = |hours: &i64| SignedDuration::from_hours(*hours) <= most;
    LENGTHS.into_iter().find(fits).unwrap_or(1)
}

/// The next full multiple of `hours` of the UTC day.
fn tile_end(start: Timestamp, hours: i64) -> Timestamp {
    let tile = hours * HOUR.as_secs();
    let after = (start.as_second().div_euclid(tile) + 1) * tile;
    Timestamp::from_second(after).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::samples::{at, group, rules};
    use super::*;

    fn shown(mode: Mode, days: Option<i64>, (from, now): (&str, &str), most: usize) -> String {
        let windows = tiling(at(from), (mode, &group(days)), (&rules(), at(now)), most);
        let shown = |window: &Window| {
            let [start, end] =
                [window.start(), window.end()].map(|at| at.strftime("%dT%H").to_string());
            format!("{start}-{end}")
        };
        windows.iter().map(shown).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn windows_follow_each_other_from_the_last_one() {
        let cases = [
            // A day is over, the next one is not.
            (
                Mode::ExportTask,
                None,
                ("18T00:00", "19T23:59"),
                9,
                "18T00-19T00",
            ),
            (
                Mode::ExportTask,
                None,
                ("18T13:00", "20T00:00"),
                9,
                "18T13-19T00 19T00-20T00",
            ),
            (
                Mode::ExportTask,
                None,
                ("10T00:00", "20T00:00"),
                2,
                "10T00-11T00 11T00-12T00",
            ),
            // Of an hour the first moment is enough.
            (
                Mode::Direct,
                None,
                ("18T22:00", "19T00:00"),
                9,
                "18T22-18T23 18T23-19T00 19T00-19T01",
            ),
            (Mode::Direct, None, ("18T22:00", "18T21:59"), 9, ""),
            // What is kept for three days settles in time as a day, what is kept for one does not.
            (
                Mode::ExportTask,
                Some(3),
                ("18T00:00", "19T00:00"),
                9,
                "18T00-19T00",
            ),
            (
                Mode::ExportTask,
                Some(1),
                ("18T03:00", "18T12:00"),
                9,
                "18T03-18T06 18T06-18T12",
            ),
        ];
        for (mode, days, span, most, expected) in cases {
            assert_eq!(shown(mode, days, span, most), expected, "{mode:?} {span:?}");
        }
    }

    #[test]
    fn an_export_begins_as_far_back_as_there_is_something_to_prove() {
        let begins = |days, created_at: &str| {
            let group = Group {
                created_at: at(created_at),
                ..group(days)
            };
            begin(&group, &rules(), at("18T21:47"))
        };
        assert_eq!(
            [
                begins(None, "01T00:00"),
                begins(None, "18T20:15"),
                begins(Some(1), "01T00:00"),
                begins(None, "19T00:00"),
            ],
            [
                at("17T21:00"),
                at("18T20:00"),
                at("18T03:00"),
                at("18T21:00")
            ]
        );
    }

    #[test]
    fn of_a_group_that_is_gone_the_rest_is_planned_up_to_when_it_was_missed() {
        let shown = |mode, from, missed_at| {
            let windows = tail(at(from), (mode, &group(None)), (&rules(), at(missed_at)), 9);
            windows
                .into_iter()
                .map(|window| (window.start(), window.end()))
                .collect::<Vec<_>>()
        };
        let day = [(at("18T00:00"), at("18T16:00"))];
        assert_eq!(shown(Mode::ExportTask, "18T00:00", "18T15:05"), day);
        let hours = [
            (at("18T14:00"), at("18T15:00")),
            (at("18T15:00"), at("18T16:00")),
        ];
        assert_eq!(shown(Mode::Direct, "18T14:00", "18T15:05"), hours);
        assert_eq!(shown(Mode::Direct, "18T16:00", "18T15:05"), []);
    }

    proptest! {
        /// However modes and retentions change, and wherever it is looked at in between: no gap, no overlap.
        #[test]
        fn windows_tile_time(steps in prop::collection::vec((any::<bool>(), 0..5_i64, 0..60_i64, 0..9_usize), 1..40)) {
            let mut now = at("01T07:30");
            let mut from = hour_of(now);
            for (is_direct, days, hours, most) in steps {
                now += SignedDuration::from_hours(hours);
                let mode = if is_direct { Mode::Direct } else { Mode::ExportTask };
                let group = group((days > 0).then_some(days));
                let windows = tiling(from, (mode, &group), (&rules(), now), most);
                prop_assert!(windows.len() <= most);
                for window in windows {
                    prop_assert_eq!(window.start(), from);
                    from = window.end();
                }
            }
        }
    }
}
