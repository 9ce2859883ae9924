//! How much goes wrong in a schedule.

use jiff::SignedDuration;

use crate::fleet::Random;

/// By so much the source may forget early: clocks differ, and the time between a question and its answer is none in this world.
const EARLY: SignedDuration = SignedDuration::from_mins(-50);

/// How much goes wrong in a schedule; chances are per mille.
#[derive(Clone, Debug)]
pub(super) struct Weather {
    /// Nothing goes wrong at all, and no event is late.
    pub(super) is_calm: bool,
    /// How long the schedule is.
    pub(super) days: i64,
    /// A tick is killed at a step.
    pub(super) crash: u64,
    /// A write of the ledger is lost, or its answer.
    pub(super) lost_write: u64,
    /// Another tick takes a step in the middle of one.
    pub(super) twin: u64,
    /// Ticks stop for hours or days.
    pub(super) outage: u64,
    /// How long at most, in hours.
    pub(super) outage_hours: i64,
    /// A task does not do what it should.
    pub(super) bad_task: u64,
    /// Somebody else's task holds the slot.
    pub(super) foreign: u64,
    /// A call is throttled or fails.
    pub(super) throttled: u64,
    /// An event comes late.
    pub(super) late: u64,
    /// How late at most, in minutes.
    pub(super) late_minutes: i64,
    /// How long an event cannot be exported at most, in minutes.
    pub(super) unavailable_minutes: i64,
    /// The group is deleted on this day.
    pub(super) deleted_on: Option<i64>,
    /// After this the source forgets what it need not keep; before, by clocks that differ.
    pub(super) forgets_late: SignedDuration,
    /// Events of an hour, at most.
    pub(super) events: i64,
    /// An hour has events at all.
    pub(super) busy_hours: u64,
}

impl Weather {
    pub(super) fn draw(random: &mut Random, is_direct: bool) -> Self {
        let is_calm = random.chance(100);
        let mut storm = |most: i64| {
            let strength = random.between(0, 3) * most / 3;
            u64::try_from(if is_calm { 0 } else { strength }).unwrap()
        };
        let mut weather = Self {
            is_calm,
            days: 0,
            crash: storm(100),
            lost_write: storm(60),
            twin: storm(80),
            outage: storm(15),
            outage_hours: 0,
            bad_task: storm(400),
            foreign: storm(500),
            throttled: storm(300),
            late: storm(300),
            late_minutes: 0,
            unavailable_minutes: 0,
            deleted_on: None,
            forgets_late: SignedDuration::ZERO,
            events: 0,
            busy_hours: 0,
        };
        if random.chance(300) {
            weather.keep_one(random);
        }
        weather.with_lengths(random, is_direct)
    }

    /// One kind of fault alone shows what it does.
    fn keep_one(&mut self, random: &mut Random) {
        let mut kinds = [
            &mut self.crash,
            &mut self.lost_write,
            &mut self.twin,
            &mut self.outage,
            &mut self.bad_task,
            &mut self.foreign,
            &mut self.throttled,
            &mut self.late,
        ];
        let kept = random.index(kinds.len());
        for (at, kind) in kinds.iter_mut().enumerate() {
            if at != kept {
                **kind = 0;
            }
        }
    }

    /// Tasks that hardly ever write what they should until the source forgets it, which it does early: what is counted at the last
    /// moment must prove nothing.
    pub(super) fn press(&mut self) {
        self.bad_task = 950;
        self.outage = 0;
        self.events = 1;
        self.busy_hours = 200;
        self.forgets_late = EARLY;
    }

    fn with_lengths(mut self, random: &mut Random, is_direct: bool) -> Self {
        self.days = if is_direct { 30 } else { 365 };
        self.outage_hours = random.pick(&[1, 6, 30, 30, 24 * 9]);
        self.late_minutes = random.pick(&[10, 600, 3_000, 20_160]);
        self.unavailable_minutes = if self.is_calm {
            10
        } else {
            random.pick(&[10, 10, 240, 720, 900])
        };
        self.deleted_on =
            (!self.is_calm && random.chance(100)).then(|| random.between(1, self.days));
        self.forgets_late = random.pick(&[
            EARLY,
            SignedDuration::ZERO,
            SignedDuration::from_mins(30),
            SignedDuration::from_hours(72),
        ]);
        self.events = random.between(1, 4);
        self.busy_hours = random.pick(&[20, 100, 200]);
        self
    }
}
