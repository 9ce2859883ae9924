//! A command is followed for a moment: most end within seconds, and one that fails need not wait for the next run.

use std::time::Duration;

use jiff::SignedDuration;
use shared::clock::{Clock, Nonces};
use shared::failure::chain;
use shared::outbound::Quoted;
use shared::records::Records;
use shared::reports::Reports;
use tracing::warn;

use super::{Handler, HandlerError};
use crate::action::Work;
use crate::alarms::Alarms;
use crate::record::{Entry, Stage};
use crate::target::Target;
use crate::targets::{RunStatus, Targets};
use shared::alarm::IncidentId;

/// How often it is looked, a second apart.
const LOOKS: usize = 5;

/// What has to be left of the invocation for what may follow: another rung, and its report.
const LEAST: SignedDuration = SignedDuration::from_secs(15);

impl<S: Targets, A: Alarms, R: Records, P: Reports, T: Clock + Nonces> Handler<'_, S, A, R, P, T> {
    /// Follows the command of a remediation for a few seconds. Whatever goes wrong, the schedule follows it on.
    pub(super) async fn follow(&self, target: &Target, incident: &IncidentId) {
        if let Err(error) = self.follow_run(target, incident).await {
            let error = Quoted::line(&chain(&error));
            warn!("left the command to the schedule: {error}");
        }
    }

    async fn follow_run(&self, target: &Target, incident: &IncidentId) -> Result<(), HandlerError> {
        let record = self.load(target).await?.record;
        let entry = record.entry(incident);
        let Some(entry) = entry.filter(|entry| entry.stage() == Stage::Verifying) else {
            return Ok(());
        };
        let Some(order) = entry.order() else {
            return Ok(());
        };
        for _ in 0..LOOKS {
            if self.time.now() + LEAST > self.ends_at {
                return Ok(());
            }
            self.time.pause(Duration::from_secs(1)).await;
            let run = self.targets.run(target, &order, entry.work()).await?;
            if run.is_some_and(|run| run.status != RunStatus::InProgress) {
                let loaded = self.load(target).await?;
                self.verify(loaded, entry.incident.clone()).await?;
                return Ok(());
            }
        }
        Ok(())
    }
}

/// Whether what an entry began is a command or an automation.
pub(super) fn is_run(entry: &Entry) -> bool {
    entry.work().is_some_and(Work::is_run)
}
