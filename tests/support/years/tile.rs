//! A window, what the source has of it, and what was made of it.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use log_exporter::ledger::{Entry, TaskStatus};
use log_exporter::rules::LATEST;
use shared::exports::manifest::{Output, Part, Proof};
use shared::exports::window::{Window, hour_of};

use super::world::World;

/// An event. Its place in [`Tile::events`] is its id.
#[derive(Clone, Copy, Debug)]
pub(super) struct Event {
    /// When it happened.
    pub(super) at: Timestamp,
    /// When CloudWatch Logs got it.
    pub(super) came_at: Timestamp,
    /// From when on an export task writes it.
    pub(super) exportable_at: Timestamp,
}

/// An object of rows.
#[derive(Clone, Debug)]
pub(super) struct Object {
    pub(super) key: String,
    pub(super) rows: Vec<usize>,
    pub(super) put_at: Timestamp,
}

/// An export task of the window.
#[derive(Clone, Debug)]
pub(super) struct Task {
    pub(super) id: String,
    pub(super) attempt: u32,
    pub(super) began_at: Timestamp,
    pub(super) ends_at: Timestamp,
    pub(super) end: TaskStatus,
    /// What it staged.
    pub(super) wrote: Vec<usize>,
    pub(super) is_removed: bool,
}

/// A query that counts.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) id: String,
    /// As of when it counts.
    pub(super) as_of: Timestamp,
    pub(super) ready_at: Timestamp,
}

/// What the manifest says.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) revision: u64,
    pub(super) output: Output,
    pub(super) proof: Proof,
    pub(super) at: Option<Timestamp>,
}

/// A window.
#[derive(Clone, Debug)]
pub(super) struct Tile {
    /// What the ledger has.
    pub(super) entry: Entry,
    /// Which write that was: a conditional one must have seen it.
    pub(super) version: u64,
    /// When something is to be done; never again, if `None`.
    pub(super) due: Option<Timestamp>,
    pub(super) events: Vec<Event>,
    pub(super) objects: Vec<Object>,
    pub(super) tasks: Vec<Task>,
    pub(super) queries: Vec<Asked>,
    pub(super) manifest: Option<Told>,
    /// How often it met what may cost it an attempt.
    pub(super) ails: u32,
}

impl Tile {
    pub(super) fn new(world: &mut World, window: Window) -> Self {
        let entry = Entry::planned("/ecs/shop", window, world.mode, &world.rules);
        let mut events = Vec::new();
        for hour in window.hours() {
            if world.random.chance(world.weather.busy_hours) {
                let number = world.random.between(1, world.weather.events);
                events.extend((0..number).filter_map(|_| event(world, hour)));
            }
        }
        events.sort_by_key(|event| event.at);
        world.outcome.windows += 1;
        world.outcome.events += u64::try_from(events.len()).unwrap();
        Self {
            entry,
            version: 0,
            due: Some(world.now),
            events,
            objects: Vec::new(),
            tasks: Vec::new(),
            queries: Vec::new(),
            manifest: None,
            ails: 0,
        }
    }

    /// The ids of the rows that an output names, in order. An object that is not there is in the error.
    pub(super) fn rows(&self, output: &Output) -> Result<Vec<usize>, String> {
        let mut rows = Vec::new();
        for part in &output.parts {
            let object = self.objects.iter().find(|object| object.key == part.key);
            let object = object.ok_or_else(|| format!("{} is named and not there", part.key))?;
            if part.rows != u64::try_from(object.rows.len()).unwrap() {
                return Err(format!("{} has not {} rows", part.key, part.rows));
            }
            rows.extend_from_slice(&object.rows);
        }
        rows.sort_unstable();
        Ok(rows)
    }

    /// Puts rows as parts, one for each hour, under keys that say what is in them.
    pub(super) fn put(&mut self, rows: &[usize], now: Timestamp) -> Vec<Part> {
        let mut hours: BTreeMap<Timestamp, Vec<usize>> = BTreeMap::new();
        for &row in rows {
            hours
                .entry(hour_of(self.events[row].at))
                .or_default()
                .push(row);
        }
        hours
            .into_iter()
            .map(|(hour, rows)| self.put_hour(hour, rows, now))
            .collect()
    }

    fn put_hour(&mut self, hour: Timestamp, mut rows: Vec<usize>, now: Timestamp) -> Part {
        rows.sort_unstable();
        let at = |row: usize| self.events[row].at;
        let [first, last] = [at(rows[0]), at(rows[rows.len() - 1])];
        let key = format!("{}{rows:?}", hour.as_second() / 3_600);
        let count = u64::try_from(rows.len()).unwrap();
        match self.objects.iter_mut().find(|object| object.key == key) {
            Some(object) => object.put_at = now,
            None => self.objects.push(Object {
                key: key.clone(),
                rows,
                put_at: now,
            }),
        }
        Part {
            key,
            hour,
            rows: count,
            bytes: count,
            stored_bytes: count,
            sha256: String::new(),
            first,
            last,
        }
    }
}

/// An event of an hour, which may come late: as late as CloudWatch Logs takes it.
fn event(world: &mut World, hour: Timestamp) -> Option<Event> {
    let at = hour + world.random.seconds(0, 3_599);
    let (weather, retention) = (world.weather.clone(), world.group.retention);
    let late = if world.random.chance(weather.late) {
        weather.late_minutes
    } else {
        1
    };
    let late = world.random.seconds(0, 60 * late);
    let taken = LATEST.min(retention.unwrap_or(LATEST));
    let came_at = at + late.min(taken - SignedDuration::from_secs(1));
    let is_gone = world
        .deleted_at()
        .is_some_and(|deleted_at| deleted_at <= came_at);
    let unavailable = world.random.seconds(0, 60 * weather.unavailable_minutes);
    (!is_gone).then(|| Event {
        at,
        came_at,
        exportable_at: came_at + unavailable,
    })
}
