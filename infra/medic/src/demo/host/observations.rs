//! What was seen of an incident on a host. Every time is the service's own, never the time of the look that showed it.

use alarm_playbook::record::Entry;
use jiff::Timestamp;

use crate::local_cloud::{Container, DockerCall, Mail};
use crate::scenario::host::{ProcessorPeriod, SentCommand};
use crate::scenario::{StateChange, StateName};

/// What was seen since the scenario began. Lists are in the order of time.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct HostObservations {
    /// The periods that are over.
    pub(super) periods: Vec<ProcessorPeriod>,
    /// The alarm's changes of state.
    pub(super) state_changes: Vec<StateChange>,
    /// What the alarm told whom.
    pub(super) alarm_actions: Vec<(Timestamp, String)>,
    /// What the function decided and did, from its record.
    pub(super) entry: Option<Entry>,
    /// Where the closed copy of the incident lies.
    pub(super) closed_copy: Option<String>,
    /// The commands that SSM was asked for.
    pub(super) commands: Vec<SentCommand>,
    /// What the host's docker was asked.
    pub(super) docker_calls: Vec<DockerCall>,
    /// The containers of the host before anything happened.
    pub(super) before: Vec<Container>,
    /// The containers of the host now.
    pub(super) now: Vec<Container>,
    /// When a request to the new process was first answered well.
    pub(super) served_at: Option<Timestamp>,
    /// The mails that left.
    pub(super) mails: Vec<Mail>,
}

impl HostObservations {
    /// When the alarm first changed into a state.
    pub(super) fn changed_to(&self, state: StateName) -> Option<&StateChange> {
        let mut changes = self.state_changes.iter();
        changes.find(|change| change.state == state)
    }

    /// The first mail whose subject begins so.
    pub(super) fn mail(&self, subject: &str) -> Option<&Mail> {
        let mut mails = self.mails.iter();
        mails.find(|mail| mail.subject.starts_with(subject))
    }

    /// The calls of docker that change something.
    pub(super) fn restarts(&self) -> Vec<&DockerCall> {
        let calls = self.docker_calls.iter();
        calls.filter(|call| call.is_restart()).collect()
    }

    /// Containers whose process is another one than before, or is gone; before and now.
    pub(super) fn changed(&self) -> Vec<(&Container, Option<&Container>)> {
        let now = |before: &Container| self.now.iter().find(|now| now.name == before.name);
        let pairs = self.before.iter().map(|before| (before, now(before)));
        pairs
            .filter(|(before, now)| now.is_none_or(|now| now.pid != before.pid))
            .collect()
    }
}
