//! How the users fare while an incident goes on, and the loop that looks at everything else.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use shared::clock::{Clock as _, System};
use tokio::time::sleep;

use super::sparkline::{Success, sparkline};
use crate::event::Event;
use crate::screen::Screen;
use crate::timeline::{Moment, Timeline};
use crate::traffic::Traffic;

/// A person sees no delay, and the local cloud is not kept busy.
const PAUSE: Duration = Duration::from_millis(200);

/// What one block of the sparkline stands for, in life.
const CELL: SignedDuration = SignedDuration::from_secs(5);

/// What is shown of the time before the scenario began.
const SHOWN_BEFORE: SignedDuration = SignedDuration::from_secs(60);

/// Fits a terminal of 80 columns beside the text.
const MOST_CELLS: usize = 56;

/// How long after its end a period is complete: numbers are published each second, and the last of a period with its end.
const COMPLETE_AFTER: SignedDuration = SignedDuration::from_millis(500);

/// The users of a scenario, on a screen.
#[derive(Clone, Copy)]
pub(super) struct Pulse<'a> {
    pub(super) traffic: &'a Traffic,
    pub(super) timeline: Timeline,
    pub(super) screen: &'a Screen,
}

/// Looks at a scenario.
pub(super) trait Look {
    /// What is seen of it.
    type Seen: Default;

    /// What is seen now, with what was seen before where a service tells the newest only.
    async fn look(&self, before: &Self::Seen) -> anyhow::Result<Self::Seen>;

    /// What `now` has that `before` had not, in the order of time.
    fn news(&self, before: &Self::Seen, now: &Self::Seen) -> Vec<(Timestamp, Event)>;

    /// What has to happen next.
    fn next(seen: &Self::Seen) -> &'static str;
}

impl Pulse<'_> {
    /// Waits for the beginning of the scenario: users come, and nothing is wrong.
    pub(super) async fn until_zero(&self) {
        let left = || self.timeline.zero.duration_since(System.now());
        while let Ok(left) = Duration::try_from(left()) {
            self.show_live("the beginning of a period: all is well");
            sleep(left.min(PAUSE)).await;
        }
    }

    /// Looks until everything that `is_over` wants is seen, or the moment `at_most` is past. Shows what is new.
    pub(super) async fn until<L: Look>(
        &self,
        scenario: &L,
        is_over: impl Fn(&L::Seen) -> bool,
        at_most: Moment,
    ) -> anyhow::Result<L::Seen> {
        let mut seen = L::Seen::default();
        let ends = self.timeline.time(at_most);
        while !is_over(&seen) && System.now() < ends {
            let now = Box::pin(scenario.look(&seen)).await?;
            for (at, event) in scenario.news(&seen, &now) {
                self.screen.happened(&event, at);
            }
            seen = now;
            self.show_live(L::next(&seen));
            sleep(PAUSE).await;
        }
        Ok(seen)
    }

    fn show_live(&self, next: &str) {
        let now = System.now();
        let moment = self.timeline.moment(now);
        self.screen
            .waiting_for(format!("{moment}  waiting for {next}"));
        let blocks = self.blocks(now);
        let skipped = blocks.chars().count().saturating_sub(MOST_CELLS);
        let shown: String = blocks.chars().skip(skipped).collect();
        self.screen.live(format!("  {} {shown}", self.rate(now)));
    }

    /// The success of the requests, from a minute before the scenario to now.
    pub(super) fn blocks(&self, now: Timestamp) -> String {
        let before = self.in_life(SHOWN_BEFORE);
        let from = self.timeline.zero.saturating_sub(before);
        let from = from.unwrap_or(self.timeline.zero);
        sparkline(&self.traffic.answers(), from, now, self.in_life(CELL))
    }

    /// Of the last minute of the scenario, but one block: the newest requests have no answer yet.
    fn rate(&self, now: Timestamp) -> String {
        let until = now.saturating_sub(self.in_life(CELL)).unwrap_or(now);
        let from = until
            .saturating_sub(self.in_life(CELL * 4))
            .unwrap_or(until);
        let success = Success::between(&self.traffic.answers(), from, until);
        let percent = success.percent();
        percent.map_or("  no requests".to_owned(), |percent| {
            format!("{percent:>3} % succeed")
        })
    }

    fn in_life(&self, duration: SignedDuration) -> SignedDuration {
        duration / self.timeline.speed.factor().cast_signed()
    }

    /// The end of the last period that is complete.
    pub(super) fn complete_until(&self) -> Timestamp {
        let speed = self.timeline.speed;
        let begun = System
            .now()
            .saturating_sub(COMPLETE_AFTER)
            .unwrap_or(self.timeline.zero);
        let this = speed.next_boundary(begun);
        this.saturating_sub(speed.period()).unwrap_or(this)
    }
}
