//! Windows that export tasks export. Pure.

use shared::exports::manifest::{Output, SourceCount};
use shared::outbound::Quoted;

use super::super::compare::{differences, fuller, matching, reason};
use super::super::entry::{Entry, Exporting, Pending, Query, State};
use super::super::fact::{Fact, Refusal, TaskStatus};
use super::super::pace::{self, later, paced};
use super::verified::verified;
use super::{At, Turn, suspect};

/// The state after a fact that is about a task, or about what it wrote.
pub(super) fn turn(entry: &mut Entry, state: State, fact: Fact, at: At<'_>) -> Option<Turn> {
    match (state, fact) {
        (State::Planned { earlier, .. }, Fact::Intended) => Some((
            State::Exporting(Exporting::Task {
                asked_at: at.now,
                task: None,
                earlier,
            }),
            None,
        )),
        (
            State::Exporting(Exporting::Task {
                asked_at,
                task,
                earlier,
            }),
            fact,
        ) => {
            let asked = Asked {
                state: State::Exporting(Exporting::Task {
                    asked_at,
                    task: task.clone(),
                    earlier: earlier.clone(),
                }),
                is_young: at.now < later(asked_at, paced(pace::TASK_APPEARS, at.rules)),
                earlier,
            };
            match task {
                None => unknown(entry, asked, fact, at),
                Some(task) => known(entry, &task, asked, fact, at),
            }
        }
        (State::Exported(pending), fact) => exported(entry, pending, fact, at),
        _ => None,
    }
}

/// A task that was or is about to be asked for.
struct Asked {
    state: State,
    is_young: bool,
    earlier: Output,
}

/// A task whose id is not known.
fn unknown(entry: &mut Entry, asked: Asked, fact: Fact, at: At<'_>) -> Option<Turn> {
    match fact {
        Fact::Task(id) => {
            let note = format!("task {id} exports it");
            let Asked { state, earlier, .. } = asked;
            let State::Exporting(Exporting::Task { asked_at, .. }) = state else {
                return None;
            };
            let task = Some(id);
            let state = State::Exporting(Exporting::Task {
                asked_at,
                task,
                earlier,
            });
            Some((state, Some(note)))
        }
        // It is clear that there is none: the same attempt can be made again.
        Fact::Refused(Refusal::Busy) => Some((
            State::Planned {
                not_before: later(at.now, paced(pace::SLOT, at.rules)),
                earlier: asked.earlier,
            },
            None,
        )),
        Fact::Refused(Refusal::Never(words)) => {
            let reason = format!("no task could be begun: {}", Quoted::line(&words));
            Some(suspect(entry, &reason, asked.earlier, at))
        }
        // One that turns up after all writes to where nobody looks any more.
        Fact::NoTask if !asked.is_young => {
            entry.attempt = entry.attempt.saturating_add(1);
            let note = "the task that was to be asked for is not there".to_owned();
            let state = State::Planned {
                not_before: at.now,
                earlier: asked.earlier,
            };
            Some((state, Some(note)))
        }
        Fact::NoTask => Some((asked.state, None)),
        _ => None,
    }
}

/// A task whose id is known.
fn known(entry: &Entry, task: &str, asked: Asked, fact: Fact, at: At<'_>) -> Option<Turn> {
    let earlier = asked.earlier;
    match fact {
        Fact::Task(id) if id == task => Some((asked.state, None)),
        Fact::Seen(TaskStatus::UnderWay) => Some((asked.state, None)),
        Fact::Seen(TaskStatus::Unknown) if asked.is_young => Some((asked.state, None)),
        Fact::Seen(TaskStatus::Completed) => {
            Some((copying(earlier), Some("the task is over".to_owned())))
        }
        // It may have been forgotten long after it was over; the count will tell.
        Fact::Seen(TaskStatus::Unknown) => {
            let note = "the task is not known any more: what it wrote is counted".to_owned();
            Some((copying(earlier), Some(note)))
        }
        Fact::Seen(TaskStatus::Failed(words)) => {
            let reason = format!("the task did not complete: {}", Quoted::line(&words));
            Some(suspect(entry, &reason, earlier, at))
        }
        _ => None,
    }
}

fn copying(earlier: Output) -> State {
    State::Exported(Pending {
        earlier,
        ..Pending::default()
    })
}

/// A window whose task is over.
fn exported(entry: &Entry, pending: Pending, fact: Fact, at: At<'_>) -> Option<Turn> {
    match fact {
        Fact::Copied { to, is_all, output } if !pending.is_copied => {
            let state = State::Exported(Pending {
                copied_to: to,
                is_copied: is_all,
                output,
                ..pending
            });
            Some((state, None))
        }
        // Something lies there that no task writes, or what it wrote cannot be read.
        Fact::Unreconciled(words) if !pending.is_copied => {
            let output = fuller(&pending.earlier, &pending.output);
            Some(suspect(entry, Quoted::line(&words).as_str(), output, at))
        }
        Fact::Counting(id) if pending.is_copied => {
            let began_at = at.now;
            let query = Some(Query { id, began_at });
            Some((State::Exported(Pending { query, ..pending }), None))
        }
        Fact::Counted(source) if pending.is_copied => Some(counted(entry, pending, &source, at)),
        Fact::Uncounted(words) if pending.is_copied => Some(uncounted(entry, pending, &words, at)),
        _ => None,
    }
}

/// Proven if of each hour an attempt has what the source has. If that is not so, the one that has more is kept of each hour: fewer rows
/// that prove nothing never replace more.
fn counted(entry: &Entry, pending: Pending, source: &SourceCount, at: At<'_>) -> Turn {
    let output = matching(&pending.earlier, &pending.output, &source.hours);
    if !differences(&output, &source.hours).is_empty() {
        let output = fuller(&pending.earlier, &pending.output);
        let reason = reason(&differences(&output, &source.hours), &output);
        return suspect(entry, &reason, output, at);
    }
    let note = format!("verified: {} rows, as many as counted", output.rows());
    let began_at = pending.query.map(|query| query.began_at);
    let state = verified(output, source, false, (began_at, at));
    (state, Some(note))
}

fn uncounted(entry: &Entry, pending: Pending, words: &str, at: At<'_>) -> Turn {
    let words = Quoted::line(words);
    let times = pending.uncounted.saturating_add(1);
    if times >= pace::MOST_COUNTS {
        let reason = format!("the source could not be counted, {times} times: {words}");
        let output = fuller(&pending.earlier, &pending.output);
        return suspect(entry, &reason, output, at);
    }
    let state = State::Exported(Pending {
        query: None,
        uncounted: times,
        ..pending
    });
    (state, Some(format!("not counted: {words}")))
}
