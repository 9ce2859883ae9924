//! What the metrics show.

use jiff::SignedDuration;

use super::Facts;
use crate::diagnose::exhibit::Exhibit;
use crate::diagnose::onset::{Onset, values};
use crate::diagnose::seen::{Reading, Seen};
use crate::diagnose::trend::{self, SATURATED_PERCENT, Trend, is_exhaustible};
use crate::diagnose::usual::LEAST_VALUES;
use crate::diagnose::words::{clock, name, number};
use crate::evidence::AlarmChange;
use crate::series::MetricKind;

/// Where a ramp begins is known to some points only.
const OF_A_RAMP: SignedDuration = SignedDuration::from_mins(5);

/// What an alarm's reason brings besides shows within so long.
const LONGEST_AFTER_BREACH: SignedDuration = SignedDuration::from_mins(5);

/// A disk works as well at 91 % as at 20 %: below this it is not full.
const FULL_DISK_PERCENT: f64 = 98.0;

pub(super) fn add(facts: &mut Facts, seen: &Seen<'_>) {
    add_unseen(facts, seen);
    for reading in &seen.readings {
        add_alarm(facts, seen, reading);
        let onset = reading.onset.filter(|onset| is_of_breach(seen, onset));
        if let Some(onset) = &onset {
            add_onset(facts, seen, reading, onset);
        }
        if let Some(trend) = &reading.trend {
            add_trend(facts, reading, trend);
        }
    }
}

/// An alarm whose metric has too few datapoints for anybody else to see something in it: that it fired is all there is.
fn add_unseen(facts: &mut Facts, seen: &Seen<'_>) {
    let alarm = seen.readings.iter().find(|reading| reading.is_alarms());
    let known = alarm.map_or(0, |reading| values(reading.series).len());
    if known >= LEAST_VALUES {
        return;
    }
    let evidence = seen.evidence;
    let is_breach = |change: &&AlarmChange| {
        let distance = change.at.duration_since(evidence.incident.breached_at);
        change.to == "ALARM" && distance.as_secs() == 0
    };
    if let Some(change) = evidence.alarm_history.found.iter().find(is_breach) {
        let text = format!(
            "The alarm fired at {}, and its metric has too few datapoints to see more",
            clock(change.at)
        );
        facts.add("alarm_fired_unseen", text, vec![Exhibit::alarm(change)]);
    }
}

/// What the alarm watches is what its owner fears for.
fn add_alarm(facts: &mut Facts, seen: &Seen<'_>, reading: &Reading<'_>) {
    let name_of_fact = match reading.series.kind {
        MetricKind::Disk => "alarm_on_disk",
        MetricKind::Memory => "alarm_on_memory",
        MetricKind::Requests => "alarm_on_requests",
        MetricKind::Throttles => "alarm_on_throttles",
        _ => return,
    };
    let breached_at = seen.evidence.incident.breached_at;
    let values = values(reading.series);
    let before = values.iter().rev().find(|(at, _)| *at <= breached_at);
    if let Some(point) = before.filter(|_| reading.is_alarms()) {
        let text = format!("The alarm watches {}", name(&reading.series.label));
        facts.add(
            name_of_fact,
            text,
            vec![Exhibit::point(reading.series, *point)],
        );
    }
}

/// What people feel may follow within minutes; what begins later is a later moment.
fn is_of_breach(seen: &Seen<'_>, onset: &Onset) -> bool {
    let after = onset
        .first
        .0
        .duration_since(seen.evidence.incident.breached_at);
    after <= LONGEST_AFTER_BREACH
}

