//! What the ledger says of a group: its windows, and those for which something is to be done.

use std::collections::BTreeMap;

use futures::stream::{self, StreamExt as _};
use jiff::{SignedDuration, Timestamp};
use shared::clock::{Clock, Nonces};
use shared::exports::layout::window_in_key;
use shared::exports::window::{Window, hour_of};
use shared::records::{self, Listed, Loaded, RecordError, Records};

use super::failed::StepError;
use super::memo::{Brief, Glimpse, Kind};
use super::run::Run;
use super::turn::Turn;
use super::{Logs, Tick};
use crate::catalog::Hint;
use crate::ledger::{Entry, Step, next, prefix_of};
use crate::preflight::LooksAtBucket;
use crate::rules::LATEST;
use crate::sources::Bucket;

/// How many entries are read at once.
const AT_ONCE: usize = 8;

/// How many entries are kept in memory for which something is to be done; the others have another turn. One has ten kilobytes, or more
/// if its hours have many parts.
const MOST_READY: usize = 32;

/// Windows are looked at for so long after they are settled: as long as events can come late, and a day.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(LATEST.as_hours() + 24);

/// Listings have the second in which an object was written, and clocks differ a little.
const SAME_SECOND: SignedDuration = SignedDuration::from_secs(5);

/// What the ledger says of a group.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// Its windows, by their keys.
    pub(super) windows: BTreeMap<String, Glimpse>,
    /// Those for which something is to be done, as they were read.
    pub(super) ready: Vec<Loaded<Entry>>,
    /// Whether all were looked at; or else the time was up, or one cannot be read.
    pub(super) is_complete: bool,
    /// Whether one cannot be read.
    pub(super) is_broken: bool,
    /// Whether one of those that were read is to ask for a task.
    is_asking: bool,
}

impl<L: Logs, B: Bucket, R: Records, P: LooksAtBucket, T: Clock + Nonces> Tick<'_, L, B, R, P, T> {
    /// Lists the windows of a group that are not settled, or were not for long, and reads those that were not seen or are due.
    pub(super) async fn survey(
        &self,
        run: &mut Run,
        turn: &Turn<'_>,
    ) -> Result<Survey, RecordError> {
        let listed_at = self.time.now();
        let listed = self.list(turn).await?;
        let mut seen = self.memo.take(turn.name, &turn.group);
        let mut survey = Survey {
            is_complete: true,
            ..Survey::default()
        };
        let mut unread = Vec::new();
        for Listed { key, modified_at } in listed {
            match seen.remove(&key) {
                Some(glimpse) if is_known(&glimpse, modified_at, listed_at) => {
                    survey.windows.insert(key, glimpse);
                }
                _ => unread.push((key, modified_at)),
            }
        }
        let mut read = stream::iter(unread)
            .map(|(key, modified_at)| async move {
                let loaded = records::load::<Entry>(&self.records, &key).await;
                (key, modified_at, loaded)
            })
            .buffered(AT_ONCE);
        while let Some((key, modified_at, loaded)) = read.next().await {
            let modified_at = (modified_at + SAME_SECOND < listed_at).then_some(modified_at);
            match loaded {
                Ok(Some(loaded)) => self.saw(&mut survey, turn, (key, modified_at), loaded),
                // Somebody removed it since it was listed.
                Ok(None) => {}
                Err(failure) => {
                    survey.is_broken = true;
                    survey.is_complete = false;
                    self.note(run, &key, &StepError::Record(failure)).await;
                }
            }
            if self.time.now() >= turn.until {
                survey.is_complete = false;
                break;
            }
        }
        Ok(survey)
    }

    /// The keys of a group's windows in their order: from some time before what is settled, or from the first for which something is still to
    /// be done.
    async fn list(&self, turn: &Turn<'_>) -> Result<Vec<Listed>, RecordError> {
        let prefix = prefix_of(turn.name);
        let from = looks_from(turn.hint);
        let mut after = from.and_then(|from| key_before(&prefix, from));
        let mut all = Vec::new();
        loop {
            let page = self.records.list(&prefix, after.as_deref()).await?;
            let is_last = page.len() < 1000;
            after = page.last().map(|listed| listed.key.clone());
            all.extend(page);
            if is_last {
                return Ok(all);
            }
        }
    }

    fn saw(
        &self,
        survey: &mut Survey,
        turn: &Turn<'_>,
        (key, modified_at): (String, Option<Timestamp>),
        loaded: Loaded<Entry>,
    ) {
        let now = self.time.now();
        let entry = &loaded.record;
        let step = next(entry, &turn.group, self.rules, now);
        let brief = match step {
            // The first is the oldest, and one at a time is enough: the others must not keep from its turn what needs no task.
            Step::AskForTask if survey.is_asking => Brief::for_task(entry),
            ref step => Brief::before(entry, step, now),
        };
        survey.is_asking |= step == Step::AskForTask;
        let is_ready = brief.kind != Kind::WantsTask && !matches!(step, Step::Wait(_));
        let glimpse = Glimpse { modified_at, brief };
        survey.windows.insert(key, glimpse);
        if is_ready && survey.ready.len() < MOST_READY {
            survey.ready.push(loaded);
        }
    }
}

/// Whether nothing is to be done for a window that was seen, and nobody changed it since.
fn is_known(glimpse: &Glimpse, modified_at: Timestamp, now: Timestamp) -> bool {
    let is_due = glimpse.brief.due_at.is_some_and(|due_at| due_at <= now);
    glimpse.modified_at == Some(modified_at) && !is_due && glimpse.brief.kind != Kind::WantsTask
}

/// Where the windows begin that are looked at; all are, if `None`.
fn looks_from(hint: &Hint) -> Option<Timestamp> {
    // Whoever adds older windows takes one of these hints away.
    let settled = hint.verified_until.and(hint.settled_until)?;
    let from = settled.checked_sub(LOOK_BACK).ok()?;
    Some(hint.open_from.map_or(from, |open| open.min(from)))
}

/// A key before those of the windows that begin at `from` or later.
fn key_before(prefix: &str, from: Timestamp) -> Option<String> {
    let hour = SignedDuration::from_hours(1);
    let start = hour_of(from);
    let window = Window::new(start, start.checked_add(hour).ok()?).ok()?;
    let window = window_in_key(window);
    // The key of the window that begins then comes after.
    Some(format!("{prefix}{window}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_windows_are_looked_at_as_long_as_something_is_to_be_done_for_them() {
        let at = |day: &str| -> Timestamp { format!("2026-02-{day}T00:00:00Z").parse().unwrap() };
        let cases = [
            (None, None, None, None),
            // Older ones were added.
            (None, Some("28"), Some("28"), None),
            (Some("28"), Some("28"), None, Some("13")),
            // A loss does not have all be looked at from then on for ever.
            (Some("02"), Some("28"), None, Some("13")),
            (Some("28"), Some("28"), Some("27"), Some("13")),
            (Some("28"), Some("28"), Some("03"), Some("03")),
        ];
        for (verified, settled, open, expected) in cases {
            let hint = Hint {
                verified_until: verified.map(at),
                settled_until: settled.map(at),
                open_from: open.map(at),
                ..Hint::default()
            };
            assert_eq!(looks_from(&hint), expected.map(at), "{hint:?}");
        }
    }
}
