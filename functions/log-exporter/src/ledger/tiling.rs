//! Which windows a group has. Pure.

use jiff::{SignedDuration, Timestamp};
use shared::exports::manifest::Mode;
use shared::exports::window::{Window, hour_of};

use super::pace::later;
use super::step::Group;
use crate::rules::Rules;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// What the source is about to forget is not begun with: there has to be time to read it and to prove that.
const TIME_TO_PROVE: SignedDuration = SignedDuration::from_hours(3);

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
