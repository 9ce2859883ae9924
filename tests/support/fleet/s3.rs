//! S3: objects that are written under conditions, and listed in the order of their keys.

use std::collections::BTreeMap;
use std::ops::Bound;

use jiff::Timestamp;
use serde_json::Value;
use shared::failure::CallError;
use shared::records::{ETag, Listed, Precondition, Records, Stored, Written};

use super::{Api, Aws, Fleet};

/// Keys on a page of `ListObjectsV2`.
const PAGE: usize = 1_000;

/// The state bucket.
#[derive(Debug, Default)]
pub struct Bucket {
    objects: BTreeMap<String, Object>,
    writes: u64,
}

#[derive(Debug)]
struct Object {
    version: u64,
    body: Vec<u8>,
    modified_at: Timestamp,
}

impl Bucket {
    /// An object as JSON.
    pub fn json(&self, key: &str) -> Option<Value> {
        serde_json::from_slice(&self.objects.get(key)?.body).ok()
    }

    /// An object's body.
    pub fn body(&self, key: &str) -> Option<&[u8]> {
        Some(&self.objects.get(key)?.body)
    }

    /// When an object was written last.
    pub fn modified_at(&self, key: &str) -> Option<Timestamp> {
        Some(self.objects.get(key)?.modified_at)
    }

    /// The keys that begin so.
    pub fn keys(&self, prefix: &str) -> impl Iterator<Item = &str> {
        let prefix = prefix.to_owned();
        let from = self
            .objects
            .range::<str, _>((Bound::Included(prefix.as_str()), Bound::Unbounded));
        let keys = from.map(|(key, _)| key.as_str());
        keys.take_while(move |key| key.starts_with(&prefix))
    }

    /// Puts an object there as somebody else would.
    pub fn put(&mut self, key: &str, body: Vec<u8>, modified_at: Timestamp) -> u64 {
        self.writes += 1;
        let version = self.writes;
        let object = Object {
            version,
            body,
            modified_at,
        };
        self.objects.insert(key.to_owned(), object);
        version
    }

    fn write(
        &mut self,
        key: &str,
        body: Vec<u8>,
        condition: &Precondition,
        now: Timestamp,
    ) -> Written {
        let found = self
            .objects
            .get(key)
            .map(|object| ETag(object.version.to_string()));
        let holds = match condition {
            Precondition::Absent => found.is_none(),
            Precondition::Unchanged(etag) => found.as_ref() == Some(etag),
        };
        if holds {
            Written::Saved(ETag(self.put(key, body, now).to_string()))
        } else {
            Written::Moved
        }
    }

    fn list(&self, prefix: &str, after: Option<&str>) -> Vec<Listed> {
        let start = after.filter(|after| *after > prefix).unwrap_or(prefix);
        let from = match after {
            Some(_) => Bound::Excluded(start),
            None => Bound::Included(start),
        };
        let under = self.objects.range::<str, _>((from, Bound::Unbounded));
        let under = under.take_while(|(key, _)| key.starts_with(prefix));
        let listed = under.map(|(key, object)| Listed {
            key: key.clone(),
            modified_at: object.modified_at,
        });
        listed.take(PAGE).collect()
    }
}

impl Records for Aws {
    async fn read(&self, key: &str) -> Result<Option<Stored>, CallError> {
        let key = key.to_owned();
        let read = move |fleet: &mut Fleet, _| {
            let object = fleet.bucket.objects.get(&key)?;
            Some(Stored {
                body: object.body.clone(),
                etag: ETag(object.version.to_string()),
            })
        };
        self.call(Api::GetObject, read).await
    }

    async fn write(
        &self,
        key: &str,
        body: Vec<u8>,
        precondition: Precondition,
    ) -> Result<Written, CallError> {
        let key = key.to_owned();
        let write = move |fleet: &mut Fleet, _| {
            let now = fleet.now;
            let written = fleet.bucket.write(&key, body, &precondition, now);
            if matches!(written, Written::Saved(_)) {
                fleet.saved(&key);
            }
            written
        };
        self.call(Api::PutObject, write).await
    }

    async fn list(&self, prefix: &str, after: Option<&str>) -> Result<Vec<Listed>, CallError> {
        let (prefix, after) = (prefix.to_owned(), after.map(str::to_owned));
        self.call(Api::ListObjects, move |fleet, _| {
            fleet.bucket.list(&prefix, after.as_deref())
        })
        .await
    }

    async fn remove(&self, key: &str) -> Result<(), CallError> {
        let key = key.to_owned();
        self.call(Api::DeleteObject, move |fleet, _| {
            drop(fleet.bucket.objects.remove(&key));
        })
        .await
    }
}
