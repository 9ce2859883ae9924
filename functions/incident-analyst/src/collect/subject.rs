//! Which ECS service an alarm is about: by what the alarm's metrics measure, and never one that may not be looked at.

mod candidates;

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use shared::alarm::{Alarm, Kind};
use tokio::time::Instant;

use self::candidates::{behind, candidates};
use super::allowlist::{Allowlist, service_name};
use super::paging::{Limits, follow};
use super::sources::{Child, Sources};
use super::text::sentence;
use super::{BEFORE, Subject};
use crate::evidence::{Gap, Incident, ServiceName, Source};

/// How much is looked at after the end of an incident.
const AFTER: SignedDuration = SignedDuration::from_mins(5);

/// What lasts longer is looked at for a day: what it was is in the first hours.
const LONGEST: SignedDuration = SignedDuration::from_hours(24);

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
    let children = follow(limits, |next| sources.child_alarms(&alarm.name, next)).await;
    let what = format!("the alarms under {}", alarm.name);
    let (mut metrics, mut composites) = (Vec::new(), Vec::new());
    for child in children.or_gap(gaps, Source::Metrics, &what) {
        match child {
            Child::Watching(metric) => metrics.push(metric),
            Child::Composite(name) => composites.push(name),
        }
    }
    gaps.extend(not_followed(&composites));
    let mut metrics = metrics.into_iter();
    alarm.metric = metrics.next();
    alarm.further_metrics = metrics.collect();
    alarm
}

/// What composite alarms under a composite alarm watch is not known.
fn not_followed(composites: &[String]) -> Option<Gap> {
    let first: Vec<&str> = composites.iter().take(3).map(String::as_str).collect();
    let more = match composites.len().saturating_sub(first.len()) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let first = first.join(", ");
    (!composites.is_empty()).then(|| Gap {
        source: Source::Metrics,
        because: sentence(&format!(
            "what is under {first}{more} was not looked at: a composite alarm under a composite alarm"
        )),
    })
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
                // A target group has one service; behind a load balancer may be another one that was not seen.
                ([service], missing) if missing.is_none() || !groups.is_empty() => {
                    Ok(service.clone())
                }
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
