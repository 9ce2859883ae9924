//! A bucket in memory, for tests: conditional writes and listings as S3 has them, without versions, sizes or times that mean anything.

use std::collections::BTreeMap;
use std::sync::Mutex;

use jiff::Timestamp;
use log_exporter::sources::{Body, Bucket, ListedObject};
use shared::clock::Nonces;
use shared::failure::CallError;
use shared::records::{ETag, Listed, Precondition, Records, Stored, Written};

/// As many keys as a page has; few, so that listings have several.
const PAGE: usize = 3;

/// A bucket in memory.
#[derive(Debug, Default)]
pub(super) struct Store {
    objects: Mutex<BTreeMap<String, (Vec<u8>, u64)>>,
    contended: Mutex<Option<String>>,
}

/// An object that is read in pieces of a few bytes.
#[derive(Debug)]
pub(super) struct Pieces(std::vec::IntoIter<Vec<u8>>);

/// Always another nonce.
#[derive(Debug, Default)]
pub(super) struct Counted(Mutex<u32>);

impl Store {
    /// Puts an object.
    pub(super) fn put(&self, key: &str, body: impl Into<Vec<u8>>) {
        let mut objects = self.objects.lock().unwrap();
        let version = objects.get(key).map_or(1, |(_, version)| version + 1);
        objects.insert(key.to_owned(), (body.into(), version));
    }

    /// An object, and how often it was written.
    pub(super) fn get(&self, key: &str) -> Option<(Vec<u8>, u64)> {
        self.objects.lock().unwrap().get(key).cloned()
    }

    /// From now on somebody else is always faster to write this object.
    pub(super) fn contend(&self, key: &str) {
        *self.contended.lock().unwrap() = Some(key.to_owned());
    }

    /// Removes an object.
    pub(super) fn take(&self, key: &str) {
        self.objects.lock().unwrap().remove(key);
    }

    /// All keys.
    pub(super) fn keys(&self) -> Vec<String> {
        self.objects.lock().unwrap().keys().cloned().collect()
    }

    fn after(&self, prefix: &str, after: Option<&str>) -> Vec<String> {
        let is_after = |key: &&String| after.is_none_or(|after| key.as_str() > after);
        let keys = self.keys();
        let of = keys.iter().filter(|key| key.starts_with(prefix));
        of.filter(is_after).take(PAGE).cloned().collect()
    }
}

impl Records for Store {
    async fn read(&self, key: &str) -> Result<Option<Stored>, CallError> {
        let objects = self.objects.lock().unwrap();
        Ok(objects.get(key).map(|(body, version)| Stored {
            body: body.clone(),
            etag: ETag(version.to_string()),
        }))
    }

    async fn write(
        &self,
        key: &str,
        body: Vec<u8>,
        precondition: Precondition,
    ) -> Result<Written, CallError> {
        let mut objects = self.objects.lock().unwrap();
        let version = objects.get(key).map(|(_, version)| *version);
        let holds = match precondition {
            Precondition::Absent => version.is_none(),
            Precondition::Unchanged(ETag(etag)) => version.map(|it| it.to_string()) == Some(etag),
        };
        let is_contended = self.contended.lock().unwrap().as_deref() == Some(key);
        if !holds || is_contended {
            return Ok(Written::Moved);
        }
        let next = version.unwrap_or_default() + 1;
        objects.insert(key.to_owned(), (body, next));
        Ok(Written::Saved(ETag(next.to_string())))
    }

    async fn list(&self, prefix: &str, after: Option<&str>) -> Result<Vec<Listed>, CallError> {
        let keys = self.after(prefix, after).into_iter();
        let listed = |key| Listed {
            key,
            modified_at: Timestamp::UNIX_EPOCH,
        };
        Ok(keys.map(listed).collect())
    }

    async fn remove(&self, key: &str) -> Result<(), CallError> {
        self.take(key);
        Ok(())
    }
}

impl Body for Pieces {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, CallError> {
        Ok(self.0.next())
    }
}

impl Bucket for &Store {
    type Body = Pieces;

    async fn open(&self, key: &str) -> Result<Option<Pieces>, CallError> {
        let objects = self.objects.lock().unwrap();
        let pieces = objects.get(key).map(|(body, _)| {
            let pieces: Vec<Vec<u8>> = body.chunks(7).map(<[u8]>::to_vec).collect();
            Pieces(pieces.into_iter())
        });
        Ok(pieces)
    }

    async fn put(&self, key: &str, body: Vec<u8>) -> Result<(), CallError> {
        Store::put(self, key, body);
        Ok(())
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
    ) -> Result<Vec<ListedObject>, CallError> {
        let keys = self.after(prefix, after).into_iter();
        let listed = |key| ListedObject {
            key,
            size: 0,
            modified_at: Timestamp::UNIX_EPOCH,
        };
        Ok(keys.map(listed).collect())
    }

    async fn remove(&self, keys: &[String]) -> Result<(), CallError> {
        for key in keys {
            self.take(key);
        }
        Ok(())
    }
}

impl Nonces for Counted {
    fn nonce(&self) -> String {
        let mut count = self.0.lock().unwrap();
        *count += 1;
        format!("nonce-{count}")
    }
}
