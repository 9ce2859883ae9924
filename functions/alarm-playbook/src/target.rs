//! What a remediation acts on.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::short_hash::short_hash;
use thiserror::Error;

/// Something that a step can act on. It comes from the playbook file, never from an alarm's text.
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// A service on ECS, in the account and region of the function.
    EcsService(EcsService),
    /// A container on an EC2 instance.
    Ec2Container(Ec2Container),
}

/// An ECS service by the names of its cluster and itself.
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct EcsService {
    /// The cluster's name.
    pub cluster: EcsName,
    /// The service's name.
    pub service: EcsName,
}

/// A container by its instance and its own name.
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Ec2Container {
    /// The instance that it runs on.
    pub instance: InstanceId,
    /// Its name.
    pub container: ContainerName,
}

/// The id of an EC2 instance: `i-` and 8 or 17 hexadecimal digits (EC2 user guide, "Resource IDs").
#[derive(
    Clone, Debug, Deserialize, Eq, Hash, JsonSchema, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("pattern" = "^i-([0-9a-f]{8}|[0-9a-f]{17})$"))]
pub struct InstanceId(String);

/// A text that is no instance id.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("`{0}` is not the id of an EC2 instance: use `i-` and 8 or 17 hexadecimal digits")]
pub struct NotAnInstanceId(String);

/// A container's name as Docker allows it, of 128 characters at most.
#[derive(Clone, Debug, Deserialize, Eq, Hash, JsonSchema, PartialEq, Serialize)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("pattern" = "^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$"))]
pub struct ContainerName(String);

/// A text that Docker would not accept as a container's name.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error(
    "`{0}` is not the name of a container: use 1 to 128 letters, digits, `_`, `.` and `-`, the first a letter or digit"
)]
pub struct NotAContainerName(String);

/// A name as ECS allows it: up to 255 letters, digits, hyphens and underscores (API reference, `CreateService`).
#[derive(Clone, Debug, Deserialize, Eq, Hash, JsonSchema, PartialEq, Serialize)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("pattern" = "^[A-Za-z0-9_-]{1,255}$"))]
pub struct EcsName(String);

/// A text that ECS would not accept as a name.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error(
    "`{0}` is not the name of an ECS cluster or service: use 1 to 255 letters, digits, hyphens and underscores"
)]
pub struct NotAnEcsName(String);

impl Target {
    /// The service, if it is one.
    pub fn ecs_service(&self) -> Option<&EcsService> {
        match self {
            Self::EcsService(service) => Some(service),
            Self::Ec2Container(_) => None,
        }
    }

    /// The service.
    pub fn service(&self) -> &EcsService {
        match self {
            Self::EcsService(service) => service,
            Self::Ec2Container(_) => unreachable!(),
        }
    }

    /// The container, if it is one.
    pub fn ec2_container(&self) -> Option<&Ec2Container> {
        match self {
            Self::Ec2Container(container) => Some(container),
            Self::EcsService(_) => None,
        }
    }

    /// What stands for the target in keys: 32 hexadecimal digits, so that a storm of alarms spreads over S3's partitions.
    pub fn hash(&self) -> String {
        short_hash(&self.to_string(), 16)
    }

    /// Where the target's record lies.
    pub fn record_key(&self) -> String {
        format!("targets/{}.json", self.hash())
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EcsService(service) => service.fmt(f),
            Self::Ec2Container(container) => container.fmt(f),
        }
    }
}

impl fmt::Display for EcsService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ECS service {}/{}", self.cluster, self.service)
    }
}

impl fmt::Display for Ec2Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            instance,
            container,
        } = self;
        write!(f, "container {} on {}", container.0, instance.0)
    }
}

impl InstanceId {
    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for InstanceId {
    type Error = NotAnInstanceId;

    fn try_from(id: String) -> Result<Self, NotAnInstanceId> {
        let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let digits = id
            .strip_prefix("i-")
            .filter(|digits| digits.bytes().all(is_hex));
        match digits.map(str::len) {
            Some(8 | 17) => Ok(Self(id)),
            _ => Err(NotAnInstanceId(id)),
        }
    }
}

impl AsRef<str> for InstanceId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl From<InstanceId> for String {
    fn from(id: InstanceId) -> Self {
        id.0
    }
}

impl ContainerName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ContainerName {
    type Error = NotAContainerName;

    fn try_from(name: String) -> Result<Self, NotAContainerName> {
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
        let begins_well = name.starts_with(|c: char| c.is_ascii_alphanumeric());
        if begins_well && name.len() <= 128 && name.chars().all(is_allowed) {
            Ok(Self(name))
        } else {
            Err(NotAContainerName(name))
        }
    }
}

impl AsRef<str> for ContainerName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl From<ContainerName> for String {
    fn from(name: ContainerName) -> Self {
        name.0
    }
}

impl EcsName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EcsName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for EcsName {
    type Error = NotAnEcsName;

    fn try_from(name: String) -> Result<Self, NotAnEcsName> {
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if (1..=255).contains(&name.len()) && name.chars().all(is_allowed) {
            Ok(Self(name))
        } else {
            Err(NotAnEcsName(name))
        }
    }
}

impl AsRef<str> for EcsName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl From<EcsName> for String {
    fn from(name: EcsName) -> Self {
        name.0
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn checkout() -> EcsService {
        let name = |name: &str| EcsName::try_from(name.to_owned()).unwrap();
        EcsService {
            cluster: name("shop"),
            service: name("checkout"),
        }
    }

    #[test]
    fn the_record_of_a_target_lies_under_its_hash() {
        let target = Target::EcsService(checkout());
        assert_eq!(
            target.record_key(),
            "targets/38306ce155c8d9db7437547d856dd181.json"
        );
    }

    pub(crate) fn web() -> Ec2Container {
        Ec2Container {
            instance: InstanceId::try_from("i-0123456789abcdef0".to_owned()).unwrap(),
            container: ContainerName::try_from("web".to_owned()).unwrap(),
        }
    }

    #[test]
    fn what_is_no_instance_or_no_container_is_refused() {
        for id in [
            "",
            "i-",
            "i-0123",
            "i-0123456789abcdefg",
            "I-01234567",
            "i-01234567;",
            "i-0123456é",
        ] {
            let refused = InstanceId::try_from(id.to_owned());
            assert_eq!(refused, Err(NotAnInstanceId(id.to_owned())));
        }
        for name in [
            "",
            "-web",
            "web app",
            "web;id",
            "$(id)",
            "web\n",
            "wéb",
            &"a".repeat(129),
        ] {
            let refused = ContainerName::try_from(name.to_owned());
            assert_eq!(refused, Err(NotAContainerName(name.to_owned())));
        }
    }

    #[test]
    fn a_name_that_ecs_would_refuse_is_refused_here() {
        for name in [
            "",
            "a/b",
            "arn:aws:ecs",
            "checkout;rm",
            "naïve",
            &"a".repeat(256),
        ] {
            let refused = EcsName::try_from(name.to_owned());
            assert_eq!(refused, Err(NotAnEcsName(name.to_owned())));
        }
    }
}
