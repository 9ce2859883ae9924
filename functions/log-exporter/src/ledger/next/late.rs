//! Proven windows are counted again as long as events can come late. Pure.

use jiff::{SignedDuration, Timestamp};
use shared::exports::window::hour_of;

use super::super::entry::{Proven, Reconciling};
use super::super::expiry::{forgets, is_forgetting};
use super::super::pace::{self, later, paced};
use super::super::step::Step;
use super::Look;
use crate::rules::LATEST;

/// What came in time may be seen this much later.
const SEEN: SignedDuration = SignedDuration::from_hours(1);

/// The last look is taken this long before the source forgets the last hour: there is time for a few ticks.
const LAST_LOOK: SignedDuration = SignedDuration::from_hours(3);

const HOUR: SignedDuration = SignedDuration::from_hours(1);

impl Look<'_> {
    pub(super) fn verified(&self, proven: &Proven) -> Step {
        if let Some(reconciling) = &proven.reconciling {
            return self.mend(reconciling);
        }
        let Some(due) = self.sweeps_at(proven) else {
            return self.idle(None);
        };
        if self.now < due {
            return self.idle(Some(due));
        }
        match &proven.query {
            Some(query) => Step::AskCount(query.id.clone()),
            None => Step::Count,
        }
    }

    /// More events came: they are listed and added, unless the source has begun to forget those that were not listed yet.
    fn mend(&self, reconciling: &Reconciling) -> Step {
        if is_forgetting(hour_of(reconciling.to), self.group, self.now) {
            self.give_up()
        } else {
            Step::Reconcile(Some(reconciling.clone()))
        }
    }

    /// When it is counted again; never, if nothing can come any more or the source has none of its hours as a whole.
    fn sweeps_at(&self, proven: &Proven) -> Option<Timestamp> {
        let end = self.entry.window.end();
        let last_hour = later(end, -HOUR);
        let latest = later(end, LATEST + SEEN);
        let last = latest.min(later(forgets(last_hour, self.group), -LAST_LOOK));
        if last <= proven.swept_at || is_forgetting(last_hour, self.group, self.now) {
            return None;
        }
        let due = later(proven.swept_at, paced(self.rules.sweep_every, self.rules)).min(last);
        // One that failed is tried again in an hour, not in a minute.
        Some(match self.entry.noted.last() {
            Some(note) if proven.swept_at < note.at && proven.query.is_none() => {
                due.max(later(note.at, paced(pace::TRY_AGAIN, self.rules)))
            }
            _ => due,
        })
    }
}
