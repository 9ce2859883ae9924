//! What is known of one log, and what was done because of it, as it grows from step to step.

use jiff::Timestamp;
use shared::failure::{CallError, Classify, FailureKind, chain};

use super::{Handled, HandlerError};
use crate::analysis::Analysis;
use crate::decision::{Decision, Policy, RunFacts, Situation, decide, not_failing};
use crate::diagnosis::Diagnosis;
use crate::evidence::Quote;
use crate::github::{Run, Thread};
use crate::llm::Attempt;
use crate::log_key::LogKey;
use crate::record::{FailureRecord, Kind, LogId, LogRecord, State};
use crate::report::Patch;

/// One log.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) log: LogKey,
    pub(super) id: LogId,
    /// Whether Lambda tries no more after this: what cannot be done now is told.
    pub(super) is_last_attempt: bool,
    pub(super) examined: Examined,
    /// Whether the analysis of an earlier try is better than this one.
    pub(super) is_written: bool,
    /// When it was read.
    pub(super) at: Timestamp,
    pub(super) run: RunFacts,
    /// `None` where the record cannot be read: nothing is done on GitHub then.
    pub(super) failure: Option<FailureRecord>,
    pub(super) threads: Vec<Thread>,
    pub(super) decision: Option<Decision>,
    /// Whether it was decided during a pause.
    pub(super) is_paused: bool,
    /// The thread that the decision knew: where the record has another one by then, somebody else answered.
    pub(super) decided_on: Option<u64>,
    pub(super) diagnosis: Option<Diagnosis>,
    pub(super) diff: Option<String>,
    pub(super) attempts: Vec<Attempt>,
    pub(super) done: Done,
}

/// What the rules made of it.
#[derive(Debug)]
pub(super) struct Examined {
    pub(super) analysis: Analysis,
    pub(super) quotes: Vec<Quote>,
    pub(super) advice: Option<String>,
    /// Why not all of it was read.
    pub(super) problem: Option<String>,
    /// Whether the next try may read what this one could not.
    pub(super) is_interrupted: bool,
}

/// What was done and what was not.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Done {
    pub(super) pull_request: Option<u64>,
    pub(super) issue: Option<u64>,
    pub(super) comments: Vec<u64>,
    /// What became of the patch that a model wrote.
    pub(super) patch: Patch,
    /// What was not done and need not worry anybody: caps, dry run, time.
    pub(super) notes: Vec<String>,
    /// What could not be done, and people must know.
    pub(super) troubles: Vec<String>,
}

impl Case {
    pub(super) fn fingerprint(&self) -> &str {
        &self.examined.analysis.fingerprint
    }

    /// Decides what may be done; nothing where the record of the failure is not known.
    pub(super) fn decide(&mut self, policy: &Policy, has_model: bool, now: Timestamp) {
        let Some(failure) = &self.failure else {
            return;
        };
        self.decision = Some(decide(&Situation {
            policy,
            category: self.examined.analysis.category,
            is_readable: !self.examined.quotes.is_empty(),
            has_model,
            run: &self.run,
            failure,
            log: &self.id,
            threads: &self.threads,
            now,
        }));
        self.is_paused = policy.paused;
        self.decided_on = failure.thread.as_ref().map(|thread| thread.number);
    }

    /// The run, where GitHub told of it.
    pub(super) fn known_run(&self) -> Option<&Run> {
        match &self.run {
            RunFacts::Known(run) => Some(run),
            RunFacts::NotAsked | RunFacts::Unknown(_) => None,
        }
    }

    /// Whether what is chosen for GitHub is only told.
    pub(super) fn is_rehearsal(&self) -> bool {
        self.decision
            .as_ref()
            .is_none_or(|decision| decision.is_rehearsal)
    }

