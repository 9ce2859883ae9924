//! The rules that come with the program.

use super::parse::{Rule, trusted};

/// In the order in which they are asked: what the CI system itself says, what took the ground from under the run, and only then
/// what compilers and test frameworks say, because a broken network or a full disk shows up as a failed test or build too.
pub(super) const FILES: [(&str, &str); 12] = [
    ("run.toml", include_str!("run.toml")),
    ("resource.toml", include_str!("resource.toml")),
    ("permission.toml", include_str!("permission.toml")),
    ("configuration.toml", include_str!("configuration.toml")),
    ("dependency.toml", include_str!("dependency.toml")),
    ("infrastructure.toml", include_str!("infrastructure.toml")),
    ("lint.toml", include_str!("lint.toml")),
    ("code.toml", include_str!("code.toml")),
    ("timeout.toml", include_str!("timeout.toml")),
    ("test.toml", include_str!("test.toml")),
    ("words.toml", include_str!("words.toml")),
    ("step.toml", include_str!("step.toml")),
];

pub(super) fn rules() -> Vec<Rule> {
    FILES.iter().flat_map(|(_, toml)| trusted(toml)).collect()
}
