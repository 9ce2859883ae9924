//! Objects: what was staged is copied, manifests are written, and what nobody names is removed.

use jiff::SignedDuration;
use log_exporter::ledger::{Entry, Fact, State, TaskStatus};
use shared::exports::manifest::Output;

use super::super::tile::{Tile, Told};
use super::super::world::World;

/// What is younger is not removed.
const YOUNG: SignedDuration = SignedDuration::from_mins(15);

impl World {
    /// Copies some of what the tasks of this attempt staged.
    pub(super) fn copy(
        &mut self,
        tile: &mut Tile,
        base: &Entry,
        after: Option<&str>,
    ) -> Option<Fact> {
        if self.fault(self.weather.throttled) {
            return None;
        }
        let State::Exported(pending) = &base.state else {
            self.broken(tile, "a copy of what is not exported");
            return None;
        };
        let mut staged = Vec::new();
        let mut wrong = Vec::new();
        for task in tile
            .tasks
            .iter()
            .filter(|task| task.attempt == base.attempt)
        {
            if self.now < task.ends_at {
                wrong.push("what a task writes was copied before it was over");
            }
            if task.end != TaskStatus::Completed
                && self.now < task.ends_at + SignedDuration::from_hours(240)
            {
                wrong.push("what a task wrote that did not complete was taken for an export");
            }
            if task.is_removed {
                wrong.push("what a task wrote was removed before it was copied");
            }
            staged.extend_from_slice(&task.wrote);
        }
        for what in wrong {
            self.broken(tile, what);
        }
        let begin: usize = after.map_or(0, |after| after.parse().unwrap());
        let many = usize::try_from(self.random.pick(&[1, 2, 100, 100])).unwrap();
        let end = staged.len().min(begin + many);
        // Whole hours at a time, as if each hour were an object.
        let hour = |row: usize| shared::exports::window::hour_of(tile.events[row].at);
        let end = (end..staged.len())
            .find(|&at| at > 0 && hour(staged[at]) != hour(staged[at - 1]))
            .unwrap_or(staged.len());
        let mut output = pending.output.clone();
        output.parts.extend(tile.put(&staged[begin..end], self.now));
        Some(Fact::Copied {
            to: Some(end.to_string()),
            is_all: end == staged.len(),
            output,
        })
    }

    /// Writes the manifest, unless a later one is there.
    pub(super) fn tell(&mut self, tile: &mut Tile, base: &Entry) -> Option<Fact> {
        if self.fault(self.weather.throttled) {
            return None;
        }
        let there = tile.manifest.as_ref().map(|told| told.revision);
        if there.is_none_or(|there| there < base.revision) {
            tile.manifest = Some(Told {
                revision: base.revision,
                output: base.output(),
                proof: base.proof(),
                at: base.source().map(|source| source.at),
            });
        }
        Some(Fact::Told(there.unwrap_or_default().max(base.revision)))
    }

    /// Removes what the entry does not name; what is young is left for another tick.
    pub(super) fn tidy(&mut self, tile: &mut Tile, base: &Entry) -> Option<Fact> {
        if self.fault(self.weather.throttled) {
            return None;
        }
        let Output { parts } = base.output();
        let old = self.now - YOUNG;
        let mut is_all = true;
        tile.objects.retain(|object| {
            let is_named = parts.iter().any(|part| part.key == object.key);
            let is_young = old < object.put_at;
            is_all &= is_named || !is_young;
            is_named || is_young
        });
        if base.is_task_settled() {
            for task in &mut tile.tasks {
                task.is_removed |= task.ends_at < old;
            }
        }
        is_all.then_some(Fact::Tidied)
    }
}
