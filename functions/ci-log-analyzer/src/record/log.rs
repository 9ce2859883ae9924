//! The record of a log: which version of it was analysed, by whom, how far.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use shared::records::Record;

use super::{Lease, LogId, hash};
use crate::diagnosis::Diagnosis;

/// The record of one key in the bucket of the CI logs.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct LogRecord {
    schema_version: u32,
    nonce: String,
    /// The key of the log.
    pub log: String,
    /// The version that the rest is about.
    pub version: Version,
    /// Its place among the versions.
    #[serde(default)]
    pub sequencer: Option<String>,
    /// Who works on it.
    pub lease: Lease,
    /// How often it was begun.
    pub attempts: u32,
    /// When it was first begun.
    pub begun_at: Timestamp,
    /// How far it is.
    pub stage: Stage,
    /// The identity of the failure, once it is known.
    #[serde(default)]
    pub fingerprint: Option<String>,
    /// What the models made of it, so that a retry does not ask again and proposes the same.
    #[serde(default)]
    pub kept: Option<Kept>,
    #[serde(flatten)]
    unknown: Map<String, Value>,
}

/// What tells two contents of one key apart: the version id, or the entity tag in a bucket without versions.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Version(String);

/// How far the work on a log is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Somebody has it in hand.
    Claimed,
    /// The rules' analysis is written.
    Analysed,
    /// All that was to be done is done, or people know what was not.
    Settled,
}

/// What came of asking the models.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Kept {
    /// The diagnosis.
    #[serde(default)]
    pub diagnosis: Option<Diagnosis>,
    /// The diff that came with it; the patch gate sees it each time.
    #[serde(default)]
    pub diff: Option<String>,
    /// What was sent to whom, and what came of it.
    #[serde(default)]
    pub attempts: Vec<Value>,
}

/// Whether a log may be worked on.
#[derive(Clone, Debug, PartialEq)]
pub enum Claim {
    /// Yes, once this record is written.
    Take(Box<LogRecord>),
    /// This very version is done with.
    Duplicate,
    /// A later version was begun or done with.
    Superseded,
    /// Another invocation has it in hand; if that dies without another try, nobody else would look at it.
    InHand {
        /// When that is over at the latest.
        until: Timestamp,
    },
    /// An earlier try of this very event may still be at work.
    OwnLease {
        /// When that becomes impossible.
        until: Timestamp,
    },
}

impl Version {
    /// The version that an event or an answer tells of; `None` where it tells neither id nor tag.
    pub fn of(version_id: Option<&str>, etag: Option<&str>) -> Option<Self> {
        version_id.or(etag).map(|text| Self(text.to_owned()))
    }

    /// The id or the tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl LogRecord {
    /// Where the record of a log lies.
    pub fn key_of(log: &str) -> String {
        format!("ci/logs/{}.json", hash(&[log]))
    }

    /// Who is responsible for what is begun because of this version.
    pub fn id(&self) -> LogId {
        LogId::new(&self.log, &self.version)
    }

    /// Whether a version of a log may be worked on under `lease`, from what the record says.
    pub fn claim(
        found: Option<Self>,
        log: &str,
        (version, sequencer): (Version, Option<String>),
        lease: Lease,
        now: Timestamp,
    ) -> Claim {
        let anew = |version, sequencer, lease| Self {
            schema_version: Self::SCHEMA_VERSION,
            nonce: String::new(),
            log: log.to_owned(),
            version,
            sequencer,
            lease,
            attempts: 1,
            begun_at: now,
            stage: Stage::Claimed,
            fingerprint: None,
            kept: None,
            unknown: Map::new(),
        };
        let Some(found) = found else {
            return Claim::Take(Box::new(anew(version, sequencer, lease)));
        };
        if found.version != version {
            let is_older = is_before(sequencer.as_deref(), found.sequencer.as_deref());
            return if is_older {
                Claim::Superseded
            } else {
                let unknown = found.unknown;
                let record = anew(version, sequencer, lease);
                Claim::Take(Box::new(Self { unknown, ..record }))
            };
        }
        if found.stage == Stage::Settled {
            return Claim::Duplicate;
        }
        let until = found.lease.until;
        match (until <= now, found.lease.request == lease.request) {
            (true, _) => Claim::Take(Box::new(Self {
                lease,
                attempts: found.attempts.saturating_add(1),
                ..found
            })),
            (false, true) => Claim::OwnLease { until },
            (false, false) => Claim::InHand { until },
        }
    }
}

