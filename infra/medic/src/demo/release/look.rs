//! What is watched of a bad deployment: the service, and what somebody deployed.

use jiff::Timestamp;

use crate::demo::observations::Observations;
use crate::demo::pulse::Look;
use crate::demo::watch::Watch;
use crate::event::Event;
use crate::scenario::Deployed;

/// What was seen since the deployment.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct ReleaseObservations {
    /// Of the service and everything around it.
    pub(super) of_service: Observations,
    /// What somebody deployed.
    pub(super) deployed: Option<Deployed>,
}

/// A watch over a service to which somebody deployed another version.
pub(super) struct ReleaseWatch<'a> {
    pub(super) of_service: Watch<'a>,
    pub(super) deployed: Deployed,
}

impl Look for ReleaseWatch<'_> {
    type Seen = ReleaseObservations;

    async fn look(&self, before: &ReleaseObservations) -> anyhow::Result<ReleaseObservations> {
        Ok(ReleaseObservations {
            of_service: self.of_service.look(&before.of_service).await?,
            deployed: Some(self.deployed.clone()),
        })
    }

    fn news(
        &self,
        before: &ReleaseObservations,
        now: &ReleaseObservations,
    ) -> Vec<(Timestamp, Event)> {
        self.of_service.news(&before.of_service, &now.of_service)
    }

    fn next(seen: &ReleaseObservations) -> &'static str {
        Watch::next(&seen.of_service)
    }
}
