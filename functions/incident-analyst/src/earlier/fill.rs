//! A later analysis, with what only the earlier one could see.

use std::cmp::Reverse;

use super::cite::{cited_one, take_moments};
use crate::analysis::{Analysis, MomentKind, State, StoppedTaskSummary};
use crate::evidence::Source;

/// As many as an analysis shows by itself.
const MOST_TASKS: usize = 20;

/// `later` with what `earlier` found and it did not.
pub(super) fn filled_from(later: Analysis, earlier: &Analysis) -> Analysis {
    let mut filled = later;
    keep_health(&mut filled, earlier);
    keep_tasks(&mut filled, earlier);
    keep_patterns(&mut filled, earlier);
    keep_deployments(&mut filled, earlier);
    keep_metrics(&mut filled, earlier);
    take_moments(&mut filled, earlier, |moment| {
        matches!(
            moment.kind,
            MomentKind::TaskStopped
                | MomentKind::ServiceEvent
                | MomentKind::Deployment
                | MomentKind::Remediation
        )
    });
    filled
}

/// Targets tell how they are now. When it is over, that is not how they were.
fn keep_health(filled: &mut Analysis, earlier: &Analysis) {
    let is_over = filled.state == State::Closed;
    if !earlier.target_health.is_empty() && (is_over || filled.target_health.is_empty()) {
        filled.target_health.clone_from(&earlier.target_health);
    }
}

/// ECS forgets a stopped task after an hour (API reference, `DescribeTasks`).
fn keep_tasks(filled: &mut Analysis, earlier: &Analysis) {
    for task in &earlier.stopped_tasks {
        let is_known = filled.stopped_tasks.iter().any(|one| one.id == task.id);
        let room = filled.stopped_tasks.len() < MOST_TASKS && !is_known;
        let cited = room
            .then(|| cited_one(&mut filled.evidence, &earlier.evidence, &task.evidence))
            .flatten();
        filled
            .stopped_tasks
            .extend(cited.map(|evidence| StoppedTaskSummary {
                evidence,
                ..task.clone()
            }));
    }
    filled
        .stopped_tasks
        .sort_by(|a, b| (Reverse(a.at), &a.id).cmp(&(Reverse(b.at), &b.id)));
}

fn keep_patterns(filled: &mut Analysis, earlier: &Analysis) {
    if !filled.patterns.is_empty() && !has_gap(filled, Source::Logs) {
        return;
    }
    for pattern in &earlier.patterns {
        if filled.patterns.iter().any(|one| one.text == pattern.text) {
            continue;
        }
        let cited = cited_one(&mut filled.evidence, &earlier.evidence, &pattern.evidence);
        filled.patterns.extend(cited.map(|evidence| {
            let mut pattern = pattern.clone();
            pattern.evidence = evidence;
            pattern
        }));
    }
}

fn keep_deployments(filled: &mut Analysis, earlier: &Analysis) {
    if !filled.deployments.is_empty() {
        return;
    }
    for deployment in &earlier.deployments {
        let evidence = &deployment.evidence;
        let cited = cited_one(&mut filled.evidence, &earlier.evidence, evidence);
        filled.deployments.extend(cited.map(|evidence| {
            let mut deployment = deployment.clone();
            deployment.evidence = evidence;
            deployment
        }));
    }
}

/// CloudWatch keeps points of a minute for 15 days (user guide, "Metrics retention").
fn keep_metrics(filled: &mut Analysis, earlier: &Analysis) {
    for metric in &earlier.metrics {
        let mut known = filled.metrics.iter_mut();
        match known.find(|one| one.series.id == metric.series.id) {
            Some(one) if one.series.points.iter().all(|point| point.value.is_none()) => {
                one.clone_from(metric);
            }
            Some(_) => {}
            None => filled.metrics.push(metric.clone()),
        }
    }
}

fn has_gap(analysis: &Analysis, source: Source) -> bool {
    analysis.gaps.iter().any(|gap| gap.source == source)
}
