//! A storm: people are called once when it is noticed, and told once when it is over.

use jiff::SignedDuration;
use shared::clock::{Clock, Nonces};
use shared::outbound::Draft;
use shared::records::{self, Loaded, Precondition, Records, Saved};
use shared::reports::{Channel, Reports};
use tracing::warn;

use super::tell::heard;
use super::{Handler, HandlerError};
use crate::alarms::Alarms;
use crate::metrics;
use crate::record::Report;
use crate::report;
use crate::surroundings::{Storm, Surroundings};
use crate::targets::Targets;

/// After this long a storm is nobody's emergency any more: what fires then calls people anew.
const LONGEST: SignedDuration = SignedDuration::from_hours(24);

impl<S: Targets, A: Alarms, R: Records, P: Reports, T: Clock + Nonces> Handler<'_, S, A, R, P, T> {
    /// Calls people if nobody has yet, and finishes what another invocation left.
    pub(super) async fn notice_storm(
        &self,
        surroundings: &Surroundings,
    ) -> Result<(), HandlerError> {
        let Some(targets) = surroundings.storm else {
            return Ok(());
        };
        let loaded = self.storm().await?;
        let precondition = match loaded {
            Some(loaded) if loaded.record.ended_at.is_none() => {
                return self.tell_of_storm(loaded).await;
            }
            Some(loaded) => loaded.precondition,
            None => Precondition::Absent,
        };
        let channels = self.storm_channels();
        let record = Storm::noticed(targets, self.lease.clone(), &channels, self.time.now());
        let saved = records::save(
            &self.records,
            &self.time,
            Loaded {
                record,
                precondition,
            },
        )
        .await?;
        // Whoever was faster calls.
        let Saved::Ours(ours) = saved else {
            return Ok(());
        };
        warn!(targets, "a storm: nothing is begun until it is over");
        self.measure(&metrics::escalations());
        self.send_storm(ours).await
    }

    /// Ends the storm if it is over (nothing much fires any more, and no more incidents are open than may be), and finishes what
    /// another invocation left.
    pub(super) async fn advance_storm(&self) -> Result<(), HandlerError> {
        let Some(loaded) = self.storm().await? else {
            return Ok(());
        };
        if loaded.record.ended_at.is_some() {
            return self.tell_of_storm(loaded).await;
        }
        let open = self.all_open().await?.len();
        let is_calm = self.surroundings().await?.is_calm && open <= self.most_without_storm();
        let age = self.time.now().duration_since(loaded.record.began_at);
        if !is_calm && age < LONGEST {
            return self.tell_of_storm(loaded).await;
        }
        let Loaded {
            record,
            precondition,
        } = loaded;
        let channels = self.reports.channels();
        let record = record.over(self.lease.clone(), open, channels, self.time.now());
        let saved = records::save(
            &self.records,
            &self.time,
            Loaded {
                record,
                precondition,
            },
        )
        .await?;
        match saved {
            Saved::Ours(ours) => self.send_storm(ours).await,
            Saved::Lost => Ok(()),
        }
    }

    async fn storm(&self) -> Result<Option<Loaded<Storm>>, HandlerError> {
        Ok(records::load(&self.records, Storm::KEY).await?)
    }

    /// Takes over a report that its owner did not send.
    async fn tell_of_storm(&self, loaded: Loaded<Storm>) -> Result<(), HandlerError> {
        let Loaded {
            mut record,
            precondition,
        } = loaded;
        if record.untold.is_empty() || self.time.now() < record.lease.until {
            return Ok(());
        }
        record.lease = self.lease.clone();
        let saved = records::save(
            &self.records,
            &self.time,
            Loaded {
                record,
                precondition,
            },
        )
        .await?;
        match saved {
            Saved::Ours(ours) => self.send_storm(ours).await,
            Saved::Lost => Ok(()),
        }
    }

    async fn send_storm(&self, held: Loaded<Storm>) -> Result<(), HandlerError> {
        let Loaded {
            record,
            precondition,
        } = held;
        let draft: Draft = report::of_storm(&record, &self.playbooks.defaults, &self.site);
        let report = if record.ended_at.is_some() {
            Report::Closing
        } else {
            Report::Remediation
        };
        let (told, transient) = self.send(&record.untold, report, &draft).await;
        // Refused everywhere: it stays untold, and is tried again.
        heard(told.iter()).map_err(|error| HandlerError::Untold {
            incident: "a storm".to_owned(),
            error,
        })?;
        let record = record.told(told);
        records::save(
            &self.records,
            &self.time,
            Loaded {
                record,
                precondition,
            },
        )
        .await?;
        transient.map_or(Ok(()), Err)
    }

    fn storm_channels(&self) -> Vec<Channel> {
        self.channels(Some("a storm"))
    }
}