fn add_onset(facts: &mut Facts, seen: &Seen<'_>, reading: &Reading<'_>, onset: &Onset) {
    let exhibits = vec![
        Exhibit::point(reading.series, onset.first),
        Exhibit::point(reading.series, onset.worst),
    ];
    let text = format!(
        "{} {} from {} to {} at {}",
        name(&reading.series.label),
        if onset.rose { "rose" } else { "fell" },
        number(onset.usual),
        number(onset.worst.1),
        clock(onset.first.0),
    );
    if reading.is_alarms() && onset.is_before_breach {
        facts.add("alarm_metric_left_usual", text.clone(), exhibits.clone());
    }
    // What came after the trouble did not bring it: clients that try again raise the requests, too.
    if reading.series.kind == MetricKind::Requests && is_later(seen, reading, onset) {
        return;
    }
    if let Some(name) = fact_name(reading.series.kind, onset.rose) {
        facts.add(name, text, exhibits);
    }
    if onset.rose && is_exhaustible(reading.series.kind) && onset.worst.1 >= SATURATED_PERCENT {
        add_saturation(facts, reading, onset.worst);
    }
}

fn is_later(seen: &Seen<'_>, reading: &Reading<'_>, onset: &Onset) -> bool {
    let mut slack = SignedDuration::from_secs(i64::from(reading.series.period.min(300)));
    if reading.trend.is_some() {
        slack = slack.max(OF_A_RAMP);
    }
    let began = reading.begin().unwrap_or(onset.first.0);
    let latest = seen.onset.and_then(|onset| onset.checked_add(slack).ok());
    latest.is_some_and(|latest| began > latest)
}

fn fact_name(kind: MetricKind, rose: bool) -> Option<&'static str> {
    let name = match (kind, rose) {
        (MetricKind::Requests, true) => "requests_rose",
        (MetricKind::Requests, false) => "requests_fell",
        (MetricKind::Latency, true) => "latency_rose",
        (MetricKind::Errors, true) => "errors_rose",
        (MetricKind::ClientErrors, true) => "client_errors_rose",
        (MetricKind::Cpu, true) => "cpu_rose",
        (MetricKind::Memory, true) => "memory_rose",
        (MetricKind::Disk, true) => "disk_rose",
        (MetricKind::HealthyHosts, false) | (MetricKind::UnhealthyHosts, true) => {
            "healthy_hosts_fell"
        }
        (MetricKind::Availability, false) => "availability_fell",
        (MetricKind::Throttles, true) => "throttles_rose",
        (MetricKind::Queue, true) => "queue_rose",
        (MetricKind::RunningTasks, false) => "running_tasks_fell",
        _ => return None,
    };
    Some(name)
}

fn add_trend(facts: &mut Facts, reading: &Reading<'_>, trend: &Trend) {
    let name_of_fact = match reading.series.kind {
        MetricKind::Memory => "memory_ramp",
        MetricKind::Disk => "disk_ramp",
        MetricKind::Queue => "queue_ramp",
        MetricKind::Requests => "requests_ramp",
        _ => return,
    };
    let exhibits = vec![
        Exhibit::point(reading.series, trend.from),
        Exhibit::point(reading.series, trend.to),
    ];
    let said = trend::sentence(reading.series.kind, trend);
    let text = format!(
        "Since {} {} {said}",
        clock(trend.from.0),
        name(&reading.series.label)
    );
    facts.add(name_of_fact, text, exhibits);
    if is_exhaustible(reading.series.kind) && trend.top.1 >= SATURATED_PERCENT {
        add_saturation(facts, reading, trend.top);
    }
}

fn add_saturation(facts: &mut Facts, reading: &Reading<'_>, point: (jiff::Timestamp, f64)) {
    let name_of_fact = match reading.series.kind {
        MetricKind::Cpu => "cpu_saturated",
        MetricKind::Memory => "memory_saturated",
        MetricKind::Disk if point.1 < FULL_DISK_PERCENT => "disk_nearly_full",
        MetricKind::Disk => "disk_saturated",
        _ => return,
    };
    let text = format!(
        "{} reached {} % at {}",
        name(&reading.series.label),
        number(point.1),
        clock(point.0)
    );
    facts.add(
        name_of_fact,
        text,
        vec![Exhibit::point(reading.series, point)],
    );
}
