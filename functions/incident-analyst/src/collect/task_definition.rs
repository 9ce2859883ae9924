//! What changed between two task definitions, in words. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::text::one_line;

/// The longest value in a change: an image has 255 characters at most, and a command may have any number.
const LONGEST: usize = 300;

/// Who changes more than this in one deployment has to look at it himself.
const MOST_CHANGES: usize = 40;

/// A task definition, as far as changes of it matter.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct TaskDefinition {
    /// `family:revision`.
    pub name: String,
    /// What is set for the whole task, by what it is called: `cpu`, `memory`.
    pub settings: BTreeMap<String, String>,
    /// Its containers.
    pub containers: Vec<Container>,
}

/// A container of a task definition.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Container {
    /// Its name.
    pub name: String,
    /// Where its log goes, if the `awslogs` driver takes it.
    pub log_group: Option<String>,
    /// The region that the log group is in, if it is another one.
    pub log_region: Option<String>,
    /// What is set, by what it is called: `image`, `cpu`, `memory`, `health check`, `ports`.
    pub settings: BTreeMap<String, String>,
    /// What is set and may hold a secret, by what it is called, each with a hash of its value: `command`.
    pub hidden: BTreeMap<String, String>,
    /// The names of its environment variables, each with a hash of its value: values are nobody's business.
    pub environment: BTreeMap<String, String>,
    /// The names of its secrets, each with a hash of where it comes from.
    pub secrets: BTreeMap<String, String>,
}

/// A task definition's name, `family:revision`: the end of its ARN.
pub(crate) fn name(arn: &str) -> &str {
    let (_, name) = arn.rsplit_once("task-definition/").unwrap_or(("", arn));
    name
}

/// The revision before, by its number; `None` for the first one.
pub(super) fn before(arn: &str) -> Option<String> {
    let (family, revision) = name(arn).rsplit_once(':')?;
    let revision: u32 = revision.parse().ok()?;
    (revision > 1).then(|| format!("{family}:{}", revision - 1))
}

impl TaskDefinition {
    /// The log groups of its containers that are in its own region.
    pub(super) fn log_groups(&self) -> impl Iterator<Item = &String> {
        let here = self
            .containers
            .iter()
            .filter(|one| one.log_region.is_none());
        here.filter_map(|container| container.log_group.as_ref())
    }

    /// The log groups of its containers in other regions, with these.
    pub(super) fn log_groups_elsewhere(&self) -> BTreeSet<(&String, &String)> {
        let groups = self.containers.iter().filter_map(|container| {
            Some((
                container.log_group.as_ref()?,
                container.log_region.as_ref()?,
            ))
        });
        groups.take(MOST_CHANGES).collect()
    }

    /// What is different from `old`: `image shop:1.4 -> shop:1.5`. Of environment variables and secrets it says the names only.
    pub(super) fn changes_since(&self, old: &Self) -> Vec<String> {
        let mut changes = settings("", &old.settings, &self.settings);
        let only_one = self.containers.len() == 1 && old.containers.len() == 1;
        for container in &self.containers {
            let mut before = old.containers.iter();
            let name = one_line(&container.name, LONGEST);
            match before.find(|before| before.name == container.name) {
                None => changes.push(format!("container {name} added")),
                Some(before) if only_one => changes.extend(container.changes_since(before, "")),
                Some(before) => {
                    changes.extend(container.changes_since(before, &format!("container {name}: ")));
                }
            }
        }
        let names: BTreeSet<&str> = self
            .containers
            .iter()
            .map(|container| container.name.as_str())
            .collect();
        let gone = old
            .containers
            .iter()
            .filter(|container| !names.contains(container.name.as_str()));
        changes.extend(
            gone.map(|container| {
                format!("container {} removed", one_line(&container.name, LONGEST))
            }),
        );
        if changes.len() > MOST_CHANGES {
            let more = changes.len() - MOST_CHANGES;
            changes.truncate(MOST_CHANGES);
            changes.push(format!("and {more} more"));
        }
        changes
    }
}

impl Container {
    fn changes_since(&self, old: &Self, prefix: &str) -> Vec<String> {
        let mut changes = settings(prefix, &old.settings, &self.settings);
        changes.extend(names(prefix, &old.hidden, &self.hidden));
        let named = |kind: &str, old, new| names(&format!("{prefix}{kind} "), old, new);
        changes.extend(named(
            "environment variable",
            &old.environment,
            &self.environment,
        ));
        changes.extend(named("secret", &old.secrets, &self.secrets));
        if (&self.log_group, &self.log_region) != (&old.log_group, &old.log_region) {
            changes.push(format!("{prefix}log group changed"));
        }
        changes
    }
}

