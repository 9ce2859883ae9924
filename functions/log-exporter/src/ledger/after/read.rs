//! Windows that are read directly. Pure.

use shared::exports::manifest::{Output, SourceCount};
use shared::outbound::Quoted;

use super::super::compare::{differences, reason};
use super::super::entry::{Entry, Exporting, Pending, Reconciling, State};
use super::super::fact::Fact;
use super::super::pace::{self, later};
use super::verified::verified;
use super::{At, Turn, suspect};

/// The state after a fact that is about events that were read.
pub(super) fn turn(entry: &Entry, state: State, fact: Fact, at: At<'_>) -> Option<Turn> {
    match (state, fact) {
        (
            State::Planned { .. } | State::Exporting(Exporting::Direct { .. }),
            Fact::Read {
                until,
                token,
                output,
            },
        ) => {
            // What came in time is listed by then.
            let is_all = token.is_none() && later(entry.window.end(), pace::LAG) <= until;
            let state = if is_all {
                State::Exported(Pending {
                    is_copied: true,
                    output,
                    ..Pending::default()
                })
            } else {
                State::Exporting(Exporting::Direct {
                    read_until: until,
                    token,
                    output,
                })
            };
            Some((state, is_all.then(|| "all of it was read".to_owned())))
        }
        // Its end may be long over when it is begun: then it is listed at once, instead of read and listed.
        (
            State::Planned { .. }
            | State::Exporting(Exporting::Direct { .. })
            | State::Exported(Pending { .. }),
            fact,
        ) => {
            let before = match &entry.state {
                State::Exported(pending) => Some(pending),
                _ => None,
            };
            reconciled(entry, before, fact, at)
        }
        _ => None,
    }
}

/// The state after events were listed and compared, of a window that is not proven.
fn reconciled(entry: &Entry, pending: Option<&Pending>, fact: Fact, at: At<'_>) -> Option<Turn> {
    let before = pending.and_then(|pending| pending.reconciling.as_ref());
    match fact {
        Fact::Reconciling { done, output } => {
            let state = State::Exported(Pending {
                is_copied: true,
                output,
                earlier: pending.map_or_else(Output::default, |pending| pending.earlier.clone()),
                reconciling: Some(begun(before, done)),
                ..Pending::default()
            });
            Some((state, None))
        }
        // It is listed from its start, always.
        Fact::Reconciled { output, source } => {
            Some(proven(entry, (before, true), (output, source), at))
        }
        Fact::Unreconciled(words) => {
            let reason = Quoted::line(&words);
            Some(suspect(entry, reason.as_str(), entry.output(), at))
        }
        _ => None,
    }
}

/// How far the listing is, which began when its first piece did.
pub(super) fn begun(before: Option<&Reconciling>, done: Reconciling) -> Reconciling {
    let began_at = before.map_or(done.began_at, |before| before.began_at.min(done.began_at));
    Reconciling { began_at, ..done }
}

/// Proven if what is there now is what was listed, `by_ids` if all of it was. That can be fewer rows than before: some were there twice.
pub(super) fn proven(
    entry: &Entry,
    (before, by_ids): (Option<&Reconciling>, bool),
    (output, source): (Output, SourceCount),
    at: At<'_>,
) -> Turn {
    let differences = differences(&output, &source.hours);
    if !differences.is_empty() {
        return suspect(entry, &reason(&differences, &output), output, at);
    }
    let note = format!(
        "verified: {} rows, each an event of the source",
        output.rows()
    );
    let began_at = before.map(|before| before.began_at);
    let state = verified(output, &source, by_ids, (began_at, at));
    (state, Some(note))
}
