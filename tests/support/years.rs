//! Years of a log group's exports on a virtual clock: the real ledger's `next` and `after`, and a world that does to them what AWS
//! and crashes can do.
//!
//! The world knows what the ledger does not: each event, when it came, and when the source forgot it. Ticks are skipped or come for days
//! not at all, are killed between any two steps, and overlap with another one; writes of the ledger are lost, or their answers; somebody
//! else's tasks hold the slot; tasks fail, are cancelled, lose lines or write nothing; events can be exported hours after they came, and
//! come up to two weeks late; counts fail; the group forgets its events after its retention, and may be deleted. Time passes only when
//! nothing is due, so a year takes milliseconds.
//!
//! It does not know bytes: a row is an event's number. It counts right when it counts, and no stream is deleted on its own.

mod calls;
mod judge;
mod tile;
mod weather;
mod world;

use jiff::{SignedDuration, Timestamp};
use log_exporter::ledger::{begin, tiling};
use shared::exports::manifest::Mode;

use self::judge::Judge;
use self::tile::Tile;
use self::world::{Went, World};

/// How long the world is left alone at the end: late events still come, and what can be mended is.
const CALM: SignedDuration = SignedDuration::from_hours(60 * 24);

/// What a schedule came to.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// What was promised and not held.
    pub broken: Vec<String>,
    /// How many days it took on the virtual clock, the calm ones at the end aside.
    pub days: u64,
    /// How many ticks there were.
    pub ticks: u64,
    /// How many steps of the ledger were taken.
    pub steps: u64,
    /// How many windows there were.
    pub windows: u64,
    /// How many of them are lost, as the ledger states.
    pub lost: u64,
    /// How many attempts were needed beside the first ones.
    pub again: u64,
    /// How many faults there were, of any kind.
    pub faults: u64,
    /// How many events there were.
    pub events: u64,
    /// How many of them are in no proven window: their loss is stated.
    pub lost_events: u64,
    /// How many came after a proven window was looked at for the last time, as its proof states.
    pub too_late: u64,
}

impl Outcome {
    /// Both together.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.broken.extend(other.broken);
        self.days += other.days;
        self.ticks += other.ticks;
        self.steps += other.steps;
        self.windows += other.windows;
        self.lost += other.lost;
        self.again += other.again;
        self.faults += other.faults;
        self.events += other.events;
        self.lost_events += other.lost_events;
        self.too_late += other.too_late;
        self
    }
}

/// Lives through the schedule of a seed.
pub fn run(seed: u64) -> Outcome {
    let mut world = World::new(seed);
    let mut tiles: Vec<Tile> = Vec::new();
    let found_at = world.now;
    let mut from = begin(&world.group, &world.rules, found_at);
    let ends_at = found_at + SignedDuration::from_hours(24 * world.weather.days);
    let gives_up_at = ends_at + CALM;
    while world.now < gives_up_at {
        world.tick(ends_at);
        if world.now < ends_at && world.group.exists {
            from = plan(&mut world, &mut tiles, from);
        }
        work(&mut world, &mut tiles);
        if world.random.chance(20) {
            Judge(&mut world).watermark(&tiles);
        }
        retire(&mut world, &mut tiles);
        if world.now >= ends_at && tiles.is_empty() {
            break;
        }
        let due = tiles.iter().filter_map(|tile| tile.due).min();
        let plans_at = (world.now < ends_at && world.group.exists).then(|| match world.mode {
            Mode::Direct => from,
            Mode::ExportTask => tile_end(&world, from),
        });
        let over = (world.now < ends_at).then_some(ends_at);
        let wake = [due, plans_at, over].into_iter().flatten().min();
        world.sleep_until(wake.unwrap_or(ends_at));
    }
    for tile in &tiles {
        let is = format!("{:?} is due at {:?}", tile.entry.state, tile.due);
        world.broken(tile, &format!("it is not settled in the end: {is}"));
    }
    world.outcome.days = u64::try_from(world.weather.days).unwrap();
    world.outcome
}

/// When the next window of tasks is over.
fn tile_end(world: &World, from: Timestamp) -> Timestamp {
    let far = (&world.rules, Timestamp::MAX);
    let windows = tiling(from, (world.mode, &world.group), far, 1);
    windows
        .first()
        .map_or(Timestamp::MAX, |window| window.end())
}

/// Plans windows; a crash leaves some of them for the next tick.
fn plan(world: &mut World, tiles: &mut Vec<Tile>, mut from: Timestamp) -> Timestamp {
    let at = (&world.rules.clone(), world.now);
    let most = usize::try_from(world.random.between(1, 50)).unwrap();
    for window in tiling(from, (world.mode, &world.group), at, most) {
        if window.start() != from {
            world.outcome.broken.push(format!(
                "seed {}: the window from {} does not begin where the one before ends, at {from}",
                world.seed,
                window.start()
            ));
        }
        if world.crashes() {
            break;
        }
        from = window.end();
        tiles.push(Tile::new(world, window));
    }
    from
}

/// One tick: the windows that are due, in the order of the ledger, until the tick's time is up.
fn work(world: &mut World, tiles: &mut [Tile]) {
    let now = world.now;
    let mut due: Vec<_> = tiles
        .iter_mut()
        .filter(|tile| tile.due.is_some_and(|due| due <= now))
        .collect();
    let (group, rules) = (world.group.clone(), world.rules.clone());
    if due.len() > 1 {
        due.sort_by_cached_key(|tile| {
            log_exporter::ledger::order(&tile.entry, &group, &rules, now)
        });
    }
    let mut budget = world.random.between(5, 200);
    for tile in due {
        loop {
            if budget == 0 {
                return;
            }
            budget -= 1;
            match world.step(tile, true) {
                Went::On => {}
                Went::Rests(due) => {
                    tile.due = due;
                    break;
                }
                Went::Stays => {
                    tile.due = Some(world.now);
                    break;
                }
                Went::Killed => {
                    tile.due = Some(world.now);
                    return;
                }
            }
        }
    }
}

/// Judges and forgets the windows at the front that nothing more will be done about.
fn retire(world: &mut World, tiles: &mut Vec<Tile>) {
    let over = tiles.iter().take_while(|tile| tile.due.is_none()).count();
    for tile in tiles.drain(..over) {
        Judge(world).finished(&tile);
    }
}
