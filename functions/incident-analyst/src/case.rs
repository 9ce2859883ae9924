//! What is looked into: an incident, before anything is known of it but what its alarm told.

use std::future::Future;

use jiff::Timestamp;
use shared::alarm::{Alarm, IncidentId};

use crate::analysis::{Analysis, Summary};
use crate::collect::BEFORE;
use crate::evidence::{Evidence, Gap, Gathered, Incident, Source};

/// An incident as its alarm told of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// The incident's id, the same that the alarm playbook gives it.
    pub id: IncidentId,
    /// The alarm as it fired.
    pub alarm: Alarm,
    /// When it fired.
    pub breached_at: Timestamp,
    /// When the incident was over, if it is.
    pub ended_at: Option<Timestamp>,
}

impl Case {
    /// The incident that an alarm opens by firing; `None` if it does not say when.
    pub fn of(alarm: &Alarm) -> Option<Self> {
        Some(Self {
            id: alarm.incident(),
            alarm: alarm.clone(),
            breached_at: alarm.state_changed_at?,
            ended_at: None,
        })
    }

    /// What is known if nobody answered in time: what the alarm told, and that the rest is missing.
    pub fn unanswered(&self, now: Timestamp) -> Evidence {
        Evidence {
            incident: Incident {
                id: self.id.clone(),
                alarm: self.alarm.clone(),
                breached_at: self.breached_at,
                service: None,
                from: self.breached_at.checked_sub(BEFORE).unwrap_or_default(),
                until: now.max(self.breached_at),
                ended_at: self.ended_at,
            },
            metrics: missing(Source::Metrics),
            call_graph: Vec::new(),
            logs: missing(Source::Logs),
            service: missing(Source::Service),
            health: missing(Source::TargetHealth),
            alarm_history: missing(Source::AlarmHistory),
            remediation: missing(Source::Remediation),
        }
    }
}

fn missing<F: Default>(source: Source) -> Gathered<F> {
    let because = "Nobody answered in time.".to_owned();
    Gathered {
        found: F::default(),
        gaps: vec![Gap { source, because }],
    }
}

/// Where evidence comes from.
pub trait Collect: Sync {
    /// All that can be found out about a case before `by`. What cannot is a gap in it and no failure.
    fn collect(&self, case: &Case, by: Timestamp) -> impl Future<Output = Evidence> + Send;
}

/// Who says in a few sentences what an analysis comes to.
pub trait Summarise: Sync {
    /// Whether anybody is configured.
    fn is_configured(&self) -> bool;

    /// The summary, if one is there before `by` and its quotations are true.
    fn summarise(
        &self,
        analysis: &Analysis,
        by: Timestamp,
    ) -> impl Future<Output = Option<Summary>> + Send;
}
