//! The schedule's run: finishes what was left unfinished, proves recoveries, and finds the alarms whose message was lost.
//!
//! It sleeps for nothing. What is not over yet is looked at again by the next run.

use std::collections::{BTreeSet, HashMap};

use anyhow::Context as _;
use futures::StreamExt as _;
use jiff::SignedDuration;
use shared::clock::{Clock, Nonces};
use shared::failure::chain;
use shared::outbound::Quoted;
use shared::records::{self, Listed, Loaded, Records};
use shared::reports::Reports;
use tracing::{Instrument as _, error, info_span, warn};

use super::{Asked, Handled, Handler, HandlerError};
use crate::alarms::{AlarmNow, Alarms};
use crate::record::{Stage, TargetRecord};
use crate::targets::Targets;
use crate::{index, metrics};
use shared::alarm::IncidentId;
use shared::short_hash::short_hash;

/// Begin nothing more when this is all that is left of the invocation: an incident takes a few calls.
const LEAST: SignedDuration = SignedDuration::from_secs(5);

/// How many pages of open incidents one run looks at.
const MOST_PAGES: usize = 10;

/// How many targets' records are in memory at once.
const AT_ONCE: usize = 50;

/// How many targets are looked at side by side: most of the time is spent waiting for answers, and CloudWatch gives 50
/// `GetMetricData` a second (user guide, "CloudWatch service quotas").
const SIDE_BY_SIDE: usize = 4;

/// Alarms by name, as they are now; none for one that is gone.
type AlarmsNow = HashMap<String, Option<AlarmNow>>;

/// An index entry whose incident is not in the record is somebody's who is about to write it, or who lost a race or died.
/// After this long it is the latter: longer than Lambda keeps an event for another try (`MaximumEventAgeInSeconds` in the
/// template, an hour), because that try finds the index entry of the first one and makes no other.
const LEFTOVER: SignedDuration = SignedDuration::from_hours(2);

/// How long an alarm's message may take. After that the alarm is looked into without it.
const LOST: SignedDuration = SignedDuration::from_mins(2);

