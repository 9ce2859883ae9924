//! What goes wrong: with calls, and with messages.

use jiff::Timestamp;

use super::Random;

/// What goes wrong with one call.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fault {
    /// The call is carried out and its answer never arrives.
    LostAnswer,
    /// The call never arrives.
    LostRequest,
    /// The call arrives after the caller has given up; its lease still holds.
    Late,
    /// The service says that it is throttled, and does nothing.
    Throttled,
    /// The service refuses for good.
    Denied,
    /// Another conditional write is under way (409); throttling for everything else.
    Busy,
    /// The process is killed before the call goes out.
    CrashBefore,
    /// The process is killed after the call was carried out.
    CrashAfter,
    /// The process is frozen on the answer for longer than its lease lasts, then goes on.
    Frozen,
    /// The answer takes seconds.
    Slow,
}

const ALL: [Fault; 10] = [
    Fault::LostAnswer,
    Fault::LostRequest,
    Fault::Late,
    Fault::Throttled,
    Fault::Denied,
    Fault::Busy,
    Fault::CrashBefore,
    Fault::CrashAfter,
    Fault::Frozen,
    Fault::Slow,
];

/// What goes wrong with calls.
#[derive(Clone, Debug, Default)]
pub struct Chaos {
    /// How many calls of a thousand.
    pub per_mille: u64,
    /// Until when.
    pub until: Timestamp,
    /// At which call of all, besides.
    pub planned: Option<(usize, Fault)>,
    /// How many calls there were.
    pub seen: usize,
}

impl Chaos {
    /// What goes wrong with the next call.
    pub(super) fn next(&mut self, random: &mut Random, now: Timestamp) -> Option<Fault> {
        self.seen += 1;
        if let Some((nth, fault)) = self.planned
            && nth == self.seen
        {
            return Some(fault);
        }
        let is_hit = now < self.until && random.chance(self.per_mille);
        is_hit.then(|| random.pick(&ALL))
    }
}

/// What goes wrong with messages, and with clocks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Weather {
    /// How many of a thousand messages never arrive.
    pub lost: u64,
    /// How many arrive again.
    pub twice: u64,
    /// How many are minutes late.
    pub late: u64,
    /// How many milliseconds a clock may be wrong by.
    pub skew: i64,
    /// How many of a thousand rollouts fail.
    pub bad_rollouts: u64,
    /// Within how many milliseconds after the minute alarms change their states.
    pub spread: i64,
    /// How many of a thousand runs of the schedule do not begin.
    pub lost_ticks: u64,
}
