//! Which ECS service an alarm is about: by what the alarm's metrics measure, and never one that may not be looked at.

use std::collections::BTreeSet;

use futures::StreamExt as _;
use futures::stream;
use jiff::{SignedDuration, Timestamp};
use shared::alarm::{Alarm, Kind};
use tokio::time::Instant;

use super::allowlist::{Allowlist, service_name};
use super::paging::{Followed, Limits, Missing, follow, in_time};
use super::sources::{DescribedService, Sources, TargetGroup};
use super::text::sentence;
use super::{BEFORE, Subject};
use crate::evidence::{Gap, Incident, ServiceName, Source};

/// How much is looked at after the end of an incident.
const AFTER: SignedDuration = SignedDuration::from_mins(5);

/// What lasts longer is looked at for a day: what it was is in the first hours.
const LONGEST: SignedDuration = SignedDuration::from_hours(24);

/// As many as may be described at once (API reference, `DescribeServices`).
const AT_ONCE: usize = 10;

/// More services than this are not searched for the one behind a load balancer.
const MOST_SERVICES: usize = 300;

/// How many calls are under way at the same time.
const CALLS: usize = 4;

/// As many as may be described at once (API reference, `DescribeTargetGroups`).
const MOST_GROUPS: usize = 100;

/// What was heard of an incident.
#[derive(Clone, Debug, PartialEq)]
pub struct Heard {
    /// The alarm, as it was when it went to ALARM: that opened the incident.
    pub alarm: Alarm,
    /// When it ended, if it has.
    pub ended_at: Option<Timestamp>,
}

/// What an alarm's metrics say of what it is about.
#[derive(Debug, Eq, PartialEq)]
enum About {
    /// The service that its dimensions name.
    Service(ServiceName),
    /// The service behind this target group or load balancer; as the dimensions have it.
    Balanced {
        groups: BTreeSet<String>,
        balancers: BTreeSet<String>,
    },
    /// Nothing that leads to a service.
    Unknown,
}

/// The subject of an analysis, with the service if one of those that may be looked at is meant.
pub(super) async fn subject(
    sources: &impl Sources,
    heard: Heard,
    allowlist: &Allowlist,
    now: Timestamp,
    until: Instant,
) -> Subject {
    let mut gaps = Vec::new();
    let alarm = with_children(sources, heard.alarm, until, &mut gaps).await;
    let service = match service_of(sources, &alarm, allowlist, until).await {
        Ok(service) => Some(service),
        Err(gap) => {
            gaps.push(gap);
            None
        }
    };
    let incident = subject_of(alarm, heard.ended_at, service, now);
    Subject { incident, gaps }
}

pub(super) fn subject_of(
    alarm: Alarm,
    ended_at: Option<Timestamp>,
    service: Option<ServiceName>,
    now: Timestamp,
) -> Incident {
    // A message may state any time; what follows reckons with hours around it.
    let is_meant = |at: &Timestamp| (Timestamp::UNIX_EPOCH + LONGEST..=now + LONGEST).contains(at);
    let breached_at = alarm.state_changed_at.filter(is_meant).unwrap_or(now);
    let ended_at = ended_at.filter(is_meant);
    let over = ended_at.map_or(now, |ended_at| ended_at + AFTER);
    Incident {
        id: alarm.incident(),
        breached_at,
        service,
        from: breached_at - BEFORE,
        until: over.min(now).min(breached_at + LONGEST).max(breached_at),
        ended_at,
        alarm,
    }
}

/// A composite alarm watches what its children do.
async fn with_children(
    sources: &impl Sources,
    mut alarm: Alarm,
    until: Instant,
    gaps: &mut Vec<Gap>,
) -> Alarm {
    if alarm.kind != Some(Kind::Composite) || alarm.metric.is_some() {
        return alarm;
    }
    let limits = Limits {
        until,
        pages: 20,
        items: 100,
    };
    let children = follow(limits, |next| sources.child_metrics(&alarm.name, next)).await;
    let what = format!("the alarms under {}", alarm.name);
    let mut metrics = children.or_gap(gaps, Source::Metrics, &what).into_iter();
    alarm.metric = metrics.next();
    alarm.further_metrics = metrics.collect();
    alarm
}

async fn service_of(
    sources: &impl Sources,
    alarm: &Alarm,
    allowlist: &Allowlist,
    until: Instant,
) -> Result<ServiceName, Gap> {
    match about(alarm) {
        About::Service(service) if allowlist.allows(&service) => Ok(service),
        About::Service(service) => Err(gap(&format!(
            "the alarm is about the ECS service {}/{}, which is none of those that may be looked at (SERVICE_ARNS)",
            service.cluster, service.service
        ))),
        About::Balanced { groups, balancers } => {
            let candidates = candidates(sources, allowlist, until).await;
            let missing = candidates.missing.map(|missing| {
                missing.gap(Source::Service, "the services behind the load balancer")
            });
            let behind = behind(sources, &candidates.items, (&groups, &balancers), until).await?;
            match (&behind[..], missing) {
                ([service], _) => Ok(service.clone()),
                (_, Some(missing)) => Err(missing),
                ([], None) => Err(gap(
                    "none of the services that may be looked at (SERVICE_ARNS) is behind the alarm's target group or load balancer",
                )),
                (several, None) => Err(gap(&format!(
                    "{} services are behind the alarm's load balancer, and it does not say which of them is meant",
                    several.len()
                ))),
            }
        }
        About::Unknown => match &allowlist.named()[..] {
            [only] if allowlist.is_closed() => Ok(only.clone()),
            _ => Err(gap(
                "the alarm's metrics do not say which ECS service they are about",
            )),
        },
    }
}

