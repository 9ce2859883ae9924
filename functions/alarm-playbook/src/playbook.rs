//! The playbook file: which alarm leads to which step on which target. The only source of actions.

mod defaults;
mod matching;
mod mute;
mod step;
mod target;
mod warnings;
mod wording;

use std::collections::HashSet;
use std::sync::OnceLock;

use schemars::JsonSchema;
use serde::Deserialize;
use thiserror::Error;

pub use self::defaults::{Defaults, Memory, StormLimits};
pub use self::matching::Match;
pub use self::mute::Mute;
pub use self::step::{Message, OverSsh, RunAutomation, ScaleService, SshHost, Step, StepName};
pub use self::target::TargetSource;
pub use self::warnings::Warning;
use crate::alarms::Tags;
use crate::target::Target;
use shared::alarm::Alarm;

/// The file's only version so far.
const VERSION: u32 = 1;

/// A playbook file: which alarm leads to which remediation. Nothing else names an action or a target.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaybookFile {
    /// The version of this form: 1.
    version: u32,
    /// What holds for every playbook.
    #[serde(default)]
    pub defaults: Defaults,
    /// The playbooks; the first that matches is taken.
    pub playbooks: Vec<Playbook>,
    /// Counted once: with thousands of targets it takes longer than a decision.
    #[serde(skip)]
    known_targets: OnceLock<usize>,
}

/// One playbook.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Playbook {
    /// Its name in mails, logs and records.
    pub name: String,
    /// The alarms it is for.
    #[serde(rename = "match")]
    pub matches: Match,
    /// What it acts on.
    pub target: TargetSource,
    /// What it does: the next step only if the last did not help.
    #[schemars(length(min = 1))]
    pub steps: Vec<Step>,
    /// Reasons not to act that this playbook does without.
    #[serde(default)]
    pub also_act_on: Vec<Exception>,
    /// Further times of the week in which nothing is done and nobody is told.
    #[serde(default)]
    pub mute: Vec<Mute>,
}

/// A reason not to act that a playbook may do without, because its owner knows better.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Exception {
    /// The alarm came from `INSUFFICIENT_DATA`, as after a deployment of the alarm itself.
    FromInsufficientData,
    /// Somebody set the state by hand, as in an exercise.
    ForcedByHand,
    /// The message does not say which metric the alarm watches.
    UnknownMetric,
    /// The metric has no dimensions, as metrics of one's own often have none.
    NoDimensions,
    /// A composite alarm names no child that set it off.
    CompositeWithoutChildren,
    /// A deployment began shortly before the alarm, and a restart would run the same version again.
    RecentDeployment,
    /// More requests came with the fault, and a restart takes capacity away for a while.
    LoadRose,
    /// The service may lose more of its tasks while it is deployed than `minimum_healthy_percent` allows.
    FewHealthyTasks,
}

/// Why a playbook file cannot be used, and where.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("{}{message}", at(.line.as_ref()))]
pub struct PlaybookError {
    /// What is wrong, and where it is known what to write instead.
    pub message: String,
    /// The line, counted from 1, where one can be named.
    pub line: Option<u64>,
}

impl PlaybookFile {
    /// Reads a playbook file; unknown keys are refused.
    pub fn parse(yaml: &str) -> Result<Self, PlaybookError> {
        let file: Self =
            serde_saphyr::from_str(yaml).map_err(|error| wording::explained(&error, yaml))?;
        file.check(yaml)?;
        Ok(file)
    }

    /// Whether any playbook asks for an alarm's tags, which cost a call.
    pub fn needs_tags(&self) -> bool {
        let asks =
            |playbook: &Playbook| playbook.matches.needs_tags() || playbook.target.needs_tags();
        self.playbooks.iter().any(asks)
    }

