//! The order of steps from an event to what is told of it. What may be done is decided in [`decision`](crate::decision).

mod answer;
mod ask;
mod budget;
mod case;
mod claim;
mod deeds;
mod error;
mod examine;
mod finding;
mod handled;
mod know;
mod learn;
mod propose;
mod read;
mod tell;
#[cfg(test)]
mod tests;
mod write;

use anyhow::Context as _;
use jiff::Timestamp;
use serde_json::Value;
use shared::clock::{Clock, Nonces};
use shared::failure::{Classify as _, FailureKind, chain};
use shared::metrics::{Meter, Metric};
use shared::outbound::{Quoted, Site};
use shared::records::Records;
use shared::reports::Reports;
use tracing::{Instrument as _, error, info_span, warn};

pub use self::budget::Budget;
use self::case::Case;
use self::claim::{Claimed, Held};
pub use self::error::HandlerError;
pub use self::handled::Handled;
use crate::decision::Policy;
use crate::github::GitHub;
use crate::llm::Llm;
use crate::log_key::{Kind, LogKey};
use crate::metrics::{self, Count};
use crate::objects::Objects;
use crate::record::{Lease, Stage};
use crate::repository::Repository;
use crate::request::{LogObject, Request, read_event};

/// How often an event is begun before people are told what was not done: Lambda tries one three times in all
/// (developer guide, "How Lambda handles errors and retries with asynchronous invocation").
const MOST_ATTEMPTS: u32 = 3;

/// One invocation: the effects it may have on the world, and what it goes by.
#[derive(Clone)]
#[expect(
    missing_debug_implementations,
    reason = "where measurements go has nothing to show"
)]
pub struct Handler<'a, O, R, P, G, L, T> {
    /// The bucket of the CI logs.
    pub objects: O,
    /// The records.
    pub records: R,
    /// The ways to people.
    pub reports: P,
    /// GitHub.
    pub github: G,
    /// Language models.
    pub llm: L,
    /// Time and nonces.
    pub time: T,
    /// The name of the bucket of the CI logs: events about others are not ours.
    pub bucket: &'a str,
    /// The host of GitHub's pages, for links.
    pub site: &'a Site,
    /// The repositories whose logs are analysed.
    pub repositories: &'a [Repository],
    /// What the installation allows.
    pub policy: Policy,
    /// The lease under which this invocation works.
    pub lease: Lease,
    /// When Lambda ends this invocation.
    pub ends_at: Timestamp,
    /// Where measurements go.
    pub meter: &'a dyn Meter,
}

