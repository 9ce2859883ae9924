use serde::Serialize;
use shared::alarm::{Alarm, IncidentId};
use shared::outbound::Quoted;
use tracing::info;

/// What became of one record of an event: the answer of a direct invocation, and one line of the log.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Handled {
    /// `analysed`, `noted`, `duplicate`, `ignored`, `rejected` or `failed`.
    pub outcome: &'static str,
    /// Why, or what it came to.
    pub reason: Quoted,
    /// The alarm's name, where the record was an alarm's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alarm: Option<Quoted>,
    /// The incident.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incident: Option<IncidentId>,
    /// Where the report is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report: Option<String>,
}

impl Handled {
    pub(super) fn new(outcome: &'static str, reason: impl AsRef<str>) -> Self {
        Self {
            outcome,
            reason: Quoted::line(reason.as_ref()),
            alarm: None,
            incident: None,
            report: None,
        }
    }

    /// The same, as the state change of an alarm.
    pub(super) fn of(self, alarm: &Alarm) -> Self {
        let alarm = Some(Quoted::line(&alarm.name));
        Self { alarm, ..self }
    }

    /// The same, about this incident.
    pub(super) fn about(self, incident: &IncidentId) -> Self {
        let incident = Some(incident.clone());
        Self { incident, ..self }
    }

    /// The same, with where the report is.
    pub(super) fn reported_at(self, key: String) -> Self {
        let report = Some(key);
        Self { report, ..self }
    }

    pub(super) fn log(&self) {
        info!(
            outcome = self.outcome,
            alarm.name = self.alarm.as_ref().map(Quoted::as_str),
            incident.id = self.incident.as_ref().map(tracing::field::display),
            s3.key = self.report.as_deref(),
            "{}",
            self.reason
        );
    }
}
