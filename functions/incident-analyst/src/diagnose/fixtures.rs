//! Incidents in short form, each with its verdict. `UPDATE_FIXTURES=1` writes the verdicts down anew.
//!
//! A fixture begins with the answer; after `---` comes the incident as TOML ([`story`]). The line `person` is what a person who reads the
//! incident says, and is never rewritten: an answer with another cause is wrong, whatever is blessed. They are made up, after what AWS
//! documents and what programs are known to write; none is a real incident, so they calibrate the rules among each other and nothing else.

mod story;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use self::story::Story;
use super::diagnose;
use super::rules::Rules;
use crate::analysis::{Analysis, Cause};
use crate::evidence::Evidence;

pub(super) struct Fixture {
    path: PathBuf,
    expected: Answer,
    body: String,
    story: Story,
}

#[derive(Clone, Debug, Eq, PartialEq)]
struct Answer {
    /// What a person says.
    person: String,
    rule: String,
    cause: String,
    confidence: String,
    headline: String,
}

impl Fixture {
    fn read(path: PathBuf) -> Self {
        let text = fs::read_to_string(&path).unwrap();
        let (head, body) = text
            .split_once("---\n")
            .unwrap_or_else(|| panic!("{}", path.display()));
        let value = |key: &str| {
            let mut lines = head.lines();
            let value = lines.find_map(|line| line.strip_prefix(key)?.strip_prefix(": "));
            value.unwrap_or_default().to_owned()
        };
        let story =
            toml::from_str(body).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self {
            expected: Answer {
                person: value("person"),
                rule: value("rule"),
                cause: value("cause"),
                confidence: value("confidence"),
                headline: value("headline"),
            },
            body: body.to_owned(),
            story,
            path,
        }
    }

    pub(super) fn evidence(&self) -> Evidence {
        self.story.evidence()
    }

    pub(super) fn name(&self) -> String {
        self.path.file_stem().unwrap().to_str().unwrap().to_owned()
    }

    fn answer(&self) -> Answer {
        let analysis = diagnose(&self.evidence());
        Answer {
            person: self.expected.person.clone(),
            cause: cause(&analysis),
            confidence: format!("{:.2}", analysis.verdict.confidence),
            headline: analysis.headline,
            rule: analysis.verdict.rule.unwrap_or_else(|| "-".to_owned()),
        }
    }

    fn bless(&self, answer: &Answer) {
        let Answer {
            person,
            rule,
            cause,
            confidence,
            headline,
        } = answer;
        let body = &self.body;
        let text = format!(
            "person: {person}\nrule: {rule}\ncause: {cause}\nconfidence: {confidence}\nheadline: {headline}\n---\n{body}"
        );
        fs::write(&self.path, text).unwrap();
    }
}

fn cause(analysis: &Analysis) -> String {
    let cause = serde_json::to_value(analysis.verdict.cause).unwrap();
    cause.as_str().unwrap().to_owned()
}

/// All fixtures, read once.
pub(super) fn fixtures() -> &'static [Fixture] {
    static FIXTURES: LazyLock<Vec<Fixture>> = LazyLock::new(read);
    &FIXTURES
}

fn read() -> Vec<Fixture> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/incidents");
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> = entries.collect();
    paths.sort();
    paths.into_iter().map(Fixture::read).collect()
}

#[test]
fn each_fixture_is_answered_as_it_says() {
    #[expect(
        clippy::disallowed_methods,
        reason = "how a person asks a test for new answers"
    )]
    let is_blessing = std::env::var("UPDATE_FIXTURES").is_ok();
    let mut wrong = String::new();
    for fixture in fixtures() {
        let (answer, expected) = (fixture.answer(), &fixture.expected);
        if answer.cause != answer.person {
            let verdict = diagnose(&fixture.evidence()).verdict;
            writeln!(wrong, "{}: {answer:#?}\n{verdict:#?}", fixture.name()).unwrap();
        } else if is_blessing {
            fixture.bless(&answer);
        } else if answer != *expected {
            writeln!(wrong, "{}: {answer:#?} not {expected:#?}", fixture.name()).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn each_rule_has_two_incidents_that_it_answers_and_one_that_only_looks_like_it() {
    let fixtures = fixtures();
    let mut answered: BTreeMap<&str, usize> = BTreeMap::new();
    for fixture in fixtures {
        *answered.entry(&fixture.expected.rule).or_default() += 1;
    }
    let looked_like: BTreeSet<&str> = fixtures
        .iter()
        .filter_map(|fixture| Some((fixture.story.looks_like.as_deref()?, &fixture.expected.rule)))
        .inspect(|(looks_like, rule)| assert_ne!(looks_like, rule))
        .map(|(looks_like, _)| looks_like)
        .collect();
    let mut lacking = Vec::new();
    for rule in Rules::built_in().all() {
        let count = answered.get(rule.name.as_str()).copied().unwrap_or(0);
        let is_missed = looked_like.contains(rule.name.as_str());
        if count < 2 || !is_missed {
            lacking.push((rule.name.as_str(), count, is_missed));
        }
    }
    assert_eq!(lacking, Vec::new());
}

#[test]
fn a_fixture_is_named_for_the_rule_that_answers_it() {
    for fixture in fixtures() {
        let rule = match fixture.expected.rule.as_str() {
            "-" => "undetermined",
            rule => rule,
        };
        assert!(
            fixture.name().starts_with(rule),
            "{} is answered by {rule}",
            fixture.name()
        );
    }
}

/// The rule of succession: of so few trials, all of them right, no more can be said.
#[test]
fn no_rule_is_surer_than_its_fixtures_allow() {
    for rule in Rules::built_in().all() {
        let speaks_of = fixtures().iter().filter(|fixture| {
            let looks_like = fixture.story.looks_like.as_ref();
            fixture.expected.rule == rule.name || looks_like == Some(&rule.name)
        });
        let count = f64::from(u32::try_from(speaks_of.count()).unwrap());
        let most = (count + 1.0) / (count + 2.0);
        assert!(
            rule.confidence <= most,
            "{}: {} is above {most}",
            rule.name,
            rule.confidence
        );
        assert_ne!(rule.cause, Cause::Undetermined, "{}", rule.name);
    }
}
