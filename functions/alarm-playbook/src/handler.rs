//! The order of steps from an event to what is told of it. What to do is decided in [`decision`](crate::decision).

mod claim;
mod error;
mod handled;
mod remediate;
mod tell;

use anyhow::Context as _;
use serde_json::Value;
use shared::clock::{Clock, Nonces};
use shared::failure::{Classify as _, FailureKind};
use shared::outbound::Quoted;
use shared::records::{self, Loaded, Records};
use shared::reports::Reports;
use tokio::sync::OnceCell;
use tracing::{error, warn};

pub use self::error::HandlerError;
pub use self::handled::Handled;
use crate::alarm::{Alarm, IncidentId, Parsed, read_event};
use crate::alarms::{Alarms, Tags};
use crate::decision::{Decision, Policy, Situation, Wait, at_first_sight, decide, remembered};
use crate::playbook::{Playbook, PlaybookFile};
use crate::record::{Lease, TargetRecord};
use crate::report::Site;
use crate::services::Services;
use crate::target::Target;

/// How often a decision is made anew because somebody else wrote the record first.
///
/// Each round that is lost is one that another invocation won, and winners soon have nothing left to write.
const MOST_ROUNDS: usize = 8;

/// One invocation: the effects it may have on the world, and what it goes by.
#[derive(Clone, Debug)]
pub struct Handler<'a, S, A, R, P, T> {
    /// The services that steps act on.
    pub services: S,
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
}

/// A record of which one entry is ours to work on.
struct Held {
    loaded: Loaded<TargetRecord>,
    incident: IncidentId,
}

impl<S: Services, A: Alarms, R: Records, P: Reports, T: Clock + Nonces> Handler<'_, S, A, R, P, T> {
    /// Handles one event. Transient failures are the error, after every record had its turn: Lambda delivers
    /// the event again, and what was done is then known from the records.
    pub async fn handle(&self, event: &Value) -> anyhow::Result<Vec<Handled>> {
        let mut handled = Vec::new();
        let mut failed = None;
        let mut rejections = 0;
        for received in read_event(event) {
            rejections += usize::from(matches!(received.parsed, Parsed::Rejected(_)));
            match self.handle_record(received.parsed, rejections).await {
                Ok(one) => {
                    one.log(&received.message_id);
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
    async fn handle_record(&self, parsed: Parsed, rejections: usize) -> anyhow::Result<Handled> {
        let alarm = match parsed {
            Parsed::Alarm(alarm) => alarm,
            Parsed::Ignored(reason) => return Ok(Handled::new("ignore", reason)),
            Parsed::Rejected(rejection) if rejections > 1 => {
                return Ok(Handled::new("rejected", rejection.to_string()));
            }
            Parsed::Rejected(rejection) => return self.reject(&rejection.to_string()).await,
        };
        match self.handle_alarm(&alarm).await {
            Ok(handled) => Ok(handled.of(&alarm)),
            Err(error) if error.kind() == FailureKind::Permanent => {
                let error = anyhow::Error::from(error);
                error!(alarm.name = %Quoted::line(&alarm.name), "couldn't handle the alarm: {error:#}");
                let handled = self.tell_of_failure(&alarm, &error).await?;
                Ok(handled.of(&alarm))
            }
            Err(error) => {
                let name = Quoted::line(&alarm.name);
                Err(error).with_context(|| format!("couldn't handle alarm {name}"))
            }
        }
    }

    async fn handle_alarm(&self, alarm: &Alarm) -> Result<Handled, HandlerError> {
        if let Some(Decision::Ignore(reason)) = at_first_sight(alarm) {
            return Ok(Handled::new("ignore", reason));
        }
        // Asked for once, and before the record only where a playbook needs them: a duplicate would cost a call otherwise.
        let tags = OnceCell::new();
        let known = if self.playbooks.needs_tags() {
            tags.get_or_try_init(|| self.tags(alarm)).await?.as_ref()
        } else {
            None
        };
        let none = Tags::new();
        let known = known.unwrap_or(&none);
        let Some((playbook, target)) = self.playbooks.matching(alarm, known) else {
            let name = Quoted::line(&alarm.name);
            return Ok(Handled::new(
                "ignore",
                format!("no playbook is for alarm {name}"),
            ));
        };
        for _ in 0..MOST_ROUNDS {
            if let Some(handled) = self.round(alarm, playbook, &target, &tags).await? {
                return Ok(handled);
            }
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
        tags: &OnceCell<Option<Tags>>,
    ) -> Result<Option<Handled>, HandlerError> {
        let loaded = self.load(target).await?;
        let decision = remembered(alarm, &loaded.record, &self.lease, self.time.now());
        let decision = if let Some(decision) = decision {
            decision
        } else {
            let tags = tags.get_or_try_init(|| self.tags(alarm)).await?;
            let service = self.services.describe(target.service()).await?;
            decide(&Situation {
                alarm,
                tags: tags.as_ref(),
                playbook,
                target,
                defaults: &self.playbooks.defaults,
                policy: &self.policy,
                record: &loaded.record,
                service: service.as_ref(),
                lease: &self.lease,
                now: self.time.now(),
            })
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
            Decision::Report(reasons) => self.entry(alarm, playbook, None, reasons),
            Decision::Remediate(intent, reasons) => {
                self.entry(alarm, playbook, Some(intent), reasons)
            }
        };
        let incident = entry.incident.clone();
        let Some(held) = self
            .claim(loaded, incident, |record| record.with(entry))
            .await?
        else {
            return Ok(None);
        };
        let held = self.carry_out(held).await?;
        self.tell(held).await.map(Some)
    }

    /// The alarm's tags, `None` if there is no such alarm; one without an ARN cannot be asked for.
    async fn tags(&self, alarm: &Alarm) -> Result<Option<Tags>, HandlerError> {
        match &alarm.arn {
            // Elsewhere the role may not ask, and nothing would be done anyway.
            Some(arn) if self.policy.allows(alarm) => Ok(self.alarms.tags(arn).await?),
            _ => Ok(None),
        }
    }

    /// Takes over what an earlier invocation left; then `None` if it belonged to another alarm, so that this
    /// one is decided with the result in view.
    async fn resume(
        &self,
        loaded: Loaded<TargetRecord>,
        alarm: &Alarm,
        incident: IncidentId,
    ) -> Result<Option<Handled>, HandlerError> {
        warn!(%incident, "taking over what an earlier invocation left unfinished");
        let is_of_this_alarm = incident == alarm.incident();
        let left = loaded.record.entry(&incident);
        let window = left.map(|entry| entry.window(self.time.now()));
        let taken = incident.clone();
        let take = |record: TargetRecord| record.taken_over(&taken, &self.lease);
        let Some(held) = self.claim(loaded, incident, take).await? else {
            return Ok(None);
        };
        let held = self.settle(held, window).await?;
        let handled = self.tell(held).await?;
        Ok(is_of_this_alarm.then_some(handled))
    }
}
