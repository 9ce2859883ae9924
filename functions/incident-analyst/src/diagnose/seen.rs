//! What is to be seen in the evidence, before anybody draws a conclusion from it.

use jiff::{SignedDuration, Timestamp};

use super::deployments::{Placed, placed};
use super::onset::{Onset, onset};
use super::patterns::{Rising, rising};
use super::ranking::ranking;
use super::trend::{Trend, trend};
use crate::evidence::Evidence;
use crate::series::{MetricKind, Series};
use crate::suspects::Ranking;

/// The target has a dozen standard metrics, an alarm's expression ten more (`PutMetricAlarm`: at most 100, which nobody reads).
const MOST_OWN_METRICS: usize = 40;

/// The evidence and what is to be seen in it.
#[derive(Debug)]
pub(super) struct Seen<'a> {
    pub(super) evidence: &'a Evidence,
    /// The alarm's metrics and those of its target, the alarm's own first.
    pub(super) readings: Vec<Reading<'a>>,
    /// When the trouble began.
    pub(super) onset: Option<Timestamp>,
    /// Newest first.
    pub(super) deployments: Vec<Placed<'a>>,
    /// The most telling first.
    pub(super) patterns: Vec<Rising<'a>>,
    /// Who is at fault; `None` if there are no other nodes.
    pub(super) ranking: Option<Ranking>,
}

/// A metric, and what is to be seen in it.
#[derive(Clone, Debug)]
pub(super) struct Reading<'a> {
    pub(super) series: &'a Series,
    pub(super) onset: Option<Onset>,
    pub(super) trend: Option<Trend>,
}

impl<'a> Reading<'a> {
    pub(super) fn of(series: &'a Series, breached_at: Timestamp) -> Self {
        Self {
            series,
            onset: onset(series, breached_at),
            trend: trend(series, breached_at),
        }
    }

    /// Whether it is the alarm's own metric.
    pub(super) fn is_alarms(&self) -> bool {
        self.series.id == "alarm"
    }

    /// When it began to be unusual, at or before the breach: a ramp begins long before a value is out of the usual. A ramp that was over
    /// when it became so is another story.
    pub(super) fn begin(&self) -> Option<Timestamp> {
        let onset = self.onset.filter(|onset| onset.is_before_breach);
        let holds = |trend: &Trend| {
            onset.is_none_or(|onset| {
                let ramp = trend.from.0..=trend.to.0;
                !onset.rose || ramp.contains(&onset.first.0)
            })
        };
        let ramp = self.trend.filter(holds).map(|trend| trend.from.0);
        ramp.or(onset.map(|onset| onset.first.0))
    }
}

impl<'a> Seen<'a> {
    pub(super) fn of(evidence: &'a Evidence) -> Self {
        let breached_at = evidence.incident.breached_at;
        let read = |series: &'a Series| Reading::of(series, breached_at);
        let readings: Vec<Reading<'a>> = own(evidence).into_iter().map(read).collect();
        let onset = begin(&readings);
        let service = evidence.service.found.as_ref();
        let deployments = service.map(|service| placed(service, onset, longest_period(&readings)));
        Self {
            evidence,
            readings,
            onset,
            deployments: deployments.unwrap_or_default(),
            patterns: rising(&evidence.logs.found),
            ranking: ranking(evidence, onset),
        }
    }

    /// The deployment that may have brought the trouble: the last one before it that changed something, or else the last one.
    pub(super) fn suspected_deployment(&self) -> Option<&Placed<'a>> {
        let before = || {
            self.deployments
                .iter()
                .filter(|placed| placed.may_be_blamed())
        };
        before()
            .find(|placed| placed.changed_something)
            .or_else(|| before().next())
    }

    /// When what happened is near enough to have to do with it: half an hour before the trouble.
    pub(super) fn begins_to_matter(&self) -> Timestamp {
        let breached_at = self.evidence.incident.breached_at;
        let began = self
            .onset
            .map_or(breached_at, |onset| onset.min(breached_at));
        let half_an_hour_before = began.checked_sub(SignedDuration::from_mins(30));
        half_an_hour_before.unwrap_or(began)
    }

    /// What the alarm watches.
    pub(super) fn alarm_kind(&self) -> MetricKind {
        self.readings
            .iter()
            .find(|reading| reading.is_alarms())
            .map_or(MetricKind::Other, |reading| reading.series.kind)
    }

    /// What people call it: the service, or the node of the alarm's metric, or the alarm.
    pub(super) fn subject(&self) -> &str {
        let incident = &self.evidence.incident;
        let service = incident.service.as_ref().map(|name| name.service.as_str());
        let node = || Some(self.readings.first()?.series.node.as_str());
        service
            .or_else(node)
            .filter(|name| !name.is_empty())
            .unwrap_or(&incident.alarm.name)
    }
}

/// The series of the alarm and of its target; the other nodes' are for the ranking alone.
fn own(evidence: &Evidence) -> Vec<&Series> {
    let all = &evidence.metrics.found;
    let alarms = |series: &&Series| series.id == "alarm";
    let service = evidence.incident.service.as_ref();
    let is_own = |series: &&Series| {
        let is_services = service.is_some_and(|name| name.service == series.node);
        is_services
            || all
                .iter()
                .find(alarms)
                .is_some_and(|alarm| alarm.node == series.node)
    };
    let mut own: Vec<&Series> = all
        .iter()
        .filter(|series| alarms(series) || is_own(series))
        .collect();
    own.sort_by_key(|series| !alarms(series));
    own.truncate(MOST_OWN_METRICS);
    own
}

/// When the trouble began: the alarm's own metric says so or, if it does not, the first of those that people feel.
fn begin(readings: &[Reading<'_>]) -> Option<Timestamp> {
    let alarms = readings.iter().filter(|reading| reading.is_alarms());
    let is_felt = |reading: &&Reading<'_>| {
        let rose = reading.onset.is_some_and(|onset| onset.rose);
        match reading.series.kind {
            MetricKind::Errors | MetricKind::Latency | MetricKind::UnhealthyHosts => rose,
            MetricKind::Availability | MetricKind::HealthyHosts => !rose && reading.onset.is_some(),
            _ => false,
        }
    };
    let felt = || readings.iter().filter(is_felt);
    alarms
        .filter_map(Reading::begin)
        .min()
        .or_else(|| felt().filter_map(Reading::begin).min())
}

/// A point's time is the beginning of its period: what happened within it may have been the reason for its value.
fn longest_period(readings: &[Reading<'_>]) -> SignedDuration {
    let seconds = readings.iter().map(|reading| reading.series.period).max();
    SignedDuration::from_secs(i64::from(seconds.unwrap_or(60).min(300)))
}
