//! The record of the log: who works on it, and how far that is.

use shared::clock::{Clock, Nonces};
use shared::failure::chain;
use shared::outbound::Quoted;
use shared::records::{self, Loaded, Precondition, RecordError, Records, Saved};
use shared::reports::Reports;
use tracing::warn;

use super::examine::Content;
use super::{Handler, HandlerError, MOST_ATTEMPTS};
use crate::github::GitHub;
use crate::llm::Llm;
use crate::log_key::LogKey;
use crate::objects::{Objects, Source};
use crate::record::{Claim, LogRecord, Stage, Version};
use crate::request::LogObject;

/// How often a claim is made anew because somebody else wrote the record first: winners soon have nothing left to write.
const MOST_ROUNDS: usize = 5;

/// A record that is ours to work on.
#[derive(Debug)]
pub(super) struct Held {
    loaded: Loaded<LogRecord>,
    /// The version of the object, to read exactly that.
    version_id: Option<String>,
    /// How many bytes it has.
    size: u64,
}

/// Whether the log is ours to work on.
#[derive(Debug)]
pub(super) enum Claimed {
    /// Yes.
    Ours(Box<Held>),
    /// No; why.
    Not(&'static str),
    /// Nobody can tell which version it is.
    Unreadable(HandlerError),
}

impl Held {
    pub(super) fn content(&self) -> Content {
        Content {
            version_id: self.version_id.clone(),
            size: self.size,
            id: self.record().id(),
            is_last_attempt: self.record().attempts >= MOST_ATTEMPTS,
        }
    }

    pub(super) fn record(&self) -> &LogRecord {
        &self.loaded.record
    }

    pub(super) fn stage(&self) -> Stage {
        self.record().stage
    }
}

impl<O: Objects, R: Records, P: Reports, G: GitHub, L: Llm, T: Clock + Nonces>
    Handler<'_, O, R, P, G, L, T>
{
    /// Takes the log, unless it is done with or in others' hands.
    pub(super) async fn claim(
        &self,
        log: &LogKey,
        object: &LogObject,
    ) -> Result<Claimed, HandlerError> {
        let (version, version_id, size) = match self.identify(log, object).await {
            Ok((_, _, 0)) => return Ok(Claimed::Not("the log is empty")),
            Ok(identity) => identity,
            Err(claimed) => return Ok(claimed),
        };
        let key = LogRecord::key_of(log.stem());
        for _ in 0..MOST_ROUNDS {
            let found = records::load::<LogRecord>(&self.records, &key).await?;
            let (found, precondition) = match found {
                Some(Loaded {
                    record,
                    precondition,
                }) => (Some(record), precondition),
                None => (None, Precondition::Absent),
            };
            let about = (version.clone(), object.sequencer.clone());
            let claim = LogRecord::claim(found, log, about, self.lease.clone(), self.time.now());
            let record = match claim {
                Claim::Take(record) => *record,
                Claim::Duplicate => return Ok(Claimed::Not("this version was analysed before")),
                Claim::Superseded => return Ok(Claimed::Not("a later version was analysed")),
                Claim::InHand { until } => return Err(HandlerError::InHand { until }),
                Claim::OwnLease { until } => return Err(HandlerError::OwnLease { until }),
            };
            let loaded = Loaded {
                record,
                precondition,
            };
            if let Saved::Ours(loaded) = records::save(&self.records, &self.time, loaded).await? {
                return Ok(Claimed::Ours(Box::new(Held {
                    loaded,
                    version_id,
                    size,
                })));
            }
        }
        Err(RecordError::Contended { key }.into())
    }

    /// Which content of the object it is about: what S3's event tells. One without a sequencer is somebody's own: that is about the
    /// object as it is now, or an old version would take the place of what was made of a later one.
    async fn identify(
        &self,
        log: &LogKey,
        object: &LogObject,
    ) -> Result<(Version, Option<String>, u64), Claimed> {
        let version_id = object.version_id.as_deref();
        let version = Version::of(version_id, object.etag.as_deref());
        if let (Some(version), Some(size), Some(_)) = (version, object.size, &object.sequencer) {
            return Ok((version, object.version_id.clone(), size));
        }
        let source = Source {
            key: log.as_str(),
            version_id: None,
        };
        let head = self.objects.head(source).await;
        let head = head.map_err(|error| Claimed::Unreadable(error.into()))?;
        let asked = version_id.filter(|id| *id != "null");
        if asked.is_some() && asked != head.version_id.as_deref() {
            return Err(Claimed::Not("it is not the latest version"));
        }
        let version = head.version();
        let version = version.ok_or(Claimed::Unreadable(HandlerError::NoVersion))?;
        Ok((version, head.version_id, head.size))
    }

    /// Writes the record with a change, if it is still ours.
    pub(super) async fn keep(
        &self,
        held: &mut Held,
        change: impl FnOnce(&mut LogRecord) + Send,
    ) -> Result<(), HandlerError> {
        let mut loaded = held.loaded.clone();
        change(&mut loaded.record);
        match records::save(&self.records, &self.time, loaded).await? {
            Saved::Ours(loaded) => held.loaded = loaded,
            Saved::Lost => return Err(HandlerError::LeaseLost),
        }
        Ok(())
    }

    /// Lets the next try begin at once: whoever returns does nothing more.
    pub(super) async fn release(&self, mut held: Held) {
        let now = self.time.now();
        if let Err(error) = self
            .keep(&mut held, |record| record.lease.until = now)
            .await
        {
            let reason = Quoted::line(&chain(&error));
            warn!("the lease stays until its end: {reason}");
        }
    }
}
