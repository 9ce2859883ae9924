//! What must hold when everything is over.

use std::collections::HashMap;

use alarm_playbook::record::{Entry, Stage, TargetRecord};
use alarm_playbook::recovery::RecoveryVerdict;
use alarm_playbook::surroundings::Storm;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::Promise;
use crate::fleet::{Fleet, THRESHOLD};

/// No record is to be larger.
const MOST_BYTES: usize = 600_000;

impl Fleet {
    /// Checks everything that must hold in the end.
    pub fn check_end(&mut self) {
        let open: Vec<String> = self.bucket.keys("open/").map(str::to_owned).collect();
        if !open.is_empty() {
            self.broken(Promise::NothingStuck, format!("{open:?}"));
        }
        self.check_storm();
        let entries = self.check_records();
        for entry in entries.values() {
            self.check_verdict(entry);
        }
        self.check_transitions();
        self.check_mails();
    }

    fn check_storm(&mut self) {
        let Some(storm) = self.bucket.body(Storm::KEY) else {
            return;
        };
        let storm: Storm = serde_json::from_slice(storm).unwrap();
        if storm.ended_at.is_none() || !storm.untold.is_empty() {
            self.broken(Promise::NothingStuck, format!("{storm:?}"));
        }
    }

    /// Reads every record and every closed copy; all entries by their incident.
    fn check_records(&mut self) -> HashMap<String, Entry> {
        let mut entries = HashMap::new();
        let copies: Vec<String> = self.bucket.keys("incidents/").map(str::to_owned).collect();
        for key in copies {
            match serde_json::from_slice::<Entry>(self.bucket.body(&key).unwrap()) {
                Ok(mut entry) => {
                    // What a copy has besides its entry: its version and its target.
                    entry.unknown.clear();
                    entries.insert(entry.incident.to_string(), entry);
                }
                Err(error) => self.broken(Promise::SoundRecords, format!("{key}: {error}")),
            }
        }
        let records: Vec<String> = self.bucket.keys("targets/").map(str::to_owned).collect();
        for key in records {
            let body = self.bucket.body(&key).unwrap().to_vec();
            let before: Value = serde_json::from_slice(&body).unwrap();
            let record: TargetRecord = serde_json::from_slice(&body).unwrap();
            if serde_json::to_value(&record).unwrap() != before || body.len() > MOST_BYTES {
                self.broken(
                    Promise::SoundRecords,
                    format!("{key} of {} bytes", body.len()),
                );
            }
            for entry in record.entries {
                let incident = entry.incident.to_string();
                if entry.stage() != Stage::Settled {
                    self.broken(
                        Promise::NothingStuck,
                        format!("{incident} is {:?}", entry.stage()),
                    );
                }
                if entries.get(&incident) != Some(&entry) {
                    self.broken(
                        Promise::NothingLost,
                        format!("{incident} has no closed copy that says the same"),
                    );
                }
                entries.insert(incident, entry);
            }
        }
        entries
    }

    fn check_verdict(&mut self, entry: &Entry) {
        let (Some(recovery), Some(watch)) = (&entry.recovery, self.watch(&entry.alarm_name)) else {
            return;
        };
        let subject = &self.subjects[watch.subject];
        let minute = SignedDuration::from_mins(1);
        let last =
            Timestamp::from_second(recovery.proven_at.as_second().div_euclid(60) * 60).unwrap();
        let breaches = |back: i32| subject.value(watch.kind, last - minute * back) > THRESHOLD;
        let is_true = match recovery.verdict {
            RecoveryVerdict::Recovered => (1..=3).any(|back| !breaches(back)),
            RecoveryVerdict::NotRecovered => {
                let is_by_data = ["the rule it fired with", "the metric still breaches"];
                let is_by_data = is_by_data
                    .iter()
                    .any(|reason| recovery.reason.starts_with(reason));
                let is_over = entry.awaits.is_some() && (0..2).all(|back| !breaches(back));
                !is_by_data || !is_over && (0..=4).any(breaches)
            }
            RecoveryVerdict::Inconclusive => true,
        };
        if !is_true {
            let how = format!("{} of {}: {recovery:?}", entry.incident, entry.alarm_name);
            self.broken(Promise::TrueVerdict, how);
        }
    }

    /// Every change to ALARM that a run of the schedule had the time to find is written down.
    fn check_transitions(&mut self) {
        let ticks: Vec<(Timestamp, bool)> = self
            .invocations
            .iter()
            .filter(|invocation| {
                invocation.is_tick && invocation.answer.as_ref().is_some_and(Result::is_ok)
            })
            .map(|invocation| (invocation.started_at, invocation.is_disturbed))
            .collect();
        let mut lost = Vec::new();
        for watch in &self.watches {
            for (at, until) in &watch.fired {
                let end = until.unwrap_or(self.now) - SignedDuration::from_secs(35);
                let begin = *at + SignedDuration::from_secs(130);
                let was_found = ticks
                    .iter()
                    .any(|(tick, is_disturbed)| !is_disturbed && *tick > begin && *tick < end);
                let is_heard = watch.silent_since.is_none_or(|since| since > end);
                let incident = watch.incident(&self.subjects[watch.subject], *at);
                let is_known = self
                    .bucket
                    .body(&format!("incidents/{incident}/incident.json"))
                    .is_some();
                if was_found && is_heard && !is_known {
                    lost.push(format!("{} of {at} until {until:?}", watch.name));
                }
            }
        }
        for lost in lost {
            self.broken(Promise::NothingLost, lost);
        }
    }
}