    /// How many targets the file can lead to.
    pub fn known_targets(&self) -> usize {
        *self.known_targets.get_or_init(|| {
            let playbooks = self.playbooks.iter();
            let targets = playbooks.flat_map(|playbook| playbook.target.all());
            targets.collect::<HashSet<_>>().len()
        })
    }

    /// The playbook of this name.
    pub fn named(&self, name: &str) -> Option<&Playbook> {
        self.playbooks.iter().find(|playbook| playbook.name == name)
    }

    /// Whether nothing is done and nobody is told at this time.
    pub fn is_mute(&self, playbook: &Playbook, at: jiff::Timestamp) -> bool {
        let mut windows = self.defaults.mute.iter().chain(&playbook.mute);
        windows.any(|window| window.holds(at))
    }

    /// The first playbook that is for `alarm`, with its target.
    pub fn matching(&self, alarm: &Alarm, tags: &Tags) -> Option<(&Playbook, Target)> {
        self.playbooks.iter().find_map(|playbook| {
            let is_for = playbook.matches.is_for(alarm, tags);
            let target = is_for.then(|| playbook.target.resolve(alarm, tags));
            Some((playbook, target??))
        })
    }

    /// The first playbook whose pattern for the name agrees, with its target: for a look back at alarms of which only the name
    /// is known. The function itself never goes by this.
    pub fn matching_by_name(&self, alarm: &Alarm) -> Option<(&Playbook, Target)> {
        self.playbooks.iter().find_map(|playbook| {
            let is_for = playbook.matches.is_for_name(&alarm.name);
            let target = is_for.then(|| playbook.target.resolve(alarm, &Tags::new()));
            Some((playbook, target??))
        })
    }

    /// What keeps the playbook whose name comes nearest from being for an alarm; `None` if no playbook's pattern for the name
    /// agrees.
    pub fn nearest(&self, alarm: &Alarm, tags: &Tags) -> Option<String> {
        let mut by_name = self.playbooks.iter();
        let nearest = by_name.find(|playbook| playbook.matches.is_for_name(&alarm.name))?;
        let why = nearest.matches.difference(alarm, tags);
        let why =
            why.unwrap_or_else(|| "its target's allowlist has not what the alarm names".to_owned());
        Some(format!("nearest is playbook {}, but {why}", nearest.name))
    }

    /// What the form alone cannot rule out. An error names the line that begins with what is wrong.
    fn check(&self, yaml: &str) -> Result<(), PlaybookError> {
        let wrong = |key: &str, message: String| {
            let line = last_line_with(yaml, key);
            Err(PlaybookError { message, line })
        };
        if self.version != VERSION {
            let found = self.version;
            let message = format!("version is {found}; this program reads version {VERSION}");
            return wrong("version:", message);
        }
        if let Some((name, wrong_how)) = self.defaults.wrong() {
            return wrong(&format!("{name}:"), format!("defaults.{name} {wrong_how}"));
        }
        if self.playbooks.is_empty() {
            let message = "there are no playbooks, so nothing is ever acted on".to_owned();
            return wrong("playbooks:", message);
        }
        for (n, playbook) in self.playbooks.iter().enumerate() {
            let earlier = self.playbooks.iter().take(n);
            if let Some(message) = playbook.wrong(n, earlier) {
                return wrong(&format!("name: {}", playbook.name), message);
            }
        }
        Ok(())
    }
}

impl Playbook {
    /// The subject under which somebody is called in the end, if anybody is.
    pub fn page(&self) -> Option<String> {
        self.steps.iter().find_map(|step| match step {
            Step::Page(Message { subject }) => Some(subject.clone()),
            _ => None,
        })
    }

