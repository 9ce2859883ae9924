use schemars::JsonSchema;
use serde::Deserialize;

use crate::alarm::Alarm;
use crate::alarms::Tags;
use crate::target::{EcsName, EcsService, Target};

/// Where a playbook's target comes from.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TargetSource {
    /// A service on ECS, in the account and region of the function.
    EcsService(EcsServiceSource),
}

/// An ECS service, by names that are given or chosen from an allowlist.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EcsServiceSource {
    cluster: NameSource,
    service: NameSource,
}

/// A name, or what chooses it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "expected a name (1 to 255 letters, digits, hyphens and underscores), or from_dimension or from_tag with a list of names as `allowed`"
)]
enum NameSource {
    /// This one.
    Fixed(EcsName),
    /// The value of a dimension of the alarm's metric, if it is allowed.
    Dimension(ByDimension),
    /// The value of a tag of the alarm, if it is allowed.
    Tag(ByTag),
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ByDimension {
    /// The dimension, such as `ServiceName`.
    from_dimension: String,
    /// The names that may be acted on. An alarm with another one is not for this playbook.
    allowed: Vec<EcsName>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ByTag {
    /// The key of the alarm's tag, such as `service`.
    from_tag: String,
    /// The names that may be acted on. An alarm with another one is not for this playbook.
    allowed: Vec<EcsName>,
}

impl TargetSource {
    /// The target for an alarm; none if the alarm names something that is not on the allowlist.
    pub(super) fn resolve(&self, alarm: &Alarm, tags: &Tags) -> Option<Target> {
        let Self::EcsService(source) = self;
        Some(Target::EcsService(EcsService {
            cluster: source.cluster.resolve(alarm, tags)?,
            service: source.service.resolve(alarm, tags)?,
        }))
    }

    /// False if an allowlist is empty.
    pub(super) fn can_resolve(&self) -> bool {
        let Self::EcsService(EcsServiceSource { cluster, service }) = self;
        let is_empty = |source: &NameSource| match source {
            NameSource::Fixed(_) => false,
            NameSource::Dimension(by) => by.allowed.is_empty(),
            NameSource::Tag(by) => by.allowed.is_empty(),
        };
        ![cluster, service].into_iter().any(is_empty)
    }

    pub(super) fn needs_tags(&self) -> bool {
        let Self::EcsService(EcsServiceSource { cluster, service }) = self;
        [cluster, service]
            .iter()
            .any(|source| matches!(source, NameSource::Tag(_)))
    }
}

impl NameSource {
    /// The name as the playbook file has it: the alarm only chooses which.
    fn resolve(&self, alarm: &Alarm, tags: &Tags) -> Option<EcsName> {
        let (wanted, allowed) = match self {
            Self::Fixed(name) => return Some(name.clone()),
            Self::Dimension(by) => {
                let dimensions = &alarm.metric.as_ref()?.dimensions;
                (dimensions.get(&by.from_dimension)?, &by.allowed)
            }
            Self::Tag(by) => (tags.get(&by.from_tag)?, &by.allowed),
        };
        allowed.iter().find(|name| name.as_str() == wanted).cloned()
    }
}