fn gap(because: &str) -> Gap {
    Gap {
        source: Source::Service,
        because: sentence(because),
    }
}

fn about(alarm: &Alarm) -> About {
    let named = alarm.metrics().find_map(|metric| {
        let dimension = |name: &str| metric.dimensions.get(name);
        service_name(dimension("ClusterName")?, dimension("ServiceName")?)
    });
    let all = |name: &str| -> BTreeSet<String> {
        let values = alarm
            .metrics()
            .filter_map(|metric| metric.dimensions.get(name));
        values.cloned().collect()
    };
    let (groups, balancers) = (all("TargetGroup"), all("LoadBalancer"));
    match named {
        Some(service) => About::Service(service),
        None if groups.is_empty() && balancers.is_empty() => About::Unknown,
        None => About::Balanced { groups, balancers },
    }
}

/// The services that may be looked at, described.
async fn candidates(
    sources: &impl Sources,
    allowlist: &Allowlist,
    until: Instant,
) -> Followed<DescribedService> {
    let mut missing = None;
    let mut names = allowlist.named();
    if !allowlist.is_closed() {
        let listed = listed(sources, allowlist, until).await;
        missing = listed.missing;
        names.extend(listed.items);
    }
    names.sort();
    names.dedup();
    if names.len() > MOST_SERVICES {
        names.truncate(MOST_SERVICES);
        missing = Some(Missing::TooMuch);
    }
    let by_cluster = names.chunk_by(|one, other| one.cluster == other.cluster);
    let some = by_cluster.flat_map(|names| names.chunks(AT_ONCE));
    let described = some.map(|names| async move {
        let services: Vec<String> = names.iter().map(|name| name.service.clone()).collect();
        let cluster = names.first().map(|name| name.cluster.as_str());
        in_time(
            until,
            sources.describe_services(cluster.unwrap_or_default(), &services),
        )
        .await
    });
    let described: Vec<_> = stream::iter(described.collect::<Vec<_>>())
        .buffered(CALLS)
        .collect()
        .await;
    let mut items = Vec::new();
    for some in described {
        match some {
            Ok(some) => items.extend(some),
            Err(why) => missing = Some(why),
        }
    }
    Followed { items, missing }
}

/// The services of the clusters that patterns are about.
async fn listed(
    sources: &impl Sources,
    allowlist: &Allowlist,
    until: Instant,
) -> Followed<ServiceName> {
    let limits = |items| Limits {
        until,
        pages: 20,
        items,
    };
    let clusters = match allowlist.clusters() {
        Some(clusters) => Followed {
            items: clusters,
            missing: None,
        },
        None => follow(limits(100), |next| sources.clusters(next)).await,
    };
    let (mut items, mut missing) = (Vec::new(), clusters.missing);
    for cluster in clusters.items {
        let services = follow(limits(MOST_SERVICES), |next| {
            sources.services_of(&cluster, next)
        });
        let services = services.await;
        let names = services
            .items
            .iter()
            .filter_map(|service| service_name(&cluster, service));
        items.extend(names.filter(|name| allowlist.allows(name)));
        missing = services.missing.or(missing);
    }
    Followed { items, missing }
}

/// The services behind a target group or, if the alarm names none, behind a load balancer.
async fn behind(
    sources: &impl Sources,
    candidates: &[DescribedService],
    (groups, balancers): (&BTreeSet<String>, &BTreeSet<String>),
    until: Instant,
) -> Result<Vec<ServiceName>, Gap> {
    if !groups.is_empty() {
        return Ok(registered(candidates, |arn| is_group(arn, groups)));
    }
    let arns: BTreeSet<&String> = candidates
        .iter()
        .flat_map(|service| &service.target_groups)
        .collect();
    let arns: Vec<String> = arns.into_iter().cloned().collect();
    let mut described: Vec<TargetGroup> = Vec::new();
    for arns in arns.chunks(MOST_GROUPS) {
        let some = in_time(until, sources.target_groups(arns)).await;
        let what = "the target groups of the services that may be looked at";
        described.extend(some.map_err(|missing| missing.gap(Source::Service, what))?);
    }
    let of_balancer = |group: &&TargetGroup| {
        let mut arns = group.load_balancers.iter();
        arns.any(|arn| load_balancer(arn).is_some_and(|name| balancers.contains(name)))
    };
    let arns: BTreeSet<&str> = described
        .iter()
        .filter(of_balancer)
        .map(|group| group.arn.as_str())
        .collect();
    Ok(registered(candidates, |arn| arns.contains(arn)))
}

fn registered(candidates: &[DescribedService], is_it: impl Fn(&str) -> bool) -> Vec<ServiceName> {
    let registers =
        |service: &&DescribedService| service.target_groups.iter().any(|arn| is_it(arn));
    candidates
        .iter()
        .filter(registers)
        .map(|service| service.name.clone())
        .collect()
}

fn is_group(arn: &str, groups: &BTreeSet<String>) -> bool {
    target_group(arn).is_some_and(|group| groups.contains(group))
}

/// A target group as metrics name it, `targetgroup/checkout/943f017f100becff`: the end of its ARN (user guide for Application
/// Load Balancers, "CloudWatch metrics").
pub(super) fn target_group(arn: &str) -> Option<&str> {
    arn.splitn(6, ':')
        .nth(5)
        .filter(|name| name.starts_with("targetgroup/"))
}

/// A load balancer as metrics name it, `app/shop/50dc6c495c0c9188`: the end of its ARN.
pub(super) fn load_balancer(arn: &str) -> Option<&str> {
    arn.splitn(6, ':').nth(5)?.strip_prefix("loadbalancer/")
}
