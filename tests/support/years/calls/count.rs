//! Counting the source.

use std::collections::BTreeMap;

use jiff::Timestamp;
use log_exporter::ledger::{Entry, Fact, State};
use shared::exports::manifest::{CountedBy, SourceCount};
use shared::exports::window::hour_of;

use super::super::tile::{Asked, Tile};
use super::super::world::World;

impl World {
    /// Begins to count, or counts at once by listing.
    pub(super) fn count(&mut self, tile: &mut Tile, base: &Entry) -> Option<Fact> {
        if self.fault(self.weather.throttled) {
            return None;
        }
        if !self.group.exists {
            tile.ails += 1;
            return Some(Fact::Uncounted("the log group is not there".to_owned()));
        }
        if let State::Verified(proven) = &base.state {
            let since = |at: Timestamp| proven.swept_at <= at && at <= self.now;
            let is_quiet = !tile.events.iter().any(|event| since(event.came_at));
            if is_quiet && self.random.chance(700) {
                return Some(Fact::Unchanged);
            }
        }
        if self.rules.count_by == CountedBy::EventIds {
            return Some(self.counted(tile, self.now, CountedBy::EventIds));
        }
        let ready_at = self.now + self.random.seconds(0, 600);
        let id = format!("query-{}", tile.queries.len());
        tile.queries.push(Asked {
            id: id.clone(),
            as_of: self.random.pick(&[self.now, ready_at]),
            ready_at,
        });
        Some(Fact::Counting(id))
    }

    pub(super) fn ask_count(&mut self, tile: &mut Tile, id: &str) -> Option<Fact> {
        if self.fault(self.weather.throttled) {
            tile.ails += 1;
            return Some(Fact::Uncounted("Failed".to_owned()));
        }
        let Some(query) = tile.queries.iter().find(|query| query.id == id) else {
            self.broken(tile, "a query is asked for that there is not");
            return None;
        };
        if self.now < query.ready_at {
            return None;
        }
        Some(self.counted(tile, query.as_of, CountedBy::Insights))
    }

    fn counted(&self, tile: &Tile, as_of: Timestamp, by: CountedBy) -> Fact {
        let shown = tile.events.iter().filter(|event| self.shows(event, as_of));
        let mut hours: BTreeMap<Timestamp, u64> = BTreeMap::new();
        for event in shown {
            *hours.entry(hour_of(event.at)).or_default() += 1;
        }
        Fact::Counted(SourceCount {
            by,
            at: self.now,
            hours: hours.into_iter().collect(),
        })
    }
}
