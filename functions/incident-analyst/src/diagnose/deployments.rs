//! Which deployment may have brought it.

use jiff::{SignedDuration, Timestamp};

use crate::evidence::{Deployment, Service};

/// A deployment takes minutes to roll out, and a fault in it minutes to show; after half an hour it would have shown.
const LONGEST_BEFORE_ONSET: SignedDuration = SignedDuration::from_mins(30);

/// A list that is longer is of other days.
pub(super) const MOST_DEPLOYMENTS: usize = 20;

/// A deployment, and where it stands to the trouble.
#[derive(Clone, Debug)]
pub(super) struct Placed<'a> {
    pub(super) deployment: &'a Deployment,
    /// Seconds from its beginning to the trouble's; negative if it came after.
    pub(super) seconds_before_onset: Option<i64>,
    pub(super) place: Place,
    /// Whether another version runs since: a restart changes nothing.
    pub(super) changed_something: bool,
}

/// Where a deployment stands to the trouble.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Place {
    /// Nobody knows when the trouble began.
    Unknown,
    /// Too long before to have to do with it.
    LongBefore,
    /// At most [`LONGEST_BEFORE_ONSET`] before, or within the first unusual period.
    Before,
    /// After it, so it cannot have brought it.
    After,
}

impl Placed<'_> {
    /// Whether it may have brought the trouble. Our own restarts and rollbacks are an answer to trouble, never its reason.
    pub(super) fn may_be_blamed(&self) -> bool {
        self.place == Place::Before && !self.deployment.is_ours
    }
}

/// The service's deployments, newest first. `period` is how far a point's time may be before what it shows.
pub(super) fn placed(
    service: &Service,
    onset: Option<Timestamp>,
    period: SignedDuration,
) -> Vec<Placed<'_>> {
    let mut deployments: Vec<&Deployment> = service.deployments.iter().collect();
    deployments.sort_by(|a, b| (b.created_at, &b.id).cmp(&(a.created_at, &a.id)));
    deployments.dedup_by(|a, b| a.id == b.id);
    deployments.truncate(MOST_DEPLOYMENTS);
    let before = |index: usize| deployments.get(index + 1);
    let placed = deployments.iter().enumerate().map(|(index, deployment)| {
        let distance = onset.map(|onset| onset.duration_since(deployment.created_at));
        let other_version = before(index)
            .is_some_and(|before| before.task_definition != deployment.task_definition);
        Placed {
            deployment,
            seconds_before_onset: distance.map(|distance| distance.as_secs()),
            place: distance.map_or(Place::Unknown, |distance| place(distance, period)),
            changed_something: !deployment.changes.is_empty() || other_version,
        }
    });
    placed.collect()
}

fn place(before_onset: SignedDuration, period: SignedDuration) -> Place {
    if before_onset < -period {
        Place::After
    } else if before_onset <= LONGEST_BEFORE_ONSET {
        Place::Before
    } else {
        Place::LongBefore
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deployment_within_the_first_unusual_period_still_came_before() {
        let minute = SignedDuration::from_secs(60);
        let seconds = [-61, -60, -1, 0, 120, 1_800, 1_801];
        let places = seconds.map(|seconds| place(SignedDuration::from_secs(seconds), minute));
        let (before, after) = (Place::Before, Place::After);
        let long_before = Place::LongBefore;
        assert_eq!(
            places,
            [after, before, before, before, before, before, long_before]
        );
    }
}
