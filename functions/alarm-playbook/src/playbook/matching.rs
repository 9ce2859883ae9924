use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use wildmatch::WildMatch;

use crate::alarm::Alarm;

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
    pub(super) fn is_for(&self, alarm: &Alarm) -> bool {
        let metric = alarm.metric.as_ref();
        let agrees = |wanted: &Option<String>, found: Option<&String>| {
            wanted.is_none() || wanted.as_ref() == found
        };
        let has = |(name, pattern): (&String, &Pattern)| {
            let value = metric.and_then(|metric| metric.dimensions.get(name));
            value.is_some_and(|value| pattern.0.matches(value))
        };
        self.alarm_name.0.matches(&alarm.name)
            && agrees(&self.namespace, metric.map(|metric| &metric.namespace))
            && agrees(&self.metric, metric.map(|metric| &metric.name))
            && self.dimensions.iter().all(has)
    }
}
