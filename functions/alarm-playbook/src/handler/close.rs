//! The end of an incident: a copy of its entry that nothing changes any more, and its place in the index free.

use serde::Serialize;
use shared::clock::{Clock, Nonces};
use shared::records::{self, RecordError, Records};
use shared::reports::Reports;

use super::{Handler, HandlerError};
use crate::alarms::Alarms;
use crate::record::{Entry, Stage, TargetRecord};
use crate::target::Target;
use crate::targets::Targets;
use crate::{index, surroundings};
use shared::alarm::IncidentId;

/// The closed copy of an incident.
#[derive(Debug, Serialize)]
struct ClosedIncident<'a> {
    /// The version of this form.
    schema_version: u32,
    /// What it was about.
    target: &'a Target,
    /// What was decided, done, proven and told.
    #[serde(flatten)]
    entry: &'a Entry,
}

impl<S: Targets, A: Alarms, R: Records, P: Reports, T: Clock + Nonces> Handler<'_, S, A, R, P, T> {
    /// Closes an incident if it is settled; twice is as good as once.
    pub(super) async fn close(
        &self,
        record: &TargetRecord,
        incident: &IncidentId,
    ) -> Result<(), HandlerError> {
        let entry = record.entry(incident);
        let Some(entry) = entry.filter(|entry| entry.stage() == Stage::Settled) else {
            return Ok(());
        };
        let key = index::closed_copy(incident);
        let closed = ClosedIncident {
            schema_version: 1,
            target: &record.target,
            entry,
        };
        let body =
            serde_json::to_vec_pretty(&closed).map_err(|source| RecordError::Unreadable {
                key: key.clone(),
                source,
            })?;
        records::create(&self.records, &key, body).await?;
        if entry.intent.is_some() {
            let places = surroundings::acting_because_of(&record.target, incident);
            for place in self.records.list(&places, None).await? {
                self.records.remove(&place.key).await?;
            }
        }
        self.records
            .remove(&index::key(&record.target, incident))
            .await?;
        Ok(())
    }
}