/// What is set otherwise, with both values.
fn settings(
    prefix: &str,
    old: &BTreeMap<String, String>,
    new: &BTreeMap<String, String>,
) -> Vec<String> {
    let value = |of: &BTreeMap<String, String>, name: &str| {
        of.get(name)
            .map_or_else(|| "none".to_owned(), |value| one_line(value, LONGEST))
    };
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let changed = names
        .into_iter()
        .filter(|name| old.get(*name) != new.get(*name));
    changed
        .map(|name| {
            format!(
                "{prefix}{name} {} -> {}",
                value(old, name),
                value(new, name)
            )
        })
        .collect()
}

/// What is set otherwise, without values.
fn names(
    prefix: &str,
    old: &BTreeMap<String, String>,
    new: &BTreeMap<String, String>,
) -> Vec<String> {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let changed = names.into_iter().filter_map(|name| {
        let what = match (old.get(name), new.get(name)) {
            (None, Some(_)) => "added",
            (Some(_), None) => "removed",
            (old, new) if old != new => "changed",
            _ => return None,
        };
        Some(format!("{prefix}{} {what}", one_line(name, LONGEST)))
    });
    changed.collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::collect::samples::dimensions as map;

    fn container(name: &str) -> Container {
        Container {
            name: name.to_owned(),
            log_group: Some("/ecs/shop".to_owned()),
            log_region: None,
            settings: map(&[("image", "shop:1.4"), ("memory", "512")]),
            hidden: map(&[("command", "a1")]),
            environment: map(&[("LEVEL", "b1"), ("OLD", "b2")]),
            secrets: map(&[("TOKEN", "c1")]),
        }
    }

    fn definition(containers: &[Container]) -> TaskDefinition {
        TaskDefinition {
            name: "checkout:7".to_owned(),
            settings: map(&[("cpu", "256")]),
            containers: containers.to_vec(),
        }
    }

    #[test]
    fn what_changed_is_said_without_any_value_of_the_environment() {
        let old = definition(&[container("web")]);
        let mut new = definition(&[Container {
            log_group: None,
            settings: map(&[
                ("image", "shop:1.5"),
                ("memory", "512"),
                ("ports", "8080/tcp"),
            ]),
            hidden: map(&[("command", "a2")]),
            environment: map(&[("LEVEL", "b9"), ("NEW", "b3")]),
            secrets: map(&[("TOKEN", "c2")]),
            ..container("web")
        }]);
        new.settings.clear();
        let expected = [
            "cpu 256 -> none",
            "image shop:1.4 -> shop:1.5",
            "ports none -> 8080/tcp",
            "command changed",
            "environment variable LEVEL changed",
            "environment variable NEW added",
            "environment variable OLD removed",
            "secret TOKEN changed",
            "log group changed",
        ];
        assert_eq!(new.changes_since(&old), expected);
        assert_eq!(old.changes_since(&old), Vec::<String>::new());
    }

    #[test]
    fn of_several_containers_each_is_named() {
        let old = definition(&[container("web"), container("envoy")]);
        let mut changed = container("web");
        changed
            .settings
            .insert("image".to_owned(), "shop:1.5".to_owned());
        let new = definition(&[changed, container("agent")]);
        let expected = [
            "container web: image shop:1.4 -> shop:1.5",
            "container agent added",
            "container envoy removed",
        ];
        assert_eq!(new.changes_since(&old), expected);
    }

    #[test]
    fn the_revision_before_has_the_number_before() {
        let arn = "arn:aws:ecs:eu-west-1:111122223333:task-definition/checkout:7";
        let cases = [
            (arn, Some("checkout:6")),
            ("checkout:2", Some("checkout:1")),
            ("checkout:1", None),
            ("checkout", None),
            ("a:b", None),
            ("", None),
        ];
        for (name, expected) in cases {
            assert_eq!(before(name).as_deref(), expected, "{name}");
        }
        assert_eq!(name(arn), "checkout:7");
    }

    proptest! {
        #[test]
        fn nothing_panics_and_changes_are_bounded(names in proptest::collection::btree_map("\\PC{0,9}", "\\PC{0,9}", 0..90)) {
            let new = Container { environment: names, ..container("web") };
            let changes = definition(&[new]).changes_since(&definition(&[container("web")]));
            prop_assert!(changes.len() <= MOST_CHANGES + 1);
        }
    }
}
