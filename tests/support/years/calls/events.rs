//! Reading events one by one.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use log_exporter::ledger::{Entry, Fact, Reconciling};
use shared::exports::manifest::{CountedBy, Output, SourceCount};
use shared::exports::window::hour_of;

use super::super::tile::Tile;
use super::super::world::World;

impl World {
    /// The ids of the events of a span that the source shows now.
    fn listed(&self, tile: &Tile, from: Timestamp, until: Timestamp) -> Vec<usize> {
        let events = tile.events.iter().enumerate();
        events
            .filter(|(_, event)| from <= event.at && event.at < until)
            .filter(|(_, event)| self.shows(event, self.now))
            .map(|(id, _)| id)
            .collect()
    }

    /// Reads what is new in a span, or a page of it.
    pub(super) fn read(
        &mut self,
        tile: &mut Tile,
        base: &Entry,
        (from, until, token): (Timestamp, Timestamp, Option<String>),
    ) -> Option<Fact> {
        if self.fault(self.weather.throttled) || !self.group.exists {
            return None;
        }
        let until = token.map_or(until, |token| token.parse().unwrap());
        let mut output = base.output();
        let there = tile.rows(&output).unwrap();
        let mut new = self.listed(tile, from, until);
        new.retain(|id| there.binary_search(id).is_err());
        let is_cut = new.len() > 1 && self.random.chance(300);
        if is_cut {
            new.truncate(1);
        }
        output.parts.extend(tile.put(&new, self.now));
        Some(Fact::Read {
            until: if is_cut { from } else { until },
            token: is_cut.then(|| until.to_string()),
            output,
        })
    }

    /// Lists some hours, and makes their rows what is listed.
    pub(super) fn reconcile(
        &mut self,
        tile: &mut Tile,
        base: &Entry,
        done: Option<Reconciling>,
    ) -> Option<Fact> {
        if self.fault(self.weather.throttled) || !self.group.exists {
            return None;
        }
        let window = base.window;
        let mut done = done.unwrap_or(Reconciling {
            began_at: self.now,
            to: window.start(),
            piece_ms: None,
            hours: Vec::new(),
        });
        let many = SignedDuration::from_hours(self.random.between(1, 24));
        let to = (done.to + many).min(window.end());
        let mut output = base.listed();
        let there = tile.rows(&output).unwrap();
        let is_in = |id: &usize| done.to <= tile.events[*id].at && tile.events[*id].at < to;
        let listed = self.listed(tile, done.to, to);
        if there
            .iter()
            .filter(|id| is_in(id))
            .any(|id| listed.binary_search(id).is_err())
        {
            tile.ails += 1;
            let words = "rows are here that the source does not have".to_owned();
            return Some(Fact::Unreconciled(words));
        }
        let mut hours: BTreeMap<Timestamp, Vec<usize>> = BTreeMap::new();
        for id in listed {
            hours
                .entry(hour_of(tile.events[id].at))
                .or_default()
                .push(id);
        }
        for (hour, ids) in hours {
            done.hours.push((hour, u64::try_from(ids.len()).unwrap()));
            self.complete(tile, &mut output, &ids, &there);
        }
        done.to = to;
        if to < window.end() {
            return Some(Fact::Reconciling { done, output });
        }
        let source = SourceCount {
            by: CountedBy::EventIds,
            at: self.now,
            hours: done.hours,
        };
        Some(Fact::Reconciled { output, source })
    }

    /// Adds what an hour lacks, or puts all of it together as one part.
    fn complete(&mut self, tile: &mut Tile, output: &mut Output, ids: &[usize], there: &[usize]) {
        let hour = hour_of(tile.events[ids[0]].at);
        let missing: Vec<usize> = ids
            .iter()
            .copied()
            .filter(|id| there.binary_search(id).is_err())
            .collect();
        if missing.is_empty() {
            return;
        }
        if self.random.chance(500) {
            output.parts.retain(|part| part.hour != hour);
            output.parts.extend(tile.put(ids, self.now));
        } else {
            output.parts.extend(tile.put(&missing, self.now));
        }
    }
}
