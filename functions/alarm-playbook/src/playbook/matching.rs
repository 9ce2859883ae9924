use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use wildmatch::WildMatch;

use crate::alarms::Tags;
use shared::alarm::Alarm;

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

impl Pattern {
    /// Whether it matches all that `other` does. Its own `*` takes the other's wildcards as it takes any characters; a `?` of
    /// its own may not, so with one only the same pattern is sure to be covered.
    fn covers(&self, other: &Self) -> bool {
        let (ours, theirs) = (self.0.pattern(), other.0.pattern());
        ours == theirs || !ours.contains('?') && self.0.matches(&theirs)
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

    /// Which of the things that are asked for, the name aside, the alarm has otherwise.
    pub(super) fn difference(&self, alarm: &Alarm, tags: &Tags) -> Option<String> {
        let metric = alarm.metric.as_ref();
        let differs = |what: &str, wanted: &Option<String>, found: Option<&String>| {
            let wanted = wanted.as_ref().filter(|wanted| Some(*wanted) != found)?;
            let found = found.map_or("not told", String::as_str);
            Some(format!("the alarm's {what} is {found}, not {wanted}"))
        };
        let dimensions = metric.map(|metric| &metric.dimensions);
        differs(
            "namespace",
            &self.namespace,
            metric.map(|metric| &metric.namespace),
        )
        .or_else(|| differs("metric", &self.metric, metric.map(|metric| &metric.name)))
        .or_else(|| {
            let has_not = !has_all(&self.dimensions, dimensions);
            has_not.then(|| "the dimensions of the alarm's metric are others".to_owned())
        })
        .or_else(|| {
            let has_not = !has_all(&self.tags, Some(tags));
            has_not.then(|| "the alarm's tags are others".to_owned())
        })
    }

    /// Whether every alarm that `other` is for is one that this is for as well.
    pub(super) fn covers(&self, other: &Self) -> bool {
        let is_wider =
            |ours: &Option<String>, theirs: &Option<String>| ours.is_none() || ours == theirs;
        self.alarm_name.covers(&other.alarm_name)
            && is_wider(&self.namespace, &other.namespace)
            && is_wider(&self.metric, &other.metric)
            && cover(&self.dimensions, &other.dimensions)
            && cover(&self.tags, &other.tags)
    }

    pub(super) fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
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

/// Whether each pattern has one on the other side that it covers.
fn cover(ours: &BTreeMap<String, Pattern>, theirs: &BTreeMap<String, Pattern>) -> bool {
    ours.iter().all(|(name, ours)| {
        let theirs = theirs.get(name);
        theirs.is_some_and(|theirs| ours.covers(theirs))
    })
}
