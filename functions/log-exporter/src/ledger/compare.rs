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