impl<S: Targets, A: Alarms, R: Records, P: Reports, T: Clock + Nonces> Handler<'_, S, A, R, P, T> {
    /// One run. An incident that fails does not keep the others from their turn, and has its own again in the next run;
    /// only a run that could not look at all is an error.
    pub(super) async fn tick(&self) -> anyhow::Result<Vec<Handled>> {
        let open = self.all_open().await;
        let open = open.context("couldn't look for open incidents")?;
        self.measure(&metrics::open_incidents(open.len()));
        // Neither keeps the open incidents from their turn: what fails here has its own in the next run.
        let firing = self.alarms.firing(self.alerts_topic).await;
        let firing = firing.context("couldn't look for lost alarms");
        let known = firing.as_deref().unwrap_or_default();
        let mut all = self.advance_all(&open, known).await;
        all.extend(self.adopt_all(known).await);
        let storm = self.advance_storm().await;
        storm.context("couldn't look after a storm")?;
        firing?;
        self.measure(&metrics::ticks());
        Ok(all)
    }

    /// The open incidents, as many as one run may look at.
    pub(super) async fn all_open(&self) -> Result<Vec<Listed>, HandlerError> {
        let mut open = Vec::new();
        for _ in 0..MOST_PAGES {
            let after = open.last().map(|last: &Listed| last.key.clone());
            let page = self.records.list(index::PREFIX, after.as_deref()).await?;
            if page.is_empty() {
                break;
            }
            open.extend(page);
        }
        Ok(open)
    }

    /// Targets side by side, the incidents of each one after the other: they share its record.
    async fn advance_all(&self, open: &[Listed], firing: &[AlarmNow]) -> Vec<Handled> {
        let targets: Vec<&[Listed]> = open.chunk_by(|a, b| hash(a) == hash(b)).collect();
        let targets: Vec<&[Listed]> = in_turn(&targets, &self.time.nonce()).copied().collect();
        let mut all = Vec::new();
        for targets in targets.chunks(AT_ONCE) {
            if self.is_nearly_over() {
                break;
            }
            let now = self.alarms_now(targets, firing).await;
            let advanced = targets
                .iter()
                .map(|incidents| self.advance_target(incidents, &now));
            let advanced = futures::stream::iter(advanced).buffer_unordered(SIDE_BY_SIDE);
            all.extend(advanced.collect::<Vec<_>>().await.into_iter().flatten());
        }
        all
    }

    async fn advance_target(&self, incidents: &[Listed], now: &AlarmsNow) -> Vec<Handled> {
        let mut all = Vec::new();
        for listed in incidents {
            // Nobody but us writes there, so another key is a person's mistake and no incident.
            if let Some((key, incident)) = index::parse(&listed.key) {
                let span = info_span!("incident", %incident);
                let advanced = self
                    .advance(listed, &key, &incident, now)
                    .instrument(span)
                    .await;
                all.extend(self.answered(advanced, &incident));
            }
        }
        all
    }

    /// The alarms of incidents that wait, asked for a hundred at a time: a storm of them would use CloudWatch's quota up.
    async fn alarms_now(&self, targets: &[&[Listed]], firing: &[AlarmNow]) -> AlarmsNow {
        let keys = targets
            .iter()
            .filter_map(|incidents| index::parse(&incidents.first()?.key));
        let loads = keys.map(|(key, _)| async move {
            let loaded = records::load::<TargetRecord>(&self.records, &key).await;
            loaded
                .ok()
                .flatten()
                .map(|loaded| waiting_alarms(&loaded.record))
        });
        let loads = futures::stream::iter(loads).buffer_unordered(SIDE_BY_SIDE);
        let names: BTreeSet<String> = loads.filter_map(async |names| names).concat().await;
        let firing = firing.iter().filter(|alarm| names.contains(&alarm.name));
        let mut known: AlarmsNow = firing
            .map(|alarm| (alarm.name.clone(), Some(alarm.clone())))
            .collect();
        let unknown = names.iter().map(String::as_str);
        let unknown: Vec<&str> = unknown.filter(|name| !known.contains_key(*name)).collect();
        if unknown.is_empty() {
            return known;
        }
        match self.alarms.describe_all(&unknown).await {
            Ok(described) => {
                let gone: Vec<_> = unknown
                    .iter()
                    .map(|name| ((*name).to_owned(), None))
                    .collect();
                known.extend(gone);
                known.extend(
                    described
                        .into_iter()
                        .map(|alarm| (alarm.name.clone(), Some(alarm))),
                );
            }
            Err(error) => {
                let error = Quoted::line(&chain(&error));
                warn!("couldn't look at the alarms of waiting incidents: {error}");
            }
        }
        known
    }

    async fn adopt_all(&self, firing: &[AlarmNow]) -> Vec<Handled> {
        let mut all = Vec::new();
        let lost = firing.iter().filter(|alarm| self.is_lost(alarm));
        for alarm in lost.take_while(|_| !self.is_nearly_over()) {
            let incident = alarm.as_told(None).incident();
            let span = info_span!("incident", %incident);
            let adopted = self.adopt(alarm).instrument(span).await;
            all.extend(self.answered(adopted, &incident));
        }
        all
    }

    pub(super) fn is_nearly_over(&self) -> bool {
        self.time.now() + LEAST > self.ends_at
    }

    /// What became of one incident; a failure is told in the log, and by a metric that an alarm watches.
    fn answered(
        &self,
        result: Result<Option<Handled>, HandlerError>,
        incident: &IncidentId,
    ) -> Option<Handled> {
        let handled = match result {
            Ok(handled) => handled?,
            Err(error) => {
                let error = Quoted::line(&chain(&error));
                error!(%incident, "couldn't advance the incident: {error}");
                self.measure(&metrics::failed_incidents());
                let incident = Some(incident.clone());
                let failed = Handled::new("failed", error.as_str());
                Handled { incident, ..failed }
            }
        };
        // To look again each minute is no decision; counted, it would hide that a delivery led to none.
        if matches!(handled.decision, "verify" | "failed") {
            handled.log("");
        } else {
            self.finish(&handled, "");
        }
        Some(handled)
    }

    /// Takes an open incident one step further, if it is anybody's turn; `None` if there is nothing to say of it.
    async fn advance(
        &self,
        listed: &Listed,
        key: &str,
        incident: &IncidentId,
        now: &AlarmsNow,
    ) -> Result<Option<Handled>, HandlerError> {
        let loaded = records::load::<TargetRecord>(&self.records, key).await?;
        let entry = loaded
            .as_ref()
            .and_then(|loaded| loaded.record.entry(incident));
        let (Some(loaded), Some(entry)) = (&loaded, entry) else {
            if self.time.now().duration_since(listed.modified_at) > LEFTOVER {
                self.records.remove(&listed.key).await?;
            }
            return Ok(None);
        };
        let is_leased = self.time.now() < entry.lease.until;
        match entry.stage() {
            Stage::Settled => self.close(&loaded.record, incident).await.map(|()| None),
            Stage::Verifying if entry.awaits.is_some() => {
                // An alarm that could not be asked for has its turn in the next run.
                let Some(alarm) = now.get(&entry.alarm_name) else {
                    return Ok(None);
                };
                self.wait_on(loaded.clone(), entry, alarm.as_ref()).await
            }
            Stage::Verifying => self.verify(loaded.clone(), incident.clone()).await,
            Stage::Intended | Stage::Untold if is_leased => Ok(None),
            Stage::Untold if entry.awaits_proof() => self.tell_and_verify(loaded, incident).await,
            Stage::Intended | Stage::Untold => {
                self.take_over(loaded.clone(), incident.clone()).await
            }
        }
    }

    /// Sends a report that is due. A channel that is down must not keep the verdict from being reached.
    async fn tell_and_verify(
        &self,
        loaded: &Loaded<TargetRecord>,
        incident: &IncidentId,
    ) -> Result<Option<Handled>, HandlerError> {
        let told = self.take_over(loaded.clone(), incident.clone()).await;
        let Err(error) = told else { return told };
        warn!("couldn't send the report: {}", Quoted::line(&chain(&error)));
        let loaded = self.load(&loaded.record.target).await?;
        self.verify(loaded, incident.clone()).await
    }

    /// Whether an alarm has been firing for so long that its message should have come.
    fn is_lost(&self, alarm: &AlarmNow) -> bool {
        let is_old = |at| self.time.now().duration_since(at) >= LOST;
        alarm.actions_enabled && !alarm.is_suppressed && alarm.transitioned_at.is_some_and(is_old)
    }

    /// Handles a firing alarm as if its message had come; `None` if it had, or if no playbook is for it.
    async fn adopt(&self, alarm: &AlarmNow) -> Result<Option<Handled>, HandlerError> {
        let told = alarm.as_told(None);
        let Some((_, target)) = self.matching(&told, &Asked::default()).await? else {
            return Ok(None);
        };
        let loaded = self.load(&target).await?;
        let Some(at) = told.state_changed_at else {
            return Ok(None);
        };
        let is_known = loaded.record.entry_about(&told).is_some();
        if is_known || !loaded.record.reaches_back_to(at) {
            return Ok(None);
        }
        warn!(
            "the message of alarm {} was lost",
            Quoted::line(&alarm.name)
        );
        let old_state = self.alarms.state_before(alarm, at).await?;
        let told = alarm.as_told(old_state);
        let handled = self.handle_alarm(&told).await?;
        Ok(Some(handled.of(&told)))
    }
}

