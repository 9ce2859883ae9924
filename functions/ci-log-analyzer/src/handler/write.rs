//! The analysis as it stands, beside the log: first the rules', in the end with all that was done.

use shared::clock::{Clock, Nonces};
use shared::failure::chain;
use shared::outbound::Quoted;
use shared::records::Records;
use shared::reports::Reports;
use tracing::warn;

use super::case::Case;
use super::claim::Held;
use super::examine::Content;
use super::finding::Place;
use super::{Handler, HandlerError};
use crate::github::GitHub;
use crate::llm::Llm;
use crate::log_key::LogKey;
use crate::objects::{Objects, Output};
use crate::record::{LogId, Version};
use crate::report::{self, Finding};
use crate::request::LogObject;

impl<O: Objects, R: Records, P: Reports, G: GitHub, L: Llm, T: Clock + Nonces>
    Handler<'_, O, R, P, G, L, T>
{
    /// Writes both forms; the one for programs first, because who sees the other may rely on it.
    pub(super) async fn write(&self, log: &LogKey, case: &Case) -> Result<(), HandlerError> {
        if case.is_written {
            return Ok(());
        }
        for output in self.outputs(case) {
            self.objects.write(log, &output).await?;
        }
        Ok(())
    }

    /// Writes the last word, unless somebody took the log over meanwhile; then theirs is the last. What is left unwritten is no reason
    /// not to tell people.
    pub(super) async fn write_last(
        &self,
        log: &LogKey,
        held: &mut Held,
        case: &mut Case,
    ) -> Result<Option<HandlerError>, HandlerError> {
        self.keep(held, |_| ()).await?;
        let written = self.write(log, case).await;
        case.unwritten(written)
    }

    /// The rules' analysis of a log whose record cannot be had: what is certain in spite of it. It takes nobody else's place, and nothing
    /// more is done; what goes wrong is only logged, as the claim's own failure is what Lambda is told.
    pub(super) async fn examine_unclaimed(&self, log: &LogKey, object: &LogObject) {
        let version = Version::of(object.version_id.as_deref(), object.etag.as_deref());
        let Some((version, size)) = version.zip(object.size) else {
            return;
        };
        let content = Content {
            version_id: object.version_id.clone(),
            size,
            id: LogId::new(log.as_str(), &version),
            is_last_attempt: true,
        };
        let case = self.examine(log, content).await;
        if case.examined.is_interrupted {
            return;
        }
        for output in self.outputs(&case) {
            if let Err(error) = self.objects.write_first(log, &output).await {
                let reason = Quoted::line(&chain(&error));
                warn!("the analysis of a log without a record was not written: {reason}");
                return;
            }
        }
    }

    fn outputs(&self, case: &Case) -> impl Iterator<Item = Output> + use<O, R, P, G, L, T> {
        let finding = self.finding(case);
        let json = report::document(&finding).map(Output::Json);
        let html = Output::Html(report::page(&finding));
        json.into_iter().chain([html])
    }

    /// The case as people see it.
    pub(super) fn finding(&self, case: &Case) -> Finding {
        case.finding(Place {
            bucket: self.bucket,
            site: self.site,
            at: case.at,
        })
    }
}
