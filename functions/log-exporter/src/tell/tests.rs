use std::sync::Mutex;

use shared::exports::manifest::{Mode, Proof};
use shared::failure::CallError;
use shared::records::{ETag, Listed, Stored, Written};

use super::*;
use crate::parts::fakes::{at, place, window};
use crate::rules::Rules;

/// One object with conditional writes; before the first one somebody else writes, if so told.
#[derive(Default)]
struct Store {
    object: Mutex<Option<(Vec<u8>, u32)>>,
    other: Mutex<Option<Vec<u8>>>,
}

impl Store {
    fn with(body: &[u8]) -> Self {
        Self {
            object: Mutex::new(Some((body.to_vec(), 1))),
            ..Self::default()
        }
    }

    fn body(&self) -> Vec<u8> {
        self.object.lock().unwrap().clone().unwrap().0
    }
}

impl Records for Store {
    async fn read(&self, key: &str) -> Result<Option<Stored>, CallError> {
        assert_eq!(key, manifest_key(&place(), window()));
        let object = self.object.lock().unwrap();
        Ok(object.as_ref().map(|(body, version)| Stored {
            body: body.clone(),
            etag: ETag(version.to_string()),
        }))
    }

    async fn write(
        &self,
        _: &str,
        body: Vec<u8>,
        precondition: Precondition,
    ) -> Result<Written, CallError> {
        let mut object = self.object.lock().unwrap();
        let version = object.as_ref().map_or(0, |(_, version)| *version);
        if let Some(other) = self.other.lock().unwrap().take() {
            *object = Some((other, version + 1));
        }
        let there = match object.as_ref() {
            None => Precondition::Absent,
            Some((_, version)) => Precondition::Unchanged(ETag(version.to_string())),
        };
        if there != precondition {
            return Ok(Written::Moved);
        }
        *object = Some((body, version + 1));
        Ok(Written::Saved(ETag((version + 1).to_string())))
    }

    async fn list(&self, _: &str, _: Option<&str>) -> Result<Vec<Listed>, CallError> {
        Ok(Vec::new())
    }

    async fn remove(&self, _: &str) -> Result<(), CallError> {
        Ok(())
    }
}

fn entry(revision: u64) -> Entry {
    let rules = Rules {
        groups: Vec::new(),
        tag: None,
        denied: Vec::new(),
        direct: Vec::new(),
        redacted: Vec::new(),
        settle: jiff::SignedDuration::from_hours(12),
        seal: jiff::SignedDuration::from_mins(10),
        reach_back: jiff::SignedDuration::from_hours(24),
        count_by: shared::exports::manifest::CountedBy::Insights,
        sweep_every: jiff::SignedDuration::from_hours(24),
        most_attempts: 3,
        pace: 1,
    };
    Entry {
        revision,
        is_redacted: true,
        ..Entry::planned("/ecs/shop", window(), Mode::Direct, &rules)
    }
}

fn told(revision: u64) -> Manifest {
    Manifest {
        schema_version: SCHEMA_VERSION,
        place: place(),
        window: window(),
        mode: Mode::Direct,
        proof: Proof::Open,
        attempt: 1,
        revision,
        written_at: at("23:00:00"),
        output: shared::exports::manifest::Output::default(),
        source: None,
        is_redacted: true,
    }
}

async fn tell_it(store: &Store, revision: u64) -> Result<Fact, ExportError> {
    tell(store, &place(), &entry(revision), at("23:00:00")).await
}

#[tokio::test]
async fn a_manifest_is_written_only_over_an_older_one() {
    let json = |revision| serde_json::to_vec(&told(revision)).unwrap();
    let store = Store::default();
    assert_eq!(tell_it(&store, 3).await.unwrap(), Fact::Told(3));
    let there: Manifest = serde_json::from_slice(&store.body()).unwrap();
    assert_eq!(there, told(3));
    for (revision, expected) in [(3, 3), (2, 3), (4, 4)] {
        assert_eq!(
            tell_it(&store, revision).await.unwrap(),
            Fact::Told(expected)
        );
    }
    let there: Manifest = serde_json::from_slice(&store.body()).unwrap();
    assert_eq!(there, told(4));
    // Somebody writes a newer one, or an older one, between the look and the write.
    for (other, expected) in [(9, 9), (2, 5)] {
        let store = Store {
            other: Mutex::new(Some(json(other))),
            ..Store::with(&json(1))
        };
        assert_eq!(tell_it(&store, 5).await.unwrap(), Fact::Told(expected));
        let there: Manifest = serde_json::from_slice(&store.body()).unwrap();
        assert_eq!(there, told(expected));
    }
}

#[tokio::test]
async fn what_is_no_manifest_is_replaced_and_a_newer_version_is_not() {
    let store = Store::with(b"garbage");
    assert_eq!(tell_it(&store, 1).await.unwrap(), Fact::Told(1));
    let newer = br#"{"schema_version": 2, "revision": 1}"#;
    let store = Store::with(newer);
    assert_eq!(
        tell_it(&store, 1).await.unwrap_err().to_string(),
        format!(
            "record {} has schema version 2, newer than 1; deploy the newer version everywhere",
            manifest_key(&place(), window())
        )
    );
    assert_eq!(store.body(), newer);
}
