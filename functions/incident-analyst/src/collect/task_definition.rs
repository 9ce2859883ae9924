//! What changed between two task definitions, in words. Pure.

use std::collections::BTreeMap;

/// A task definition, as far as changes of it matter.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct TaskDefinition {
    /// `family:revision`.
    pub name: String,
    /// CPU units of the task, if they are set.
    pub cpu: String,
    /// Memory of the task in MiB, if it is set.
    pub memory: String,
    /// Its containers.
    pub containers: Vec<Container>,
}

/// A container of a task definition.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Container {
    /// Its name.
    pub name: String,
    /// What it runs.
    pub image: String,
    /// Where its log goes, if the `awslogs` driver takes it.
    pub log_group: Option<String>,
    /// What else is set, by what it is called: `cpu`, `memory`, `command`, `ports`.
    pub settings: BTreeMap<String, String>,
    /// The names of its environment variables, each with a hash of its value: values are nobody's business.
    pub environment: BTreeMap<String, String>,
    /// The names of its secrets, each with a hash of where it comes from.
    pub secrets: BTreeMap<String, String>,
}
