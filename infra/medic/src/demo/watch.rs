//! The four-minute incident, watched: what is new is shown and remembered.

mod look;

use jiff::Timestamp;

pub(super) use self::look::with_change;
use super::mails::REPORT_MAIL;
use super::news::news;
use super::observations::Observations;
use super::pulse::{Look, Pulse};
use crate::event::Event;
use crate::installation::Installation;
use crate::record::StoredRecord;

/// A watch over an incident.
pub(super) struct Watch<'a> {
    pub(super) installation: &'a Installation,
    pub(super) record: &'a StoredRecord,
    pub(super) pulse: Pulse<'a>,
}

impl Look for Watch<'_> {
    type Seen = Observations;

    async fn look(&self, before: &Observations) -> anyhow::Result<Observations> {
        Box::pin(self.look_at_everything(before)).await
    }

    fn news(&self, before: &Observations, now: &Observations) -> Vec<(Timestamp, Event)> {
        news(before, now, self.pulse.timeline.speed.period())
    }

    fn next(seen: &Observations) -> &'static str {
        if seen.state_changes.is_empty() {
            "the alarm"
        } else if seen.deployments.is_empty() {
            "the function"
        } else if seen.mail(REPORT_MAIL).is_none() {
            "the report"
        } else {
            "the proof"
        }
    }
}
