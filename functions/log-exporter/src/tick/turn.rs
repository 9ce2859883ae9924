//! One group's turn: survey its windows, plan new ones, and take the steps of those that are due.

use jiff::{SignedDuration, Timestamp};
use shared::clock::{Clock, Nonces};
use shared::exports::layout::Place;
use shared::exports::manifest::Mode;
use shared::exports::window::Window;
use shared::failure::{Classify as _, FailureKind};
use shared::records::{self, Loaded, Precondition, Record as _, RecordError, Records, Saved};

use super::failed::StepError;
use super::memo::{Brief, Glimpse, Seen};
use super::outlook::hint;
use super::run::Run;
use super::survey::Survey;
use super::{Logs, Tick};
use crate::catalog::{Hint, Known};
use crate::ledger::{Entry, Group, Step, begin, next, order, tail, tiling};
use crate::preflight::LooksAtBucket;
use crate::rules::Policy;
use crate::sources::Bucket;

/// How many windows are planned in a turn: two days of a group that is read directly.
const PLANNED: usize = 48;

/// What is waited before a step is tried again that failed: until the next tick.
pub(super) const AFTER_FAILURE: SignedDuration = SignedDuration::from_mins(4);

/// What is waited if it would fail again.
pub(super) const AFTER_PERMANENT: SignedDuration = SignedDuration::from_hours(1);

/// What is waited before something is looked at again that is under way: a task, a query.
pub(super) const POLL: SignedDuration = SignedDuration::from_secs(3);

/// One group's turn.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    /// The group's name.
    pub(super) name: &'a str,
    /// What the ledger decides by.
    pub(super) group: Group,
    /// How it is exported.
    pub(super) policy: Policy,
    /// When it was found.
    pub(super) found_at: Timestamp,
    /// When it was first missed, if it is gone and that is known.
    pub(super) missed_at: Option<Timestamp>,
    /// What the ledger said before.
    pub(super) hint: &'a Hint,
    /// Where its objects are.
    pub(super) place: Place,
    /// When it must be over.
    pub(super) until: Timestamp,
}

