//! Which metrics to ask for, and how finely. Pure.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use shared::alarm::Metric;

use super::known;
use crate::collect::call_graph::CallGraph;
use crate::collect::sources::{MetricQuery, Span, TargetGroup};
use crate::collect::subject::{load_balancer, target_group};
use crate::collect::text::one_line;
use crate::evidence::{Incident, ServiceName};
use crate::series::MetricKind;

/// An hour by the minute has 60 points and a day has 1,440: more than that nobody can tell apart in a plot.
const MOST_POINTS: i64 = 1_440;

/// An alarm looks at some of its periods, and what was usual is in those before: of a long period an hour has one at most.
const PERIODS_BEFORE: i64 = 20;

/// What the services publish.
const MINUTE: u32 = 60;

/// A day (API reference, `PutMetricAlarm`).
const LONGEST_PERIOD: u32 = 86_400;

/// The periods that are no minutes (API reference, `MetricStat`).
const BELOW_A_MINUTE: [u32; 5] = [1, 5, 10, 20, 30];

/// A service behind more target groups than this has more than one thing to tell; the first ones do.
const MOST_BALANCED: usize = 3;

/// An alarm's expression has ten metrics at most (user guide, "Using metric math"); a composite alarm's children may have more.
const MOST_OF_ALARM: usize = 30;

/// A metric that is asked for, and what becomes of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Asked {
    pub(super) id: String,
    pub(super) node: String,
    pub(super) kind: MetricKind,
    pub(super) unit: &'static str,
    /// When.
    pub(super) span: Span,
    pub(super) query: MetricQuery,
}

impl Asked {
    /// What people call it.
    pub(super) fn label(&self) -> String {
        one_line(&format!("{} ({})", self.query.name, self.query.stat), 300)
    }

    /// Whether it is one of those that the alarm watches.
    pub(super) fn is_alarms(&self) -> bool {
        self.id == "alarm" || self.id.starts_with("alarm.")
    }
}

/// Everything to ask for: the alarm's own metrics, the service's, those of the call graph. None twice for the same node.
pub(super) fn asked(
    incident: &Incident,
    target_groups: &[TargetGroup],
    graph: &CallGraph,
    now: Timestamp,
) -> Vec<Asked> {
    let span = Span {
        from: incident.from,
        until: incident.until,
    };
    let period = incident.alarm.period_seconds;
    let of_alarm = period.and_then(|seconds| u32::try_from(seconds).ok());
    let of_alarm = of_alarm.unwrap_or(MINUTE).min(LONGEST_PERIOD);
    let back = SignedDuration::from_secs(i64::from(of_alarm) * PERIODS_BEFORE);
    let alarms_span = Span {
        from: span.from.min(incident.breached_at - back),
        ..span
    };
    let alarms = (coarse_enough(of_alarm, alarms_span, now), alarms_span);
    // Metrics of AWS's services are by the minute, and are asked for by minutes only (API reference, `MetricStat`).
    let others = (coarse_enough(MINUTE, span, now), span);
    let mut asked: Vec<Asked> = of_the_alarm(incident, graph, alarms);
    asked.extend(of_the_service(incident, target_groups, others));
    asked.extend(of_the_graph(graph, others));
    let mut seen = BTreeSet::new();
    asked.retain(|asked| {
        let MetricQuery {
            namespace,
            name,
            dimensions,
            stat,
            period: _,
        } = asked.query.clone();
        seen.insert((namespace, name, dimensions, stat, asked.node.clone()))
    });
    asked
}

/// The span in whole periods. The last one is left out if it is not over: half a minute looks like a metric that falls.
pub(super) fn whole(span: Span, period: u32) -> Span {
    let floor = |at: Timestamp| {
        let seconds = at.as_second();
        let start = seconds - seconds.rem_euclid(i64::from(period.max(1)));
        Timestamp::from_second(start).unwrap_or(at)
    };
    Span {
        from: floor(span.from),
        until: floor(span.until).max(floor(span.from)),
    }
}

/// The period, or the least longer one that has not too many points in the span and values as old as it begins.
fn coarse_enough(period: u32, span: Span, now: Timestamp) -> u32 {
    let seconds = span.until.duration_since(span.from).as_secs();
    let needed = seconds / MOST_POINTS + 1;
    let at_least = period
        .max(u32::try_from(needed).unwrap_or(MINUTE))
        .min(LONGEST_PERIOD);
    let multiple = multiple(now.duration_since(span.from));
    let mut fine = BELOW_A_MINUTE.into_iter();
    fine.find(|fine| *fine >= at_least && multiple == 1)
        .unwrap_or_else(|| at_least.div_ceil(multiple.max(MINUTE)) * multiple.max(MINUTE))
}

/// What a period is a multiple of, by how long ago the span begins: with any other one CloudWatch has no data (API reference,
/// `MetricStat`).
fn multiple(age: SignedDuration) -> u32 {
    // The span begins up to a period earlier, and asking takes its time.
    let age = age + SignedDuration::from_mins(10);
    let steps = [
        (SignedDuration::from_hours(63 * 24), 3_600),
        (SignedDuration::from_hours(15 * 24), 300),
        (SignedDuration::from_hours(3), MINUTE),
    ];
    let step = steps.into_iter().find(|(older, _)| age > *older);
    step.map_or(1, |(_, multiple)| multiple)
}

