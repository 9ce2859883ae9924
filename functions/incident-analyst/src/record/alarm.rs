//! The record of an alarm: when it fired and when it was well again, in whatever order that was told.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use shared::alarm::{Alarm, AlarmArn, IncidentId};
use shared::records::Record;
use shared::short_hash::short_hash;

/// More state changes than this are not remembered, the oldest first: Lambda delivers an event for six hours at most, and an alarm
/// that changed its state so often since then says nothing any more.
const MOST_CHANGES: usize = 100;

/// How often in an hour an alarm is looked into. One that fires more often flaps; what it is about is in the reports that there are. Those
/// that were left out do not count: an alarm that flaps for days is looked into all the time.
const MOST_AN_HOUR: usize = 6;

/// The state changes of one alarm.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct AlarmRecord {
    schema_version: u32,
    nonce: String,
    /// The alarm's ARN, or its name for want of one.
    pub alarm: String,
    /// When it fired, oldest first.
    breaches: Vec<Breach>,
    /// When it was OK again, oldest first.
    ends: Vec<Timestamp>,
    #[serde(flatten)]
    unknown: Map<String, Value>,
}

/// A state change to ALARM.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
struct Breach {
    at: Timestamp,
    incident: IncidentId,
    /// Whether it was not looked into, because others around it were.
    #[serde(default)]
    is_left_out: bool,
}

impl AlarmRecord {
    /// Where the record of an alarm lies.
    pub fn key_of(alarm: &Alarm) -> String {
        key(&identity(alarm))
    }

    /// The record of an alarm of which nothing is known yet.
    pub fn of(alarm: &Alarm) -> Self {
        Self {
            schema_version: Self::SCHEMA_VERSION,
            nonce: String::new(),
            alarm: identity(alarm),
            breaches: Vec::new(),
            ends: Vec::new(),
            unknown: Map::new(),
        }
    }

    /// Notes that the alarm fired, and whether that is looked into. Whether it was not known.
    pub fn breached(&mut self, at: Timestamp, incident: &IncidentId) -> bool {
        let is_new = self.breach(incident).is_none();
        if is_new {
            self.breaches.push(Breach {
                at,
                incident: incident.clone(),
                is_left_out: self.flaps(at),
            });
            self.breaches.sort_by_key(|breach| breach.at);
            let surplus = self.breaches.len().saturating_sub(MOST_CHANGES);
            self.breaches.drain(..surplus);
        }
        is_new
    }

    /// Notes that the alarm was OK again. Whether that was not known.
    pub fn ended(&mut self, at: Timestamp) -> bool {
        let is_new = !self.ends.contains(&at);
        if is_new {
            self.ends.push(at);
            self.ends.sort();
            let surplus = self.ends.len().saturating_sub(MOST_CHANGES);
            self.ends.drain(..surplus);
        }
        is_new
    }

    /// When what began at `at` was over: the alarm's next OK, or when it fired again. An OK between two breaches is missing if its data
    /// was missing, or its message was lost; the later breach is another incident, and the earlier one was over by then.
    pub fn end_of(&self, at: Timestamp) -> Option<Timestamp> {
        let breaches = self.breaches.iter().map(|breach| breach.at);
        let changes = breaches.chain(self.ends.iter().copied());
        changes.filter(|change| *change > at).min()
    }

    /// The incident that was over at `end`.
    pub fn incident_before(&self, end: Timestamp) -> Option<&IncidentId> {
        let mut before = self.breaches.iter().rev();
        let breach = before.find(|breach| breach.at < end)?;
        (self.end_of(breach.at) == Some(end)).then_some(&breach.incident)
    }

    /// Whether an incident is not looked into unless a person asks for it.
    pub fn is_left_out(&self, incident: &IncidentId) -> bool {
        self.breach(incident)
            .is_some_and(|breach| breach.is_left_out)
    }

    fn breach(&self, incident: &IncidentId) -> Option<&Breach> {
        let mut breaches = self.breaches.iter();
        breaches.find(|breach| breach.incident == *incident)
    }

    /// Whether it was looked into too often around `at` to be looked into once more.
    fn flaps(&self, at: Timestamp) -> bool {
        let hour = SignedDuration::from_hours(1);
        let is_near = |breach: &Breach| at.duration_since(breach.at).abs() < hour;
        let looked_into = self.breaches.iter().filter(|breach| !breach.is_left_out);
        looked_into.filter(|breach| is_near(breach)).count() >= MOST_AN_HOUR
    }
}

