//! People are told: over every channel, once for each failure and day.

use shared::clock::{Clock, Nonces};
use shared::failure::{Classify as _, FailureKind, chain};
use shared::outbound::{Outbound, Quoted};
use shared::records::Records;
use shared::reports::{Channel, Reports};
use tracing::error;

use super::case::Case;
use super::{Handler, HandlerError};
use crate::decision::mail;
use crate::github::GitHub;
use crate::llm::Llm;
use crate::metrics::{self, Count};
use crate::objects::Objects;
use crate::record::{Begun, Kind, State};
use crate::report;

impl<O: Objects, R: Records, P: Reports, G: GitHub, L: Llm, T: Clock + Nonces>
    Handler<'_, O, R, P, G, L, T>
{
    /// Mails people, if they were not mailed of this failure lately, or must know what could not be done.
    pub(super) async fn tell(&self, case: &mut Case) -> Result<(), HandlerError> {
        let is_trouble = !case.done.troubles.is_empty();
        if is_trouble {
            self.measure(&metrics::one(Count::Failures));
        }
        if case.is_no_failure() && !is_trouble {
            return Ok(());
        }
        let Some(failure) = &case.failure else {
            // Nobody knows who was told of it: the cap alone holds back.
            let cap = self.cap_of_mails();
            if self.has_slot(case, &cap).await? {
                self.send(case, &[]).await.1?;
            }
            return Ok(());
        };
        let Some(kind) = mail(failure, &case.id, is_trouble, self.time.now()).chosen else {
            return Ok(());
        };
        let cap = self.cap_of_mails();
        if !matches!(
            self.begin(case, &kind, &cap).await?,
            Some(Begun::First | Begun::Again)
        ) {
            return Ok(());
        }
        let carried = case
            .failure
            .as_ref()
            .and_then(|failure| failure.deed(&kind));
        let carried = carried.map(|deed| deed.carried.clone()).unwrap_or_default();
        self.send_as(case, &kind, &carried).await
    }

    async fn send_as(
        &self,
        case: &mut Case,
        kind: &Kind,
        carried: &[Channel],
    ) -> Result<(), HandlerError> {
        let (told, result) = self.send(case, carried).await;
        if result.is_ok() {
            let state = State::Done { number: None };
            return self.conclude(case, kind, (state, None)).await;
        }
        self.rewrite(case, |record| {
            told.iter()
                .fold(record, |record, channel| record.carried(kind, *channel))
        })
        .await?;
        result
    }

    /// Sends the mail over each channel that did not carry it yet. Who carried it now, and whether somebody was told.
    async fn send(
        &self,
        case: &Case,
        carried: &[Channel],
    ) -> (Vec<Channel>, Result<(), HandlerError>) {
        let message = Outbound::from(&report::mail(&self.finding(case)));
        let (mut told, mut passing, mut refusal) = (Vec::new(), None, None);
        let channels = self.reports.channels().iter();
        for &channel in channels.filter(|channel| !carried.contains(channel)) {
            match self.reports.send(channel, &message).await {
                Ok(_) => {
                    self.measure(&metrics::one(Count::Mails));
                    told.push(channel);
                }
                Err(error) if error.kind() == FailureKind::Transient => passing = Some(error),
                Err(error) => {
                    let reason = Quoted::line(&chain(&error));
                    error!(?channel, "a report was refused: {reason}");
                    refusal = Some(reason.to_string());
                }
            }
        }
        let result = match (passing, refusal) {
            (Some(error), _) => Err(error.into()),
            (None, Some(refusal)) if told.is_empty() && carried.is_empty() => {
                Err(HandlerError::Untold(refusal))
            }
            _ => Ok(()),
        };
        (told, result)
    }
}
