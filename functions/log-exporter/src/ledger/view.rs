//! What an entry says to whoever only wants to know. Pure.

use shared::exports::manifest::{Mode, Output, Proof, SourceCount};
use shared::exports::window::Window;
use shared::records::Record as _;

use super::compare::fuller;
use super::entry::{Entry, Exporting, Proven, State};
use super::pace::later;
use crate::rules::Rules;

impl Entry {
    /// A window that nothing was done about yet.
    pub fn planned(group: &str, window: Window, mode: Mode, rules: &Rules) -> Self {
        let not_before = match mode {
            Mode::ExportTask => later(window.end(), rules.settle),
            Mode::Direct => window.start(),
        };
        Self {
            schema_version: Self::SCHEMA_VERSION,
            group: group.to_owned(),
            window,
            mode,
            is_redacted: false,
            attempt: 1,
            failed: 0,
            state: State::Planned {
                not_before,
                earlier: Output::default(),
            },
            revision: 1,
            // A window without a manifest is one of which nothing is there, and so it is.
            is_told: true,
            is_tidy: true,
            noted: Vec::new(),
            nonce: String::new(),
        }
    }

    /// The rows that are there, of all attempts: what a manifest names, and what must not be removed.
    pub fn output(&self) -> Output {
        match &self.state {
            State::Planned { earlier, .. } | State::Exporting(Exporting::Task { earlier, .. }) => {
                earlier.clone()
            }
            State::Exporting(Exporting::Direct { output, .. })
            | State::Suspect { output, .. }
            | State::Expired { output, .. }
            | State::Verified(Proven { output, .. }) => output.clone(),
            // What is listed anew replaces what is there when it is complete.
            State::Exported(pending)
                if self.mode == Mode::Direct && !pending.earlier.parts.is_empty() =>
            {
                pending.earlier.clone()
            }
            State::Exported(pending) => fuller(&pending.earlier, &pending.output),
        }
    }

    /// The rows that the source's events are compared with: all that are there, unless the window is listed anew.
    pub fn listed(&self) -> Output {
        match &self.state {
            State::Exported(pending) if self.mode == Mode::Direct => pending.output.clone(),
            _ => self.output(),
        }
    }

    /// What the source has, once that was compared with the rows.
    pub fn source(&self) -> Option<&SourceCount> {
        match &self.state {
            State::Verified(proven) => Some(&proven.source),
            _ => None,
        }
    }

    /// Whether it is proven that no event is missing, as of when the source was last looked at.
    pub fn is_proven(&self) -> bool {
        matches!(
            &self.state,
            State::Verified(Proven {
                reconciling: None,
                ..
            })
        )
    }

    /// Whether nothing more will be done to prove it: it is proven, or lost.
    pub fn is_settled(&self) -> bool {
        self.is_proven() || matches!(self.state, State::Expired { .. })
    }

    /// Whether no task of it can still write: what it staged may be removed.
    pub fn is_task_settled(&self) -> bool {
        !matches!(self.state, State::Exporting(Exporting::Task { .. }))
    }

    /// What its manifest says of how sure it is that no event is missing.
    pub fn proof(&self) -> Proof {
        match &self.state {
            State::Verified(Proven {
                reconciling: None,
                by_ids,
                ..
            }) => {
                if *by_ids {
                    Proof::EventIds
                } else {
                    Proof::Counted
                }
            }
            State::Suspect { reason, .. } => Proof::Suspect {
                reason: reason.clone(),
            },
            State::Expired { loss, .. } => Proof::Lost {
                reason: loss.clone(),
            },
            // It was suspect, and until it is proven it stays so for whoever reads it.
            _ if self.failed > 0 => Proof::Suspect {
                reason: format!(
                    "it was not proven by an earlier attempt, and attempt {} is not over",
                    self.attempt
                ),
            },
            _ => Proof::Open,
        }
    }
}
