//! What the deployments show.

use super::Facts;
use crate::diagnose::deployments::{Place, Placed};
use crate::diagnose::exhibit::Exhibit;
use crate::diagnose::seen::Seen;
use crate::diagnose::words::{clock, name, one_line, span};

/// Nearer than this, another reason for the trouble would be a coincidence.
const JUST_BEFORE_SECONDS: i64 = 300;

/// So long after, most of what a deployment brings has shown.
const LONG_BEFORE_SECONDS: i64 = 900;

/// A task definition may differ in everything; the first few changes are read.
const MOST_CHANGES_CHARS: usize = 160;
const MOST_CHANGES: usize = 10;

pub(super) fn add(facts: &mut Facts, seen: &Seen<'_>) {
    if let Some(placed) = seen.suspected_deployment() {
        add_suspected(facts, placed);
    }
    if let Some(placed) = seen.failed_deployment() {
        let text = format!("The rollout of {} failed", version(placed));
        facts.add("deployment_failed", text, exhibits(placed));
    }
}

fn add_suspected(facts: &mut Facts, placed: &Placed<'_>) {
    let deployment = placed.deployment;
    let text = format!(
        "{} was deployed at {}, {}",
        version(placed),
        clock(deployment.created_at),
        distance(placed)
    );
    facts.add("deployment_before_onset", text.clone(), exhibits(placed));
    let seconds = placed.seconds_before_onset.unwrap_or(0);
    if placed.place == Place::Before && seconds <= JUST_BEFORE_SECONDS {
        facts.add("deployment_just_before_onset", text, exhibits(placed));
    }
    for (name, after) in [
        ("deployment_minutes_before_onset", JUST_BEFORE_SECONDS),
        ("deployment_long_before_onset", LONG_BEFORE_SECONDS),
    ] {
        if seconds > after {
            let text = format!(
                "The trouble began more than {} after {} was deployed",
                span(after),
                version(placed)
            );
            facts.add(name, text, exhibits(placed));
        }
    }
    if placed.changed_something {
        let text = if deployment.changes.is_empty() {
            format!("{} is another version than the one before", version(placed))
        } else {
            let changes = deployment.changes.iter().take(MOST_CHANGES);
            let changes: Vec<String> = changes
                .map(|change| one_line(change, MOST_CHANGES_CHARS))
                .collect();
            let changes = one_line(&changes.join(", "), MOST_CHANGES_CHARS);
            format!("{} changed: {changes}", version(placed))
        };
        facts.add("deployment_changed_something", text, exhibits(placed));
    }
}

fn distance(placed: &Placed<'_>) -> String {
    match placed.place {
        Place::SamePeriod => "in the same period in which the trouble began".to_owned(),
        _ => format!("{} the trouble began", placed.ago()),
    }
}

fn version(placed: &Placed<'_>) -> String {
    name(&placed.deployment.task_definition)
}

fn exhibits(placed: &Placed<'_>) -> Vec<Exhibit> {
    vec![Exhibit::deployment(placed.deployment)]
}
