//! A service that is fine, with its users: where each of its incidents begins.

use jiff::SignedDuration;
use shared::clock::{Clock as _, System};

use super::exported::ServiceLog;
use super::findings;
use super::observations::Observations;
use super::pulse::Pulse;
use super::watch::Watch;
use super::{FINE, timeline};
use crate::analysis::StoredAnalyses;
use crate::event;
use crate::installation::{Installation, Wish};
use crate::project::Project;
use crate::record::StoredRecord;
use crate::scenario::WatchedAlarm;
use crate::screen::Screen;
use crate::speed::Speed;
use crate::timeline::Timeline;
use crate::traffic::Traffic;

/// When the users come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Users {
    /// At once.
    Now,
    /// With the beginning of the scenario: a service that is broken from its start on would set its alarm off before.
    AtZero,
}

/// The service, its users, and the clock of the scenario.
pub(super) struct Stage<'a> {
    pub(super) installation: Installation,
    pub(super) record: StoredRecord,
    pub(super) analyses: StoredAnalyses,
    /// Its log in the export, if it is exported.
    pub(super) log: Option<ServiceLog>,
    pub(super) timeline: Timeline,
    pub(super) traffic: Traffic,
    pub(super) screen: &'a Screen,
}

impl<'a> Stage<'a> {
    /// Sets everything up and lets users come.
    pub(super) async fn set_up(
        project: &Project,
        wish: Wish,
        users: Users,
        screen: &'a Screen,
    ) -> anyhow::Result<Self> {
        let speed = wish.speed;
        let installation = Box::pin(Installation::set_up(project, wish, screen)).await?;
        Self::of(installation, (speed, FINE), users, screen)
    }

    /// Lets users come to a service that was set up. It is seen to be fine for so long in life, at least.
    pub(super) fn of(
        installation: Installation,
        (speed, fine): (Speed, SignedDuration),
        users: Users,
        screen: &'a Screen,
    ) -> anyhow::Result<Self> {
        let config = installation.cloud.sdk_config();
        let bucket = &installation.outputs.state_bucket_name;
        let record = StoredRecord::new(&config, bucket)?;
        let analyses = StoredAnalyses::new(&config, bucket);
        let log = ServiceLog::of(&installation);
        let timeline = timeline(speed, fine, System.now());
        let from = match users {
            Users::Now => System.now(),
            Users::AtZero => timeline.zero,
        };
        let endpoint = &installation.scenario.load_balancer.endpoint;
        let traffic = Traffic::begin(endpoint, speed, from)?;
        screen.observed(&event::traffic(endpoint));
        Ok(Self {
            installation,
            record,
            analyses,
            log,
            timeline,
            traffic,
            screen,
        })
    }

    /// Waits for the beginning of the scenario, and shows its moments from now on.
    pub(super) async fn until_zero(&self) {
        self.pulse().until_zero().await;
        self.screen.begin(self.timeline);
    }

    /// Shows what is wrong from now on.
    pub(super) fn broken(&self, fault: &str) {
        self.screen.happened(&event::fault(fault), System.now());
    }

    pub(super) fn pulse(&self) -> Pulse<'_> {
        Pulse {
            traffic: &self.traffic,
            timeline: self.timeline,
            screen: self.screen,
        }
    }

    /// Watches over what an alarm is about.
    pub(super) fn watch<'w>(&'w self, alarm: &'w WatchedAlarm) -> Watch<'w> {
        Watch {
            installation: &self.installation,
            record: &self.record,
            analyses: &self.analyses,
            log: self.log.as_ref(),
            alarm,
            pulse: self.pulse(),
        }
    }

    /// Tells what the incident analyst found, and returns its page.
    pub(super) async fn tell_findings(
        &self,
        seen: &Observations,
    ) -> anyhow::Result<Option<String>> {
        findings::tell(seen, self.screen);
        match &seen.entry {
            Some(entry) => self.analyses.page(&entry.incident).await,
            None => Ok(None),
        }
    }
}
