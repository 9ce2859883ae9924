//! An incident of a service, watched: what is new is shown and remembered.

mod look;

use jiff::Timestamp;

pub(super) use self::look::with_change;
use super::exported::ServiceLog;
use super::mails::{REPORT_MAIL, ROLLBACK_MAIL};
use super::news::news;
use super::observations::Observations;
use super::pulse::{Look, Pulse};
use crate::analysis::StoredAnalyses;
use crate::event::Event;
use crate::installation::Installation;
use crate::record::StoredRecord;
use crate::scenario::WatchedAlarm;

/// A watch over an incident.
pub(super) struct Watch<'a> {
    pub(super) installation: &'a Installation,
    pub(super) record: &'a StoredRecord,
    pub(super) analyses: &'a StoredAnalyses,
    /// The service's log in the export, if it is exported.
    pub(super) log: Option<&'a ServiceLog>,
    /// The alarm that it is about.
    pub(super) alarm: &'a WatchedAlarm,
    pub(super) pulse: Pulse<'a>,
}

impl Look for Watch<'_> {
    type Seen = Observations;

    async fn look(&self, before: &Observations) -> anyhow::Result<Observations> {
        Box::pin(self.look_at_everything(before)).await
    }

    fn news(&self, before: &Observations, now: &Observations) -> Vec<(Timestamp, Event)> {
        let period = self.pulse.timeline.speed.period();
        news(before, now, self.alarm.name(), period)
    }

    fn next(seen: &Observations) -> &'static str {
        if seen.state_changes.is_empty() {
            "the alarm"
        } else if seen.own_deployment().is_none() {
            "the function"
        } else if seen.mail(REPORT_MAIL).is_none() && seen.mail(ROLLBACK_MAIL).is_none() {
            "the report"
        } else {
            "the proof"
        }
    }
}
