//! What the exporter stored: its ledger, its manifests, and the rows that those name.

use std::collections::BTreeMap;

use anyhow::Context as _;
use aws_config::SdkConfig;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::types::Object;
use jiff::Timestamp;
use log_exporter::ledger::{Entry, prefix_of};
use serde::de::DeserializeOwned;
use shared::aws::timestamp;
use shared::exports::layout::{MANIFESTS, Place, prefix};
use shared::exports::manifest::{Manifest, Part};
use shared::exports::read::PartReader;
use shared::exports::row::Row;

/// The buckets of an exporter.
#[derive(Clone, Debug)]
pub struct Stored {
    s3: aws_sdk_s3::Client,
    account: String,
    region: String,
    exports: String,
    state: String,
}

/// Records of the windows of a group, by their keys, which are in the order of time.
#[derive(Clone, Debug)]
pub struct Windows<T>(BTreeMap<String, Known<T>>);

#[derive(Clone, Debug)]
struct Known<T> {
    etag: String,
    record: T,
}

impl<T> Default for Windows<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> Windows<T> {
    /// The records, in the order of time.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.values().map(|known| &known.record)
    }

    /// The records that are not in `before` as they are now.
    pub fn changed<'a>(&'a self, before: &'a Self) -> impl Iterator<Item = &'a T> {
        let is_new = |(key, known): &(&String, &Known<T>)| {
            before.0.get(*key).is_none_or(|old| old.etag != known.etag)
        };
        let new = self.0.iter().filter(is_new);
        new.map(|(_, known)| &known.record)
    }
}

/// A row with what it borrows.
pub type OwnedRow = Row<'static>;

impl Stored {
    /// In the buckets with these names.
    pub fn new(
        config: &SdkConfig,
        (account, region): (&str, &str),
        (exports, state): (&str, &str),
    ) -> Self {
        Self {
            s3: aws_sdk_s3::Client::new(config),
            account: account.to_owned(),
            region: region.to_owned(),
            exports: exports.to_owned(),
            state: state.to_owned(),
        }
    }

    /// Where a group's logs lie.
    pub fn place(&self, group: &str) -> Place {
        Place {
            account: self.account.clone(),
            region: self.region.clone(),
            group: group.to_owned(),
        }
    }

    /// The address of an object of rows or of a manifest.
    pub fn address(&self, key: &str) -> String {
        format!("s3://{}/{key}", self.exports)
    }

    /// The manifests of a group; those of `known` that did not change are not read again.
    pub async fn manifests(
        &self,
        group: &str,
        known: &Windows<Manifest>,
    ) -> anyhow::Result<Windows<Manifest>> {
        let prefix = prefix(MANIFESTS, &self.place(group));
        self.records((&self.exports, &prefix), known).await
    }

    /// The ledger's entries of a group; those of `known` that did not change are not read again.
    pub async fn entries(
        &self,
        group: &str,
        known: &Windows<Entry>,
    ) -> anyhow::Result<Windows<Entry>> {
        self.records((&self.state, &prefix_of(group)), known).await
    }

    /// The rows of a part, which must be what its manifest says, and when it was written.
    pub async fn rows(&self, part: &Part) -> anyhow::Result<(Timestamp, Vec<OwnedRow>)> {
        let address = self.address(&part.key);
        let named = || format!("couldn't read {address}");
        let object = self.get(&self.exports, &part.key).await?;
        let written_at = object.last_modified().and_then(timestamp);
        let written_at = written_at.with_context(named)?;
        let body = object.body.collect().await.with_context(named)?.to_vec();
        let mut reader = PartReader::new(part).with_context(named)?;
        reader.feed(body).with_context(named)?;
        let mut rows = Vec::new();
        while let Some(row) = reader.next().with_context(named)? {
            rows.push(owned(&row));
        }
        reader.finish().with_context(named)?;
        Ok((written_at, rows))
    }

    /// The keys of all objects of the export bucket that begin with `prefix`.
    pub async fn keys(&self, prefix: &str) -> anyhow::Result<Vec<String>> {
        let objects = self.list(&self.exports, prefix).await?;
        Ok(objects
            .into_iter()
            .filter_map(|object| object.key)
            .collect())
    }

    async fn records<T: Clone + DeserializeOwned>(
        &self,
        (bucket, prefix): (&str, &str),
        known: &Windows<T>,
    ) -> anyhow::Result<Windows<T>> {
        let mut windows = Windows::default();
        for object in self.list(bucket, prefix).await? {
            let (Some(key), Some(etag)) = (object.key, object.e_tag) else {
                continue;
            };
            let same = known.0.get(&key).filter(|known| known.etag == etag);
            let record = match same {
                Some(known) => known.record.clone(),
                None => self.record(bucket, &key).await?,
            };
            windows.0.insert(key, Known { etag, record });
        }
        Ok(windows)
    }

    async fn record<T: DeserializeOwned>(&self, bucket: &str, key: &str) -> anyhow::Result<T> {
        let named = || format!("couldn't read s3://{bucket}/{key}");
        let object = self.get(bucket, key).await?;
        let body = object.body.collect().await.with_context(named)?.to_vec();
        serde_json::from_slice(&body).with_context(named)
    }

    async fn get(&self, bucket: &str, key: &str) -> anyhow::Result<GetObjectOutput> {
        let call = self.s3.get_object().bucket(bucket).key(key);
        let object = call.send().await;
        object.with_context(|| format!("couldn't read s3://{bucket}/{key}"))
    }

    async fn list(&self, bucket: &str, prefix: &str) -> anyhow::Result<Vec<Object>> {
        let call = self.s3.list_objects_v2().bucket(bucket).prefix(prefix);
        let mut pages = call.into_paginator().send();
        let mut objects = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.with_context(|| format!("couldn't list s3://{bucket}/{prefix}"))?;
            objects.extend(page.contents.unwrap_or_default());
        }
        Ok(objects)
    }
}

fn owned(row: &Row<'_>) -> OwnedRow {
    Row {
        timestamp_ms: row.timestamp_ms,
        ingestion_ms: row.ingestion_ms,
        stream: row.stream.clone().into_owned().into(),
        event_id: row.event_id.clone().map(|id| id.into_owned().into()),
        message: row.message.clone().into_owned().into(),
    }
}
