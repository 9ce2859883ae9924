//! A storm: people are called once when it is noticed, and told once when it is over.

use jiff::SignedDuration;
use shared::clock::{Clock, Nonces};
use shared::records::{self, Listed, Loaded, Precondition, Records, Saved};
use shared::reports::Reports;
use tracing::warn;

use super::tell::heard;
use super::tick::hash;
use super::{Handler, HandlerError};
use crate::alarms::Alarms;
use crate::record::{Await, Entry, Report, Stage, TargetRecord};
use crate::surroundings::{Storm, Surroundings};
use crate::targets::Targets;
use crate::{index, metrics, report};

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
        let channels = self.channels(Some("a storm"));
        let record = Storm::noticed(targets, self.lease.clone(), &channels, self.time.now());
        let noticed = Loaded {
            record,
            precondition,
        };
        // Whoever was faster calls.
        let Some(ours) = self.save_storm(noticed).await? else {
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
        let open = self.all_open().await?;
        let is_calm = self.surroundings().await?.is_calm && self.are_few(&open).await?;
        let open = open.len();
        let age = self.time.now().duration_since(loaded.record.began_at);
        if !is_calm && age < LONGEST {
            return self.tell_of_storm(loaded).await;
        }
        let channels = self.reports.channels();
        let (lease, now) = (self.lease.clone(), self.time.now());
        let over = Loaded {
            record: loaded.record.over(lease, open, channels, now),
            precondition: loaded.precondition,
        };
        self.save_and_send(over).await
    }

    /// Whether no more targets are in trouble than may be without a storm. What waits for the end of a mute window is left out: it
    /// waits for the end of the storm too. Records are read only until that is known.
    async fn are_few(&self, open: &[Listed]) -> Result<bool, HandlerError> {
        let most = self.most_without_storm();
        if open.len() <= most {
            return Ok(true);
        }
        let mut in_trouble = 0;
        for incidents in open.chunk_by(|a, b| hash(a) == hash(b)) {
            let key = incidents.first().and_then(|first| index::parse(&first.key));
            let Some((key, _)) = key else { continue };
            let loaded = records::load::<TargetRecord>(&self.records, &key).await?;
            let is_open = |entry: &Entry| {
                entry.stage() != Stage::Settled && entry.awaits != Some(Await::Mute)
            };
            let is_in_trouble =
                loaded.is_some_and(|loaded| loaded.record.entries.iter().any(is_open));
            in_trouble += usize::from(is_in_trouble);
            // What there was no time for may be in trouble.
            if in_trouble > most || self.is_nearly_over() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn storm(&self) -> Result<Option<Loaded<Storm>>, HandlerError> {
        Ok(records::load(&self.records, Storm::KEY).await?)
    }

    /// Takes over a report that its owner did not send.
    async fn tell_of_storm(&self, mut loaded: Loaded<Storm>) -> Result<(), HandlerError> {
        let Storm { untold, lease, .. } = &loaded.record;
        if untold.is_empty() || self.time.now() < lease.until {
            return Ok(());
        }
        loaded.record.lease = self.lease.clone();
        self.save_and_send(loaded).await
    }

    /// Writes the storm down and tells what is due; nothing if somebody else wrote first.
    async fn save_and_send(&self, changed: Loaded<Storm>) -> Result<(), HandlerError> {
        match self.save_storm(changed).await? {
            Some(ours) => self.send_storm(ours).await,
            None => Ok(()),
        }
    }

    /// Writes the storm down; `None` if somebody else wrote first.
    async fn save_storm(
        &self,
        changed: Loaded<Storm>,
    ) -> Result<Option<Loaded<Storm>>, HandlerError> {
        Ok(
            match records::save(&self.records, &self.time, changed).await? {
                Saved::Ours(ours) => Some(ours),
                Saved::Lost => None,
            },
        )
    }

    async fn send_storm(&self, held: Loaded<Storm>) -> Result<(), HandlerError> {
        let Loaded {
            record,
            precondition,
        } = held;
        let draft = report::of_storm(&record, &self.playbooks.defaults, &self.site);
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
        self.save_storm(Loaded {
            record,
            precondition,
        })
        .await?;
        transient.map_or(Ok(()), Err)
    }
}
