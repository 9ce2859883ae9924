//! Every rule has logs of its own that it, and no other rule, answers. `UPDATE_FIXTURES=1` writes the answers down anew.
//!
//! A fixture begins with what is expected; after `---` comes the log, each line behind two characters: `> ` marks the decisive lines.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use ci_log_analyzer::rules::{Rules, Seen};

#[derive(Clone, Debug, Eq, PartialEq)]
struct Verdict {
    rule: String,
    category: String,
    decisive: (usize, usize),
}

struct Fixture {
    path: PathBuf,
    expected: Verdict,
    marked: (usize, usize),
    log: Vec<String>,
}

impl Fixture {
    fn read(path: PathBuf) -> Self {
        let text = fs::read_to_string(&path).unwrap();
        let (head, body) = text.split_once("---\n").unwrap();
        let value = |key: &str| {
            let mut lines = head.lines();
            lines
                .find_map(|line| line.strip_prefix(key)?.strip_prefix(": "))
                .unwrap_or_else(|| panic!("{} has no `{key}`", path.display()))
        };
        let (start, end) = value("decisive").split_once('-').unwrap();
        let marks: Vec<usize> = (1..)
            .zip(body.lines())
            .filter_map(|(number, line)| line.starts_with('>').then_some(number))
            .collect();
        let log = body
            .lines()
            .map(|line| line.get(2..).unwrap_or_default().to_owned());
        Self {
            expected: Verdict {
                rule: value("rule").to_owned(),
                category: value("category").to_owned(),
                decisive: (start.parse().unwrap(), end.parse().unwrap()),
            },
            marked: (*marks.first().unwrap(), *marks.last().unwrap()),
            log: log.collect(),
            path,
        }
    }

    /// What the analyzer makes of the log.
    fn answer(&self) -> Verdict {
        let lines: Vec<&str> = self.log.iter().map(String::as_str).collect();
        let (start, end) = self.marked;
        let step = lines.iter().find_map(|line| line.strip_prefix("##[group]"));
        let verdict = Rules::built_in().judge(Seen {
            decisive: &lines[start - 1..end],
            excerpt: &lines,
            step,
        });
        Verdict {
            rule: verdict.rule.unwrap_or_else(|| "-".to_owned()),
            category: serde_json::to_value(verdict.category)
                .unwrap()
                .as_str()
                .unwrap()
                .to_owned(),
            decisive: self.marked,
        }
    }

    fn bless(&self, answer: &Verdict) {
        let Verdict {
            rule,
            category,
            decisive: (start, end),
        } = answer;
        let mut text =
            format!("rule: {rule}\ncategory: {category}\ndecisive: {start}-{end}\n---\n");
        for (number, line) in (1..).zip(&self.log) {
            let mark = if (*start..=*end).contains(&number) {
                '>'
            } else {
                ' '
            };
            writeln!(text, "{}", format!("{mark} {line}").trim_end()).unwrap();
        }
        fs::write(&self.path, text).unwrap();
    }
}

fn fixtures() -> Vec<Fixture> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths.into_iter().map(Fixture::read).collect()
}

#[test]
fn each_fixture_is_answered_as_it_says() {
    let mut wrong = String::new();
    for fixture in fixtures() {
        let answer = fixture.answer();
        if std::env::var_os("UPDATE_FIXTURES").is_some() {
            fixture.bless(&answer);
        } else if answer != fixture.expected || answer.decisive != fixture.marked {
            writeln!(
                wrong,
                "{}\n  expected {:?}\n  answered {answer:?}",
                fixture.path.display(),
                fixture.expected
            )
            .unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn each_rule_has_a_fixture_and_each_fixture_a_rule() {
    let fixtures = fixtures();
    let ruled: BTreeSet<&str> = fixtures
        .iter()
        .map(|fixture| fixture.expected.rule.as_str())
        .filter(|rule| *rule != "-")
        .collect();
    let names: BTreeSet<&str> = Rules::built_in().names().collect();
    assert_eq!(ruled, names);
}

#[test]
fn a_fixture_is_named_for_the_rule_that_answers_it() {
    for fixture in fixtures() {
        let stem = fixture
            .path
            .file_stem()
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned();
        let named = stem.starts_with(&fixture.expected.rule) || stem.starts_with("unknown");
        assert!(named, "{stem} is answered by {}", fixture.expected.rule);
    }
}
