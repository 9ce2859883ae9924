//! From an alarm to what broke, since when, what changed just before, and how sure that is, with evidence for every statement.
//!
//! Where to look: [`collect`] asks AWS, each source by itself, and what it finds is [`evidence`]; [`diagnose`] concludes and is pure:
//! what comes of it is an [`analysis`]. [`suspects`] ranks who is at fault among many services. [`page`] shows an analysis to people.
//! [`handler`] orders the steps over narrow traits, and [`aws`] is the real world.

pub mod analysis;
pub mod case;
pub mod concerns;
pub mod config;
pub mod evidence;
pub mod handler;
pub mod metrics;
pub mod record;
pub mod request;
pub mod series;

mod diagnose {
    use crate::analysis::*;
    use crate::evidence::Evidence;
    pub(crate) fn diagnose(evidence: &Evidence) -> Analysis {
        let incident = &evidence.incident;
        Analysis {
            schema_version: SCHEMA_VERSION,
            incident_id: incident.id.to_string(),
            state: if incident.ended_at.is_some() {
                State::Closed
            } else {
                State::Open
            },
            headline: String::new(),
            verdict: Verdict {
                cause: Cause::Undetermined,
                rule: None,
                statement: String::new(),
                confidence: 0.0,
                reasons: vec![],
                against: vec![],
                missing: vec![],
                advice: vec![],
            },
            alarm: AlarmSummary {
                name: incident.alarm.name.clone(),
                description: String::new(),
                reason: String::new(),
                metric: None,
                threshold: None,
            },
            target: None,
            window: Window {
                from: incident.from,
                onset: None,
                breached_at: incident.breached_at,
                ended_at: incident.ended_at,
                until: incident.until,
            },
            timeline: vec![],
            metrics: vec![],
            patterns: vec![],
            suspects: vec![],
            deployments: vec![],
            stopped_tasks: vec![],
            target_health: vec![],
            gaps: evidence.metrics.gaps.clone(),
            evidence: vec![],
            summary: None,
        }
    }
}
mod page {
    pub(crate) fn report(analysis: &crate::analysis::Analysis) -> shared::outbound::Page {
        let mut page = shared::outbound::Page::default();
        page.own("<p>").text(&analysis.headline).own("</p>");
        page
    }
}
