//! What a remediation acts on.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

/// Something that a step can act on. It comes from the playbook file, never from an alarm's text.
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// A service on ECS, in the account and region of the function.
    EcsService(EcsService),
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
    /// The service.
    pub fn service(&self) -> &EcsService {
        let Self::EcsService(service) = self;
        service
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
        }
    }
}

impl fmt::Display for EcsService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ECS service {}/{}", self.cluster, self.service)
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

impl From<EcsName> for String {
    fn from(name: EcsName) -> Self {
        name.0
    }
}

/// The beginning of the SHA-256 of `text`, `bytes` bytes of it, as lower-case hexadecimal digits.
pub(crate) fn short_hash(text: &str, bytes: usize) -> String {
    let digest = Sha256::digest(text);
    hex::encode(digest.get(..bytes).unwrap_or(&digest))
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