/// Whether a sequencer is of an earlier event than another: the shorter one is filled up with noughts at its end
/// (AWS knowledge center, "Why do I see duplicate messages in Amazon SQS for the same Amazon S3 event?"). Without both nobody knows.
fn is_before(this: Option<&str>, other: Option<&str>) -> bool {
    let (Some(this), Some(other)) = (this, other) else {
        return false;
    };
    let length = this.len().max(other.len());
    let filled = |text: &str| format!("{text:0<length$}").to_ascii_uppercase();
    filled(this) < filled(other)
}

impl Record for LogRecord {
    const SCHEMA_VERSION: u32 = 1;

    fn key(&self) -> String {
        Self::key_of(&self.log)
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
    use jiff::SignedDuration;

    use super::*;

    const LOG: &str = "logs/acme/shop/1-1-test.log";

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    fn lease(request: &str, until: i64) -> Lease {
        let request = request.to_owned();
        Lease {
            request,
            until: at(until),
        }
    }

    fn version(id: &str, sequencer: &str) -> (Version, Option<String>) {
        (
            Version::of(Some(id), None).unwrap(),
            Some(sequencer.to_owned()),
        )
    }

    fn claimed() -> LogRecord {
        match LogRecord::claim(None, LOG, version("v1", "0055"), lease("a", 45), at(0)) {
            Claim::Take(record) => *record,
            claim => panic!("{claim:?}"),
        }
    }

    /// What a second delivery comes to: `Ok` with attempts and stage where it is taken.
    fn second(
        found: LogRecord,
        (id, sequencer): (&str, &str),
        request: &str,
        now: i64,
    ) -> Result<(u32, Stage), Claim> {
        match LogRecord::claim(
            Some(found),
            LOG,
            version(id, sequencer),
            lease(request, now + 45),
            at(now),
        ) {
            Claim::Take(record) => Ok((record.attempts, record.stage)),
            other => Err(other),
        }
    }

    #[test]
    fn a_version_is_worked_on_once_at_a_time_and_done_with_once() {
        let settled = LogRecord {
            stage: Stage::Settled,
            ..claimed()
        };
        let analysed = LogRecord {
            stage: Stage::Analysed,
            ..claimed()
        };
        let own = Claim::OwnLease { until: at(45) };
        let same = ("v1", "0055");
        let cases = [
            (
                claimed(),
                same,
                "b",
                10,
                Err(Claim::InHand { until: at(45) }),
            ),
            (claimed(), same, "a", 10, Err(own)),
            (claimed(), same, "a", 60, Ok((2, Stage::Claimed))),
            (analysed, same, "b", 45, Ok((2, Stage::Analysed))),
            (settled.clone(), same, "b", 60, Err(Claim::Duplicate)),
            (
                settled.clone(),
                ("v2", "0056"),
                "b",
                60,
                Ok((1, Stage::Claimed)),
            ),
            (claimed(), ("v2", "0056"), "b", 10, Ok((1, Stage::Claimed))),
            (
                settled.clone(),
                ("v0", "0054"),
                "b",
                60,
                Err(Claim::Superseded),
            ),
            (
                settled.clone(),
                ("v0", "005"),
                "b",
                60,
                Err(Claim::Superseded),
            ),
            (settled, ("v2", "00551"), "b", 60, Ok((1, Stage::Claimed))),
        ];
        for (found, version, request, now, expected) in cases {
            let what = format!("{version:?} of {request} at {now}");
            assert_eq!(second(found, version, request, now), expected, "{what}");
        }
    }

    #[test]
    fn what_a_later_version_of_lambda_medic_added_is_kept() {
        let mut json = serde_json::to_value(claimed()).unwrap();
        json["later"] = "kept".into();
        let read: LogRecord = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), json);
    }
}
