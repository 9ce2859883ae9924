//! The order of steps from an event to a stored report: claim, collect, conclude, write, sum up.

mod analyse;
mod budget;
mod change;
mod claim;
mod error;
mod handled;
#[cfg(test)]
mod tests;
mod write;

use anyhow::Context as _;
use jiff::Timestamp;
use serde_json::Value;
use shared::alarm::{Alarm, IncidentId};
use shared::clock::{Clock, Nonces};
use shared::failure::{Classify as _, FailureKind, chain};
use shared::metrics::{Meter, Metric};
use shared::outbound::Quoted;
use shared::records::Records;
use tracing::{Instrument as _, error, info_span, warn};

pub use self::budget::Budget;
pub use self::error::HandlerError;
pub use self::handled::Handled;
use crate::case::{Collect, Summarise};
use crate::concerns::Concerns;
use crate::metrics::{self, Count};
use crate::page::Console;
use crate::record::Lease;
use crate::request::{Request, heard_by_sns, read};

/// One invocation: the effects it may have on the world, and what it goes by.
#[derive(Clone)]
#[expect(
    missing_debug_implementations,
    reason = "where measurements go has nothing to show"
)]
pub struct Handler<'a, R, C, S, T> {
    /// The state bucket: our records, and the analyses.
    pub records: R,
    /// Where evidence comes from.
    pub evidence: C,
    /// Who sums an analysis up.
    pub summaries: S,
    /// Time and nonces.
    pub time: T,
    /// Which alarms are none of ours.
    pub concerns: &'a Concerns,
    /// The account that this function runs in, whose data it sees; empty if that is not known.
    pub account: String,
    /// The console that reports link to, if the region has one.
    pub console: Option<&'a Console>,
    /// Whether the settings pull the kill switch: no model is asked then. Looking goes on, because it changes nothing.
    pub is_paused: bool,
    /// The lease under which this invocation works.
    pub lease: Lease,
    /// When Lambda ends this invocation.
    pub ends_at: Timestamp,
    /// Where measurements go.
    pub meter: &'a dyn Meter,
}

impl<R: Records, C: Collect, S: Summarise, T: Clock + Nonces> Handler<'_, R, C, S, T> {
    /// Handles one event. Transient failures are the error, after every record had its turn: Lambda delivers the event again, and
    /// what was done is then known from the records.
    pub async fn handle(&self, event: &Value) -> anyhow::Result<Vec<Handled>> {
        if let Some(heard) = metrics::heard_by_sns(heard_by_sns(event)) {
            self.measure(&heard);
        }
        let mut handled = Vec::new();
        let mut failed = None;
        for request in read(event) {
            match Box::pin(self.handle_request(request)).await {
                Ok(one) => {
                    one.log();
                    handled.push(one);
                }
                Err(error) => {
                    let before: Option<anyhow::Error> = failed.replace(error);
                    // The runtime logs the one that is returned.
                    before.inspect(|error| error!("{}", Quoted::line(&format!("{error:#}"))));
                }
            }
        }
        failed.map_or(Ok(handled), Err)
    }

    async fn handle_request(&self, request: Request) -> anyhow::Result<Handled> {
        match request {
            Request::Changed(alarm) => self.hear(&alarm).await,
            Request::Again(incident) => {
                let span = info_span!("incident", incident.id = %incident);
                let handled = self.again(&incident).instrument(span).await;
                Ok(self.unless_permanent(&incident, handled)?.about(&incident))
            }
            Request::Ignored(reason) => Ok(Handled::new("ignored", reason)),
            Request::Rejected(reason) => Ok(self.reject(&reason)),
        }
    }

    async fn hear(&self, alarm: &Alarm) -> anyhow::Result<Handled> {
        self.measure(&metrics::one(Count::StateChanges));
        if let Some(objection) = self
            .concerns
            .objection(alarm, &self.account, self.time.now())
        {
            return Ok(Handled::new("ignored", objection).of(alarm));
        }
        let incident = alarm.incident();
        let span = info_span!("alarm", alarm.name = %Quoted::line(&alarm.name), alarm.state = alarm.state.as_str());
        let handled = self.change(alarm).instrument(span).await;
        Ok(self.unless_permanent(&incident, handled)?.of(alarm))
    }

    /// Of a failure that would come again there is no use to tell Lambda; an alarm on the count of them tells people. But where a record
    /// is what fails, nothing is known to anybody, and what was given up can be done once its reason is mended: these go the way to the
    /// failure queue.
    fn unless_permanent(
        &self,
        incident: &IncidentId,
        handled: Result<Handled, HandlerError>,
    ) -> anyhow::Result<Handled> {
        match handled {
            Err(error)
                if error.kind() == FailureKind::Permanent
                    && !matches!(error, HandlerError::Record(_) | HandlerError::GivenUp) =>
            {
                error!(incident.id = %incident, "couldn't analyse it: {}", Quoted::line(&chain(&error)));
                self.measure(&metrics::one(Count::Failures));
                Ok(Handled::new("failed", chain(&error)))
            }
            handled => handled.with_context(|| format!("couldn't analyse incident {incident}")),
        }
    }

    /// What nobody can do anything about: an event that is none, an incident that nobody knows.
    fn reject(&self, reason: &str) -> Handled {
        warn!("rejected: {}", Quoted::line(reason));
        self.measure(&metrics::one(Count::Rejections));
        Handled::new("rejected", reason)
    }

    fn measure(&self, metric: &Metric) {
        self.meter.record(metric, self.time.now());
    }
}
