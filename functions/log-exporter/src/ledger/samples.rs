//! Entries and what they are made of, for the tests of the ledger.

use jiff::{SignedDuration, Timestamp};
use shared::exports::manifest::{CountedBy, Mode, Output, Part, SourceCount};
use shared::exports::window::Window;
use wildmatch::WildMatch;

use super::{Entry, Group, State};
use crate::rules::Rules;

/// A time of February 2026, such as `18T21:30`.
pub(super) fn at(time: &str) -> Timestamp {
    format!("2026-02-{time}:00Z").parse().unwrap()
}

pub(super) fn window(start: &str, end: &str) -> Window {
    Window::new(at(start), at(end)).unwrap()
}

pub(crate) fn rules() -> Rules {
    let hours = SignedDuration::from_hours;
    Rules {
        groups: vec![WildMatch::new("*")],
        tag: None,
        denied: Vec::new(),
        direct: Vec::new(),
        redacted: Vec::new(),
        settle: hours(12),
        seal: SignedDuration::from_mins(10),
        reach_back: hours(24),
        count_by: CountedBy::Insights,
        sweep_every: hours(24),
        pace: 1,
        most_attempts: 4,
    }
}

/// A log group that was made on the first of the month and keeps its events for so many days.
pub(crate) fn group(days: Option<i64>) -> Group {
    Group {
        created_at: at("01T00:00"),
        retention: days.map(|days| SignedDuration::from_hours(24 * days)),
        exists: true,
    }
}

pub(super) fn gone() -> Group {
    Group {
        exists: false,
        ..group(None)
    }
}

/// The day of the 18th, by a task.
pub(super) fn by_task(state: State) -> Entry {
    let day = window("18T00:00", "19T00:00");
    Entry {
        state,
        ..Entry::planned("/ecs/shop", day, Mode::ExportTask, &rules())
    }
}

/// The hour from nine on the 18th, directly.
pub(super) fn direct(state: State) -> Entry {
    let hour = window("18T09:00", "18T10:00");
    Entry {
        state,
        ..Entry::planned("/ecs/shop", hour, Mode::Direct, &rules())
    }
}

/// Rows of hours of the 18th: the hour, how many, and of which attempt.
pub(super) fn output(parts: &[(&str, u64, &str)]) -> Output {
    let part = |&(hour, rows, from): &(&str, u64, &str)| Part {
        key: format!("{hour}-{from}"),
        hour: at(&format!("18T{hour}:00")),
        rows,
        bytes: 100 * rows,
        stored_bytes: 10 * rows,
        sha256: String::new(),
        first: at(&format!("18T{hour}:10")),
        last: at(&format!("18T{hour}:20")),
    };
    Output {
        parts: parts.iter().map(part).collect(),
    }
}

/// What the source has of hours of the 18th.
pub(super) fn source(counted_at: &str, hours: &[(&str, u64)]) -> SourceCount {
    let hour = |&(hour, events): &(&str, u64)| (at(&format!("18T{hour}:00")), events);
    SourceCount {
        by: CountedBy::Insights,
        at: at(counted_at),
        hours: hours.iter().map(hour).collect(),
    }
}
