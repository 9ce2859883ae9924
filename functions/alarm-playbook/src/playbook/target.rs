use schemars::JsonSchema;
use serde::Deserialize;

use crate::alarm::Alarm;
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

/// A name, or where to look it up.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
enum NameSource {
    /// This one.
    Fixed(EcsName),
    /// The value of a dimension of the alarm's metric, if it is one of those allowed.
    Dimension(Allowed),
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Allowed {
    /// The dimension, such as `ServiceName`.
    from_dimension: String,
    /// The names that may be acted on. An alarm with another one is not for this playbook.
    allowed: Vec<EcsName>,
}

impl TargetSource {
    /// The target for an alarm; none if the alarm names something that is not on the allowlist.
    pub(super) fn resolve(&self, alarm: &Alarm) -> Option<Target> {
        let Self::EcsService(source) = self;
        Some(Target::EcsService(EcsService {
            cluster: source.cluster.resolve(alarm)?,
            service: source.service.resolve(alarm)?,
        }))
    }
}

impl NameSource {
    /// The name as the playbook file has it: the alarm only chooses which.
    fn resolve(&self, alarm: &Alarm) -> Option<EcsName> {
        match self {
            Self::Fixed(name) => Some(name.clone()),
            Self::Dimension(source) => {
                let dimensions = &alarm.metric.as_ref()?.dimensions;
                let wanted = dimensions.get(&source.from_dimension)?;
                let mut allowed = source.allowed.iter();
                allowed.find(|name| name.as_str() == wanted).cloned()
            }
        }
    }
}
