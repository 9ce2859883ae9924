use serde::Serialize;
use shared::outbound::Quoted;
use tracing::info;

use crate::record::{Entry, Outcome};
use shared::alarm::{Alarm, IncidentId};

/// What became of one message; the invocation's answer and log line.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Handled {
    /// `remediate`, `report`, `ignore`, `wait`, `verify`, `rejected` or `failed`.
    pub decision: &'static str,
    /// Why, or what came of it.
    pub reason: Quoted,
    /// The alarm's name, where the message was an alarm.
    pub alarm: Option<Quoted>,
    /// The incident, where it is about one.
    pub incident: Option<IncidentId>,
    /// What came of it, where something was decided.
    pub outcome: Option<Outcome>,
}

impl Handled {
    /// A message that was decided on so, for this reason.
    pub(super) fn new(decision: &'static str, reason: impl AsRef<str>) -> Self {
        Self {
            decision,
            reason: Quoted::line(reason.as_ref()),
            alarm: None,
            incident: None,
            outcome: None,
        }
    }

    /// The same, as the state change of an alarm.
    pub(super) fn of(self, alarm: &Alarm) -> Self {
        Self {
            alarm: Some(Quoted::line(&alarm.name)),
            incident: self.incident.or_else(|| Some(alarm.incident())),
            ..self
        }
    }

    /// The same, as the entry of an incident.
    pub(super) fn of_entry(self, entry: &Entry) -> Self {
        Self {
            alarm: Some(Quoted::line(&entry.alarm_name)),
            incident: Some(entry.incident.clone()),
            outcome: entry.outcome.clone(),
            ..self
        }
    }

    /// Writes the one log line of a message.
    pub(super) fn log(&self, message_id: &str) {
        info!(
            decision = self.decision,
            alarm.name = self.alarm.as_ref().map(Quoted::as_str),
            incident = self.incident.as_ref().map(tracing::field::display),
            outcome = self.outcome.as_ref().map(|outcome| Quoted::line(&format!("{outcome:?}"))).map(tracing::field::display),
            sns.message_id = %Quoted::line(message_id),
            "{}",
            self.reason
        );
    }
}
