//! What is there beside what the source has, hour by hour. Pure.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::Timestamp;
use shared::exports::manifest::{Output, Part};

/// How many hours a reason names.
const MOST_NAMED: usize = 3;

/// How many rows or events each hour has that has any.
pub(super) type Hours = BTreeMap<Timestamp, u64>;

/// An hour whose rows are not what the source has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Difference {
    /// Its first moment.
    pub(super) hour: Timestamp,
    /// How many rows there are.
    pub(super) rows: u64,
    /// How many events the source has.
    pub(super) events: u64,
}

/// Hours as a map: in order, each once, without those that have nothing.
pub(super) fn hours(of: &[(Timestamp, u64)]) -> Hours {
    let mut hours = Hours::new();
    for &(hour, count) in of.iter().filter(|(_, count)| *count > 0) {
        let sum = hours.entry(hour).or_default();
        *sum = sum.saturating_add(count);
    }
    hours
}

/// The hours that differ, in order.
pub(super) fn differences(output: &Output, source: &[(Timestamp, u64)]) -> Vec<Difference> {
    let (rows, events) = (hours(&output.hours()), hours(source));
    let both: std::collections::BTreeSet<_> = rows.keys().chain(events.keys()).copied().collect();
    let count = |of: &Hours, hour| of.get(&hour).copied().unwrap_or_default();
    both.into_iter()
        .map(|hour| Difference {
            hour,
            rows: count(&rows, hour),
            events: count(&events, hour),
        })
        .filter(|difference| difference.rows != difference.events)
        .collect()
}

/// Why a window is suspect whose hours differ, in words and numbers.
pub(super) fn reason(differences: &[Difference], output: &Output) -> String {
    let mut text = String::new();
    for Difference { hour, rows, events } in differences.iter().take(MOST_NAMED) {
        let separator = if text.is_empty() { "" } else { "; " };
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "{separator}in the hour from {hour:.0} the source has {events} events and {rows} rows are here"
        );
    }
    let others = differences.len().saturating_sub(MOST_NAMED);
    if others > 0 {
        let _ = write!(text, "; {others} more hours differ");
    }
    let rows = output.rows();
    let _ = write!(text, "; {rows} rows in all");
    text
}

/// Of each hour the rows of the attempt that has as many as the source has events; the fuller one if neither has.
pub(super) fn matching(earlier: &Output, later: &Output, source: &[(Timestamp, u64)]) -> Output {
    let events = hours(source);
    let [before, after] = [earlier, later].map(|output| hours(&output.hours()));
    let is_before = |hour: &Timestamp| {
        let count = |of: &Hours| of.get(hour).copied().unwrap_or_default();
        let (before, after, events) = (count(&before), count(&after), count(&events));
        after != events && (before == events || before > after)
    };
    let kept = earlier.parts.iter().filter(|part| is_before(&part.hour));
    let new = later.parts.iter().filter(|part| !is_before(&part.hour));
    let mut parts: Vec<Part> = kept.chain(new).cloned().collect();
    parts.sort_by(|one, other| one.key.cmp(&other.key));
    Output { parts }
}

/// Of each hour the rows of the attempt that has more of them, the later one if they have the same. Rows of two attempts never mix
/// within an hour: nobody could say which of them are the same event.
pub(super) fn fuller(earlier: &Output, later: &Output) -> Output {
    if earlier.parts.is_empty() {
        return later.clone();
    }
    let [before, after] = [earlier, later].map(|output| hours(&output.hours()));
    let is_before = |part: &&Part| before.get(&part.hour) > after.get(&part.hour);
    let kept = earlier.parts.iter().filter(is_before);
    let new = later.parts.iter().filter(|part| !is_before(part));
    let mut parts: Vec<Part> = kept.chain(new).cloned().collect();
    parts.sort_by(|one, other| one.key.cmp(&other.key));
    Output { parts }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{output, source};
    use super::*;

    #[test]
    fn the_fuller_attempt_of_each_hour_stays() {
        let earlier = output(&[
            ("07", 5, "a1"),
            ("08", 3, "a1"),
            ("09", 2, "a1"),
            ("10", 4, "a1"),
        ]);
        let later = output(&[
            ("07", 4, "a2"),
            ("08", 2, "a2"),
            ("08", 2, "b2"),
            ("09", 2, "a2"),
            ("11", 1, "a2"),
        ]);
        let both = output(&[
            ("07", 5, "a1"),
            ("08", 2, "a2"),
            ("08", 2, "b2"),
            ("09", 2, "a2"),
            ("10", 4, "a1"),
            ("11", 1, "a2"),
        ]);
        assert_eq!(fuller(&earlier, &later), both);
        assert_eq!(fuller(&Output::default(), &later), later);
        assert_eq!(fuller(&earlier, &Output::default()), earlier);
    }

    #[test]
    fn the_attempt_that_equals_the_count_is_taken_also_if_it_has_fewer_rows() {
        let earlier = output(&[("07", 5, "a1"), ("08", 3, "a1"), ("09", 7, "a1")]);
        let later = output(&[("07", 4, "a2"), ("08", 2, "a2"), ("10", 1, "a2")]);
        let counted = source("19T12:00", &[("07", 4), ("08", 3), ("09", 6), ("10", 1)]);
        let expected = output(&[
            ("07", 4, "a2"),
            ("08", 3, "a1"),
            ("09", 7, "a1"),
            ("10", 1, "a2"),
        ]);
        assert_eq!(matching(&earlier, &later, &counted.hours), expected);
    }

    #[test]
    fn a_reason_names_the_first_hours_that_differ() {
        let rows = output(&[("01", 5, "a"), ("02", 1, "a"), ("03", 7, "a")]);
        let counted = source(
            "19T12:00",
            &[("01", 5), ("02", 2), ("04", 4), ("05", 5), ("06", 0)],
        );
        let found = differences(&rows, &counted.hours);
        assert_eq!(
            reason(&found, &rows),
            "in the hour from 2026-02-18T02:00:00Z the source has 2 events and 1 rows are here; \
             in the hour from 2026-02-18T03:00:00Z the source has 0 events and 7 rows are here; \
             in the hour from 2026-02-18T04:00:00Z the source has 4 events and 0 rows are here; \
             1 more hours differ; 13 rows in all"
        );
        assert_eq!(differences(&rows, &[]).len(), 3);
        assert_eq!(differences(&rows, &rows.hours()), []);
    }
}
