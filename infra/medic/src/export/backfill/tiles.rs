//! Which windows are missing before the first one. Pure.

use jiff::{SignedDuration, Timestamp};
use log_exporter::ledger::{Group, TIME_TO_PROVE, tiling};
use log_exporter::rules::{LATEST, Rules};
use shared::exports::manifest::Mode;
use shared::exports::window::{Window, hour_of};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// What is known of how far back a log group goes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Source {
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// How long it keeps events; forever, or not known, if `None`.
    pub retention: Option<SignedDuration>,
}

/// From which hour on the source has events that can be proven to be all: as with a new group, there has to be time to prove them before
/// they are forgotten.
///
/// Events may be two weeks older than their log group: they are taken with old timestamps. Only reading them directly gets them, because
/// an export task may not end before the group was made (API reference, `CreateExportTask`, `to`).
pub fn kept_from(source: Source, mode: Mode, now: Timestamp) -> Timestamp {
    let earlier = |at: Timestamp, time| at.saturating_sub(time).unwrap_or(Timestamp::MIN);
    let kept = source.retention.map_or(Timestamp::MIN, |kept| {
        let forgotten = earlier(now, kept);
        next_hour(forgotten.saturating_add(TIME_TO_PROVE).unwrap_or(now))
    });
    let earliest = source.created_at.map_or(Timestamp::UNIX_EPOCH, |at| {
        let first = match mode {
            Mode::ExportTask => at,
            Mode::Direct => earlier(at, LATEST),
        };
        hour_of(first)
    });
    // CloudWatch Logs has no event from before 1970 (API reference, `InputLogEvent`).
    kept.max(earliest).max(Timestamp::UNIX_EPOCH)
}

/// The windows from the hour of `from` up to `first`, in the order of time, as the ledger tiles them; the last one ends where `first`
/// begins. None if `from` is not before that.
pub fn before(
    first: Timestamp,
    from: Timestamp,
    mode: Mode,
    group: &Group,
    rules: &Rules,
) -> Vec<Window> {
    let mut windows = tiling(from, (mode, group), (rules, first), usize::MAX);
    windows.retain(|window| window.end() <= first);
    let covered = windows.last().map_or(hour_of(from), |last| last.end());
    windows.extend(Window::new(covered, first).ok());
    windows
}

fn next_hour(at: Timestamp) -> Timestamp {
    let hour = hour_of(at);
    if hour == at { at } else { hour + HOUR }
}

#[cfg(test)]
mod tests {
    use log_exporter::ledger::begin;
    use proptest::prelude::*;

    use super::*;

    fn at(time: &str) -> Timestamp {
        time.parse().unwrap()
    }

    fn group(days: Option<i64>) -> Group {
        Group {
            created_at: Timestamp::UNIX_EPOCH,
            retention: days.map(|days| SignedDuration::from_hours(24 * days)),
            exists: true,
        }
    }

    fn rules() -> Rules {
        let vars = ["STATE_BUCKET", "EXPORT_BUCKET", "AWS_REGION"];
        let vars = vars.map(|name| (name.to_owned(), "x".to_owned()));
        log_exporter::config::Config::from_vars(vars.into())
            .unwrap()
            .rules
    }

    fn told(from: &str, first: &str, mode: Mode, days: Option<i64>) -> String {
        let windows = before(at(first), at(from), mode, &group(days), &rules());
        let windows = windows.iter().map(|window| {
            format!(
                "{}+{}",
                window.start().strftime("%d.%H"),
                window.length().as_hours()
            )
        });
        windows.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn days_for_tasks_and_hours_for_direct_export() {
        use Mode::{Direct, ExportTask};
        let cases = [
            (
                "2026-02-16T21:30:00Z",
                "2026-02-18T05:00:00Z",
                ExportTask,
                None,
                "16.21+3 17.00+24 18.00+5",
            ),
            (
                "2026-02-17T00:00:00Z",
                "2026-02-18T00:00:00Z",
                ExportTask,
                None,
                "17.00+24",
            ),
            (
                "2026-02-17T00:00:00Z",
                "2026-02-18T00:00:00Z",
                ExportTask,
                Some(1),
                "17.00+6 17.06+6 17.12+6 17.18+6",
            ),
            (
                "2026-02-17T22:59:00Z",
                "2026-02-18T01:00:00Z",
                Direct,
                None,
                "17.22+1 17.23+1 18.00+1",
            ),
            (
                "2026-02-18T01:00:00Z",
                "2026-02-18T01:00:00Z",
                Direct,
                None,
                "",
            ),
            (
                "2026-02-19T01:00:00Z",
                "2026-02-18T01:00:00Z",
                ExportTask,
                None,
                "",
            ),
        ];
        for (from, first, mode, days, expected) in cases {
            assert_eq!(told(from, first, mode, days), expected);
        }
    }

    #[test]
    fn nothing_is_planned_that_the_source_forgets_before_it_is_proven() {
        use Mode::{Direct, ExportTask};
        let now = at("2026-02-18T21:47:00Z");
        let source = |created: &str, days: Option<i64>| Source {
            created_at: Some(at(created)),
            retention: days.map(|days| SignedDuration::from_hours(24 * days)),
        };
        let cases = [
            (
                source("2026-01-20T10:30:00Z", None),
                Direct,
                "2026-01-06T10:00:00Z",
            ),
            // No task can be asked for what is before the group was made.
            (
                source("2026-01-20T10:30:00Z", None),
                ExportTask,
                "2026-01-20T10:00:00Z",
            ),
            (
                source("2026-01-20T10:30:00Z", Some(7)),
                ExportTask,
                "2026-02-12T04:00:00Z",
            ),
            (
                source("2026-02-18T10:30:00Z", Some(30)),
                Direct,
                "2026-02-04T10:00:00Z",
            ),
            (Source::default(), ExportTask, "1970-01-01T00:00:00Z"),
        ];
        for (source, mode, expected) in cases {
            assert_eq!(kept_from(source, mode, now), at(expected), "{source:?}");
        }
    }

    #[test]
    fn a_backfill_leaves_as_much_time_to_prove_as_a_new_export() {
        let now = at("2026-02-18T21:00:00Z");
        let source = Source {
            created_at: None,
            retention: Some(SignedDuration::from_hours(24)),
        };
        let begun = begin(&group(Some(1)), &rules(), now);
        assert_eq!(kept_from(source, Mode::ExportTask, now), begun);
    }

    proptest! {
        #[test]
        fn windows_follow_each_other_without_a_gap(
            first in 0_i64..400_000, hours in 0_i64..2_000, minutes in 0_i64..60, is_direct: bool,
        ) {
            let first = Timestamp::from_second(first * 3_600).unwrap();
            let from = first - SignedDuration::from_hours(hours) + SignedDuration::from_mins(minutes);
            let mode = if is_direct { Mode::Direct } else { Mode::ExportTask };
            let windows = before(first, from, mode, &group(None), &rules());
            let ends = windows.iter().map(|window| window.end());
            let starts = windows.iter().skip(1).map(|window| window.start()).chain([first]);
            if windows.is_empty() {
                prop_assert!(from >= first);
            } else {
                prop_assert!(ends.eq(starts));
                prop_assert_eq!(windows[0].start(), hour_of(from));
            }
        }
    }
}
