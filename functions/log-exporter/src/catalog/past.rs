//! What is known of a log group that it does not say any more. Pure.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use shared::exports::window::hour_of;

/// What is known of a log group that it does not say any more.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Past {
    /// What it had forgotten when it was told to keep events for longer: that does not come back. A full hour.
    pub forgotten_until: Option<Timestamp>,
    /// When the first listing began that had it no more, or not so that it can be read, if that is so and known.
    pub missed_at: Option<Timestamp>,
}

impl Past {
    /// From when on it can have all its events, if it was made then.
    #[must_use]
    pub fn known_from(&self, created_at: Timestamp) -> Timestamp {
        self.forgotten_until
            .map_or(created_at, |until| until.max(created_at))
    }

    /// Its retention is another one than before: what it had forgotten until now by the one before stays forgotten.
    pub(super) fn retained(&mut self, before: Option<SignedDuration>, now: Timestamp) {
        let forgotten = before.and_then(|kept| now.checked_sub(kept).ok());
        let hour = SignedDuration::from_hours(1);
        let forgotten = forgotten.and_then(|until| hour_of(until).checked_add(hour).ok());
        self.forgotten_until = self.forgotten_until.max(forgotten);
    }
}
