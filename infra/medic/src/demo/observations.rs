//! What was seen of an incident. Every time is the service's own, never the time of the look that showed it.

use alarm_playbook::action::Work;
use alarm_playbook::record::Entry;
use jiff::Timestamp;

use super::exported::Exported;
use crate::analysis::Analyzed;
use crate::local_cloud::{Mail, Via};
use crate::scenario::{LogLine, Period, StateChange, StateName};
use crate::traffic::Answered;

/// What was seen since the scenario began. Lists are in the order of time.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Observations {
    /// The first request that failed.
    pub(super) first_failure: Option<Answered>,
    /// The first error in the service's log.
    pub(super) first_error: Option<LogLine>,
    /// The periods that are over.
    pub(super) periods: Vec<Period>,
    /// The alarm's changes of state.
    pub(super) state_changes: Vec<StateChange>,
    /// What the alarm told whom.
    pub(super) alarm_actions: Vec<(Timestamp, String)>,
    /// What the function decided and did, from its record.
    pub(super) entry: Option<Entry>,
    /// Where the closed copy of the incident lies.
    pub(super) closed_copy: Option<String>,
    /// What the incident analyst wrote first.
    pub(super) first_analysis: Option<Analyzed>,
    /// What it wrote last.
    pub(super) last_analysis: Option<Analyzed>,
    /// The deployments that were begun.
    pub(super) deployments: Vec<NewDeployment>,
    /// What ECS wrote of the service.
    pub(super) service_events: Vec<ServiceEvent>,
    /// The mails that left.
    pub(super) mails: Vec<Mail>,
    /// What the service logged until the alarm was OK, in the export.
    pub(super) exported: Option<Exported>,
}

/// A deployment of the service.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct NewDeployment {
    /// Its id.
    pub(super) id: String,
    /// When it was created.
    pub(super) created_at: Timestamp,
    /// What it runs, `family:revision`.
    pub(super) runs: String,
}

/// What ECS wrote of the service.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct ServiceEvent {
    /// When.
    pub(super) at: Timestamp,
    /// What.
    pub(super) message: String,
}

impl Observations {
    /// When the alarm first changed into a state.
    pub(super) fn changed_to(&self, state: StateName) -> Option<&StateChange> {
        self.state_changes
            .iter()
            .find(|change| change.state == state)
    }

    /// The first mail whose subject begins so.
    pub(super) fn mail(&self, subject: &str) -> Option<&Mail> {
        self.mails
            .iter()
            .find(|mail| mail.subject.starts_with(subject))
    }

    /// The deployment that the record says is the function's own.
    pub(super) fn own_deployment(&self) -> Option<&str> {
        match self.entry.as_ref()?.work()? {
            Work::Deployment(deployment) => Some(deployment),
            _ => None,
        }
    }
}

/// The mails that one service sent and whose subjects begin so.
pub(super) fn mails_by<'a>(mails: &'a [Mail], via: Via, subject: &str) -> Vec<&'a Mail> {
    let is_wanted = |mail: &&Mail| mail.via == via && mail.subject.starts_with(subject);
    mails.iter().filter(is_wanted).collect()
}
