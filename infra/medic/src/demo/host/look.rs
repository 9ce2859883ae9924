//! One look at a host and everything around it, through the APIs that anybody could have asked.

use jiff::Timestamp;

use super::ALARM_MAIL;
use super::news::news;
use super::observations::HostObservations;
use crate::demo::mails::REPORT_MAIL;
use crate::demo::pulse::{Look, Pulse};
use crate::demo::watch::with_change;
use crate::event::Event;
use crate::installation::Installation;
use crate::local_cloud::Host;
use crate::record::StoredRecord;
use crate::scenario::host::{CONTAINER, HOST_ALARM, INSTANCE};
use crate::scenario::{HostScenario, StateChange};

/// A watch over an incident on a host.
pub(super) struct HostWatch<'a> {
    pub(super) installation: &'a Installation<HostScenario>,
    pub(super) record: &'a StoredRecord,
    pub(super) pulse: Pulse<'a>,
}

impl Look for HostWatch<'_> {
    type Seen = HostObservations;

    async fn look(&self, before: &HostObservations) -> anyhow::Result<HostObservations> {
        let scenario = &self.installation.scenario;
        let cloud = &self.installation.cloud;
        let (zero, period) = (self.pulse.timeline.zero, self.pulse.timeline.speed.period());
        let (periods, alarm, alarm_actions, commands, host, mails, record) = tokio::try_join!(
            scenario.periods(zero, self.pulse.complete_until(), period),
            scenario.alarm.describe(),
            scenario.alarm.actions(zero),
            scenario.commands(zero),
            cloud.host(INSTANCE),
            cloud.mails(),
            self.record.read(),
        )?;
        let mut entries = record.into_iter().flat_map(|record| record.entries);
        let entry =
            entries.find(|entry| entry.alarm_name == HOST_ALARM && entry.state_changed_at >= zero);
        let closed_copy = match &entry {
            Some(entry) => self.record.closed_copy(&entry.incident).await?,
            None => None,
        };
        let newest = StateChange::of(&alarm);
        Ok(HostObservations {
            periods,
            state_changes: with_change(before.state_changes.clone(), newest, zero),
            alarm_actions,
            entry,
            closed_copy,
            commands,
            before: scenario.host.containers.clone(),
            served_at: self.served_at(&host),
            docker_calls: host.docker_calls,
            now: host.containers,
            mails: mails.into_iter().filter(|mail| mail.at >= zero).collect(),
        })
    }

    fn news(&self, before: &HostObservations, now: &HostObservations) -> Vec<(Timestamp, Event)> {
        news(before, now, self.pulse.timeline.speed.period())
    }

    fn next(seen: &HostObservations) -> &'static str {
        if seen.mail(ALARM_MAIL).is_none() {
            "the alarm"
        } else if seen.restarts().is_empty() {
            "the function"
        } else if seen.mail(REPORT_MAIL).is_none() {
            "the report"
        } else {
            "the proof"
        }
    }
}

impl HostWatch<'_> {
    /// Only the process that was started last can have answered what was sent after its start.
    fn served_at(&self, host: &Host) -> Option<Timestamp> {
        let container = host.container(CONTAINER)?;
        let answers = self.pulse.traffic.answers().into_iter();
        let since = answers
            .filter(|answer| answer.succeeded() && answer.at > container.started_at)
            .map(|answer| answer.at);
        since.min().filter(|_| container.restarts > 0)
    }
}
