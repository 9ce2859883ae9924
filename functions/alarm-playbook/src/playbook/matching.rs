use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use wildmatch::WildMatch;

use crate::alarm::Alarm;
use crate::alarms::Tags;

/// Which alarms a playbook is for; all that is given must hold.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Match {
    /// A pattern for the alarm's name, with `*` for any characters and `?` for one.
    alarm_name: Pattern,
    /// The namespace of its metric, such as `AWS/ApplicationELB`.
    namespace: Option<String>,
    /// The name of its metric, such as `HTTPCode_Target_5XX_Count`.
    metric: Option<String>,
    /// Patterns for dimensions that its metric must have.
    #[serde(default)]
    dimensions: BTreeMap<String, Pattern>,
    /// Patterns for tags that the alarm must have.
    #[serde(default)]
    tags: BTreeMap<String, Pattern>,
}

/// A pattern in which `*` stands for any characters and `?` for one.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(from = "String")]
#[schemars(with = "String")]
struct Pattern(WildMatch);

impl From<String> for Pattern {
    fn from(pattern: String) -> Self {
        Self(WildMatch::new(&pattern))
    }
}

impl Match {
    pub(super) fn is_for(&self, alarm: &Alarm, tags: &Tags) -> bool {
        let metric = alarm.metric.as_ref();
        let agrees = |wanted: &Option<String>, found: Option<&String>| {
            wanted.is_none() || wanted.as_ref() == found
        };
        self.alarm_name.0.matches(&alarm.name)
            && agrees(&self.namespace, metric.map(|metric| &metric.namespace))
            && agrees(&self.metric, metric.map(|metric| &metric.name))
            && has_all(&self.dimensions, metric.map(|metric| &metric.dimensions))
            && has_all(&self.tags, Some(tags))
    }

    /// Whether the pattern for the name agrees, whatever else is asked for.
    pub(super) fn is_for_name(&self, name: &str) -> bool {
        self.alarm_name.0.matches(name)
    }

    /// False if its pattern for the name is empty.
    pub(super) fn can_match(&self) -> bool {
        !self.alarm_name.0.pattern().is_empty()
    }

    pub(super) fn needs_tags(&self) -> bool {
        !self.tags.is_empty()
    }
}

/// Whether each pattern has a value that agrees.
fn has_all(patterns: &BTreeMap<String, Pattern>, found: Option<&BTreeMap<String, String>>) -> bool {
    patterns.iter().all(|(name, pattern)| {
        let value = found.and_then(|found| found.get(name));
        value.is_some_and(|value| pattern.0.matches(value))
    })
}
