//! What is to be seen in the evidence, before anybody draws a conclusion from it.

use jiff::{SignedDuration, Timestamp};

use super::deployments::{Place, Placed, Trouble, placed};
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
        let began = begin(&readings);
        let onset = began.map(|began| began.0);
        let patterns = rising(&evidence.logs.found);
        let trouble = Trouble {
            began,
            first_error: began.and_then(|began| first_error(&patterns, began)),
            breached_at,
        };
        let service = evidence.service.found.as_ref();
        let deployments = service.map(|service| placed(service, &trouble));
        Self {
            evidence,
            readings,
            onset,
            deployments: deployments.unwrap_or_default(),
            patterns,
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

    /// The deployment whose rollout failed, near enough to the trouble to have to do with it.
    pub(super) fn failed_deployment(&self) -> Option<&Placed<'a>> {
        let breached_at = self.evidence.incident.breached_at;
        let near = self.begins_to_matter()..=breached_at;
        self.deployments.iter().find(|placed| {
            let deployment = placed.deployment;
            let is_failed = deployment.rollout_state == "FAILED" && !deployment.is_ours;
            let is_before = matches!(
                placed.place,
                Place::Before | Place::SamePeriod | Place::Unknown
            );
            is_failed && is_before && near.contains(&deployment.created_at)
        })
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

/// When the trouble began, and how long the period is that begins then: the alarm's own metric says so or, if it does not, the first of
/// those that people feel. Where one of these has shorter periods and begins within the alarm's, it knows better.
fn begin(readings: &[Reading<'_>]) -> Option<(Timestamp, SignedDuration)> {
    let is_felt = |reading: &&Reading<'_>| {
        let rose = reading.onset.is_some_and(|onset| onset.rose);
        match reading.series.kind {
            MetricKind::Errors | MetricKind::Latency | MetricKind::UnhealthyHosts => rose,
            MetricKind::Availability | MetricKind::HealthyHosts => !rose && reading.onset.is_some(),
            _ => false,
        }
    };
    let began = |reading: &Reading<'_>| Some((reading.begin()?, period(reading.series)));
    let alarms = readings.iter().filter(|reading| reading.is_alarms());
    let felt = || readings.iter().filter(is_felt).filter_map(began);
    let first = alarms.filter_map(began).min().or_else(|| felt().min())?;
    let (at, coarse) = first;
    let knows_better = |(finer, period): &(Timestamp, SignedDuration)| {
        *period < coarse && *finer >= at && finer.duration_since(at) < coarse
    };
    felt().filter(knows_better).min().or(Some(first))
}

/// A point's time is the beginning of its period: what it shows happened within.
fn period(series: &Series) -> SignedDuration {
    SignedDuration::from_secs(i64::from(series.period))
}

/// When the first new error was written within the period in which the trouble began: a log's clock is finer than a metric's.
fn first_error(
    patterns: &[Rising<'_>],
    (at, period): (Timestamp, SignedDuration),
) -> Option<Timestamp> {
    let new = patterns
        .iter()
        .filter(|rising| rising.is_new() && rising.pattern.is_error);
    let times = new.map(|rising| rising.pattern.first_at);
    let within = |time: &Timestamp| *time >= at && time.duration_since(at) < period;
    times.filter(within).min()
}
