//! What was found, cut to what a page shows.

use shared::alarm::{Alarm, Kind};

use super::exhibit::{Exhibit, Exhibits};
use super::ranking::suspected_series;
use super::seen::{Reading, Seen};
use super::trend;
use super::words::{name, one_line};
use crate::analysis::{AlarmSummary, DeploymentSummary, Metric, Pattern, StoppedTaskSummary};
use crate::evidence::{Evidence, StoppedContainer, StoppedTask, TargetHealth};

/// A paragraph: CloudWatch allows descriptions of 1024 characters and reasons of 1023 (API reference, `MetricAlarm`).
const MOST_TEXT_CHARS: usize = 1_024;

/// A log line's beginning says what it is.
const MOST_LINE_CHARS: usize = 500;

/// More are the same story.
const MOST_TASKS: usize = 20;

/// A task has ten containers at most (service quotas of ECS).
const MOST_CONTAINERS: usize = 10;

/// A page of targets.
const MOST_TARGETS: usize = 100;

/// A task definition that changed more than this was written anew.
const MOST_CHANGES: usize = 30;

/// The alarm that opened the incident.
pub(super) fn alarm(alarm: &Alarm) -> AlarmSummary {
    let metric = alarm.metrics().next().map(|metric| {
        let stat = metric
            .stat
            .as_deref()
            .map_or(String::new(), |stat| format!(" ({stat})"));
        name(&format!("{} {}{stat}", metric.namespace, metric.name))
    });
    AlarmSummary {
        // CloudWatch allows 255 characters, and people look for an alarm by its whole name.
        name: one_line(&alarm.name, 255),
        description: one_line(&alarm.description, MOST_TEXT_CHARS),
        reason: one_line(&alarm.reason, MOST_TEXT_CHARS),
        metric,
        threshold: alarm.threshold.filter(|threshold| threshold.is_finite()),
    }
}

/// The alarm's metrics and its target's, the alarm's own first, and then those of the suspects.
pub(super) fn metrics(seen: &Seen<'_>) -> Vec<Metric> {
    let alarm = &seen.evidence.incident.alarm;
    // The threshold of an expression is none of the metrics that it is made of.
    let is_of_metric = alarm.kind.is_none_or(|kind| kind == Kind::Metric);
    let threshold = alarm.threshold.filter(|_| is_of_metric);
    let metric = |reading: &Reading<'_>| Metric {
        series: reading.series.clone(),
        threshold: threshold.filter(|threshold| reading.is_alarms() && threshold.is_finite()),
        onset: reading.onset.map(|onset| onset.first.0),
        trend: reading
            .trend
            .map(|trend| trend::sentence(reading.series.kind, &trend)),
    };
    let breached_at = seen.evidence.incident.breached_at;
    let suspected = suspected_series(seen).into_iter();
    let suspected: Vec<Reading<'_>> = suspected
        .map(|series| Reading::of(series, breached_at))
        .collect();
    seen.readings.iter().chain(&suspected).map(metric).collect()
}

/// What is new or rose in the logs.
pub(super) fn patterns(seen: &Seen<'_>, exhibits: &mut Exhibits) -> Vec<Pattern> {
    let patterns = seen.patterns.iter().map(|rising| {
        let pattern = rising.pattern;
        Pattern {
            text: one_line(&pattern.text, MOST_LINE_CHARS),
            is_error: pattern.is_error,
            before: pattern.before,
            since: pattern.since,
            day_before: rising.day_before,
            first_at: pattern.first_at,
            example: one_line(&pattern.example.message, MOST_LINE_CHARS),
            evidence: exhibits.cite(&Exhibit::log(&pattern.example)),
        }
    });
    patterns.collect()
}

/// The deployments in the window and the hour before, newest first.
pub(super) fn deployments(seen: &Seen<'_>, exhibits: &mut Exhibits) -> Vec<DeploymentSummary> {
    let from = seen.evidence.incident.from;
    let near = seen.deployments.iter().filter(|placed| {
        let deployment = placed.deployment;
        deployment.created_at >= from || deployment.finished_at.is_some_and(|at| at >= from)
    });
    let summary = near.map(|placed| {
        let deployment = placed.deployment;
        let changes = deployment.changes.iter().take(MOST_CHANGES);
        DeploymentSummary {
            id: name(&deployment.id),
            at: deployment.created_at,
            task_definition: name(&deployment.task_definition),
            rollout_state: name(&deployment.rollout_state),
            is_ours: deployment.is_ours,
            seconds_before_onset: placed.seconds_before_onset,
            changes: changes
                .map(|change| one_line(change, MOST_LINE_CHARS))
                .collect(),
            evidence: exhibits.cite(&Exhibit::deployment(deployment)),
        }
    });
    summary.collect()
}

/// The tasks that stopped, those that somebody wanted to stop too, newest first.
pub(super) fn stopped_tasks(seen: &Seen<'_>, exhibits: &mut Exhibits) -> Vec<StoppedTaskSummary> {
    let service = seen.evidence.service.found.as_ref();
    let mut tasks: Vec<&StoppedTask> =
        service.map_or_else(Vec::new, |service| service.stopped_tasks.iter().collect());
    tasks.sort_by(|a, b| (b.stopped_at, &b.id).cmp(&(a.stopped_at, &a.id)));
    tasks.truncate(MOST_TASKS);
    let container = |container: &StoppedContainer| StoppedContainer {
        name: name(&container.name),
        exit_code: container.exit_code,
        reason: one_line(&container.reason, MOST_LINE_CHARS),
    };
    let summary = tasks.into_iter().map(|task| StoppedTaskSummary {
        id: name(&task.id),
        at: task.stopped_at,
        reason: one_line(&task.reason, MOST_LINE_CHARS),
        containers: task
            .containers
            .iter()
            .take(MOST_CONTAINERS)
            .map(container)
            .collect(),
        evidence: exhibits.cite(&Exhibit::task(task)),
    });
    summary.collect()
}

/// The targets behind the load balancer.
pub(super) fn target_health(evidence: &Evidence) -> Vec<TargetHealth> {
    let targets = evidence.health.found.iter().take(MOST_TARGETS);
    let health = targets.map(|target| TargetHealth {
        target: name(&target.target),
        state: name(&target.state),
        reason: name(&target.reason),
        description: one_line(&target.description, MOST_LINE_CHARS),
    });
    health.collect()
}
