//! An incident that is ours: evidence, conclusion, report.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures::future::{Either, select};
use jiff::Timestamp;
use shared::clock::{Clock, Nonces};
use shared::failure::chain;
use shared::outbound::Quoted;
use shared::records::{self, Loaded, RecordError, Records};
use shared::switch::Switch;
use tracing::warn;

use super::write::{analysis_key, report_key};
use super::{Budget, Handled, Handler, HandlerError};
use crate::analysis::Analysis;
use crate::case::{Case, Collect, Summarise};
use crate::earlier;
use crate::metrics::{self, Count};
use crate::record::IncidentRecord;

impl<R: Records, C: Collect, S: Summarise, T: Clock + Nonces> Handler<'_, R, C, S, T> {
    /// The steps on an incident that is ours. What was written before stays until the new analysis is there.
    pub(super) async fn analyse(
        &self,
        held: Loaded<IncidentRecord>,
    ) -> Result<Handled, HandlerError> {
        let case = held.record.case();
        match Box::pin(self.work(&held, &case)).await {
            Ok(handled) => Ok(handled.about(&case.id)),
            Err(HandlerError::LeaseLost) => {
                let reason = "somebody else took the incident over";
                Ok(Handled::new("duplicate", reason).about(&case.id))
            }
            Err(error) => {
                self.release(held).await;
                Err(error)
            }
        }
    }

    async fn work(
        &self,
        held: &Loaded<IncidentRecord>,
        case: &Case,
    ) -> Result<Handled, HandlerError> {
        let later = self.look(case).await;
        let mut analysis = earlier::joined(self.earlier(case).await?, later);
        self.write(held, &analysis).await?;
        let stored_at = self.time.now();
        if self.sum_up(&mut analysis).await {
            // The analysis is there; a summary that cannot be added is no reason to begin anew.
            let written = self.write(held, &analysis).await;
            written.or_else(|error| match error {
                HandlerError::LeaseLost => Err(error),
                error => {
                    warn!(
                        "the summary was not written: {}",
                        Quoted::line(&chain(&error))
                    );
                    Ok(())
                }
            })?;
        }
        let (concluded, now) = (analysis.verdict.cause, self.time.now());
        let is_first = held.record.done.is_none();
        self.keep(held.clone(), |record| record.finish(concluded, now))
            .await?;
        let changed_at = is_first.then_some(case.breached_at);
        for metric in metrics::analysed(&analysis, changed_at, stored_at) {
            self.measure(&metric);
        }
        let report = report_key(&case.id);
        Ok(Handled::new("analysed", &analysis.headline).reported_at(report))
    }

    /// Collects and concludes. Collectors that do not keep to their time leave an analysis that says so.
    async fn look(&self, case: &Case) -> Analysis {
        let budget = Budget::until(self.ends_at);
        let collecting = self.evidence.collect(case, budget.collect());
        let evidence = self.within(budget.give_up(), collecting).await;
        let evidence = evidence.unwrap_or_else(|| case.unanswered(self.time.now()));
        crate::diagnose::diagnose(&evidence)
    }

    /// What was written of it before. If that cannot be read, nothing may be written over it.
    async fn earlier(&self, case: &Case) -> Result<Option<Analysis>, HandlerError> {
        let key = analysis_key(&case.id);
        let until = Budget::until(self.ends_at).write();
        let reading = self.within(until, self.records.read(&key)).await;
        let found = reading.ok_or(HandlerError::NoTime("read the analysis before"))?;
        let Some(found) = found.map_err(RecordError::from)? else {
            return Ok(None);
        };
        let earlier = earlier::read(&found.body, &case.id.to_string());
        if earlier.is_none() {
            warn!("{key} is no analysis of the incident, and is written anew");
        }
        Ok(earlier)
    }

    /// Adds a model's words, if one is configured and nobody pulled the kill switch: what leaves this account is no mere looking.
    async fn sum_up(&self, analysis: &mut Analysis) -> bool {
        let by = Budget::until(self.ends_at).summarise();
        if !self.summaries.is_configured() || self.within(by, self.is_held()).await.unwrap_or(true)
        {
            return false;
        }
        let asking = self.summaries.summarise(analysis, by);
        let summary = self.within(by, asking).await.flatten();
        let is_there = summary.is_some();
        if is_there {
            self.measure(&metrics::one(Count::Summaries));
            analysis.summary = summary;
        }
        is_there
    }

    /// Whether somebody pulled the kill switch; also if that cannot be read; who asks gives it no longer than the model.
    async fn is_held(&self) -> bool {
        let switch = records::load::<Switch>(&self.records, Switch::KEY).await;
        self.is_paused
            || switch.map_or(true, |found| {
                found.is_some_and(|found| found.record.holds(self.time.now()).is_some())
            })
    }

    /// What comes before a time, or nothing.
    pub(super) async fn within<V>(
        &self,
        until: Timestamp,
        future: impl Future<Output = V>,
    ) -> Option<V> {
        let left = Duration::try_from(until.duration_since(self.time.now())).ok()?;
        let (future, over) = (pin!(future), pin!(self.time.pause(left)));
        match select(future, over).await {
            Either::Left((value, _)) => Some(value),
            Either::Right(_) => None,
        }
    }
}
