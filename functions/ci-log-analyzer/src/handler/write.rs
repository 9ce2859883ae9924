//! The analysis as it stands, beside the log: first the rules', in the end with all that was done.

use shared::clock::{Clock, Nonces};
use shared::records::Records;
use shared::reports::Reports;

use super::case::Case;
use super::{Handler, HandlerError, words};
use crate::github::GitHub;
use crate::llm::Llm;
use crate::log_key::LogKey;
use crate::objects::Objects;

impl<O: Objects, R: Records, P: Reports, G: GitHub, L: Llm, T: Clock + Nonces>
    Handler<'_, O, R, P, G, L, T>
{
    /// Writes both forms; the one for programs first, because who sees it may rely on it.
    pub(super) async fn write(&self, log: &LogKey, case: &Case) -> Result<(), HandlerError> {
        for output in words::documents(case) {
            self.objects.write(log, &output).await?;
        }
        Ok(())
    }
}
