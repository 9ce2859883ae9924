//! The ledger as it lies in the state bucket: which groups it has, and their entries.

use anyhow::Context as _;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;
use log_exporter::ledger::{Entry, LEDGER, prefix_of};
use shared::exports::layout::group_of_key;
use shared::exports::window::hour_of;
use shared::records::{self, Loaded, Records};

/// So many entries are read at a time.
const AT_ONCE: usize = 16;

/// More groups than an account and region has log groups of use.
const MOST_GROUPS: usize = 20_000;

/// The names of the groups that the ledger has, in the order of its keys.
pub async fn groups(records: &impl Records) -> anyhow::Result<Vec<String>> {
    let mut groups = Vec::new();
    let mut after: Option<String> = None;
    while groups.len() < MOST_GROUPS {
        let page = records.list(LEDGER, after.as_deref()).await;
        let page = page.context("couldn't list the ledger")?;
        if page.is_empty() {
            break;
        }
        for listed in &page {
            let piece = listed.key.strip_prefix(LEDGER).unwrap_or_default();
            let Some((piece, _)) = piece.split_once('/') else {
                continue;
            };
            let group = group_of_key(piece);
            if groups.last() != Some(&group) {
                groups.push(group);
            }
        }
        // Past all windows of the last group: a window's key goes on with a digit.
        after = groups.last().map(|group| format!("{}~", prefix_of(group)));
    }
    Ok(groups)
}

/// The entries of a group's windows that begin at `since` or later, in the order of time; `None` for all of them.
pub async fn entries(
    records: &impl Records,
    group: &str,
    since: Option<Timestamp>,
) -> anyhow::Result<Vec<Entry>> {
    let keys = keys(records, group, since).await?;
    let reads = stream::iter(keys).map(async |key| load(records, &key).await);
    let read: Vec<Option<Entry>> = reads.buffered(AT_ONCE).try_collect().await?;
    Ok(read.into_iter().flatten().collect())
}

/// The entry of a group's first window, if it has any.
pub async fn first(records: &impl Records, group: &str) -> anyhow::Result<Option<Entry>> {
    let page = page(records, group, None).await?;
    match page.into_iter().next() {
        Some(key) => load(records, &key).await,
        None => Ok(None),
    }
}

/// An entry by its key, `None` if there is none.
pub async fn load(records: &impl Records, key: &str) -> anyhow::Result<Option<Entry>> {
    let loaded = records::load::<Entry>(records, key).await;
    let loaded = loaded.with_context(|| format!("couldn't use {key}"))?;
    Ok(loaded.map(|Loaded { record, .. }| record))
}

async fn keys(
    records: &impl Records,
    group: &str,
    since: Option<Timestamp>,
) -> anyhow::Result<Vec<String>> {
    // Just before the window of that hour: what begins with its key comes after it.
    let start = since.map(|since| {
        let hour = hour_of(since).strftime("%Y%m%dT%H").to_string();
        format!("{}{hour}", prefix_of(group))
    });
    let mut keys = page(records, group, start.as_deref()).await?;
    while let Some(last) = keys.last().cloned() {
        let more = page(records, group, Some(&last)).await?;
        if more.is_empty() {
            break;
        }
        keys.extend(more);
    }
    Ok(keys)
}

async fn page(
    records: &impl Records,
    group: &str,
    after: Option<&str>,
) -> anyhow::Result<Vec<String>> {
    let listed = records.list(&prefix_of(group), after).await;
    let listed = listed.with_context(|| format!("couldn't list the ledger of {group}"))?;
    Ok(listed.into_iter().map(|listed| listed.key).collect())
}
