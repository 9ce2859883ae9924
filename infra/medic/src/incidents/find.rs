//! Incidents in the records: the open ones by their index, the others by the records that were written lately.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use alarm_playbook::index;
use alarm_playbook::record::{Entry, Stage, TargetRecord};
use alarm_playbook::target::Target;
use anyhow::bail;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use shared::alarm::IncidentId;
use shared::records::Listed;

use crate::installed::Installed;

/// What counts as recent.
pub(super) const RECENT: SignedDuration = SignedDuration::from_hours(24);

/// So many records are read at most, those that were written last.
const MOST_RECORDS: usize = 500;

/// An incident that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// What it is about.
    pub target: Target,
    /// All that is known of it.
    pub entry: Entry,
    /// Whether something is left to do about it.
    pub is_open: bool,
}

/// Incidents that were found.
#[derive(Debug, Default)]
pub struct Listing {
    /// Newest first.
    pub found: Vec<Found>,
    /// What could not be read, and why.
    pub troubles: Vec<String>,
    /// Whether there are more than were looked at.
    pub is_cut: bool,
}

/// Which incidents are asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Scope {
    /// Those that are open.
    Open,
    /// Those and what happened within a day.
    Recent,
    /// All that is remembered.
    All,
}

/// The copy that is written when an incident is settled.
#[derive(Debug, Deserialize)]
struct ClosedCopy {
    target: Target,
    #[serde(flatten)]
    entry: Entry,
}

/// Finds incidents.
pub(super) async fn find(
    installed: &Installed,
    scope: Scope,
    now: Timestamp,
) -> anyhow::Result<Listing> {
    if scope == Scope::Open {
        return find_open(installed).await;
    }
    let (mut written, is_cut) = installed.list("targets/").await?;
    if scope == Scope::Recent {
        written.retain(|record| now.duration_since(record.modified_at) <= RECENT);
    }
    written.sort_by_key(|record| Reverse(record.modified_at));
    let mut listing = Listing {
        is_cut: is_cut || written.len() > MOST_RECORDS,
        ..Listing::default()
    };
    // An open incident is shown however long ago its record was written.
    let open = find_open(installed).await?;
    let is_meant = |found: &Found| {
        let age = now.duration_since(found.entry.state_changed_at);
        scope == Scope::All || found.is_open || age <= RECENT
    };
    listing.found = open.found;
    listing.troubles = open.troubles;
    for Listed { key, .. } in written.iter().take(MOST_RECORDS) {
        match installed.load::<TargetRecord>(key).await {
            Ok(loaded) => {
                let found = loaded
                    .into_iter()
                    .flat_map(|loaded| of_record(loaded.record));
                listing.found.extend(found.filter(is_meant));
            }
            Err(error) => listing.trouble(&error),
        }
    }
    listing.sort();
    Ok(listing)
}

/// Finds the open incidents.
pub async fn find_open(installed: &Installed) -> anyhow::Result<Listing> {
    let (index, is_cut) = installed.list(index::PREFIX).await?;
    let mut by_record: BTreeMap<String, Vec<IncidentId>> = BTreeMap::new();
    for (record, incident) in index.iter().filter_map(|listed| index::parse(&listed.key)) {
        by_record.entry(record).or_default().push(incident);
    }
    let mut listing = Listing {
        is_cut: is_cut || by_record.len() > MOST_RECORDS,
        ..Listing::default()
    };
    for (key, incidents) in by_record.into_iter().take(MOST_RECORDS) {
        match installed.load::<TargetRecord>(&key).await {
            Ok(Some(loaded)) => {
                let found = of_record(loaded.record);
                let is_meant = |found: &Found| incidents.contains(&found.entry.incident);
                // What is settled, or not there, is a leftover of the index that the schedule removes.
                listing
                    .found
                    .extend(found.filter(is_meant).filter(|found| found.is_open));
            }
            Ok(None) => {}
            Err(error) => listing.trouble(&error),
        }
    }
    listing.sort();
    Ok(listing)
}

/// The incident of this id: its closed copy, or its entry in a record.
pub(super) async fn by_id(installed: &Installed, id: &IncidentId) -> anyhow::Result<Option<Found>> {
    let closed: Option<ClosedCopy> = installed.read(&index::closed_copy(id)).await?;
    if let Some(ClosedCopy { target, entry }) = closed {
        return Ok(Some(Found {
            target,
            entry,
            is_open: false,
        }));
    }
    let open = find_open(installed).await?;
    let is_it = |found: &Found| found.entry.incident == *id;
    if let Some(found) = open.found.into_iter().find(is_it) {
        return Ok(Some(found));
    }
    let all = find(installed, Scope::All, Timestamp::UNIX_EPOCH).await?;
    Ok(all.found.into_iter().find(is_it))
}

/// The one incident whose id begins like this.
pub(super) async fn by_beginning(
    installed: &Installed,
    beginning: &str,
) -> anyhow::Result<Option<Found>> {
    let all = find(installed, Scope::All, Timestamp::UNIX_EPOCH).await?;
    let begins = |found: &Found| found.entry.incident.to_string().starts_with(beginning);
    let mut found: Vec<Found> = all.found.into_iter().filter(begins).collect();
    if found.len() > 1 {
        let ids = found.iter().map(|found| found.entry.incident.to_string());
        let ids: Vec<String> = ids.take(10).collect();
        bail!(
            "{beginning} begins more than one incident's id: {}",
            ids.join(", ")
        );
    }
    Ok(found.pop())
}

/// The incidents of a record.
pub(super) fn of_record(record: TargetRecord) -> impl Iterator<Item = Found> {
    let TargetRecord {
        target, entries, ..
    } = record;
    entries.into_iter().map(move |entry| Found {
        target: target.clone(),
        is_open: entry.stage() != Stage::Settled,
        entry,
    })
}

impl Listing {
    fn trouble(&mut self, error: &anyhow::Error) {
        let trouble = format!("{error:#}");
        if !self.troubles.contains(&trouble) {
            self.troubles.push(trouble);
        }
    }

    /// Newest first, each once.
    fn sort(&mut self) {
        let newest_first = |found: &Found| {
            let incident = found.entry.incident.to_string();
            (Reverse(found.entry.state_changed_at), incident)
        };
        self.found.sort_by_cached_key(newest_first);
        self.found
            .dedup_by(|one, other| one.entry.incident == other.entry.incident);
    }
}