fn of_the_alarm(incident: &Incident, graph: &CallGraph, when: (u32, Span)) -> Vec<Asked> {
    let metrics = incident.alarm.metrics().take(MOST_OF_ALARM);
    let asked = metrics.enumerate().map(|(index, metric)| {
        let id = match index {
            0 => "alarm".to_owned(),
            index => format!("alarm.{}", index + 1),
        };
        let node = graph.node_of(metric);
        let node = node.map_or_else(|| own_node(incident), str::to_owned);
        ask(id, node, (metric, known::kind(metric)), when)
    });
    asked.collect()
}

/// What the target's own series are called by.
fn own_node(incident: &Incident) -> String {
    let service = incident.service.as_ref();
    let node = service.map(|service| service.service.clone());
    node.unwrap_or_else(|| one_line(&incident.alarm.name, 100))
}

fn of_the_service(incident: &Incident, groups: &[TargetGroup], when: (u32, Span)) -> Vec<Asked> {
    let node = own_node(incident);
    let ask = |(id, metric): (String, Metric)| {
        let kind = known::kind(&metric);
        ask(id, node.clone(), (&metric, kind), when)
    };
    let of_ecs = incident.service.iter().flat_map(ecs);
    let balanced = balanced(incident, groups);
    let balanced = balanced.iter().take(MOST_BALANCED).enumerate();
    let of_balancers = balanced.flat_map(|(index, balanced)| behind(index, balanced));
    of_ecs.chain(of_balancers).map(ask).collect()
}

/// What ECS measures of every service (ECS developer guide, "CloudWatch metrics"), and Container Insights of some.
fn ecs(service: &ServiceName) -> [(String, Metric); 3] {
    let dimensions = [
        ("ClusterName", service.cluster.as_str()),
        ("ServiceName", service.service.as_str()),
    ];
    let of = |id: &str, namespace, name| {
        (
            id.to_owned(),
            metric(namespace, name, &dimensions, "Average"),
        )
    };
    [
        of("service.cpu", "AWS/ECS", "CPUUtilization"),
        of("service.memory", "AWS/ECS", "MemoryUtilization"),
        of(
            "service.running",
            "ECS/ContainerInsights",
            "RunningTaskCount",
        ),
    ]
}

/// The load balancers and target groups of the target, as metrics name them.
fn balanced(incident: &Incident, groups: &[TargetGroup]) -> BTreeSet<(String, String)> {
    let described = groups.iter().flat_map(|group| {
        let name = target_group(&group.arn);
        let balancers = group
            .load_balancers
            .iter()
            .filter_map(|arn| load_balancer(arn));
        balancers.filter_map(move |balancer| Some((balancer.to_owned(), name?.to_owned())))
    });
    let of_alarm = incident.alarm.metrics().filter_map(|metric| {
        let dimension = |name: &str| metric.dimensions.get(name).cloned();
        Some((dimension("LoadBalancer")?, dimension("TargetGroup")?))
    });
    described.chain(of_alarm).collect()
}

/// What a load balancer measures of a target group (user guide for Application Load Balancers, "CloudWatch metrics").
fn behind(index: usize, (balancer, group): &(String, String)) -> Vec<(String, Metric)> {
    let of = |id: &str, name: &str, dimensions: &[(&str, &str)], stat: &str| {
        let id = match index {
            0 => id.to_owned(),
            index => format!("{id}.{}", index + 1),
        };
        let is_network = balancer.starts_with("net/");
        let namespace = if is_network {
            "AWS/NetworkELB"
        } else {
            "AWS/ApplicationELB"
        };
        (id, metric(namespace, name, dimensions, stat))
    };
    let both = [
        ("LoadBalancer", balancer.as_str()),
        ("TargetGroup", group.as_str()),
    ];
    let mut asked = vec![
        of("service.healthy", "HealthyHostCount", &both, "Minimum"),
        of("service.unhealthy", "UnHealthyHostCount", &both, "Maximum"),
    ];
    if balancer.starts_with("app/") {
        asked.extend([
            of("service.requests", "RequestCount", &both, "Sum"),
            of("service.latency", "TargetResponseTime", &both, "Average"),
            of("service.latency_p99", "TargetResponseTime", &both, "p99"),
            of("service.errors", "HTTPCode_Target_5XX_Count", &both, "Sum"),
            of(
                "service.client_errors",
                "HTTPCode_Target_4XX_Count",
                &both,
                "Sum",
            ),
            of(
                "balancer.errors",
                "HTTPCode_ELB_5XX_Count",
                &both[..1],
                "Sum",
            ),
        ]);
    }
    asked
}

fn of_the_graph(graph: &CallGraph, when: (u32, Span)) -> impl Iterator<Item = Asked> {
    graph.nodes.iter().flat_map(move |(node, metrics)| {
        let metrics = metrics.iter().enumerate();
        metrics.map(move |(index, (metric, kind))| {
            let id = format!("node.{node}.{}", index + 1);
            ask(id, node.clone(), (metric, *kind), when)
        })
    })
}

fn ask(
    id: String,
    node: String,
    (metric, kind): (&Metric, MetricKind),
    (period, span): (u32, Span),
) -> Asked {
    Asked {
        id,
        node,
        kind,
        unit: known::unit(metric, kind),
        span,
        query: MetricQuery {
            namespace: metric.namespace.clone(),
            name: metric.name.clone(),
            dimensions: metric.dimensions.clone(),
            stat: known::stat(metric, kind),
            period,
        },
    }
}

fn metric(namespace: &str, name: &str, dimensions: &[(&str, &str)], stat: &str) -> Metric {
    let dimensions = dimensions.iter();
    Metric {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        dimensions: dimensions
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        stat: Some(stat.to_owned()),
    }
}

#[cfg(test)]
mod tests;
