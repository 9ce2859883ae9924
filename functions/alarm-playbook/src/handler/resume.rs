//! What an earlier invocation left unfinished, finished.

use shared::clock::{Clock, Nonces};
use shared::records::{Loaded, Records};
use shared::reports::Reports;
use tracing::warn;

use super::{Handled, Handler, HandlerError};
use crate::alarms::Alarms;
use crate::record::TargetRecord;
use crate::targets::Targets;
use shared::alarm::{Alarm, IncidentId};

impl<S: Targets, A: Alarms, R: Records, P: Reports, T: Clock + Nonces> Handler<'_, S, A, R, P, T> {
    /// Takes over what an earlier invocation left; then `None` if it belonged to another alarm, so that this
    /// one is decided with the result in view.
    pub(super) async fn resume(
        &self,
        loaded: Loaded<TargetRecord>,
        alarm: &Alarm,
        incident: IncidentId,
    ) -> Result<Option<Handled>, HandlerError> {
        let entry = loaded.record.entry(&incident);
        let is_of_this_alarm = entry.is_some_and(|entry| entry.is_about(alarm));
        let handled = self.take_over(loaded, incident).await?;
        Ok(handled.filter(|_| is_of_this_alarm))
    }

    /// Takes over what an earlier invocation left and finishes it; `None` if somebody else was faster.
    pub(super) async fn take_over(
        &self,
        loaded: Loaded<TargetRecord>,
        incident: IncidentId,
    ) -> Result<Option<Handled>, HandlerError> {
        warn!(%incident, "taking over what an earlier invocation left unfinished");
        let left = loaded.record.entry(&incident);
        let window = left.map(|entry| entry.window(self.time.now()));
        let taken = incident.clone();
        let take = |record: TargetRecord| record.taken_over(&taken, &self.lease);
        let Some(held) = self.claim(loaded, incident, take).await? else {
            return Ok(None);
        };
        let held = self.settle(held, window).await?;
        self.tell(held).await.map(Some)
    }
}