/// The target that an index entry is of.
pub(super) fn hash(listed: &Listed) -> &str {
    listed.key.rsplit_once('/').map_or("", |(hash, _)| hash)
}

/// The names of the alarms that a record's waiting incidents are about.
fn waiting_alarms(record: &TargetRecord) -> BTreeSet<String> {
    let entries = record.entries.iter();
    let waiting = entries.filter(|entry| entry.awaits.is_some() && entry.awaits_proof());
    waiting.map(|entry| entry.alarm_name.clone()).collect()
}

/// All from any one of them on: where there are too many for one run, none waits for ever.
fn in_turn<'a, T>(open: &'a [T], nonce: &str) -> impl Iterator<Item = &'a T> + use<'a, T> {
    let random = u64::from_str_radix(&short_hash(nonce, 7), 16).unwrap_or_default();
    let random = usize::try_from(random).unwrap_or_default();
    let first = random.checked_rem(open.len()).unwrap_or_default();
    let (before, from_first) = open.split_at_checked(first).unwrap_or((&[], open));
    from_first.iter().chain(before)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::Timestamp;

    use super::*;

    #[test]
    fn each_open_incident_comes_first_at_some_time_and_all_have_their_turn() {
        let listed = |n: usize| Listed {
            key: n.to_string(),
            modified_at: Timestamp::UNIX_EPOCH,
        };
        let open: Vec<Listed> = (0..60).map(listed).collect();
        let turns = |nonce: usize| in_turn(&open, &nonce.to_string());
        let firsts = (0..1_000).filter_map(|nonce| turns(nonce).next());
        let firsts: BTreeSet<&str> = firsts.map(|listed| listed.key.as_str()).collect();
        assert_eq!(firsts.len(), open.len());
        let all: BTreeSet<&str> = turns(7).map(|listed| listed.key.as_str()).collect();
        assert_eq!(all, firsts);
        assert_eq!(in_turn::<Listed>(&[], "nonce").count(), 0);
    }
}