impl<L: Logs, B: Bucket, R: Records, P: LooksAtBucket, T: Clock + Nonces> Tick<'_, L, B, R, P, T> {
    /// One group's turn; what the ledger says of it after that.
    pub(super) async fn turn(
        &self,
        run: &mut Run,
        (name, known): (&str, &Known),
        until: Timestamp,
    ) -> Hint {
        let turn = Turn {
            name,
            group: known.group(),
            policy: known.policy(),
            found_at: known.found_at,
            missed_at: known.past.missed_at,
            hint: &known.hint,
            place: Place {
                account: self.installation.account.clone(),
                region: self.installation.region.clone(),
                group: name.to_owned(),
            },
            until,
        };
        let surveyed = Box::pin(self.survey(run, &turn)).await;
        let mut survey = match surveyed {
            Ok(survey) => survey,
            Err(failure) => {
                let failure = StepError::Record(failure);
                self.note(run, name, &failure).await;
                let now = self.time.now();
                return Hint {
                    worked_at: Some(now),
                    due_at: Some(now + self.paced(AFTER_FAILURE)),
                    // Also what waits for the task needs the ledger.
                    wants_task: false,
                    ..known.hint.clone()
                };
            }
        };
        let plan_at = self.plan(run, &turn, &mut survey).await;
        Box::pin(self.work_off(run, &turn, &mut survey)).await;
        let now = self.time.now();
        let hint = hint(&turn, &survey, plan_at, now);
        let group = turn.group.clone();
        let windows = survey.windows;
        self.memo.keep(name, Seen { group, windows });
        hint
    }

    /// Plans the windows that have begun, or are over; of a group that is gone, those that had begun. When the next one is to be planned;
    /// never, if the group is gone and all are.
    async fn plan(&self, run: &mut Run, turn: &Turn<'_>, survey: &mut Survey) -> Option<Timestamp> {
        let now = self.time.now();
        if !survey.is_complete {
            // The last window may be among those that were not read.
            return Some(
                now + if survey.is_broken {
                    self.paced(AFTER_PERMANENT)
                } else {
                    POLL
                },
            );
        }
        if self.is_paused {
            return Some(now + self.paced(AFTER_FAILURE));
        }
        let last = survey.windows.values().next_back();
        let from = last.map_or_else(
            || begin(&turn.group, self.rules, turn.found_at),
            |last| last.brief.standing.window.end(),
        );
        let mut planned_to = from;
        for window in self.tiles(turn, from, now) {
            let entry = Entry {
                is_redacted: turn.policy.is_redacted,
                ..Entry::planned(turn.name, window, turn.policy.mode, self.rules)
            };
            match self.save_new(entry).await {
                Ok(Some(loaded)) => {
                    let brief = Brief::of(&loaded.record, Some(now));
                    let modified_at = None;
                    let glimpse = Glimpse { modified_at, brief };
                    survey.windows.insert(loaded.record.key(), glimpse);
                    survey.ready.push(loaded);
                    planned_to = window.end();
                }
                // Somebody else planned it: what is there is read in the next turn.
                Ok(None) => return Some(now),
                Err(failure) => {
                    self.note(run, turn.name, &StepError::Record(failure)).await;
                    return Some(now + self.paced(AFTER_FAILURE));
                }
            }
        }
        let later = self.tiles(turn, planned_to, Timestamp::MAX);
        later.first().map(|window| match turn.policy.mode {
            _ if !turn.group.exists => now,
            Mode::Direct => window.start(),
            Mode::ExportTask => window.end(),
        })
    }

    fn tiles(&self, turn: &Turn<'_>, from: Timestamp, now: Timestamp) -> Vec<Window> {
        let kind = (turn.policy.mode, &turn.group);
        if !turn.group.exists {
            let missed_at = turn.missed_at.map(|at| (self.rules, at));
            return missed_at.map_or_else(Vec::new, |at| tail(from, kind, at, PLANNED));
        }
        tiling(from, kind, (self.rules, now), PLANNED)
    }

    async fn save_new(&self, entry: Entry) -> Result<Option<Loaded<Entry>>, RecordError> {
        let loaded = Loaded {
            record: entry,
            precondition: Precondition::Absent,
        };
        Ok(
            match records::save(&self.records, &self.time, loaded).await? {
                Saved::Ours(loaded) => Some(loaded),
                Saved::Lost => None,
            },
        )
    }

    /// Takes the steps of the windows for which something is to be done, in their order, until the time is up.
    async fn work_off(&self, run: &mut Run, turn: &Turn<'_>, survey: &mut Survey) {
        let now = self.time.now();
        let mut ready = std::mem::take(&mut survey.ready);
        ready.sort_by_key(|loaded| order(&loaded.record, &turn.group, self.rules, now));
        for loaded in ready {
            if self.time.now() >= turn.until {
                return;
            }
            let key = loaded.record.key();
            let before = loaded.precondition.clone();
            let (brief, is_now) = Box::pin(self.work_on(run, turn, loaded)).await;
            // When what was written is listed next time, it is read once more.
            let seen = survey.windows.get(&key).filter(|_| is_now == before);
            let modified_at = seen.and_then(|seen| seen.modified_at);
            survey.windows.insert(key, Glimpse { modified_at, brief });
        }
    }

    /// Takes the steps of one window until there is none to take now. What counts of it then, and which version of it that is.
    async fn work_on(
        &self,
        run: &mut Run,
        turn: &Turn<'_>,
        mut held: Loaded<Entry>,
    ) -> (Brief, Precondition) {
        let brief = loop {
            let now = self.time.now();
            let step = next(&held.record, &turn.group, self.rules, now);
            if let Step::Wait(due_at) = step {
                break Brief::of(&held.record, due_at);
            }
            if now >= turn.until {
                break Brief::of(&held.record, Some(now));
            }
            if let Some(brief) = self.held_back(run, &held.record, &step, now) {
                break brief;
            }
            let is_tidying = step == Step::Tidy;
            let wait = match Box::pin(self.take(run, turn, &mut held, step)).await {
                Ok(wait) => {
                    run.throttled = 0;
                    wait
                }
                Err(failure) => {
                    self.note(run, &held.record.key(), &failure).await;
                    Some(self.paced(match failure.kind() {
                        FailureKind::Transient => AFTER_FAILURE,
                        FailureKind::Permanent => AFTER_PERMANENT,
                    }))
                }
            };
            if let Some(wait) = wait {
                break self.waiting(turn, &held.record, (wait, is_tidying));
            }
        };
        (brief, held.precondition)
    }
}
