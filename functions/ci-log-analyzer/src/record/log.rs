//! The record of a log: which version of it was analysed, by whom, how far.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use shared::records::Record;

use super::{Lease, LogId, hash};
use crate::diagnosis::Diagnosis;
use crate::log_key::LogKey;

/// So many earlier versions are remembered: an event comes again within hours, not after many uploads.
const MOST_SETTLED: usize = 8;

/// The record of one log in the bucket of the CI logs.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct LogRecord {
    schema_version: u32,
    nonce: String,
    /// The name of the log without its ending: what is written beside it has one place for all endings.
    stem: String,
    /// The key of the log.
    pub log: String,
    /// The version that the rest is about.
    pub version: Version,
    /// Its place among the versions.
    #[serde(default)]
    pub sequencer: Option<String>,
    /// Who works on it.
    pub lease: Lease,
    /// How often it was begun because of the event that its lease is of.
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
    /// Earlier versions that are done with, the latest last.
    #[serde(default)]
    settled: Vec<LogId>,
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
    /// Where the record of a log lies, by [`LogKey::stem`].
    pub fn key_of(stem: &str) -> String {
        format!("ci/logs/{}.json", hash(&[stem]))
    }

    /// Who is responsible for what is begun because of this version.
    pub fn id(&self) -> LogId {
        LogId::new(&self.log, &self.version)
    }

    /// Whether a version of a log may be worked on under `lease`, from what the record says.
    pub fn claim(
        found: Option<Self>,
        log: &LogKey,
        (version, sequencer): (Version, Option<String>),
        lease: Lease,
        now: Timestamp,
    ) -> Claim {
        let id = LogId::new(log.as_str(), &version);
        let anew = |version, sequencer, lease| Self {
            schema_version: Self::SCHEMA_VERSION,
            nonce: String::new(),
            stem: log.stem().to_owned(),
            log: log.as_str().to_owned(),
            version,
            sequencer,
            lease,
            attempts: 1,
            begun_at: now,
            stage: Stage::Claimed,
            fingerprint: None,
            kept: None,
            settled: Vec::new(),
            unknown: Map::new(),
        };
        let Some(found) = found else {
            return Claim::Take(Box::new(anew(version, sequencer, lease)));
        };
        let (is_same, is_settled) = (found.id() == id, found.stage == Stage::Settled);
        if is_same && is_settled || found.settled.contains(&id) {
            return Claim::Duplicate;
        }
        let until = found.lease.until;
        if !is_same {
            // Sequencers of different keys say nothing of each other.
            let is_of_key = found.log == log.as_str();
            if is_of_key && is_before(sequencer.as_deref(), found.sequencer.as_deref()) {
                return Claim::Superseded;
            }
            if !is_settled && until > now {
                return Claim::InHand { until };
            }
            let settled = found.with_settled();
            let unknown = found.unknown;
            let record = anew(version, sequencer, lease);
            return Claim::Take(Box::new(Self {
                settled,
                unknown,
                ..record
            }));
        }
        match (until <= now, found.lease.request == lease.request) {
            (true, is_same_event) => Claim::Take(Box::new(Self {
                lease,
                attempts: if is_same_event {
                    found.attempts.saturating_add(1)
                } else {
                    1
                },
                ..found
            })),
            (false, true) => Claim::OwnLease { until },
            (false, false) => Claim::InHand { until },
        }
    }
}

impl LogRecord {
    /// The versions that are done with, this one too if it is.
    fn with_settled(&self) -> Vec<LogId> {
        let this = (self.stage == Stage::Settled).then(|| self.id());
        let all = self.settled.iter().cloned().chain(this);
        let more = (self.settled.len() + 1).saturating_sub(MOST_SETTLED);
        all.skip(more).collect()
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
        Self::key_of(&self.stem)
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
    use crate::repository::Repository;

    const LOG: &str = "logs/acme/shop/1-1-test.log";

    fn log(key: &str) -> LogKey {
        LogKey::parse(key, &[Repository::parse("acme/shop").unwrap()]).unwrap()
    }

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
        match LogRecord::claim(
            None,
            &log(LOG),
            version("v1", "0055"),
            lease("a", 45),
            at(0),
        ) {
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
            &log(LOG),
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
        let in_hand = || Claim::InHand { until: at(45) };
        let own = Claim::OwnLease { until: at(45) };
        let same = ("v1", "0055");
        let cases = [
            (claimed(), same, "b", 10, Err(in_hand())),
            (claimed(), same, "b", 60, Ok((1, Stage::Claimed))),
            (claimed(), same, "a", 10, Err(own)),
            (claimed(), same, "a", 60, Ok((2, Stage::Claimed))),
            (analysed, same, "b", 45, Ok((1, Stage::Analysed))),
            (settled.clone(), same, "b", 60, Err(Claim::Duplicate)),
            (
                settled.clone(),
                ("v2", "0056"),
                "b",
                60,
                Ok((1, Stage::Claimed)),
            ),
            (claimed(), ("v2", "0056"), "b", 10, Err(in_hand())),
            (claimed(), ("v2", "0056"), "b", 60, Ok((1, Stage::Claimed))),
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
    fn what_was_done_with_does_not_come_back_in_whatever_order_and_under_whichever_ending() {
        let take = |found, key: &str, id: &str| {
            let version = (Version::of(Some(id), None).unwrap(), None);
            LogRecord::claim(Some(found), &log(key), version, lease("z", 900), at(800))
        };
        let mut record = LogRecord {
            stage: Stage::Settled,
            ..claimed()
        };
        let zip = "logs/acme/shop/1-1-test.zip";
        assert_eq!(LogRecord::key_of(log(zip).stem()), record.key());
        for (key, id) in [(LOG, "v2"), (zip, "v1"), (zip, "v3")] {
            let Claim::Take(taken) = take(record, key, id) else {
                panic!("{key} {id} is new");
            };
            record = LogRecord {
                stage: Stage::Settled,
                ..*taken
            };
            for (key, id) in [(LOG, "v1"), (key, id)] {
                assert_eq!(
                    take(record.clone(), key, id),
                    Claim::Duplicate,
                    "{key} {id}"
                );
            }
        }
        let ids = (0..20).map(|n| LogId(n.to_string())).collect();
        let many = LogRecord {
            settled: ids,
            ..record
        };
        assert_eq!(many.with_settled().len(), MOST_SETTLED);
        assert_eq!(many.with_settled().last(), Some(&many.id()));
    }

    #[test]
    fn what_a_later_version_of_lambda_medic_added_is_kept() {
        let mut json = serde_json::to_value(claimed()).unwrap();
        json["later"] = "kept".into();
        let read: LogRecord = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), json);
    }
}
