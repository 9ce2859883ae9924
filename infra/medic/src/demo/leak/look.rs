//! What is watched of a memory leak: the service, and what it uses.

use jiff::Timestamp;

use crate::demo::news::added;
use crate::demo::observations::Observations;
use crate::demo::pulse::Look;
use crate::demo::watch::Watch;
use crate::event::{self, Event};
use crate::scenario::{MEMORY_THRESHOLD, MemoryPeriod};

/// What was seen since the leak began.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct LeakObservations {
    /// Of the service and everything around it.
    pub(super) of_service: Observations,
    /// The periods of the alarm's metric that are over.
    pub(super) memory: Vec<MemoryPeriod>,
}

/// A watch over a service that leaks.
pub(super) struct LeakWatch<'a>(pub(super) Watch<'a>);

impl Look for LeakWatch<'_> {
    type Seen = LeakObservations;

    async fn look(&self, before: &LeakObservations) -> anyhow::Result<LeakObservations> {
        let pulse = &self.0.pulse;
        let period = pulse.timeline.speed.period();
        let scenario = &self.0.installation.scenario;
        Ok(LeakObservations {
            memory: scenario
                .memory_periods(pulse.timeline.zero, pulse.complete_until(), period)
                .await?,
            of_service: self.0.look(&before.of_service).await?,
        })
    }

    fn news(&self, before: &LeakObservations, now: &LeakObservations) -> Vec<(Timestamp, Event)> {
        let period = self.0.pulse.timeline.speed.period();
        let mut news = self.0.news(&before.of_service, &now.of_service);
        for over in added(&before.memory, &now.memory) {
            let end = over.start.saturating_add(period).unwrap_or(over.start);
            news.push((end, event::memory(over, MEMORY_THRESHOLD)));
        }
        news.sort_by_key(|(at, _)| *at);
        news
    }

    fn next(seen: &LeakObservations) -> &'static str {
        Watch::next(&seen.of_service)
    }
}
