//! What load balancers think of the service's targets, and what became of the alarm: two short questions.

use futures::future::join_all;
use jiff::SignedDuration;
use tokio::time::Instant;

use super::paging::{Limits, follow, in_time};
use super::sources::{Sources, Span};
use crate::evidence::{AlarmChange, Gap, Gathered, Incident, Source, TargetHealth};

/// Of more targets than this nobody looks at each.
const MOST_TARGETS: usize = 300;

/// An alarm that changed more often than this in a day flaps, and that shows.
const MOST_CHANGES: usize = 500;

/// How far back the alarm's history is looked at.
const A_DAY: SignedDuration = SignedDuration::from_hours(24);

/// The health of the targets in these groups, those that are not healthy first.
pub(super) async fn health(
    sources: &impl Sources,
    groups: &[String],
    until: Instant,
) -> Gathered<Vec<TargetHealth>> {
    let asked = groups
        .iter()
        .map(|group| in_time(until, sources.target_health(group)));
    let mut gathered: Gathered<Vec<TargetHealth>> = Gathered::default();
    for (group, targets) in groups.iter().zip(join_all(asked).await) {
        match targets {
            Ok(targets) => gathered.found.extend(targets),
            Err(missing) => gathered.gaps.push(missing.gap(
                Source::TargetHealth,
                &format!("the health of target group {group}"),
            )),
        }
    }
    let is_healthy = |target: &TargetHealth| target.state == "healthy";
    gathered.found.sort_by(|one, other| {
        (is_healthy(one), &one.target).cmp(&(is_healthy(other), &other.target))
    });
    if gathered.found.len() > MOST_TARGETS {
        gathered.gaps.push(Gap {
            source: Source::TargetHealth,
            because: format!(
                "There are {} targets; only {MOST_TARGETS} are shown, the unhealthy ones first.",
                gathered.found.len()
            ),
        });
        gathered.found.truncate(MOST_TARGETS);
    }
    gathered
}

/// The alarm's changes of state in the last day, oldest first.
pub(super) async fn alarm_history(
    sources: &impl Sources,
    incident: &Incident,
    until: Instant,
) -> Gathered<Vec<AlarmChange>> {
    let span = Span {
        from: incident.breached_at - A_DAY,
        until: incident.until,
    };
    let limits = Limits {
        until,
        pages: 20,
        items: MOST_CHANGES,
    };
    let (name, kind) = (&incident.alarm.name, incident.alarm.kind);
    let changes = follow(limits, |next| sources.alarm_changes(name, kind, span, next)).await;
    let mut gathered: Gathered<Vec<AlarmChange>> = Gathered::default();
    let what = format!("the history of alarm {name}");
    gathered.found = changes.or_gap(&mut gathered.gaps, Source::AlarmHistory, &what);
    gathered.found.sort_by_key(|change| change.at);
    gathered
}
