//! Evidence that nobody would wish for.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use shared::alarm::Alarm;

use crate::evidence::{
    AlarmChange, Deployment, Evidence, Gap, Gathered, Incident, LogEntry, Logs, PatternCount,
    Remediation, RemediationStep, Service, ServiceEvent, ServiceName, Source, StoppedContainer,
    StoppedTask, TargetHealth,
};
use crate::series::{MetricKind, Point, Series};

/// Lets everything that has a text of others' say `text`.
pub(super) fn speak(evidence: &mut Evidence, text: &str) {
    let text = || text.to_owned();
    for pattern in &mut evidence.logs.found.patterns {
        pattern.text = text();
        pattern.example.message = text();
    }
    for change in &mut evidence.alarm_history.found {
        change.reason = text();
    }
    if let Some(service) = &mut evidence.service.found {
        for deployment in &mut service.deployments {
            deployment.changes = vec![text(), text()];
            deployment.task_definition = text();
        }
        for event in &mut service.events {
            event.message = text();
        }
        for task in &mut service.stopped_tasks {
            task.reason = text();
            task.task_definition = text();
        }
    }
    for target in &mut evidence.health.found {
        target.description = text();
    }
    let incident = &mut evidence.incident;
    incident.alarm.reason = text();
    incident.alarm.name = text();
    incident.service = incident.service.take().map(|name| ServiceName {
        service: text(),
        ..name
    });
}

/// Makes every list so many times as long.
pub(super) fn repeat(evidence: &mut Evidence, times: usize) {
    fn longer<T: Clone>(list: &mut Vec<T>, times: usize) {
        *list = list
            .iter()
            .cloned()
            .cycle()
            .take(list.len() * times)
            .collect();
    }
    longer(&mut evidence.logs.found.patterns, times);
    longer(&mut evidence.logs.gaps, times);
    longer(&mut evidence.health.found, times);
    longer(&mut evidence.alarm_history.found, times);
    longer(&mut evidence.metrics.found, 20);
    if let Some(service) = &mut evidence.service.found {
        longer(&mut service.deployments, times);
        longer(&mut service.events, times);
        longer(&mut service.stopped_tasks, times);
    }
}

/// What is done to the evidence of a real looking incident.
#[derive(Clone, Debug)]
pub(super) enum Change {
    NoMetrics,
    NoLogs,
    NoService,
    NoHistory,
    Values(f64),
    Gap(String),
    ShiftLogs(i64),
    ShiftTasks(i64),
    Ended(i64),
}

pub(super) fn changes() -> impl Strategy<Value = Vec<Change>> {
    let change = prop_oneof![
        Just(Change::NoMetrics),
        Just(Change::NoLogs),
        Just(Change::NoService),
        Just(Change::NoHistory),
        value().prop_map(Change::Values),
        ".{0,40}".prop_map(Change::Gap),
        (-100_000..100_000i64).prop_map(Change::ShiftLogs),
        (-100_000..100_000i64).prop_map(Change::ShiftTasks),
        (-5_000..5_000i64).prop_map(Change::Ended),
    ];
    prop::collection::vec(change, 0..4)
}

pub(super) fn apply(evidence: &mut Evidence, changes: &[Change]) {
    for change in changes {
        match change {
            Change::NoMetrics => evidence.metrics.found.clear(),
            Change::NoLogs => evidence.logs.found = Logs::default(),
            Change::NoService => evidence.service.found = None,
            Change::NoHistory => evidence.alarm_history.found.clear(),
            Change::Values(value) => {
                for series in &mut evidence.metrics.found {
                    for point in series.points.iter_mut().skip(30).step_by(3) {
                        point.value = Some(*value);
                    }
                }
            }
            Change::Gap(because) => evidence.service.gaps.push(gap(because.clone())),
            Change::ShiftLogs(seconds) => {
                for pattern in &mut evidence.logs.found.patterns {
                    pattern.first_at += SignedDuration::from_secs(*seconds);
                    pattern.example.at = pattern.first_at;
                }
            }
            Change::ShiftTasks(seconds) => {
                let service = evidence.service.found.as_mut();
                for task in service.map_or(&mut [][..], |service| &mut service.stopped_tasks) {
                    task.stopped_at = task
                        .stopped_at
                        .map(|at| at + SignedDuration::from_secs(*seconds));
                }
            }
            Change::Ended(seconds) => {
                let incident = &mut evidence.incident;
                incident.ended_at =
                    Some(incident.breached_at + SignedDuration::from_secs(*seconds));
            }
        }
    }
}

