//! The clock, the ticks, and the writes of the ledger.

use jiff::{SignedDuration, Timestamp};
use log_exporter::ledger::{Entry, Fact, Group, Step, after, next};
use log_exporter::rules::Rules;
use shared::exports::manifest::{CountedBy, Mode};
use wildmatch::WildMatch;

use super::Outcome;
use super::judge::Judge;
use super::tile::{Event, Tile};
use super::weather::Weather;
use crate::fleet::Random;

/// How often a tick comes.
const EVERY: SignedDuration = SignedDuration::from_mins(5);

/// What became of a step.
pub(super) enum Went {
    /// The ledger knows of it.
    On,
    /// Nothing is to be done until then.
    Rests(Option<Timestamp>),
    /// Nothing changed, or somebody else changed it: it is for the next tick.
    Stays,
    /// The tick is over.
    Killed,
}

/// A fact for the entry as it was read, or as it was written in between.
pub(super) struct Found {
    pub(super) base: Entry,
    pub(super) version: u64,
    pub(super) fact: Fact,
}

#[derive(Debug)]
pub(super) struct World {
    pub(super) seed: u64,
    pub(super) random: Random,
    pub(super) weather: Weather,
    pub(super) rules: Rules,
    pub(super) mode: Mode,
    pub(super) group: Group,
    pub(super) now: Timestamp,
    /// Until when a task holds the slot, ours or somebody else's.
    pub(super) slot_until: Timestamp,
    pub(super) outcome: Outcome,
    born_at: Timestamp,
    is_after_the_end: bool,
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let is_direct = random.chance(100);
        let mut weather = Weather::draw(&mut random, is_direct);
        let born_at: Timestamp = "2025-01-01T00:00:00Z".parse().unwrap();
        let mut days = random.pick(&[None, None, Some(1), Some(3), Some(7), Some(14), Some(30)]);
        if !weather.is_calm && random.chance(100) {
            weather.press();
            days = Some(1);
        }
        let hours = SignedDuration::from_hours;
        let rules = rules(&mut random);
        Self {
            seed,
            mode: if is_direct {
                Mode::Direct
            } else {
                Mode::ExportTask
            },
            group: Group {
                created_at: born_at - random.seconds(0, 3 * 86_400),
                retention: days.map(|days: i64| hours(24 * days)),
                exists: true,
            },
            now: born_at + random.seconds(0, 2 * 86_400),
            slot_until: born_at,
            outcome: Outcome::default(),
            born_at,
            is_after_the_end: false,
            random,
            weather,
            rules,
        }
    }

    /// A tick begins. After the end of the schedule nothing goes wrong any more.
    pub(super) fn tick(&mut self, ends_at: Timestamp) {
        self.outcome.ticks += 1;
        if self.deleted_at().is_some_and(|at| at <= self.now) {
            self.group.exists = false;
        }
        if ends_at <= self.now && !self.is_after_the_end {
            self.is_after_the_end = true;
            let weather = &mut self.weather;
            weather.crash = 0;
            weather.lost_write = 0;
            weather.twin = 0;
            weather.outage = 0;
            weather.bad_task = 0;
            weather.foreign = 0;
            weather.throttled = 0;
        }
    }

    /// The next tick: the first after `wake`, or a later one, if some are skipped.
    pub(super) fn sleep_until(&mut self, wake: Timestamp) {
        let due = wake.max(self.now + SignedDuration::from_secs(1));
        let ticks = due.duration_since(self.born_at).as_secs() / EVERY.as_secs() + 1;
        self.now = self.born_at + EVERY * i32::try_from(ticks).unwrap();
        self.now += self.random.seconds(0, 20);
        if self.random.chance(self.weather.outage) {
            self.outcome.faults += 1;
            self.now += self.random.seconds(0, 3_600 * self.weather.outage_hours);
        }
    }

    pub(super) fn deleted_at(&self) -> Option<Timestamp> {
        let days = self.weather.deleted_on?;
        Some(self.born_at + SignedDuration::from_hours(24 * days))
    }

    /// Whether the source shows an event at a moment.
    pub(super) fn shows(&self, event: &Event, at: Timestamp) -> bool {
        let is_gone = self.deleted_at().is_some_and(|gone_at| gone_at <= at);
        let is_forgotten = self
            .group
            .retention
            .is_some_and(|kept| event.at + kept + self.weather.forgets_late <= at);
        event.came_at <= at && !is_gone && !is_forgotten
    }

    pub(super) fn fault(&mut self, per_mille: u64) -> bool {
        let is = self.random.chance(per_mille);
        self.outcome.faults += u64::from(is);
        is
    }

    pub(super) fn crashes(&mut self) -> bool {
        self.fault(self.weather.crash)
    }

    pub(super) fn broken(&mut self, tile: &Tile, what: &str) {
        let window = tile.entry.window.start();
        let broken = format!(
            "seed {}: window {window} at {}: {what}",
            self.seed, self.now
        );
        self.outcome.broken.push(broken);
    }

    /// One step: read, decide, do, write. Another tick may do some of it in between, and this one may be killed anywhere.
    pub(super) fn step(&mut self, tile: &mut Tile, is_alone: bool) -> Went {
        self.outcome.steps += 1;
        let (entry, version) = (tile.entry.clone(), tile.version);
        self.now += self.random.millis(50, 900);
        self.meanwhile(tile, is_alone);
        let step = next(&entry, &self.group, &self.rules, self.now);
        Judge(self).step(tile, &entry, &step);
        if let Step::Wait(due) = step {
            return Went::Rests(due);
        }
        if self.crashes() {
            return Went::Killed;
        }
        let found = match self.call(tile, (entry, version), step) {
            Ok(found) => found,
            Err(went) => return went,
        };
        self.meanwhile(tile, is_alone);
        if self.crashes() {
            tile.ails += 1;
            return Went::Killed;
        }
        self.take_in(tile, found)
    }

    fn meanwhile(&mut self, tile: &mut Tile, is_alone: bool) {
        if is_alone && self.fault(self.weather.twin) {
            for _ in 0..self.random.between(1, 3) {
                let _ = self.step(tile, false);
            }
        }
    }

    /// Writes what the entry is after a fact.
    pub(super) fn take_in(&mut self, tile: &mut Tile, found: Found) -> Went {
        let Found {
            base,
            version,
            fact,
        } = found;
        let name = fact.name();
        match after(base.clone(), fact, &self.rules, self.now) {
            Ok(entry) if entry == base => Went::Stays,
            Ok(entry) => {
                Judge(self).change(tile, name, (&base, &entry));
                self.save(tile, version, entry)
            }
            Err(unexpected) => {
                self.broken(tile, &unexpected.to_string());
                Went::Killed
            }
        }
    }

    /// Writes an entry if it is still the version that was read. The write may be lost, or only its answer.
    fn save(&mut self, tile: &mut Tile, version: u64, entry: Entry) -> Went {
        if tile.version != version {
            tile.ails += 1;
            return Went::Stays;
        }
        if self.fault(self.weather.lost_write) {
            tile.ails += 1;
            return Went::Killed;
        }
        tile.entry = entry;
        tile.version += 1;
        if self.fault(self.weather.lost_write) {
            return Went::Killed;
        }
        Went::On
    }
}

fn rules(random: &mut Random) -> Rules {
    let hours = SignedDuration::from_hours;
    Rules {
        groups: vec![WildMatch::new("*")],
        tag: None,
        denied: Vec::new(),
        direct: Vec::new(),
        redacted: Vec::new(),
        settle: random.pick(&[hours(12), hours(12), hours(0), hours(2)]),
        seal: SignedDuration::from_mins(random.pick(&[0, 10, 60])),
        reach_back: hours(24 * random.pick(&[0, 1, 5])),
        count_by: random.pick(&[
            CountedBy::Insights,
            CountedBy::Insights,
            CountedBy::EventIds,
        ]),
        sweep_every: hours(24 * random.pick(&[1, 2, 5])),
        pace: 1,
        most_attempts: u32::try_from(random.between(2, 6)).unwrap(),
    }
}
