//! Every rule has logs of its own that it, and no other rule, answers. `UPDATE_FIXTURES=1` writes the answers down anew.
//!
//! A fixture begins with the answer; after `---` comes the log, each line behind two characters: `> ` marks the lines that a person calls
//! decisive. The marks are never rewritten: an answer beside them is wrong, whatever is blessed.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use shared::redaction::Redactor;

use super::Rules;
use crate::analyze::Analyzer;
use crate::evidence::Settings;
use crate::read::{Limits, Lines};

#[derive(Clone, Debug, Eq, PartialEq)]
struct Verdict {
    rule: String,
    category: String,
    decisive: (u64, u64),
}

struct Fixture {
    path: PathBuf,
    expected: Verdict,
    marked: (u64, u64),
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
        let marks: Vec<u64> = (1..)
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

    /// What the analyzer makes of the log, from its bytes on.
    fn answer(&self) -> Verdict {
        let log = self.log.join("\n") + "\n";
        let mut lines = Lines::open(Cursor::new(log.into_bytes()), &Limits::default()).unwrap();
        let analyzer = Analyzer {
            settings: Settings::default(),
            baseline: None,
            rules: Rules::built_in(),
            redactor: &Redactor::new(),
        };
        let analysis = analyzer.analyze(&mut lines).unwrap().analysis;
        Verdict {
            rule: analysis.rule.unwrap_or_else(|| "-".to_owned()),
            category: serde_json::to_value(analysis.category)
                .unwrap()
                .as_str()
                .unwrap()
                .to_owned(),
            decisive: analysis
                .decisive
                .map_or((0, 0), |range| (range.start, range.end)),
        }
    }

    fn bless(&self, answer: &Verdict) {
        let Verdict {
            rule,
            category,
            decisive: (start, end),
        } = answer;
        let text = fs::read_to_string(&self.path).unwrap();
        let (_, body) = text.split_once("---\n").unwrap();
        let text =
            format!("rule: {rule}\ncategory: {category}\ndecisive: {start}-{end}\n---\n{body}");
        fs::write(&self.path, text).unwrap();
    }

    /// Whether the answer's lines and the marked ones meet; where the answer names none, whether only a CI system's own line is marked.
    fn is_marked(&self, answer: &Verdict) -> bool {
        let ((start, end), (first, last)) = (answer.decisive, self.marked);
        let wrapper = usize::try_from(first)
            .ok()
            .and_then(|first| self.log.get(first - 1));
        match start {
            0 => wrapper.is_some_and(|line| line.starts_with("##[error]Process completed")),
            _ => start <= last && first <= end,
        }
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
    #[expect(
        clippy::disallowed_methods,
        reason = "how a person asks a test for new answers"
    )]
    let is_blessing = std::env::var("UPDATE_FIXTURES").is_ok();
    let mut wrong = String::new();
    for fixture in fixtures() {
        let answer = fixture.answer();
        if !fixture.is_marked(&answer) {
            let path = fixture.path.display();
            writeln!(
                wrong,
                "{path}\n  marked {:?}\n  answered {answer:?}",
                fixture.marked
            )
            .unwrap();
        } else if is_blessing {
            fixture.bless(&answer);
        } else if answer != fixture.expected {
            let path = fixture.path.display();
            writeln!(
                wrong,
                "{path}\n  expected {:?}\n  answered {answer:?}",
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
