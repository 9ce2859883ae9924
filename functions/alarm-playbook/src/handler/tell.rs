//! People are told: over every channel that is still open, and each refusal is remembered.

use shared::clock::{Clock, Nonces};
use shared::failure::{Classify as _, FailureKind, chain};
use shared::outbound::{Draft, Outbound, Quoted};
use shared::records::Records;
use shared::reports::{Channel, Reports};
use tracing::{error, warn};

use super::{Handled, Handler, HandlerError, Held};
use crate::alarms::Alarms;
use crate::record::{Delivery, Report, Told, Verdict};
use crate::report::{self, Unusable};
use crate::targets::Targets;
use shared::alarm::Alarm;

impl<S: Targets, A: Alarms, R: Records, P: Reports, T: Clock + Nonces> Handler<'_, S, A, R, P, T> {
    /// Sends the report of an entry and writes down who has it.
    pub(super) async fn tell(&self, held: Held) -> Result<Handled, HandlerError> {
        let entry = held.entry()?.clone();
        let target = &held.loaded.record.target;
        let draft = match &entry.recovery {
            Some(recovery) => {
                report::of_recovery(&entry, recovery, target, self.playbooks, &self.site)
            }
            None => report::of_entry(&entry, target, self.playbooks, &self.site),
        };
        let (told, transient) = self.send(&entry.untold, entry.report(), &draft).await;
        // Refused everywhere: the entry stays untold, so that each retry tries again and the failure queue gets it in the end.
        let earlier = entry
            .told
            .iter()
            .filter(|told| told.report == entry.report());
        heard(earlier.chain(&told)).map_err(|error| HandlerError::Untold {
            incident: entry.incident.to_string(),
            error,
        })?;
        let held = self
            .update(held, |record, incident| {
                record.told(incident, &self.lease, told.clone())
            })
            .await?;
        if let Some(error) = transient {
            return Err(error);
        }
        self.close(&held.loaded.record, &held.incident).await?;
        let decision = match (entry.report(), entry.verdict) {
            (Report::Closing, _) => "verify",
            (Report::Remediation, Verdict::Remediate | Verdict::DryRun) => "remediate",
            (Report::Remediation, Verdict::Report) => "report",
            (Report::Remediation, Verdict::Wait) => "wait",
        };
        Ok(Handled::new(decision, draft.title).of_entry(&entry))
    }

    /// Tells people of a message that cannot be used, and why: an alarm may have been lost with it.
    pub(super) async fn reject(&self, reason: &str, message_id: &str) -> anyhow::Result<Handled> {
        warn!("rejected a message: {}", Quoted::line(reason));
        let unusable = Unusable {
            reason,
            message_id,
            topic: self.alerts_topic,
            at: self.time.now(),
        };
        let draft = report::of_rejection(&unusable, &self.site);
        self.tell_everybody(&draft).await?;
        Ok(Handled::new("rejected", reason))
    }

    /// Tells people of an alarm that could not be handled and would not be the next time either.
    pub(super) async fn tell_of_failure(
        &self,
        alarm: &Alarm,
        error: &anyhow::Error,
    ) -> anyhow::Result<Handled> {
        self.tell_everybody(&report::of_failure(alarm, error, &self.site))
            .await?;
        Ok(Handled::new("failed", format!("{error:#}")))
    }

    async fn tell_everybody(&self, draft: &Draft) -> Result<(), HandlerError> {
        let channels = self.reports.channels();
        let (told, transient) = self.send(channels, Report::Remediation, draft).await;
        match (transient, heard(told.iter())) {
            (Some(error), _) => Err(error),
            (None, Err(error)) => Err(HandlerError::Untold {
                incident: "unknown".to_owned(),
                error,
            }),
            (None, Ok(())) => Ok(()),
        }
    }

    /// Sends over each channel; returns the channels that are done with it, and the last passing failure.
    pub(super) async fn send(
        &self,
        channels: &[Channel],
        report: Report,
        draft: &Draft,
    ) -> (Vec<Told>, Option<HandlerError>) {
        let message = Outbound::from(draft);
        let mut told = Vec::new();
        let mut transient = None;
        for &channel in channels {
            let delivery = match self.reports.send(channel, &message).await {
                Ok(message_id) => Delivery::MessageId(message_id),
                Err(error) if error.kind() == FailureKind::Transient => {
                    transient = Some(error.into());
                    continue;
                }
                Err(error) => {
                    let error = chain(&error);
                    error!(?channel, "a report was refused: {error}");
                    Delivery::Refused(error)
                }
            };
            told.push(Told {
                report,
                channel,
                at: self.time.now(),
                delivery,
            });
        }
        (told, transient)
    }
}

/// Whether anybody was told; otherwise the last refusal. No channel at all is not a refusal.
pub(super) fn heard<'a>(told: impl Iterator<Item = &'a Told>) -> Result<(), String> {
    let refusal = |told: &Told| match &told.delivery {
        Delivery::MessageId(_) => None,
        Delivery::Refused(error) => Some(error.clone()),
    };
    let refusals: Option<Vec<String>> = told.map(refusal).collect();
    match refusals.and_then(|mut refusals| refusals.pop()) {
        Some(last) => Err(last),
        None => Ok(()),
    }
}
