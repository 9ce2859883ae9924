//! The two buckets, in memory: objects that are read and written, records with conditional writes.
//!
//! They keep state and what was asked of them. A record's write may be told that somebody else was first, where a test says so. They
//! have no versions, no listing in pages, no multipart uploads and no encryption.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ci_log_analyzer::baseline::Baseline;
use ci_log_analyzer::log_key::LogKey;
use ci_log_analyzer::objects::{Head, Learnt, ObjectError, Objects, Output, Part, Source, Spool};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use shared::failure::CallError;
use shared::records::{ETag, Listed, Precondition, Records, Stored, Written};

/// What S3 sends at once, more or less.
const CHUNK: usize = 64 * 1024;

/// Both buckets.
#[derive(Clone, Debug, Default)]
pub struct Buckets(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    logs: BTreeMap<String, Arc<Vec<u8>>>,
    written: BTreeMap<String, Vec<u8>>,
    records: BTreeMap<String, (Vec<u8>, u64)>,
    writes: u64,
    fetched: Vec<String>,
    bytes_read: u64,
    /// How many writes of records are still let through before the refusals begin, and how many are refused then.
    refused: Option<(usize, usize)>,
}

impl Buckets {
    /// Puts an object into the bucket of the CI logs.
    pub fn put(&self, key: &str, bytes: &Arc<Vec<u8>>) {
        self.inner().logs.insert(key.to_owned(), Arc::clone(bytes));
    }

    /// After so many writes of records, so many are told that somebody else was first (412).
    pub fn refuse(&self, after: usize, times: usize) {
        self.inner().refused = Some((after, times));
    }

    /// Whether none of these refusals is left.
    pub fn has_refused(&self) -> bool {
        self.inner().refused.is_none_or(|(_, times)| times == 0)
    }

    /// What was written into the bucket of the CI logs, as it is now.
    pub fn written(&self) -> BTreeMap<String, Vec<u8>> {
        self.inner().written.clone()
    }

    /// The records as they are now.
    pub fn records(&self) -> BTreeMap<String, Vec<u8>> {
        let inner = self.inner();
        let records = inner.records.iter();
        records
            .map(|(key, (body, _))| (key.clone(), body.clone()))
            .collect()
    }

    /// The keys of logs that were fetched or looked at, and how many bytes were read.
    pub fn read(&self) -> (Vec<String>, u64) {
        let inner = self.inner();
        (inner.fetched.clone(), inner.bytes_read)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn log(&self, key: &str) -> Result<Arc<Vec<u8>>, ObjectError> {
        let mut inner = self.inner();
        inner.fetched.push(key.to_owned());
        let found = inner.logs.get(key).cloned();
        found.ok_or_else(|| ObjectError::Missing {
            object: format!("s3://ci-logs/{key}"),
        })
    }
}

/// The entity tag of an object.
pub fn etag(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn holds(found: Option<&ETag>, precondition: &Precondition) -> bool {
    match precondition {
        Precondition::Absent => found.is_none(),
        Precondition::Unchanged(etag) => found == Some(etag),
    }
}

impl Objects for Buckets {
    async fn head(&self, source: Source<'_>) -> Result<Head, ObjectError> {
        let bytes = self.log(source.key)?;
        Ok(Head {
            size: bytes.len() as u64,
            version_id: None,
            etag: Some(etag(&bytes)),
        })
    }

    async fn fetch(
        &self,
        source: Source<'_>,
        part: Part,
        to: &mut Spool,
    ) -> Result<(), ObjectError> {
        let bytes = self.log(source.key)?;
        let length = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
        let part = match part {
            Part::Whole => &bytes[..],
            Part::First(most) => &bytes[..length(most).min(bytes.len())],
            Part::Last(most) => &bytes[bytes.len().saturating_sub(length(most))..],
        };
        for chunk in part.chunks(CHUNK) {
            self.inner().bytes_read += chunk.len() as u64;
            if !to.push(chunk).unwrap() {
                break;
            }
        }
        Ok(())
    }

    async fn write(&self, log: &LogKey, output: &Output) -> Result<(), CallError> {
        let (Output::Json(document) | Output::Html(document)) = output;
        let body = document.as_str().as_bytes().to_vec();
        self.inner().written.insert(output.key(log), body);
        Ok(())
    }

    async fn write_first(&self, log: &LogKey, output: &Output) -> Result<(), CallError> {
        let (Output::Json(document) | Output::Html(document)) = output;
        let body = document.as_str().as_bytes().to_vec();
        self.inner().written.entry(output.key(log)).or_insert(body);
        Ok(())
    }

    async fn baseline(&self, log: &LogKey) -> Result<Option<Learnt>, CallError> {
        let key = log.baseline().unwrap_or_default();
        let inner = self.inner();
        let learnt = inner.written.get(&key).map(|bytes| Learnt {
            baseline: Baseline::parse(bytes).unwrap_or_default(),
            etag: ETag(etag(bytes)),
        });
        Ok(learnt)
    }

    async fn write_baseline(
        &self,
        log: &LogKey,
        baseline: &Baseline,
        precondition: Precondition,
    ) -> Result<Written, CallError> {
        let (key, bytes) = (log.baseline().unwrap_or_default(), baseline.write());
        let mut inner = self.inner();
        let found = inner.written.get(&key).map(|bytes| ETag(etag(bytes)));
        if !holds(found.as_ref(), &precondition) {
            return Ok(Written::Moved);
        }
        let saved = ETag(etag(&bytes));
        inner.written.insert(key, bytes);
        Ok(Written::Saved(saved))
    }
}

impl Records for Buckets {
    async fn read(&self, key: &str) -> Result<Option<Stored>, CallError> {
        let inner = self.inner();
        Ok(inner.records.get(key).map(|(body, etag)| Stored {
            body: body.clone(),
            etag: ETag(etag.to_string()),
        }))
    }

    async fn write(
        &self,
        key: &str,
        body: Vec<u8>,
        precondition: Precondition,
    ) -> Result<Written, CallError> {
        let mut inner = self.inner();
        match &mut inner.refused {
            Some((0, times)) if *times > 0 => {
                *times -= 1;
                return Ok(Written::Moved);
            }
            Some((after, _)) => *after = after.saturating_sub(1),
            None => {}
        }
        let found = inner.records.get(key);
        let found = found.map(|(_, etag)| ETag(etag.to_string()));
        if !holds(found.as_ref(), &precondition) {
            return Ok(Written::Moved);
        }
        inner.writes += 1;
        let etag = inner.writes;
        inner.records.insert(key.to_owned(), (body, etag));
        Ok(Written::Saved(ETag(etag.to_string())))
    }

    async fn list(&self, prefix: &str, _after: Option<&str>) -> Result<Vec<Listed>, CallError> {
        let inner = self.inner();
        let keys = inner.records.keys().filter(|key| key.starts_with(prefix));
        let listed = keys.map(|key| Listed {
            key: key.clone(),
            modified_at: Timestamp::UNIX_EPOCH,
        });
        Ok(listed.collect())
    }

    async fn remove(&self, key: &str) -> Result<(), CallError> {
        self.inner().records.remove(key);
        Ok(())
    }
}