/// Huge, negative, subnormal, and what is measured; the type of evidence says that nothing is NaN or infinite.
fn value() -> impl Strategy<Value = f64> {
    let special = [
        0.0,
        -1.0,
        f64::MAX,
        f64::MIN,
        f64::MIN_POSITIVE,
        5e-324,
        1e300,
        100.0,
    ];
    prop_oneof![
        prop::num::f64::ANY.prop_filter("finite", |value| value.is_finite()),
        prop::sample::select(special.to_vec()),
        0.0..100.0f64,
    ]
}

/// Words that rules look for, and any others.
fn text() -> impl Strategy<Value = String> {
    let words = [
        "OutOfMemoryError",
        "FAILED",
        "COMPLETED",
        "unhealthy",
        "Target.Timeout",
        "ECONNREFUSED",
        "x509: certificate has expired",
        "Throttling: Rate exceeded",
        "No space left on device",
        "service was unable to place a task",
        "Scaling activity initiated by",
        "ALARM",
        "checkout",
        "checkout:8",
        "recovered",
        "",
    ];
    prop_oneof![
        prop::sample::select(words.to_vec()).prop_map(str::to_owned),
        "\\PC{0,60}",
        prop::collection::vec(any::<char>(), 0..40).prop_map(|chars| chars.into_iter().collect()),
    ]
}

fn time() -> impl Strategy<Value = Timestamp> {
    let near = (-7_200..7_200i64)
        .prop_map(|seconds| Timestamp::from_second(1_800_000_000 + seconds).unwrap());
    let any = (Timestamp::MIN.as_second()..Timestamp::MAX.as_second())
        .prop_map(|seconds| Timestamp::from_second(seconds).unwrap());
    let ends = prop::sample::select(vec![Timestamp::MIN, Timestamp::MAX, Timestamp::UNIX_EPOCH]);
    prop_oneof![8 => near, 1 => any, 1 => ends]
}

fn kind() -> impl Strategy<Value = MetricKind> {
    use MetricKind::{
        Availability, ClientErrors, Cpu, Disk, Errors, HealthyHosts, Latency, Memory, Other, Queue,
        Requests, RunningTasks, Throttles, UnhealthyHosts,
    };
    let kinds = vec![
        Availability,
        ClientErrors,
        Cpu,
        Disk,
        Errors,
        HealthyHosts,
        Latency,
        Memory,
        Other,
        Queue,
        Requests,
        RunningTasks,
        Throttles,
        UnhealthyHosts,
    ];
    prop::sample::select(kinds)
}

fn series() -> impl Strategy<Value = Series> {
    let id = prop::sample::select(vec!["alarm", "service.cpu", ""]);
    let node = prop::sample::select(vec!["checkout", "orders", ""]);
    let points = prop::collection::vec((time(), prop::option::weighted(0.8, value())), 0..40);
    let period = prop::sample::select(vec![0, 1, 10, 60, 300, u32::MAX]);
    (id, node, text(), kind(), period, points).prop_map(
        |(id, node, label, kind, period, points)| {
            let mut points: Vec<Point> = points
                .into_iter()
                .map(|(at, value)| Point { at, value })
                .collect();
            points.sort_by_key(|point| point.at);
            points.dedup_by_key(|point| point.at);
            Series {
                id: id.to_owned(),
                node: node.to_owned(),
                unit: label.clone(),
                label,
                kind,
                period,
                points,
            }
        },
    )
}

fn gap(because: String) -> Gap {
    Gap {
        source: Source::Service,
        because,
    }
}

fn gathered<T: std::fmt::Debug>(
    found: impl Strategy<Value = T>,
) -> impl Strategy<Value = Gathered<T>> {
    let gaps = prop::collection::vec(text().prop_map(gap), 0..3);
    (found, gaps).prop_map(|(found, gaps)| Gathered { found, gaps })
}

fn pattern() -> impl Strategy<Value = PatternCount> {
    let count = || prop_oneof![0..200u64, Just(u64::MAX)];
    (text(), any::<bool>(), count(), count(), time(), time()).prop_map(
        |(text, is_error, before, since, first_at, last_at)| PatternCount {
            template: before ^ since,
            example: LogEntry {
                event_id: text.clone(),
                group: text.clone(),
                stream: String::new(),
                at: last_at,
                message: text.clone(),
            },
            text,
            is_error,
            before,
            since,
            first_at,
            last_at,
        },
    )
}