fn identity(alarm: &Alarm) -> String {
    let arn = alarm.arn.as_ref().map(AlarmArn::to_string);
    arn.unwrap_or_else(|| alarm.name.clone())
}

fn key(identity: &str) -> String {
    format!("analyses/alarms/{}.json", short_hash(identity, 16))
}

impl Record for AlarmRecord {
    const SCHEMA_VERSION: u32 = 1;

    fn key(&self) -> String {
        key(&self.alarm)
    }

    fn nonce(&self) -> &str {
        &self.nonce
    }

    fn set_nonce(&mut self, nonce: String) {
        self.nonce = nonce;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
    }

    fn id(minutes: i64) -> IncidentId {
        IncidentId::parse(&format!("{minutes:020x}")).unwrap()
    }

    fn record(breaches: &[i64], ends: &[i64]) -> AlarmRecord {
        let mut record = AlarmRecord::of(&Alarm::remembered("a", None, ""));
        for minutes in breaches {
            record.breached(at(*minutes), &id(*minutes));
        }
        for minutes in ends {
            record.ended(at(*minutes));
        }
        record
    }

    #[test]
    fn an_incident_ends_with_the_next_ok_or_when_the_alarm_fires_again() {
        let cases = [
            (record(&[10], &[]), None),
            (record(&[10], &[20]), Some(20)),
            (record(&[10], &[30, 20]), Some(20)),
            (record(&[10], &[5]), None),
            (record(&[10], &[10]), None),
            (record(&[10, 25], &[30]), Some(25)),
            (record(&[10, 25], &[]), Some(25)),
            (record(&[10, 25], &[20, 30]), Some(20)),
        ];
        for (record, expected) in cases {
            assert_eq!(record.end_of(at(10)), expected.map(at), "{record:?}");
        }
    }

    #[test]
    fn an_ok_is_about_the_incident_before_it() {
        let record = record(&[10, 25, 40], &[20, 50, 60]);
        let before = |minutes| record.incident_before(at(minutes)).cloned();
        assert_eq!(before(20), Some(id(10)));
        assert_eq!(before(50), Some(id(40)));
        assert_eq!([before(5), before(60)], [None, None]);
        assert_eq!([before(25), before(40)], [None, Some(id(25))]);
    }

    #[test]
    fn of_an_alarm_that_flaps_six_incidents_an_hour_are_looked_into() {
        let looked_into = |every: usize, minutes: i64| {
            let breaches: Vec<i64> = (0..minutes).step_by(every).collect();
            let record = record(&breaches, &[]);
            let looked_into = breaches.into_iter();
            let looked_into = looked_into.filter(|minutes| !record.is_left_out(&id(*minutes)));
            looked_into.collect::<Vec<_>>()
        };
        assert_eq!(looked_into(10, 60), [0, 10, 20, 30, 40, 50]);
        assert_eq!(looked_into(5, 65), [0, 5, 10, 15, 20, 25, 60]);
        assert_eq!(looked_into(9, 180).len(), 18);
    }

    #[test]
    fn what_a_later_version_of_lambda_medic_added_is_kept() {
        let mut json = serde_json::to_value(record(&[1], &[2])).unwrap();
        json["later"] = "kept".into();
        let read: AlarmRecord = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), json);
    }

    proptest! {
        #[test]
        fn in_whatever_order_changes_are_told_the_same_is_known(
            breaches in prop::collection::vec(0..500_i64, 0..40),
            ends in prop::collection::vec(0..500_i64, 0..40),
        ) {
            let reversed = |times: &[i64]| times.iter().rev().copied().collect::<Vec<_>>();
            // Which of them were left out depends on what was known when they were told.
            let told = |record: AlarmRecord| {
                let changes = record.breaches.into_iter().map(|breach| (breach.at, breach.incident));
                (changes.collect::<Vec<_>>(), record.ends)
            };
            let known = record(&breaches, &ends);
            let backwards = record(&reversed(&breaches), &reversed(&ends));
            prop_assert_eq!(told(known.clone()), told(backwards));
            for breach in breaches {
                let end = known.end_of(at(breach));
                if let Some(end) = end {
                    prop_assert_eq!(known.incident_before(end), Some(&id(breach)));
                }
            }
        }

        #[test]
        fn it_never_grows_beyond_its_bounds(changes in prop::collection::vec(0..5_000_i64, 0..400)) {
            let record = record(&changes, &changes);
            prop_assert!(record.breaches.len() <= MOST_CHANGES && record.ends.len() <= MOST_CHANGES);
        }
    }
}