    /// What a call gave. What cannot be had is told to people instead of failing the invocation: for good, or after the last try.
    pub(super) fn had<V>(
        &mut self,
        result: Result<V, HandlerError>,
    ) -> Result<Option<V>, HandlerError> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(error @ (HandlerError::LeaseLost | HandlerError::Untold(_))) => Err(error),
            Err(error) if error.kind() == FailureKind::Transient && !self.is_last_attempt => {
                Err(error)
            }
            Err(error) => {
                self.trouble(&error);
                Ok(None)
            }
        }
    }

    /// The same for a call.
    pub(super) fn called<V>(
        &mut self,
        result: Result<V, CallError>,
    ) -> Result<Option<V>, HandlerError> {
        self.had(result.map_err(HandlerError::from))
    }

    /// Why the last word on the analysis was not written: that is told, and where the next try might write it, fails the try as well.
    pub(super) fn unwritten(
        &mut self,
        written: Result<(), HandlerError>,
    ) -> Result<Option<HandlerError>, HandlerError> {
        let Err(error) = written else {
            return Ok(None);
        };
        let is_passing = error.kind() == FailureKind::Transient;
        if is_passing && !self.is_last_attempt {
            return Err(error);
        }
        let before = self.done.troubles.len();
        self.trouble(&error);
        let (earlier, new) = self.done.troubles.split_at(before);
        if new.iter().all(|trouble| earlier.contains(trouble)) {
            self.done.troubles.truncate(before);
        }
        Ok(is_passing.then_some(error))
    }

    /// Something could not be done that people must know of.
    pub(super) fn trouble(&mut self, error: &HandlerError) {
        let after = match error.kind() {
            FailureKind::Transient => " (given up after three tries)",
            FailureKind::Permanent => "",
        };
        self.done.troubles.push(format!("{}{after}", chain(error)));
    }

    /// Something was not done, which need not worry anybody.
    pub(super) fn note(&mut self, text: impl Into<String>) {
        self.done.notes.push(text.into());
    }

    /// An earlier try read what this one cannot: its analysis stands, and only what is left is told.
    pub(super) fn remember_analysis(&mut self, record: &LogRecord) {
        let Some(fingerprint) = &record.fingerprint else {
            return;
        };
        if !self.examined.quotes.is_empty() || self.examined.analysis.fingerprint == *fingerprint {
            return;
        }
        self.examined.analysis.fingerprint.clone_from(fingerprint);
        self.is_written = true;
        let why = self.examined.problem.clone().unwrap_or_default();
        let trouble = format!("the log could not be read again, so nothing more was done: {why}");
        self.done.troubles.push(trouble);
    }

    /// A log that the next try may read better is tried again; what was read so far is written.
    pub(super) fn fail_if_interrupted(&self) -> Result<(), HandlerError> {
        let problem = self.examined.problem.as_ref();
        match problem.filter(|_| self.examined.is_interrupted && !self.is_last_attempt) {
            Some(problem) => Err(HandlerError::Interrupted(problem.clone())),
            None => Ok(()),
        }
    }

    /// Whether the run did not fail at all: it was cancelled, or passed after all.
    pub(super) fn is_no_failure(&self) -> bool {
        self.known_run()
            .is_some_and(|run| not_failing(run).is_some())
    }

    /// What earlier tries did because of this log is done.
    pub(super) fn remember_deeds(&mut self) {
        let Some(failure) = &self.failure else {
            return;
        };
        for deed in failure.deeds.iter().filter(|deed| deed.owner == self.id) {
            match (&deed.kind, &deed.state) {
                (Kind::Proposal { .. }, State::Done { number }) => self.done.pull_request = *number,
                (Kind::Issue { .. }, State::Done { number }) => self.done.issue = *number,
                (Kind::Comment { number, .. }, State::Done { .. }) => {
                    self.done.comments.push(*number);
                }
                _ => {}
            }
        }
    }

    /// Whether this log's draft pull request may be there without anybody having found it.
    pub(super) fn has_unclear_proposal(&self) -> bool {
        let mut deeds = self.failure.iter().flat_map(|failure| &failure.deeds);
        deeds.any(|deed| {
            let is_unclear = matches!(deed.state, State::Unclear { .. });
            is_unclear && deed.owner == self.id && matches!(deed.kind, Kind::Proposal { .. })
        })
    }

    pub(super) fn handled(&self) -> Handled {
        let handled = Handled::new("analysed", &self.examined.analysis.cause);
        handled.analysed_at(&self.log.analysis("json"))
    }
}
