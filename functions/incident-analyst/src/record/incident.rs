//! The record of an incident: who works on its analysis, and what was analysed.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use shared::alarm::{Alarm, IncidentId};
use shared::outbound::Quoted;
use shared::records::Record;

use super::Lease;
use crate::analysis::Cause;
use crate::case::Case;

/// How often an analysis is begun that takes its invocation down with it. Two triggers with three tries each: after that, another one
/// would end the same way.
const MOST_ATTEMPTS: u32 = 6;

/// After so long it is tried again: what took the invocations down may be mended. No event waits longer (`MaximumEventAgeInSeconds` in
/// `infra/template.yaml`), so whoever comes then is a person who redrives the failure queue, or a new end.
const FORGOTTEN_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// The record of one incident.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct IncidentRecord {
    schema_version: u32,
    nonce: String,
    /// Its id.
    pub incident: IncidentId,
    /// The alarm as it fired, to analyse the incident again.
    pub alarm: Alarm,
    /// When it fired.
    pub breached_at: Timestamp,
    /// When it was over, as far as that is known.
    #[serde(default)]
    pub ended_at: Option<Timestamp>,
    /// Who works on it.
    pub lease: Lease,
    /// How often an analysis was begun that did not end by itself, since the last that was written.
    pub attempts: u32,
    /// What was written last.
    #[serde(default)]
    pub done: Option<Done>,
    /// How many analyses were written.
    #[serde(default)]
    pub versions: u32,
    #[serde(flatten)]
    unknown: Map<String, Value>,
}

/// An analysis that was written.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Done {
    /// When.
    pub at: Timestamp,
    /// The end of the incident that it knew of.
    #[serde(default)]
    pub ended_at: Option<Timestamp>,
    /// What it concluded.
    pub cause: Cause,
}

/// Who wants to analyse an incident, and when.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The lease under which it would happen.
    pub lease: Lease,
    /// Now.
    pub now: Timestamp,
    /// Whether a person wants it, although it was analysed.
    pub is_again: bool,
}

/// Whether an incident may be analysed.
#[derive(Clone, Debug, PartialEq)]
pub enum Claim {
    /// Yes, once this record is written.
    Take(Box<IncidentRecord>),
    /// All that is known was analysed.
    Duplicate,
    /// Another invocation is at it.
    InHand {
        /// When that is over at the latest.
        until: Timestamp,
    },
    /// An earlier try of this very event may still be at it.
    OwnLease {
        /// When that becomes impossible.
        until: Timestamp,
    },
    /// It was begun too often without coming to an end.
    GivenUp,
}

impl IncidentRecord {
    /// Where the record of an incident lies.
    pub fn key_of(incident: &IncidentId) -> String {
        format!("analyses/{incident}.json")
    }

    /// Whether a case may be analysed, from what its record says.
    pub fn claim(found: Option<Self>, case: &Case, wish: Wish) -> Claim {
        let Some(found) = found else {
            return Claim::Take(Box::new(Self::new(case, wish.lease)));
        };
        let ended_at = earlier(found.ended_at, case.ended_at);
        let is_known = found.done.as_ref().map(|done| done.ended_at) == Some(ended_at);
        if is_known && !wish.is_again {
            return Claim::Duplicate;
        }
        let until = found.lease.until;
        if until > wish.now {
            return if found.lease.request == wish.lease.request {
                Claim::OwnLease { until }
            } else {
                Claim::InHand { until }
            };
        }
        let is_long_ago = wish.now.duration_since(until) >= FORGOTTEN_AFTER;
        let attempts = if is_long_ago || ended_at != found.ended_at {
            0
        } else {
            found.attempts
        };
        if attempts >= MOST_ATTEMPTS && !wish.is_again {
            return Claim::GivenUp;
        }
        Claim::Take(Box::new(Self {
            ended_at,
            lease: wish.lease,
            attempts: attempts.saturating_add(1),
            ..found
        }))
    }

    /// The record of an incident that nobody looks into unless a person asks for it.
    pub fn left_out(case: &Case, lease: Lease, now: Timestamp) -> Self {
        let mut record = Self::new(case, lease);
        record.release(now);
        record
    }

    /// Whether nobody ever looked into it, nor does so now.
    pub fn is_untouched(&self) -> bool {
        self.attempts == 0 && self.done.is_none()
    }

    fn new(case: &Case, lease: Lease) -> Self {
        Self {
            schema_version: Self::SCHEMA_VERSION,
            nonce: String::new(),
            incident: case.id.clone(),
            alarm: quoted(&case.alarm),
            breached_at: case.breached_at,
            ended_at: case.ended_at,
            lease,
            attempts: 1,
            done: None,
            versions: 0,
            unknown: Map::new(),
        }
    }

    /// What is to be looked into.
    pub fn case(&self) -> Case {
        Case {
            id: self.incident.clone(),
            alarm: self.alarm.clone(),
            breached_at: self.breached_at,
            ended_at: self.ended_at,
        }
    }

    /// Lets go of the incident without an analysis. An attempt that ended by itself does not count: it said why, and was no crash.
    pub fn release(&mut self, now: Timestamp) {
        self.attempts = self.attempts.saturating_sub(1);
        self.lease.until = now;
    }