    /// What is wrong with a playbook that `n` others come before.
    fn wrong<'a>(&self, n: usize, mut earlier: impl Iterator<Item = &'a Self>) -> Option<String> {
        let name = &self.name;
        if name.trim().is_empty() {
            return Some(format!("playbook number {} has no name", n + 1));
        }
        if earlier.any(|earlier| earlier.name == *name) {
            return Some(format!("two playbooks are called `{name}`"));
        }
        if !self.matches.can_match() || self.target.all().is_empty() {
            return Some(format!(
                "playbook `{name}` is for no alarm: a pattern or an allowlist is empty"
            ));
        }
        let wrong = self.wrong_steps()?;
        Some(format!("playbook `{name}`: {wrong}"))
    }

    fn wrong_steps(&self) -> Option<String> {
        let Some((_, all_but_last)) = self.steps.split_last() else {
            return Some("it has no steps".to_owned());
        };
        let pages_early = all_but_last
            .iter()
            .any(|step| step.name() == StepName::Page);
        if pages_early {
            return Some("no step is reached after `page`".to_owned());
        }
        self.steps.iter().find_map(|step| step.wrong(&self.target))
    }
}

/// The beginning of a message about a line.
fn at(line: Option<&u64>) -> String {
    line.map_or_else(String::new, |line| format!("line {line}: "))
}

/// The last line, counted from 1, that begins with `key`, list marks aside.
fn last_line_with(yaml: &str, key: &str) -> Option<u64> {
    let begins = |line: &str| line.trim_start_matches([' ', '-']).starts_with(key);
    let lines = yaml.lines().enumerate();
    let (n, _) = lines.filter(|(_, line)| begins(line)).last()?;
    u64::try_from(n + 1).ok()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::samples::firing;

    /// The file that is packaged with the function.
    const EXAMPLE: &str = include_str!("../playbook.yaml");

    pub(crate) fn checkout_playbooks() -> PlaybookFile {
        PlaybookFile::parse(EXAMPLE).unwrap()
    }

    fn refused(from: &str, to: &str) -> String {
        assert!(EXAMPLE.contains(from), "the example has no `{from}`");
        PlaybookFile::parse(&EXAMPLE.replacen(from, to, 1))
            .unwrap_err()
            .message
    }

    #[test]
    fn the_example_says_what_holds_without_it() {
        let written = format!("{:?}", checkout_playbooks().defaults);
        assert_eq!(written, format!("{:?}", Defaults::default()));
    }

    #[test]
    fn an_error_is_told_with_its_line() {
        let error = PlaybookFile::parse("version: 1\nplaybooks: []").unwrap_err();
        let told = "line 2: there are no playbooks, so nothing is ever acted on";
        assert_eq!(error.to_string(), told);
        let error = PlaybookFile::parse("").unwrap_err();
        assert_eq!(error.to_string(), "the file is empty");
    }

    #[test]
    fn an_error_says_what_is_wrong() {
        insta::assert_snapshot!(refused("    steps:", "    stebs:"));
        insta::assert_snapshot!(refused("restart_service", "rm -rf"));
        insta::assert_snapshot!(refused("checkout }", "\"checkout;rm\" }"));
        insta::assert_snapshot!(refused("cooldown: 10m", "cooldown: ten minutes"));
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        assert_eq!(
            refused("version: 1", "version: 2"),
            "version is 2; this program reads version 1"
        );
        assert_eq!(
            refused("10m", "-10m"),
            "defaults.cooldown is negative or longer than a day"
        );
        assert_eq!(
            refused("max_alarm_age: 15m", "max_alarm_age: 25h"),
            "defaults.max_alarm_age is negative or longer than a day"
        );
    }

    #[test]
    fn a_playbook_is_for_an_alarm_if_all_that_it_names_agrees() {
        let file = checkout_playbooks();
        let name_of = |alarm: &Alarm| {
            file.matching(alarm, &Tags::new())
                .map(|(playbook, _)| playbook.name.clone())
        };
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
            changed(|alarm| alarm.metric.as_mut().unwrap().name = "RequestCount".to_owned()),
            None
        );
    }

    /// A file whose playbook is for alarms with a dimension and takes its service from another one.
    const CHOSEN: &str = "
