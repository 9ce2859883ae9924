//! The order of steps from an event to what is told of it. What to do is decided in [`decision`](crate::decision).

mod ask;
mod claim;
mod climb;
mod close;
mod error;
mod follow;
mod handled;
mod remediate;
mod reserve;
mod resume;
mod storm;
mod survey;
mod tell;
mod tick;
mod verify;
mod wait;

use anyhow::Context as _;
use jiff::Timestamp;
use serde_json::Value;
use shared::clock::{Clock, Nonces};
use shared::failure::{Classify as _, FailureKind};
use shared::metrics::{Meter, Metric};
use shared::outbound::Quoted;
use shared::records::{self, Loaded, Records};
use shared::reports::Reports;
use tracing::{Instrument as _, error, info_span};

use self::ask::Asked;
pub use self::error::HandlerError;
use self::follow::is_run;
pub use self::handled::Handled;
use crate::alarms::Alarms;
use crate::decision::{Decision, Policy, Wait, at_first_sight, remembered};
use crate::playbook::{Playbook, PlaybookFile};
use crate::record::{Entry, Lease, TargetRecord, Verdict};
use crate::report::Site;
use crate::target::Target;
use crate::targets::Targets;
use crate::{index, metrics};
use shared::alarm::{Alarm, IncidentId, Parsed, State, is_tick, read_event};

/// How often a decision is made anew because somebody else wrote the record first.
///
/// Each round that is lost is one that another invocation won, and winners soon have nothing left to write.
const MOST_ROUNDS: usize = 8;

/// One invocation: the effects it may have on the world, and what it goes by.
#[derive(Clone)]
#[expect(
    missing_debug_implementations,
    reason = "where measurements go has nothing to show"
)]
pub struct Handler<'a, S, A, R, P, T> {
    /// The targets that steps act on.
    pub targets: S,
    /// What CloudWatch says of alarms.
    pub alarms: A,
    /// The records.
    pub records: R,
    /// The ways to people.
    pub reports: P,
    /// Time and nonces.
    pub time: T,
    /// The playbook file.
    pub playbooks: &'a PlaybookFile,
    /// What installation and playbook file allow.
    pub policy: Policy,
    /// Where this installation lives, for links.
    pub site: Site<'a>,
    /// The lease under which this invocation works.
    pub lease: Lease,
    /// When Lambda ends this invocation.
    pub ends_at: Timestamp,
    /// The topic that alarms publish to.
    pub alerts_topic: &'a str,
    /// Where measurements go.
    pub meter: &'a dyn Meter,
}

/// A record of which one entry is ours to work on.
struct Held {
    loaded: Loaded<TargetRecord>,
    incident: IncidentId,
}

