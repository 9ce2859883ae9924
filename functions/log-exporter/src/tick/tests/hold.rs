//! What must hold of the world after a history: each event of a proven window is there once, and what is not proven says so.

use std::collections::BTreeMap;

use jiff::Timestamp;
use shared::exports::layout::window_in_key;
use shared::exports::manifest::Manifest;
use shared::exports::row::Row;

use super::world::{World, is_in};
use crate::ledger::{Entry, LEDGER};

/// The entries of the ledger that can be read.
pub(super) fn entries(world: &World) -> Vec<Entry> {
    let stored = world.state().list("state", LEDGER, None).into_iter();
    let read = |body: &[u8]| serde_json::from_slice(body).ok();
    stored.filter_map(|(_, object)| read(&object.body)).collect()
}

/// Where each window stands.
pub(super) fn states(world: &World) -> Vec<String> {
    let entries = entries(world).into_iter();
    let said = entries.map(|entry| {
        let window = window_in_key(entry.window);
        format!("{} {window} {}", entry.group, entry.state.name())
    });
    said.collect()
}

/// Which windows that are over are neither proven nor lost. Of those that are proven, each event must be there once, by the manifest.
pub(super) fn unproven(world: &World) -> Vec<String> {
    let now = world.state().now;
    let mut unproven = Vec::new();
    for entry in entries(world) {
        if entry.is_proven() {
            if entry.is_told {
                check(world, &entry);
            }
        } else if entry.window.end() + jiff::SignedDuration::from_mins(10) <= now && !entry.is_settled() {
            unproven.push(format!("{} {}: {:?}", entry.group, window_in_key(entry.window), entry.state));
        }
        if entry.is_settled() && !entry.is_told {
            unproven.push(format!("{} is not told", entry.group));
        }
    }
    let state = world.state();
    let mut groups = state.groups.keys().filter(|group| group.starts_with("/ecs/") && !group.contains("secret") && !group.contains("medic"));
    if let Some(missing) = groups.find(|group| {
        let prefix = crate::ledger::prefix_of(group);
        state.list("state", &prefix, None).is_empty()
    }) {
        unproven.push(format!("{missing} has no windows"));
    }
    unproven
}

fn check(world: &World, entry: &Entry) {
    let key = {
        let place = shared::exports::layout::Place {
            account: "111122223333".to_owned(),
            region: "eu-west-1".to_owned(),
            group: entry.group.clone(),
        };
        shared::exports::layout::manifest_key(&place, entry.window)
    };
    let state = world.state();
    let object = &state.buckets[&("exports", key)];
    let manifest: Manifest = serde_json::from_slice(&object.body).unwrap();
    assert_eq!(manifest.output, entry.output());
    let mut rows: BTreeMap<(i64, String, String), i64> = BTreeMap::new();
    for part in &manifest.output.parts {
        let body = &state.buckets[&("exports", part.key.clone())].body;
        let text = zstd::decode_all(body.as_slice()).unwrap();
        for line in text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let row: Row<'_> = serde_json::from_slice(line).unwrap();
            let stream = row.stream.replace('/', "-");
            *rows.entry((row.timestamp_ms, stream, row.message.into_owned())).or_default() += 1;
        }
    }
    let Some(logged) = state.groups.get(&entry.group) else { return };
    let from: Timestamp = entry.window.start();
    for event in logged.events.iter().filter(|event| is_in(entry.window, event)) {
        let row = (event.timestamp_ms, event.stream.replace('/', "-"), event.message.clone());
        *rows.entry(row).or_default() -= 1;
    }
    rows.retain(|_, difference| *difference != 0);
    assert_eq!(rows, BTreeMap::new(), "{} {from}", entry.group);
}