    /// Notes that the analysis was written, and lets go of the incident.
    pub fn finish(&mut self, cause: Cause, now: Timestamp) {
        self.done = Some(Done {
            at: now,
            ended_at: self.ended_at,
            cause,
        });
        self.versions = self.versions.saturating_add(1);
        self.attempts = 0;
        self.lease.until = now;
    }
}

/// What was once known of an end stays known, whatever order events come in.
fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    one.into_iter().chain(other).min()
}

impl Record for IncidentRecord {
    const SCHEMA_VERSION: u32 = 1;

    fn key(&self) -> String {
        Self::key_of(&self.incident)
    }

    fn nonce(&self) -> &str {
        &self.nonce
    }

    fn set_nonce(&mut self, nonce: String) {
        self.nonce = nonce;
    }
}

/// What people wrote about the alarm is kept without secrets and without what hides in it. Its names stay, or it could not be found again.
fn quoted(alarm: &Alarm) -> Alarm {
    Alarm {
        reason: Quoted::line(&alarm.reason).to_string(),
        description: Quoted::line(&alarm.description).to_string(),
        ..alarm.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    fn case(ended_at: Option<i64>) -> Case {
        let mut alarm = Alarm::remembered("checkout-5xx", None, "");
        alarm.state_changed_at = Some(at(0));
        Case {
            ended_at: ended_at.map(at),
            ..Case::of(&alarm).unwrap()
        }
    }

    fn wish(request: &str, now: i64) -> Wish {
        Wish {
            lease: Lease {
                request: request.to_owned(),
                until: at(now + 45),
            },
            now: at(now),
            is_again: false,
        }
    }

    fn taken(claim: Claim) -> IncidentRecord {
        match claim {
            Claim::Take(record) => *record,
            claim => panic!("{claim:?}"),
        }
    }

    fn begun() -> IncidentRecord {
        taken(IncidentRecord::claim(None, &case(None), wish("a", 10)))
    }

    fn done(ended_at: Option<i64>) -> IncidentRecord {
        let mut record = taken(IncidentRecord::claim(None, &case(ended_at), wish("a", 10)));
        record.finish(Cause::Load, at(20));
        record
    }

    #[test]
    fn what_is_known_of_an_incident_is_analysed_once_and_by_one_at_a_time() {
        let exhausted = IncidentRecord {
            attempts: MOST_ATTEMPTS,
            ..begun()
        };
        let take = |attempts: u32, ended_at: Option<i64>| Ok((attempts, ended_at.map(at)));
        let cases = [
            (
                begun(),
                None,
                wish("b", 20),
                Err(Claim::InHand { until: at(55) }),
            ),
            (
                begun(),
                None,
                wish("a", 20),
                Err(Claim::OwnLease { until: at(55) }),
            ),
            (begun(), None, wish("a", 55), take(2, None)),
            (begun(), Some(50), wish("b", 55), take(1, Some(50))),
            (exhausted.clone(), None, wish("b", 55), Err(Claim::GivenUp)),
            (
                exhausted,
                None,
                Wish {
                    is_again: true,
                    ..wish("b", 55)
                },
                take(7, None),
            ),
            (done(None), None, wish("b", 30), Err(Claim::Duplicate)),
            (done(None), Some(50), wish("b", 55), take(1, Some(50))),
            (done(Some(50)), None, wish("b", 55), Err(Claim::Duplicate)),
            (
                done(Some(50)),
                Some(60),
                wish("b", 65),
                Err(Claim::Duplicate),
            ),
            (done(Some(50)), Some(40), wish("b", 65), take(1, Some(40))),
            (
                done(None),
                None,
                Wish {
                    is_again: true,
                    ..wish("b", 30)
                },
                take(1, None),
            ),
        ];
        for (found, ended_at, wish, expected) in cases {
            let what = format!("{found:?}, {ended_at:?}, {wish:?}");
            let claim = match IncidentRecord::claim(Some(found), &case(ended_at), wish) {
                Claim::Take(record) => Ok((record.attempts, record.ended_at)),
                other => Err(other),
            };
            assert_eq!(claim, expected, "{what}");
        }
    }

    #[test]
    fn attempts_are_forgotten_after_an_hour_and_with_a_new_end() {
        let exhausted = IncidentRecord {
            attempts: MOST_ATTEMPTS,
            ..begun()
        };
        for (ended_at, now) in [(Some(50), 55), (None, 3_655)] {
            let found = Some(exhausted.clone());
            let record = taken(IncidentRecord::claim(
                found,
                &case(ended_at),
                wish("b", now),
            ));
            assert_eq!((record.attempts, record.ended_at), (1, ended_at.map(at)));
        }
    }

    #[test]
    fn an_attempt_that_ended_by_itself_does_not_count() {
        let mut record = begun();
        record.release(at(20));
        assert_eq!((record.attempts, record.lease.until), (0, at(20)));
    }

    #[test]
    fn what_a_later_version_of_lambda_medic_added_is_kept() {
        let mut json = serde_json::to_value(done(Some(50))).unwrap();
        json["later"] = "kept".into();
        let read: IncidentRecord = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), json);
    }
}