impl<S: Targets, A: Alarms, R: Records, P: Reports, T: Clock + Nonces> Handler<'_, S, A, R, P, T> {
    /// Handles one event. Transient failures are the error, after every record had its turn: Lambda delivers
    /// the event again, and what was done is then known from the records.
    pub async fn handle(&self, event: &Value) -> anyhow::Result<Vec<Handled>> {
        if is_tick(event) {
            return self.tick().await;
        }
        let mut handled = Vec::new();
        let mut failed = None;
        let mut rejections = 0;
        for received in read_event(event) {
            rejections += usize::from(matches!(received.parsed, Parsed::Rejected(_)));
            match self
                .handle_record(received.parsed, &received.message_id, rejections)
                .await
            {
                Ok(one) => {
                    self.finish(&one, &received.message_id);
                    handled.push(one);
                }
                Err(error) => {
                    let before = failed.replace(error);
                    // The runtime logs the one that is returned.
                    before.inspect(|error| error!("{}", Quoted::line(&format!("{error:#}"))));
                }
            }
        }
        failed.map_or(Ok(handled), Err)
    }

    /// Handles one record; of an event's `rejections` so far people are told of the first only.
    async fn handle_record(
        &self,
        parsed: Parsed,
        message_id: &str,
        rejections: usize,
    ) -> anyhow::Result<Handled> {
        let alarm = match parsed {
            Parsed::Alarm(alarm) => alarm,
            Parsed::Ignored(reason) => return Ok(Handled::new("ignore", reason)),
            Parsed::Rejected(rejection) if rejections > 1 => {
                return Ok(Handled::new("rejected", rejection.to_string()));
            }
            Parsed::Rejected(rejection) => {
                return self.reject(&rejection.to_string(), message_id).await;
            }
        };
        let span = info_span!("incident", incident = %alarm.incident());
        self.handle_or_tell(&alarm).instrument(span).await
    }

    /// Handles an alarm. What would fail again is told to people instead of being an error.
    async fn handle_or_tell(&self, alarm: &Alarm) -> anyhow::Result<Handled> {
        let handled = match self.handle_alarm(alarm).await {
            Err(error) if error.kind() == FailureKind::Permanent => {
                let error = anyhow::Error::from(error);
                error!(alarm.name = %Quoted::line(&alarm.name), "couldn't handle the alarm: {error:#}");
                self.tell_of_failure(alarm, &error).await?
            }
            handled => {
                let name = Quoted::line(&alarm.name);
                handled.with_context(|| format!("couldn't handle alarm {name}"))?
            }
        };
        Ok(handled.of(alarm))
    }

    async fn handle_alarm(&self, alarm: &Alarm) -> Result<Handled, HandlerError> {
        match at_first_sight(alarm) {
            // OK is no reason to act, but a good moment to look whether an earlier remediation helped.
            Some(Decision::Ignore(reason)) if alarm.state != State::Ok => {
                return Ok(Handled::new("ignore", reason));
            }
            _ => {}
        }
        let asked = Asked::default();
        let Some((playbook, target)) = self.matching(alarm, &asked).await? else {
            let name = Quoted::line(&alarm.name);
            return Ok(Handled::new(
                "ignore",
                format!("no playbook is for alarm {name}"),
            ));
        };
        if alarm.state == State::Ok {
            return Ok(self.verify_at_once(alarm, &target).await);
        }
        for _ in 0..MOST_ROUNDS {
            if let Some(handled) = self.round(alarm, playbook, &target, &asked).await? {
                return Ok(handled);
            }
            self.measure(&metrics::lock_conflicts());
        }
        let key = target.record_key();
        Err(records::RecordError::Contended { key }.into())
    }

    /// Looks, decides, and carries out what was decided; `None` if the record changed under the decision.
    async fn round(
        &self,
        alarm: &Alarm,
        playbook: &Playbook,
        target: &Target,
        asked: &Asked,
    ) -> Result<Option<Handled>, HandlerError> {
        let loaded = self.load(target).await?;
        let decision = remembered(alarm, &loaded.record, &self.lease, self.time.now());
        let decision = match decision {
            Some(decision) => decision,
            None => {
                self.look_and_decide(alarm, playbook, &loaded.record, asked)
                    .await?
            }
        };
        let entry = match decision {
            Decision::Ignore(reason) => return Ok(Some(Handled::new("ignore", reason))),
            Decision::Wait(Wait::Duplicate) => {
                return Ok(Some(Handled::new(
                    "wait",
                    "another invocation has this state change in hand",
                )));
            }
            Decision::Wait(Wait::OwnLease(until)) => return Err(HandlerError::OwnLease { until }),
            Decision::Resume(incident) => return self.resume(loaded, alarm, incident).await,
            Decision::Report(refusal) => self.refused(alarm, playbook, refusal),
            Decision::Remediate(plan) => self.planned(alarm, playbook, plan),
        };
        let entry = if entry.verdict == Verdict::Remediate || entry.awaits.is_some() {
            let rule = self
                .fired_rule(alarm, asked.now.get().and_then(Option::as_ref))
                .await;
            Entry {
                rule: Some(rule),
                ..entry
            }
        } else {
            entry
        };
        let incident = entry.incident.clone();
        let order = entry.order().filter(|_| entry.outcome.is_none());
        // Before the entry: one that nothing leads to would be forgotten if we died now.
        records::create(&self.records, &index::key(target, &incident), Vec::new()).await?;
        let Some(held) = self
            .claim(loaded, incident, |record| record.with(entry))
            .await?
        else {
            if let Some(order) = order {
                self.give_back_place(target, &order.id).await?;
            }
            return Ok(None);
        };
        let held = self.carry_out(held).await?;
        let (incident, runs) = (held.incident.clone(), is_run(held.entry()?));
        let handled = self.tell(held).await?;
        if runs {
            self.follow(target, &incident).await;
        }
        Ok(Some(handled))
    }

    /// Logs and counts what became of one message or incident.
    fn finish(&self, handled: &Handled, message_id: &str) {
        handled.log(message_id);
        self.measure(&metrics::decisions(handled.decision));
    }

    fn measure(&self, metric: &Metric) {
        self.meter.record(metric, self.time.now());
    }
}
