//! The services that may be meant, and which of them a load balancer sends requests to.

use std::collections::BTreeSet;

use futures::StreamExt as _;
use futures::stream;
use tokio::time::Instant;

use super::{load_balancer, target_group};
use crate::collect::allowlist::{Allowlist, service_name};
use crate::collect::paging::{Followed, Limits, Missing, follow, in_time};
use crate::collect::sources::{DescribedService, Sources, TargetGroup};
use crate::evidence::{Gap, ServiceName, Source};

/// As many as may be described at once (API reference, `DescribeServices`).
const AT_ONCE: usize = 10;

/// More services than this are not searched for the one behind a load balancer.
const MOST_SERVICES: usize = 300;

/// How many calls are under way at the same time.
const CALLS: usize = 4;

/// As many as may be described at once (API reference, `DescribeTargetGroups`).
const MOST_GROUPS: usize = 100;

/// The services that may be looked at, described.
pub(super) async fn candidates(
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
    let listed = clusters.items.iter().map(|cluster| async move {
        let services = follow(limits(MOST_SERVICES), |next| {
            sources.services_of(cluster, next)
        });
        (cluster, services.await)
    });
    let listed: Vec<_> = stream::iter(listed.collect::<Vec<_>>())
        .buffered(CALLS)
        .collect()
        .await;
    for (cluster, services) in listed {
        let names = services
            .items
            .iter()
            .filter_map(|service| service_name(cluster, service));
        items.extend(names.filter(|name| allowlist.allows(name)));
        missing = services.missing.or(missing);
    }
    Followed { items, missing }
}

/// The services behind a target group or, if the alarm names none, behind a load balancer.
pub(super) async fn behind(
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