impl<O: Objects, R: Records, P: Reports, G: GitHub, L: Llm, T: Clock + Nonces>
    Handler<'_, O, R, P, G, L, T>
{
    /// Handles one event. Transient failures are the error, after every record had its turn: Lambda delivers the event again, and
    /// what was done is then known from the records.
    pub async fn handle(&self, event: &Value) -> anyhow::Result<Vec<Handled>> {
        let mut handled = Vec::new();
        let mut failed = None;
        for request in read_event(event, self.bucket) {
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
        let object = match request {
            Request::Object(object) => object,
            Request::Ignored(reason) => return Ok(Handled::new("ignored", reason)),
            Request::Rejected(rejection) => return Ok(self.reject(&rejection.to_string())),
        };
        let log = match LogKey::parse(&object.key, self.repositories) {
            Ok(log) => log,
            Err(reason) => {
                return Ok(self.reject(&reason.to_string()).about(&object.key));
            }
        };
        let span = info_span!("log", s3.key = %Quoted::line(log.as_str()));
        let handled = match log.kind() {
            Kind::Failed => self.follow(&log, &object).instrument(span).await,
            Kind::Passing => self.learn(&log, &object).instrument(span).await,
        };
        Ok(self.unless_permanent(&log, handled)?.about(log.as_str()))
    }

    /// Of a failure that would come again there is no use to tell Lambda, and no record by which people could be told of it once.
    /// But where the record itself is what fails, nothing else is known to anybody: that goes the way to the failure queue.
    fn unless_permanent(
        &self,
        log: &LogKey,
        handled: Result<Handled, HandlerError>,
    ) -> anyhow::Result<Handled> {
        let named = || format!("couldn't handle {}", Quoted::line(log.as_str()));
        match handled {
            Err(error)
                if error.kind() == FailureKind::Permanent
                    && !matches!(error, HandlerError::Record(_)) =>
            {
                error!("{}: {}", named(), Quoted::line(&chain(&error)));
                self.measure(&metrics::one(Count::Failures));
                Ok(Handled::new("failed", chain(&error)))
            }
            handled => handled.with_context(named),
        }
    }

    /// What nobody can do anything about: an event that is none, an object that is no log of ours.
    fn reject(&self, reason: &str) -> Handled {
        warn!("rejected: {}", Quoted::line(reason));
        self.measure(&metrics::one(Count::Rejections));
        Handled::new("rejected", reason)
    }

    /// The log of a failed run: from the claim to the last word.
    async fn follow(&self, log: &LogKey, object: &LogObject) -> Result<Handled, HandlerError> {
        if object.size == Some(0) {
            return Ok(Handled::new("ignored", "the log is empty"));
        }
        self.is_in_time()?;
        let claiming = Box::pin(self.claim(log, object));
        let claimed = self
            .within(Budget::until(self.ends_at).claim(), claiming)
            .await;
        let mut held = match claimed.unwrap_or(Err(HandlerError::NoTime)) {
            Ok(Claimed::Ours(held)) => *held,
            Ok(Claimed::Not(reason)) => return Ok(Handled::new("duplicate", reason)),
            Ok(Claimed::Unreadable(error)) => return Err(error),
            Err(error) => {
                if !error.is_of_others() {
                    Box::pin(self.examine_unclaimed(log, object)).await;
                }
                return Err(error);
            }
        };
        match Box::pin(self.work(log, &mut held)).await {
            Err(HandlerError::LeaseLost) => {
                Ok(Handled::new("duplicate", "somebody else took the log over"))
            }
            Err(error) => {
                self.release(held).await;
                Err(error)
            }
            handled => handled,
        }
    }

    /// Whether there is time left to read a log: what is not begun, the next try does.
    fn is_in_time(&self) -> Result<(), HandlerError> {
        if self.time.now() < Budget::until(self.ends_at).claim() {
            Ok(())
        } else {
            Err(HandlerError::NoTime)
        }
    }

    /// The steps, each of which an earlier try may have taken.
    async fn work(&self, log: &LogKey, held: &mut Held) -> Result<Handled, HandlerError> {
        let mut case = self.examine(log, held.content()).await;
        case.remember_analysis(held.record());
        let written = self.write(log, &case).await;
        case.had(written)?;
        if held.stage() == Stage::Claimed {
            self.count_analysis(&case);
            let fingerprint = case.fingerprint().to_owned();
            self.keep(held, |record| {
                record.stage = Stage::Analysed;
                record.fingerprint = Some(fingerprint);
            })
            .await?;
        }
        case.fail_if_interrupted()?;
        self.know_run(&mut case).await?;
        self.know_failure(&mut case).await?;
        let policy = self.policy_now().await?;
        case.decide(&policy, self.llm.is_configured(), self.time.now());
        self.ask(&mut case, held).await?;
        self.propose(&mut case).await?;
        self.answer(&mut case).await?;
        self.notify(&mut case).await?;
        let unwritten = self.write_last(log, held, &mut case).await?;
        self.tell(&mut case).await?;
        if let Some(error) = unwritten {
            return Err(error);
        }
        self.keep(held, |record| record.stage = Stage::Settled)
            .await?;
        Ok(case.handled())
    }

    fn count_analysis(&self, case: &Case) {
        for metric in metrics::analysed(case.examined.analysis.category) {
            self.measure(&metric);
        }
    }

    fn measure(&self, metric: &Metric) {
        self.meter.record(metric, self.time.now());
    }
}
