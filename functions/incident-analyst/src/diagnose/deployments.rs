//! Which deployment may have brought it.

use jiff::{SignedDuration, Timestamp};

use super::words::span;
use crate::evidence::{Deployment, Service};

/// A deployment takes minutes to roll out, and a fault in it minutes to show; after half an hour it would have shown.
const LONGEST_BEFORE_ONSET: SignedDuration = SignedDuration::from_mins(30);

/// A series whose period nobody knows: deployments are known to the second at best.
const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// A list that is longer is of other days.
pub(super) const MOST_DEPLOYMENTS: usize = 20;

/// A deployment, and where it stands to the trouble.
#[derive(Clone, Debug)]
pub(super) struct Placed<'a> {
    pub(super) deployment: &'a Deployment,
    /// Seconds from its beginning to the trouble's; none if it was within the period in which the trouble began, negative if it came after.
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
    /// At most [`LONGEST_BEFORE_ONSET`] before.
    Before,
    /// Within the first unusual period, and no finer clock says that the trouble was there already: which was first, nobody knows.
    SamePeriod,
    /// After it, or after the alarm fired, so it cannot have brought it.
    After,
}

/// What is known of when the trouble began.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trouble {
    /// The beginning of the first unusual period, and its length: the trouble began somewhere within.
    pub(super) began: Option<(Timestamp, SignedDuration)>,
    /// The first new error in the logs within that period.
    pub(super) first_error: Option<Timestamp>,
    /// When the alarm fired.
    pub(super) breached_at: Timestamp,
}

impl Placed<'_> {
    /// Whether it may have brought the trouble. Our own restarts and rollbacks are an answer to trouble, never its reason.
    pub(super) fn may_be_blamed(&self) -> bool {
        matches!(self.place, Place::Before | Place::SamePeriod) && !self.deployment.is_ours
    }

    /// When it was, seen from the trouble: `2 minutes before`.
    pub(super) fn ago(&self) -> String {
        match (self.place, self.seconds_before_onset) {
            (Place::SamePeriod, _) => "at about the same time".to_owned(),
            (_, None | Some(..=0)) => "just before".to_owned(),
            (_, Some(seconds)) => format!("{} before", span(seconds)),
        }
    }

    /// When the trouble was, seen from it: `2 minutes after`.
    pub(super) fn later(&self) -> String {
        match (self.place, self.seconds_before_onset) {
            (Place::SamePeriod, _) => "at about the same time".to_owned(),
            (_, None | Some(..=0)) => "just after".to_owned(),
            (_, Some(seconds)) => format!("{} after", span(seconds)),
        }
    }
}

/// The service's deployments, newest first.
pub(super) fn placed<'a>(service: &'a Service, trouble: &Trouble) -> Vec<Placed<'a>> {
    let mut deployments: Vec<&Deployment> = service.deployments.iter().collect();
    deployments.sort_by(|a, b| (b.created_at, &b.id).cmp(&(a.created_at, &a.id)));
    deployments.dedup_by(|a, b| a.id == b.id);
    deployments.truncate(MOST_DEPLOYMENTS);
    let before = |index: usize| deployments.get(index + 1);
    let placed = deployments.iter().enumerate().map(|(index, deployment)| {
        let place = place(deployment.created_at, trouble);
        let distance = trouble
            .began
            .map(|(began, _)| began.duration_since(deployment.created_at).as_secs());
        let other_version = before(index)
            .is_some_and(|before| before.task_definition != deployment.task_definition);
        Placed {
            deployment,
            seconds_before_onset: match place {
                Place::SamePeriod => Some(0),
                _ => distance,
            },
            place,
            changed_something: !deployment.changes.is_empty() || other_version,
        }
    });
    placed.collect()
}

fn place(created_at: Timestamp, trouble: &Trouble) -> Place {
    let Some((began, period)) = trouble.began else {
        return Place::Unknown;
    };
    let before = began.duration_since(created_at);
    let is_after_first_error = trouble.first_error.is_some_and(|first| created_at > first);
    if created_at > trouble.breached_at || -before >= period.max(SECOND) {
        Place::After
    } else if before > LONGEST_BEFORE_ONSET {
        Place::LongBefore
    } else if before.is_negative() && is_after_first_error {
        Place::After
    } else if before.is_negative() {
        Place::SamePeriod
    } else {
        Place::Before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The places of deployments so many seconds before the first unusual minute, of an alarm that fired so many after its beginning.
    fn places<const N: usize>(
        seconds: [i64; N],
        breach: i64,
        first_error: Option<i64>,
    ) -> [Place; N] {
        let began = Timestamp::UNIX_EPOCH;
        let at = |seconds: i64| began + SignedDuration::from_secs(seconds);
        let trouble = Trouble {
            began: Some((began, SignedDuration::from_mins(1))),
            first_error: first_error.map(at),
            breached_at: at(breach),
        };
        seconds.map(|seconds| place(at(-seconds), &trouble))
    }

    #[test]
    fn a_deployment_within_the_first_unusual_period_is_neither_before_nor_after() {
        use Place::{After, Before, LongBefore, SamePeriod};
        assert_eq!(
            places([-61, -60, -59, -1, 0, 120, 1_800, 1_801], 180, None),
            [
                After, After, SamePeriod, SamePeriod, Before, Before, Before, LongBefore
            ]
        );
    }

    #[test]
    fn a_deployment_after_the_breach_or_the_first_error_came_after() {
        use Place::{After, Before, SamePeriod};
        assert_eq!(places([-31, -30, 1], 30, None), [After, SamePeriod, Before]);
        assert_eq!(
            places([-21, -20, 0], 180, Some(20)),
            [After, SamePeriod, Before]
        );
    }
}
