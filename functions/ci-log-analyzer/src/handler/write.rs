//! The analysis as it stands, beside the log: first the rules', in the end with all that was done.

use shared::clock::{Clock, Nonces};
use shared::records::Records;
use shared::reports::Reports;

use super::case::Case;
use super::finding::Place;
use super::{Handler, HandlerError};
use crate::github::GitHub;
use crate::llm::Llm;
use crate::log_key::LogKey;
use crate::objects::{Objects, Output};
use crate::report::{self, Finding};

impl<O: Objects, R: Records, P: Reports, G: GitHub, L: Llm, T: Clock + Nonces>
    Handler<'_, O, R, P, G, L, T>
{
    /// Writes both forms; the one for programs first, because who sees the other may rely on it.
    pub(super) async fn write(&self, log: &LogKey, case: &Case) -> Result<(), HandlerError> {
        if case.is_written {
            return Ok(());
        }
        let finding = self.finding(case);
        let json = report::document(&finding).map(Output::Json);
        let html = Output::Html(report::page(&finding));
        for output in json.into_iter().chain([html]) {
            self.objects.write(log, &output).await?;
        }
        Ok(())
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
