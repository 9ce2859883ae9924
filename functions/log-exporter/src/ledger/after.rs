//! What an entry is after something was found out or done. Pure.

mod read;
mod task;
mod verified;

use jiff::Timestamp;
use shared::exports::manifest::{Mode, Output, Proof, SourceCount};
use shared::failure::{Classify, FailureKind};
use thiserror::Error;

use super::entry::{Entry, Exporting, Note, Pending, State};
use super::fact::Fact;
use super::pace;
use crate::rules::Rules;

/// How many notes are kept.
const MOST_NOTES: usize = 10;

/// How much is kept of a text, in bytes.
const MOST_TEXT: usize = 500;

/// A fact that does not fit where a window stands: a mistake in this program, or a record that was read before another tick changed it.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("window {window} of log group {group} is {state}, and `{fact}` does not fit that")]
pub struct Unexpected {
    /// The log group.
    pub group: String,
    /// The first moment of the window.
    pub window: Timestamp,
    /// Where it stands.
    pub state: &'static str,
    /// What does not fit.
    pub fact: &'static str,
}

impl Classify for Unexpected {
    fn kind(&self) -> FailureKind {
        FailureKind::Permanent
    }
}

/// When and by which rules a fact is taken in.
#[derive(Clone, Copy)]
struct At<'a> {
    rules: &'a Rules,
    now: Timestamp,
}

/// What is left of a transition: the state, and a note if it is worth one.
type Turn = (State, Option<String>);

/// What `entry` is after `fact`. It is the same, revision and all, if that changes nothing, such as a task that is still under way: then
/// nothing has to be saved, and [`super::next`] says the same step, which is for the next tick.
pub fn after(
    mut entry: Entry,
    fact: Fact,
    rules: &Rules,
    now: Timestamp,
) -> Result<Entry, Unexpected> {
    match fact {
        Fact::Told(revision) => Ok(told(entry, revision)),
        Fact::Tidied => {
            entry.is_tidy = true;
            Ok(entry)
        }
        fact => {
            let (state, fact_name) = (entry.state.name(), fact.name());
            let unexpected = Unexpected {
                group: entry.group.clone(),
                window: entry.window.start(),
                state,
                fact: fact_name,
            };
            let mut changed = entry.clone();
            let at = At { rules, now };
            let (state, note) = turn(&mut changed, fact, at).ok_or(unexpected)?;
            changed.state = state;
            if changed == entry && note.is_none() {
                return Ok(entry);
            }
            if let Some(text) = note {
                changed.note(&text, now);
            }
            Ok(changed.revised(&entry))
        }
    }
}

/// The manifest says what revision `revision` says. If that is a newer one than there is, the ledger was lost and begun again: the entry
/// goes on after it, as nobody would believe an older revision.
fn told(mut entry: Entry, revision: u64) -> Entry {
    if revision == entry.revision {
        entry.is_told = true;
    } else if revision > entry.revision {
        entry.revision = revision.saturating_add(1);
    }
    entry
}

/// The state after `fact`, which is neither told nor tidied; `None` if it does not fit. The attempt is counted here, too.
fn turn(entry: &mut Entry, fact: Fact, at: At<'_>) -> Option<Turn> {
    let output = entry.output();
    match (entry.state.clone(), fact) {
        (State::Verified(proven), Fact::GivenUp(loss)) => {
            proven.reconciling.as_ref()?;
            Some(expired(&loss, output))
        }
        (State::Expired { .. }, _) => None,
        (_, Fact::GivenUp(loss)) => Some(expired(&loss, output)),
        (State::Suspect { reason, .. }, Fact::Again) => {
            Some(again(entry, (&reason, false), output, at))
        }
        (State::Suspect { reason, .. }, Fact::AgainDirectly) => {
            Some(again(entry, (&reason, true), output, at))
        }
        (State::Verified(proven), fact) => verified::turn(entry, proven, fact, at),
        (state, fact) if entry.mode == Mode::Direct => read::turn(entry, state, fact, at),
        (state, fact) => task::turn(entry, state, fact, at),
    }
}

