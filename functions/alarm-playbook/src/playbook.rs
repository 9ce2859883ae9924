//! The playbook file: which alarm leads to which step on which target. The only source of actions.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use wildmatch::WildMatch;

use crate::alarm::Alarm;
use crate::target::Target;

/// The file's only version so far.
const VERSION: u32 = 1;

/// No duration in the file may exceed a day: longer ones are slips of the pen.
const LONGEST: SignedDuration = SignedDuration::from_hours(24);

/// A playbook file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaybookFile {
    version: u32,
    /// What holds for every playbook.
    #[serde(default)]
    pub defaults: Defaults,
    /// The playbooks; the first that matches is taken.
    pub playbooks: Vec<Playbook>,
}

/// What holds for every playbook.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct Defaults {
    /// After a remediation the target is left alone for this long.
    pub cooldown: SignedDuration,
    /// An alarm older than this is reported and not acted on.
    pub max_alarm_age: SignedDuration,
}

impl Default for Defaults {
    fn default() -> Self {
        Self {
            cooldown: SignedDuration::from_mins(10),
            max_alarm_age: SignedDuration::from_mins(15),
        }
    }
}

/// One playbook.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Playbook {
    /// Its name in mails, logs and records.
    pub name: String,
    /// The alarms it is for.
    #[serde(rename = "match")]
    pub matches: Match,
    /// What it acts on.
    pub target: Target,
    /// What it does; one step in this version.
    pub steps: [Step; 1],
}

/// Which alarms a playbook is for; all that is given must hold.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Match {
    alarm_name: Pattern,
    namespace: Option<String>,
    metric: Option<String>,
}

/// A pattern in which `*` stands for any characters and `?` for one.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "String")]
struct Pattern(WildMatch);

impl From<String> for Pattern {
    fn from(pattern: String) -> Self {
        Self(WildMatch::new(&pattern))
    }
}

/// A step: one rung of a playbook's ladder.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Fresh tasks of the same task definition: `UpdateService` with `forceNewDeployment`.
    RestartService,
}

impl Step {
    /// As people read it.
    pub fn title(self) -> &'static str {
        match self {
            Self::RestartService => "restart ECS service",
        }
    }
}

/// Why a playbook file cannot be used.
#[derive(Debug, Error)]
pub enum PlaybookError {
    /// Not of the documented form; the message carries line and column.
    #[error("the playbook file is not valid: {0}")]
    Form(String),
    /// Written for another version.
    #[error("the playbook file has version {0}; this program reads version {VERSION}")]
    Version(u32),
    /// A duration that cannot be meant.
    #[error("{0} is negative or longer than a day")]
    Duration(&'static str),
}

impl PlaybookFile {
    /// Reads a playbook file; unknown keys are refused.
    pub fn parse(yaml: &str) -> Result<Self, PlaybookError> {
        let file: Self =
            serde_saphyr::from_str(yaml).map_err(|error| PlaybookError::Form(error.to_string()))?;
        if file.version != VERSION {
            return Err(PlaybookError::Version(file.version));
        }
        check_duration("defaults.cooldown", file.defaults.cooldown)?;
        check_duration("defaults.max_alarm_age", file.defaults.max_alarm_age)?;
        Ok(file)
    }

    /// The first playbook that is for `alarm`.
    pub fn matching(&self, alarm: &Alarm) -> Option<&Playbook> {
        self.playbooks
            .iter()
            .find(|playbook| playbook.matches.is_for(alarm))
    }
}

impl Match {
    fn is_for(&self, alarm: &Alarm) -> bool {
        let metric = alarm.metric.as_ref();
        let agrees = |wanted: &Option<String>, found: Option<&String>| {
            wanted.is_none() || wanted.as_ref() == found
        };
        self.alarm_name.0.matches(&alarm.name)
            && agrees(&self.namespace, metric.map(|metric| &metric.namespace))
            && agrees(&self.metric, metric.map(|metric| &metric.name))
    }
}

fn check_duration(name: &'static str, duration: SignedDuration) -> Result<(), PlaybookError> {
    if duration.is_negative() || duration > LONGEST {
        return Err(PlaybookError::Duration(name));
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::alarm::Metric;
    use crate::alarm::tests::firing;

    /// The file that is packaged with the function.
    const EXAMPLE: &str = include_str!("../playbook.yaml");

    pub(crate) fn checkout_playbooks() -> PlaybookFile {
        PlaybookFile::parse(EXAMPLE).unwrap()
    }

    fn refused(from: &str, to: &str) -> String {
        assert!(EXAMPLE.contains(from), "the example has no `{from}`");
        PlaybookFile::parse(&EXAMPLE.replacen(from, to, 1))
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn the_example_says_what_holds_without_it() {
        assert_eq!(checkout_playbooks().defaults, Defaults::default());
    }

    #[test]
    fn an_error_names_the_place() {
        insta::assert_snapshot!(refused("    steps:", "    stebs:"));
        insta::assert_snapshot!(refused("restart_service", "rm -rf"));
        insta::assert_snapshot!(refused("checkout }", "\"checkout;rm\" }"));
        insta::assert_snapshot!(refused("cooldown: 10m", "cooldown: ten minutes"));
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        assert_eq!(
            refused("version: 1", "version: 2"),
            "the playbook file has version 2; this program reads version 1"
        );
        assert_eq!(
            refused("10m", "-10m"),
            "defaults.cooldown is negative or longer than a day"
        );
        assert_eq!(
            refused("15m", "25h"),
            "defaults.max_alarm_age is negative or longer than a day"
        );
    }

    #[test]
    fn a_playbook_is_for_an_alarm_if_all_that_it_names_agrees() {
        let file = checkout_playbooks();
        let name_of = |alarm: &Alarm| file.matching(alarm).map(|playbook| playbook.name.clone());
        let changed = |change: fn(&mut Alarm)| {
            let mut alarm = firing();
            change(&mut alarm);
            name_of(&alarm)
        };
        assert_eq!(name_of(&firing()), Some("checkout-5xx".to_owned()));
        assert_eq!(
            changed(|alarm| alarm.name = "checkout-cpu".to_owned()),
            None
        );
        assert_eq!(changed(|alarm| alarm.metric = None), None);
        assert_eq!(
            changed(|alarm| {
                alarm.metric = Some(Metric {
                    namespace: "AWS/ApplicationELB".to_owned(),
                    name: "RequestCount".to_owned(),
                });
            }),
            None
        );
    }
}
