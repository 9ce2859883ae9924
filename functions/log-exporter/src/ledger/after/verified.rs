//! Proven windows, which are counted again as long as events can come late. Pure.

use jiff::Timestamp;
use shared::exports::manifest::{Output, SourceCount};
use shared::outbound::Quoted;

use super::super::compare::{Difference, differences, hours, reason};
use super::super::entry::{Entry, Proven, Query, Reconciling, State};
use super::super::fact::Fact;
use super::{At, Turn, read, suspect};

/// The state after a proven window was looked at again.
pub(super) fn turn(entry: &Entry, proven: Proven, fact: Fact, at: At<'_>) -> Option<Turn> {
    match (&proven.reconciling, fact) {
        (None, Fact::Counting(id)) => {
            let began_at = at.now;
            let query = Some(Query { id, began_at });
            Some((State::Verified(Proven { query, ..proven }), None))
        }
        (None, Fact::Counted(source)) => Some(counted(proven, &source, at)),
        (None, Fact::Unchanged) => Some((same(proven, at.now), None)),
        (None, Fact::Uncounted(words)) => {
            let note = format!("not counted again: {}", Quoted::line(&words));
            let query = None;
            Some((State::Verified(Proven { query, ..proven }), Some(note)))
        }
        (Some(before), Fact::Reconciling { done, output }) => {
            let reconciling = Some(read::begun(Some(before), done));
            let state = State::Verified(Proven {
                output,
                reconciling,
                ..proven
            });
            Some((state, None))
        }
        // The hours before the one that differed were only counted: the listing does not say more of them than was proven before.
        (before @ Some(_), Fact::Reconciled { output, source }) => {
            let by = if proven.by_ids {
                source.by
            } else {
                proven.source.by
            };
            let source = SourceCount { by, ..source };
            let kind = (before.as_ref(), proven.by_ids);
            Some(read::proven(entry, kind, (output, source), at))
        }
        (Some(_), Fact::Unreconciled(words)) => {
            let reason = Quoted::line(&words);
            Some(suspect(entry, reason.as_str(), proven.output, at))
        }
        _ => None,
    }
}

/// The same as before if no hour has more events than rows. One that has fewer was proven when the source had them all: they were
/// forgotten since, or their stream was deleted.
fn counted(proven: Proven, source: &SourceCount, at: At<'_>) -> Turn {
    let began_at = proven
        .query
        .as_ref()
        .map_or(source.at, |query| query.began_at);
    let counted_at = began_at.min(source.at).min(at.now);
    let more: Vec<Difference> = differences(&proven.output, &source.hours)
        .into_iter()
        .filter(|difference| difference.rows < difference.events)
        .collect();
    let Some(first) = more.first() else {
        return (same(proven, counted_at), None);
    };
    let note = format!("events came late: {}", reason(&more, &proven.output));
    let before = proven.source.hours.iter().copied();
    let reconciling = Some(Reconciling {
        began_at: counted_at,
        to: first.hour,
        piece_ms: None,
        // The hours before were found to be the same just now. They are not listed again: the source may have begun to forget them.
        hours: before.take_while(|(hour, _)| *hour < first.hour).collect(),
    });
    let state = State::Verified(Proven {
        query: None,
        reconciling,
        ..proven
    });
    (state, Some(note))
}

/// What is proven by a look at the source that began at `began_at`.
pub(super) fn verified(
    output: Output,
    source: &SourceCount,
    by_ids: bool,
    (began_at, at): (Option<Timestamp>, At<'_>),
) -> State {
    let looked_at = source.at.min(began_at.unwrap_or(source.at)).min(at.now);
    State::Verified(Proven {
        output,
        source: SourceCount {
            by: source.by,
            at: looked_at,
            hours: hours(&source.hours).into_iter().collect(),
        },
        by_ids,
        swept_at: looked_at,
        query: None,
        reconciling: None,
    })
}

/// The same, as of `at`.
fn same(proven: Proven, at: Timestamp) -> State {
    let swept_at = at.max(proven.swept_at);
    let source = SourceCount {
        at: swept_at,
        ..proven.source
    };
    State::Verified(Proven {
        source,
        swept_at,
        query: None,
        ..proven
    })
}
