//! The analysis, beside the playbook's copy of the incident. Whoever lost the incident to somebody else never overwrites what that
//! one wrote: each object is replaced only as it was before it was certain that the incident is still ours.

use shared::alarm::IncidentId;
use shared::clock::{Clock, Nonces};
use shared::outbound::Document;
use shared::records::{self, Loaded, Precondition, RecordError, Records};

use super::claim::MOST_ROUNDS;
use super::{Budget, Handler, HandlerError};
use crate::analysis::Analysis;
use crate::case::{Collect, Summarise};
use crate::page;
use crate::record::IncidentRecord;

impl<R: Records, C: Collect, S: Summarise, T: Clock + Nonces> Handler<'_, R, C, S, T> {
    /// Writes both forms; the one for programs first, because who sees the other may rely on it.
    pub(super) async fn write(
        &self,
        held: &Loaded<IncidentRecord>,
        analysis: &Analysis,
    ) -> Result<(), HandlerError> {
        let incident = &held.record.incident;
        let json = Document::json(analysis).ok_or(HandlerError::NoDocument)?;
        let html = Document::from(page::report(analysis, self.console));
        let until = Budget::until(self.ends_at).write();
        let writing = async {
            let key = analysis_key(incident);
            self.replace(held, &key, json.into_bytes()).await?;
            let key = report_key(incident);
            self.replace(held, &key, html.into_bytes()).await
        };
        let written = self.within(until, Box::pin(writing)).await;
        written.unwrap_or(Err(HandlerError::NoTime("write the analysis")))
    }

    async fn replace(
        &self,
        held: &Loaded<IncidentRecord>,
        key: &str,
        body: Vec<u8>,
    ) -> Result<(), HandlerError> {
        for _ in 0..MOST_ROUNDS {
            let found = self.records.read(key).await.map_err(RecordError::from)?;
            let precondition = match found {
                // It was written by a try whose answer was lost.
                Some(found) if found.body == body => return Ok(()),
                Some(found) => Precondition::Unchanged(found.etag),
                None => Precondition::Absent,
            };
            if !self.is_ours(held).await? {
                return Err(HandlerError::LeaseLost);
            }
            if records::replace(&self.records, key, body.clone(), precondition).await? {
                return Ok(());
            }
        }
        let key = key.to_owned();
        Err(RecordError::Contended { key }.into())
    }
}

/// Where the analysis of an incident lies.
pub(super) fn analysis_key(incident: &IncidentId) -> String {
    format!("incidents/{incident}/analysis.json")
}

/// Where the report of an incident lies. The alarm playbook's mails link to it.
pub(super) fn report_key(incident: &IncidentId) -> String {
    format!("incidents/{incident}/report.html")
}