version: 1
playbooks:
  - name: any
    match:
      alarm_name: '*'
      dimensions: { LoadBalancer: 'app/shop/*' }
    target:
      ecs_service:
        cluster: shop
        service: { from_dimension: Service, allowed: [checkout, cart] }
    steps: [restart_service]
";

    #[test]
    fn a_dimension_chooses_among_the_services_that_are_allowed_and_no_other() {
        let file = PlaybookFile::parse(CHOSEN).unwrap();
        let chosen = |service: &str| {
            let mut alarm = firing();
            let dimensions = &mut alarm.metric.as_mut().unwrap().dimensions;
            dimensions.insert("Service".to_owned(), service.to_owned());
            file.matching(&alarm, &Tags::new())
                .map(|(_, target)| target.to_string())
        };
        assert_eq!(chosen("cart"), Some("ECS service shop/cart".to_owned()));
        assert_eq!(chosen("billing"), None);
        assert_eq!(chosen("cart\n"), None);
        assert!(file.matching(&firing(), &Tags::new()).is_none());
    }

    #[test]
    fn a_dimension_that_a_playbook_asks_for_must_be_there_and_agree() {
        let file = PlaybookFile::parse(&CHOSEN.replace("app/shop/*", "app/other/*")).unwrap();
        let mut alarm = firing();
        let dimensions = &mut alarm.metric.as_mut().unwrap().dimensions;
        dimensions.insert("Service".to_owned(), "cart".to_owned());
        assert!(file.matching(&alarm, &Tags::new()).is_none());
    }

    #[test]
    fn tags_match_and_choose_like_dimensions_and_are_asked_for_only_where_they_are() {
        let yaml = CHOSEN
            .replace(
                "dimensions: { LoadBalancer: 'app/shop/*' }",
                "tags: { team: 'sh?p' }",
            )
            .replace("from_dimension: Service", "from_tag: service");
        let file = PlaybookFile::parse(&yaml).unwrap();
        let chosen = |team: &str, service: &str| {
            let tags = [("team", team), ("service", service)];
            let tags = tags
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .into();
            let (_, target) = file.matching(&firing(), &tags)?;
            Some(target.to_string())
        };
        assert_eq!(
            chosen("shop", "cart"),
            Some("ECS service shop/cart".to_owned())
        );
        assert_eq!(chosen("shop", "billing"), None);
        assert_eq!(chosen("other", "cart"), None);
        assert!(file.matching(&firing(), &Tags::new()).is_none());
        assert_eq!(
            (file.needs_tags(), checkout_playbooks().needs_tags()),
            (true, false)
        );
    }

    #[test]
    fn a_file_that_can_never_act_or_is_ambiguous_is_refused_with_the_line() {
        let check = |yaml: String, line: u64, expected: &str| {
            let PlaybookError {
                message,
                line: found,
            } = PlaybookFile::parse(&yaml).unwrap_err();
            assert_eq!((message.as_str(), found), (expected, Some(line)));
        };
        let never = "playbook `any` is for no alarm: a pattern or an allowlist is empty";
        check(CHOSEN.replace("[checkout, cart]", "[]"), 4, never);
        check(
            CHOSEN.replace("alarm_name: '*'", "alarm_name: ''"),
            4,
            never,
        );
        check(
            "version: 1\nplaybooks: []".to_owned(),
            2,
            "there are no playbooks, so nothing is ever acted on",
        );
        let (_, playbook) = CHOSEN.split_once("playbooks:").unwrap();
        check(
            format!("{CHOSEN}{playbook}"),
            14,
            "two playbooks are called `any`",
        );
        check(
            CHOSEN.replace("version: 1", "version: 3"),
            2,
            "version is 3; this program reads version 1",
        );
        let unnamed = PlaybookFile::parse(&CHOSEN.replace("name: any", "name: ' '"));
        assert_eq!(
            unnamed.unwrap_err().message,
            "playbook number 1 has no name"
        );
    }
}
