//! Export tasks: one at a time in the account, and what they write says nothing of what they should have written.

use jiff::{SignedDuration, Timestamp};
use log_exporter::ledger::{Entry, Fact, Refusal, TaskStatus, after};

use super::super::tile::{Task, Tile};
use super::super::world::{Found, Went, World};

/// A task that is over for so long is not known any more.
const KNOWN: SignedDuration = SignedDuration::from_hours(24 * 10);

/// What a call that nobody waits for may still take.
const LANDS: i64 = 60;

impl World {
    /// Notes that a task is about to be asked for, and asks.
    pub(super) fn ask_for_task(
        &mut self,
        tile: &mut Tile,
        (base, version): (Entry, u64),
    ) -> Result<Found, Went> {
        let intended = after(base.clone(), Fact::Intended, &self.rules, self.now).unwrap();
        let found = Found {
            base,
            version,
            fact: Fact::Intended,
        };
        match self.take_in(tile, found) {
            Went::On => {}
            went => {
                tile.ails += 1;
                return Err(went);
            }
        }
        let (base, version) = (intended, version + 1);
        if self.crashes() {
            tile.ails += 1;
            return Err(Went::Killed);
        }
        let fact = self.create(tile, base.attempt)?;
        Ok(Found {
            base,
            version,
            fact,
        })
    }

    fn create(&mut self, tile: &mut Tile, attempt: u32) -> Result<Fact, Went> {
        if self.fault(self.weather.foreign / 2) {
            self.slot_until = self.now.max(self.slot_until) + self.random.seconds(60, 40_000);
        }
        if !self.group.exists || self.fault(self.weather.bad_task / 8) {
            tile.ails += 1;
            let words = "the specified bucket has no policy that lets it".to_owned();
            return Ok(Fact::Refused(Refusal::Never(words)));
        }
        let is_unclear = self.fault(self.weather.throttled / 4);
        let delay = if is_unclear { LANDS } else { 0 };
        let begins_at = self.now + self.random.seconds(0, delay);
        if begins_at < self.slot_until {
            if is_unclear {
                tile.ails += 1;
                return Err(Went::Killed);
            }
            return Ok(Fact::Refused(Refusal::Busy));
        }
        if is_unclear && self.random.chance(500) {
            tile.ails += 1;
            return Err(Went::Killed);
        }
        let id = format!("task-{attempt}-{}", tile.tasks.len());
        if tile.tasks.iter().any(|task| task.attempt == attempt) {
            self.broken(tile, "two tasks were asked for to write to the same place");
        }
        let task = self.task(tile, id.clone(), attempt, begins_at);
        self.slot_until = task.ends_at;
        tile.tasks.push(task);
        if is_unclear {
            return Err(Went::Killed);
        }
        Ok(Fact::Task(id))
    }

    /// What a task will write, and how it will end.
    fn task(&mut self, tile: &mut Tile, id: String, attempt: u32, began_at: Timestamp) -> Task {
        let ends_at = began_at + self.random.seconds(20, 7_200);
        let mut wrote: Vec<usize> = Vec::new();
        let mut all = 0;
        for (id, event) in tile.events.iter().enumerate() {
            let is_there = event.came_at <= began_at && self.shows(event, began_at);
            all += usize::from(event.came_at <= ends_at);
            if is_there && event.exportable_at <= began_at {
                wrote.push(id);
            }
        }
        let mut end = TaskStatus::Completed;
        if self.deleted_at().is_some_and(|at| at <= ends_at) {
            end = TaskStatus::Failed("FAILED: the log group is not there".to_owned());
        }
        if self.fault(self.weather.bad_task) {
            let words = self.random.pick(&["", "", "FAILED", "CANCELLED"]);
            if !words.is_empty() {
                end = TaskStatus::Failed(words.to_owned());
            }
            let kept = self.random.pick(&[0, 500, 900]);
            wrote.retain(|_| self.random.chance(kept));
        }
        tile.ails += u32::from(wrote.len() < all || end != TaskStatus::Completed);
        Task {
            id,
            attempt,
            began_at,
            ends_at,
            end,
            wrote,
            is_removed: false,
        }
    }

    /// Looks for the task of this attempt by where it writes to.
    pub(super) fn find_task(&mut self, tile: &mut Tile, base: &Entry) -> Option<Fact> {
        if self.fault(self.weather.throttled) {
            return None;
        }
        let is = |task: &&Task| task.attempt == base.attempt && task.began_at <= self.now;
        let found = tile.tasks.iter().find(is);
        Some(found.map_or(Fact::NoTask, |task| Fact::Task(task.id.clone())))
    }

    pub(super) fn look_at_task(&mut self, tile: &mut Tile, id: &str) -> Option<Fact> {
        if self.fault(self.weather.throttled) {
            return None;
        }
        let status = match tile.tasks.iter().find(|task| task.id == id) {
            Some(task) if self.now < task.ends_at => TaskStatus::UnderWay,
            Some(task) if task.ends_at + KNOWN <= self.now => TaskStatus::Unknown,
            Some(task) => task.end.clone(),
            None => TaskStatus::Unknown,
        };
        Some(Fact::Seen(status))
    }
}