fn expired(loss: &str, output: Output) -> Turn {
    let note = format!("given up: {loss}");
    let loss = beginning(loss).to_owned();
    (State::Expired { loss, output }, Some(note))
}

/// Another attempt. What is read directly is all listed again, beside what is there.
///
/// If that was not enough either, or if tasks have failed as often as they may, it is listed without what is there, and replaces it when
/// it is complete: whatever is wrong with the rows then, the source's events are not.
fn again(entry: &mut Entry, (reason, is_direct): (&str, bool), output: Output, at: At<'_>) -> Turn {
    entry.attempt = entry.attempt.saturating_add(1);
    entry.failed = entry.failed.saturating_add(1);
    let note = format!("attempt {} begins, because {reason}", entry.attempt);
    let is_by_task = entry.mode == Mode::ExportTask;
    if is_by_task && !is_direct && entry.failed < at.rules.most_attempts {
        let state = State::Planned {
            not_before: at.now,
            earlier: output,
        };
        return (state, Some(note));
    }
    entry.mode = Mode::Direct;
    let is_anew = is_by_task || entry.failed > 1;
    let (output, earlier) = if is_anew {
        (Output::default(), output)
    } else {
        (output, Output::default())
    };
    let state = State::Exported(Pending {
        is_copied: true,
        output,
        earlier,
        ..Pending::default()
    });
    (state, Some(note))
}

/// It is not proven, and exported again later.
fn suspect(entry: &Entry, reason: &str, output: Output, at: At<'_>) -> Turn {
    let note = format!("suspect: {reason}");
    let state = State::Suspect {
        reason: beginning(reason).to_owned(),
        again_at: pace::again_at(entry.attempt, at.rules, at.now),
        output,
    };
    (state, Some(note))
}

impl Entry {
    fn note(&mut self, text: &str, now: Timestamp) {
        self.noted.push(Note {
            at: now,
            text: beginning(text).to_owned(),
        });
        let too_many = self.noted.len().saturating_sub(MOST_NOTES);
        self.noted.drain(..too_many);
    }

    /// The same as a later revision than `before`.
    fn revised(mut self, before: &Self) -> Self {
        self.revision = before.revision.saturating_add(1);
        let output = before.output() == self.output();
        if !(output && self.says() == before.says()) {
            self.is_told = false;
        }
        let stands = std::mem::discriminant(&self.state) == std::mem::discriminant(&before.state);
        if !(output && stands && self.is_proven() == before.is_proven()) {
            self.is_tidy = false;
        }
        self
    }

    /// What a manifest says beside the output.
    fn says(&self) -> (Proof, u32, Option<&SourceCount>) {
        (self.proof(), self.attempt, self.source())
    }
}

/// The beginning of a text, as much as is kept of it.
fn beginning(text: &str) -> &str {
    text.get(..text.floor_char_boundary(MOST_TEXT))
        .unwrap_or(text)
}

impl State {
    /// The state's name, as a record has it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Planned { .. } => "planned",
            Self::Exporting(Exporting::Task { .. }) => "exporting by task",
            Self::Exporting(Exporting::Direct { .. }) => "exporting directly",
            Self::Exported(_) => "exported",
            Self::Verified(_) => "verified",
            Self::Suspect { .. } => "suspect",
            Self::Expired { .. } => "expired",
        }
    }
}

impl Fact {
    /// The fact's name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Intended => "intended",
            Self::Task(_) => "task",
            Self::Refused(_) => "refused",
            Self::NoTask => "no task",
            Self::Seen(_) => "seen",
            Self::Copied { .. } => "copied",
            Self::Counting(_) => "counting",
            Self::Counted(_) => "counted",
            Self::Unchanged => "unchanged",
            Self::Uncounted(_) => "uncounted",
            Self::Read { .. } => "read",
            Self::Reconciling { .. } => "reconciling",
            Self::Reconciled { .. } => "reconciled",
            Self::Unreconciled(_) => "unreconciled",
            Self::Told(_) => "told",
            Self::Tidied => "tidied",
            Self::GivenUp(_) => "given up",
            Self::Again => "again",
            Self::AgainDirectly => "again directly",
        }
    }
}

#[cfg(test)]
mod tests;
