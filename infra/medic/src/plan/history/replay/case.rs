//! What became of one alarm of a history.

use alarm_playbook::decision::{Decision, Refusal};
use alarm_playbook::record::Intent;
use alarm_playbook::target::Target;
use jiff::Timestamp;

use super::super::read::Change;

/// What became of one alarm of the history.
#[derive(Debug)]
pub(in super::super) struct Case {
    /// The alarm.
    pub(in super::super) change: Change,
    /// The playbook and its target; none if none is for it.
    pub(in super::super) matched: Option<(String, Target)>,
    /// What was decided.
    pub(in super::super) decision: Decision,
    /// The rungs that were carried out, the first included.
    pub(in super::super) rungs: Vec<Tried>,
    /// How it ended, and when; none if it was open at the end of the history.
    pub(in super::super) ending: Option<(Timestamp, Ending)>,
}

/// A rung that was carried out.
#[derive(Debug)]
pub(in super::super) struct Tried {
    pub(in super::super) at: Timestamp,
    pub(in super::super) intent: Intent,
}

/// How an incident ended.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in super::super) enum Ending {
    /// The alarm went back to OK.
    Recovered,
    /// It did not, and nothing was left to do: somebody has to look, and why.
    HandedOver(String),
}

impl Case {
    /// A case right after its decision.
    pub(super) fn opened(
        change: Change,
        matched: Option<(String, Target)>,
        decision: Decision,
    ) -> Self {
        let now = change.at;
        let rungs = match &decision {
            Decision::Remediate(plan) => vec![Tried {
                at: now,
                intent: plan.intent.clone(),
            }],
            _ => Vec::new(),
        };
        let ending = match &decision {
            Decision::Report(Refusal {
                page: Some(subject),
                awaits: None,
                ..
            }) => Some((now, Ending::HandedOver(subject.clone()))),
            _ => None,
        };
        Self {
            change,
            matched,
            decision,
            rungs,
            ending,
        }
    }
}

/// The rule by which a case was first objected to.
pub(in super::super) fn first_rule(decision: &Decision) -> Option<&str> {
    match decision {
        Decision::Report(refusal) => refusal.reasons.rules.first().map(String::as_str),
        _ => None,
    }
}