fn logs() -> impl Strategy<Value = Logs> {
    (prop::collection::vec(pattern(), 0..12), any::<(u64, u64)>()).prop_map(
        |(patterns, counted)| Logs {
            patterns,
            counted,
            ..Logs::default()
        },
    )
}

fn deployment() -> impl Strategy<Value = Deployment> {
    (
        text(),
        time(),
        prop::option::of(time()),
        text(),
        text(),
        any::<bool>(),
        prop::collection::vec(text(), 0..3),
    )
        .prop_map(
            |(id, created_at, finished_at, rollout_state, task_definition, is_ours, changes)| {
                Deployment {
                    id,
                    created_at,
                    finished_at,
                    rollout_state,
                    task_definition,
                    is_ours,
                    changes,
                }
            },
        )
}

fn task() -> impl Strategy<Value = StoppedTask> {
    let exit = prop::option::of(prop::sample::select(vec![0, 1, 137, 139, 143, i32::MIN]));
    (text(), prop::option::of(time()), text(), text(), exit).prop_map(
        |(id, stopped_at, reason, stop_code, exit_code)| StoppedTask {
            containers: vec![StoppedContainer {
                name: id.clone(),
                exit_code,
                reason: reason.clone(),
            }],
            task_definition: id.clone(),
            id,
            stopped_at,
            reason,
            stop_code,
        },
    )
}

fn name() -> impl Strategy<Value = ServiceName> {
    (text(), text()).prop_map(|(cluster, service)| ServiceName { cluster, service })
}

fn service() -> impl Strategy<Value = Service> {
    let event =
        (text(), time(), text()).prop_map(|(id, at, message)| ServiceEvent { id, at, message });
    (
        name(),
        prop::collection::vec(deployment(), 0..5),
        prop::collection::vec(event, 0..5),
        prop::collection::vec(task(), 0..8),
    )
        .prop_map(|(name, deployments, events, stopped_tasks)| Service {
            name,
            desired: 2,
            running: 0,
            pending: u32::MAX,
            deployments,
            events,
            stopped_tasks,
        })
}

fn remediation() -> impl Strategy<Value = Remediation> {
    let step = (text(), time(), text()).prop_map(|(step, at, outcome)| RemediationStep {
        step,
        at,
        outcome,
    });
    (
        prop::collection::vec(step, 0..4),
        prop::option::of(text()),
        prop::option::of(time()),
    )
        .prop_map(|(steps, verdict, proven_at)| Remediation {
            steps,
            verdict,
            proven_at,
        })
}

fn incident() -> impl Strategy<Value = Incident> {
    (
        text(),
        time(),
        time(),
        time(),
        prop::option::of(time()),
        prop::option::of(name()),
        prop::option::of(value()),
    )
        .prop_map(
            |(text, breached_at, from, until, ended_at, service, threshold)| {
                let mut alarm = Alarm::remembered(&text, None, &text);
                alarm.threshold = threshold;
                Incident {
                    id: alarm.incident(),
                    alarm,
                    breached_at,
                    service,
                    from,
                    until,
                    ended_at,
                }
            },
        )
}

/// Any evidence at all.
pub(super) fn evidence() -> impl Strategy<Value = Evidence> {
    let target = (text(), text(), text()).prop_map(|(target, state, reason)| TargetHealth {
        target,
        state,
        description: reason.clone(),
        reason,
    });
    let change = (time(), text(), text()).prop_map(|(at, from, to)| AlarmChange {
        at,
        reason: from.clone(),
        from,
        to,
    });
    (
        incident(),
        gathered(prop::collection::vec(series(), 0..5)),
        prop::collection::vec((text(), text()), 0..4),
        gathered(logs()),
        gathered(prop::option::weighted(0.9, service())),
        gathered(prop::collection::vec(target, 0..4)),
        gathered(prop::collection::vec(change, 0..4)),
        gathered(prop::option::of(remediation())),
    )
        .prop_map(
            |(incident, metrics, call_graph, logs, service, health, alarm_history, remediation)| {
                Evidence {
                    incident,
                    metrics,
                    call_graph,
                    logs,
                    service,
                    health,
                    alarm_history,
                    remediation,
                }
            },
        )
}
