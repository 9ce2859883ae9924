use schemars::JsonSchema;
use serde::Deserialize;

use crate::alarms::Tags;
use crate::target::{ContainerName, Ec2Container, EcsName, EcsService, InstanceId, Target};
use shared::alarm::Alarm;

pub(super) const ECS_SERVICE: &str = "ECS service";
pub(super) const EC2_CONTAINER: &str = "EC2 container";

/// Where a playbook's target comes from.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TargetSource {
    /// A service on ECS, in the account and region of the function.
    EcsService(EcsServiceSource),
    /// A container on an EC2 instance, in the account and region of the function.
    Ec2Container(Ec2ContainerSource),
}

/// An ECS service, by names that are given or chosen from an allowlist.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EcsServiceSource {
    cluster: Source<EcsName>,
    service: Source<EcsName>,
}

/// A container, on an instance that is given or chosen from an allowlist.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ec2ContainerSource {
    instance: Source<InstanceId>,
    container: ContainerName,
}

/// A name, or what chooses it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "expected a name (1 to 255 letters, digits, hyphens and underscores), or from_dimension or from_tag with a list of names as `allowed`"
)]
enum Source<N> {
    /// This one.
    Fixed(N),
    /// The value of a dimension of the alarm's metric, if it is allowed.
    Dimension(ByDimension<N>),
    /// The value of a tag of the alarm, if it is allowed.
    Tag(ByTag<N>),
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ByDimension<N> {
    /// The dimension, such as `ServiceName`.
    from_dimension: String,
    /// The names that may be acted on. An alarm with another one is not for this playbook.
    allowed: Vec<N>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ByTag<N> {
    /// The key of the alarm's tag, such as `service`.
    from_tag: String,
    /// The names that may be acted on. An alarm with another one is not for this playbook.
    allowed: Vec<N>,
}

impl TargetSource {
    /// The target for an alarm; none if the alarm names something that is not on the allowlist.
    pub(super) fn resolve(&self, alarm: &Alarm, tags: &Tags) -> Option<Target> {
        Some(match self {
            Self::EcsService(source) => Target::EcsService(EcsService {
                cluster: source.cluster.resolve(alarm, tags)?,
                service: source.service.resolve(alarm, tags)?,
            }),
            Self::Ec2Container(source) => Target::Ec2Container(Ec2Container {
                instance: source.instance.resolve(alarm, tags)?,
                container: source.container.clone(),
            }),
        })
    }

    /// Every target that an alarm can lead to.
    pub(super) fn all(&self) -> Vec<Target> {
        match self {
            Self::EcsService(source) => {
                let services = source.service.all();
                let of = |cluster: &EcsName| {
                    let target = |service: &EcsName| {
                        let (cluster, service) = (cluster.clone(), service.clone());
                        Target::EcsService(EcsService { cluster, service })
                    };
                    services.iter().map(target).collect::<Vec<_>>()
                };
                source.cluster.all().iter().flat_map(of).collect()
            }
            Self::Ec2Container(source) => {
                let target = |instance: &InstanceId| {
                    let (instance, container) = (instance.clone(), source.container.clone());
                    Target::Ec2Container(Ec2Container {
                        instance,
                        container,
                    })
                };
                source.instance.all().iter().map(target).collect()
            }
        }
    }

    /// What kind of target it is, as people call it.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::EcsService(_) => ECS_SERVICE,
            Self::Ec2Container(_) => EC2_CONTAINER,
        }
    }

    /// Every instance that an alarm can lead to.
    pub(super) fn instances(&self) -> &[InstanceId] {
        match self {
            Self::EcsService(_) => &[],
            Self::Ec2Container(source) => source.instance.all(),
        }
    }

    /// Whether it is the same for every alarm.
    pub(super) fn is_fixed(&self) -> bool {
        match self {
            Self::EcsService(source) => source.cluster.is_fixed() && source.service.is_fixed(),
            Self::Ec2Container(source) => source.instance.is_fixed(),
        }
    }

    pub(super) fn needs_tags(&self) -> bool {
        match self {
            Self::EcsService(source) => source.cluster.needs_tags() || source.service.needs_tags(),
            Self::Ec2Container(source) => source.instance.needs_tags(),
        }
    }
}

impl<N: Clone + AsRef<str>> Source<N> {
    /// The name as the playbook file has it: the alarm only chooses which.
    fn resolve(&self, alarm: &Alarm, tags: &Tags) -> Option<N> {
        let (wanted, allowed) = match self {
            Self::Fixed(name) => return Some(name.clone()),
            Self::Dimension(by) => {
                let dimensions = &alarm.metric.as_ref()?.dimensions;
                (dimensions.get(&by.from_dimension)?, &by.allowed)
            }
            Self::Tag(by) => (tags.get(&by.from_tag)?, &by.allowed),
        };
        allowed.iter().find(|name| name.as_ref() == wanted).cloned()
    }

    /// Every name that can come of it; empty if an allowlist is.
    fn all(&self) -> &[N] {
        match self {
            Self::Fixed(name) => std::slice::from_ref(name),
            Self::Dimension(by) => &by.allowed,
            Self::Tag(by) => &by.allowed,
        }
    }

    fn is_fixed(&self) -> bool {
        matches!(self, Self::Fixed(_))
    }

    fn needs_tags(&self) -> bool {
        matches!(self, Self::Tag(_))
    }
}
