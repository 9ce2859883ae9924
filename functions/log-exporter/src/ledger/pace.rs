//! How long is waited for what. Pure.

use jiff::{SignedDuration, Timestamp};

use crate::rules::Rules;

/// A task may turn up in the list of tasks this much later than it was asked for: the call may still be under way in a tick that is
/// killed after half a minute, and the list need not have it at once.
pub(super) const TASK_APPEARS: SignedDuration = SignedDuration::from_mins(2);

/// How long is waited for a slot that is taken: until the next tick, which may come a little early.
pub(super) const SLOT: SignedDuration = SignedDuration::from_mins(4);

/// What is younger is not removed: another tick may be about to name it. Tidying begins when all is older that one could have put.
pub(super) const TIDY_AFTER: SignedDuration = SignedDuration::from_mins(20);

/// Events are not read more often than this, so that a tick that asks what is next does not read its own seconds forever.
pub(super) const READ_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// Events can be listed this much later than they happened: they are sent in batches, and are not listed at once when they came. Each read
/// goes back so far, also after the end of its window. What comes later still is found when the window is sealed.
pub(super) const LAG: SignedDuration = SignedDuration::from_mins(5);

/// How often counting is tried before a window is suspect.
pub(super) const MOST_COUNTS: u32 = 4;

/// What is waited after a count that failed, for each time it did.
const COUNT_AGAIN: SignedDuration = SignedDuration::from_mins(10);

/// What is waited after a sweep that failed, and between two tries of a window that the source is about to forget.
pub(super) const TRY_AGAIN: SignedDuration = SignedDuration::from_hours(1);

/// The longest between two attempts.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// A wait as the rules' pace has it.
pub(super) fn paced(wait: SignedDuration, rules: &Rules) -> SignedDuration {
    wait / rules.pace.max(1)
}

/// When a window is exported again after its `attempt`: an hour, two, four, and at last once a day.
pub(super) fn again_at(attempt: u32, rules: &Rules, now: Timestamp) -> Timestamp {
    let hours = 1_i64 << attempt.saturating_sub(1).min(5);
    let wait = if attempt >= rules.most_attempts {
        DAY
    } else {
        DAY.min(SignedDuration::from_hours(hours))
    };
    later(now, paced(wait, rules))
}

/// When a count is tried again that failed `times` times, the last time at `failed_at`.
pub(super) fn count_again_at(times: u32, failed_at: Timestamp, rules: &Rules) -> Timestamp {
    let wait = COUNT_AGAIN.saturating_mul(i32::try_from(times).unwrap_or(i32::MAX));
    later(failed_at, paced(wait, rules))
}

/// `at` and `wait` together, or the end of all time.
pub(super) fn later(at: Timestamp, wait: SignedDuration) -> Timestamp {
    at.saturating_add(wait).unwrap_or(Timestamp::MAX)
}
