//! SSM: commands on hosts, found by their comment after a second, and automations, which run once for a client token.

use std::collections::BTreeMap;

use alarm_playbook::action::Work;
use alarm_playbook::targets::{HostState, Run, RunStatus};
use jiff::{SignedDuration, Timestamp};

use super::{Fleet, Remedy};

/// How long a new command is not listed.
const INVISIBLE: SignedDuration = SignedDuration::from_secs(1);

/// A host with one container.
#[derive(Debug, Default)]
pub struct Host {
    /// Whether its agent has lost its connection.
    pub is_offline: bool,
    /// What was run on it, by the order's id; the newest for each.
    pub(super) runs: BTreeMap<String, Run>,
}

impl Host {
    pub(super) fn state(&self, has_tag: bool) -> HostState {
        let status = if self.is_offline {
            "ConnectionLost"
        } else {
            "Online"
        };
        HostState {
            ping_status: Some(status.to_owned()),
            tags: super::cloudwatch::tags(has_tag),
        }
    }

    /// What a look finds at this time: by its name at once, by its order only when it is listed.
    pub(super) fn find(&self, order: &str, work: Option<&Work>, now: Timestamp) -> Option<Run> {
        let run = self.runs.get(order)?;
        let is_listed = now.duration_since(run.began_at) >= INVISIBLE
            || matches!(run.work, Work::Automation(_));
        let is_it = work.is_none_or(|work| *work == run.work);
        (is_it && (work.is_some() || is_listed)).then(|| run.clone())
    }
}

impl Fleet {
    fn host(&mut self, n: usize) -> &mut Host {
        self.subjects[n].host_mut().unwrap()
    }

    /// `SendCommand`: the script on the host restarts the container once for an order, however often it is asked.
    pub(super) fn send_command(&mut self, n: usize, order: &str) -> (Work, bool) {
        let work = Work::Command(format!("command-{}", self.name()));
        let is_first = !self.host(n).runs.contains_key(order);
        let chance = self.weather.bad_rollouts;
        let fails = self.host(n).is_offline || self.random.chance(chance);
        self.begin_run(n, order, work.clone());
        let remedies: &[Remedy] = if is_first && !fails {
            &[Remedy::Restart]
        } else {
            &[]
        };
        self.finish_run(n, order, fails, remedies);
        (work, is_first)
    }

    /// `StartAutomationExecution`: the same token again is the same execution.
    pub(super) fn start_automation(&mut self, n: usize, order: &str) -> (Work, bool) {
        if let Some(run) = self.subjects[n]
            .host_mut()
            .and_then(|host| host.runs.get(order))
        {
            return (run.work.clone(), false);
        }
        let work = Work::Automation(format!("automation-{}", self.name()));
        self.begin_run(n, order, work.clone());
        self.finish_run(n, order, false, &[Remedy::Restart, Remedy::Automation]);
        (work, true)
    }

    fn begin_run(&mut self, n: usize, order: &str, work: Work) {
        let run = Run {
            work,
            began_at: self.now,
            status: RunStatus::InProgress,
        };
        self.host(n).runs.insert(order.to_owned(), run);
    }

    fn finish_run(&mut self, n: usize, order: &str, fails: bool, remedies: &'static [Remedy]) {
        let (takes, order) = (self.random.seconds(3, 60), order.to_owned());
        self.after(takes, move |fleet| {
            let at = fleet.now;
            if let Some(run) = fleet.host(n).runs.get_mut(&order) {
                run.status = if fails {
                    RunStatus::Failed {
                        reason: "DeliveryTimedOut".to_owned(),
                    }
                } else {
                    RunStatus::Succeeded { at }
                };
            }
            fleet.treat(n, remedies);
        });
    }
}
