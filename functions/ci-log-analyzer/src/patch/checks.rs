//! Whether the tests are what they were: none gone, and none that checks less. The table of `tests.toml` says what a test is.

mod bypass;
mod vacuous;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::bytes::{Regex, RegexBuilder};
use serde::Deserialize;

use self::vacuous::is_vacuous;
use super::apply::Change;
use super::code_text::without_comments;
use super::diff::Side;
use super::places::Family;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    language: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    names: Vec<String>,
    test: Vec<String>,
    check: Vec<String>,
    exact: Vec<String>,
    #[serde(default)]
    void: Vec<String>,
}

/// The expressions of a language, compiled for one file: those of all take a second of a small function.
struct Language {
    test: Regex,
    check: Regex,
    exact: Regex,
    void: Option<Regex>,
}

/// Tests by their name, with how often there is one, and how many checks.
#[derive(Debug, Default, Eq, PartialEq)]
struct Tests {
    named: BTreeMap<String, usize>,
    checks: usize,
    exact: usize,
    voids: usize,
}

/// `None` only if the table that comes with the program could not be read: the tests see to it that it can.
static LANGUAGES: LazyLock<Option<File>> =
    LazyLock::new(|| toml::from_str(include_str!("tests.toml")).ok());

fn any_of(sources: &[String]) -> Result<Regex, regex::Error> {
    RegexBuilder::new(&sources.join("|"))
        .unicode(false)
        .multi_line(true)
        .size_limit(super::MOST_REGEX_BYTES)
        .build()
}

/// What ends a test before its checks when it is a line of it.
const LEAVES: [&str; 10] = [
    "return",
    "return nil",
    "return Ok(())",
    "return true",
    "return null",
    "return undefined",
    "pass",
    "break",
    "next",
    "continue",
];

/// How the change makes the tests of a file less than they were.
pub(super) fn faults(change: &Change<'_>) -> Vec<&'static str> {
    let kind = change.file.kind;
    if kind.family != Family::Code {
        return Vec::new();
    }
    let Some(language) = Language::of(kind.language) else {
        return vec!["is in a language whose tests are not known"];
    };
    let is_test_file = is_test_path(change.file.path.as_str());
    let tests = |text: &str| {
        let text = without_comments(&text.replace("\r\n", "\n"), kind.comments);
        let begin = if is_test_file {
            0
        } else {
            lines_before_tests(&text)
        };
        language.tests(&text, begin)
    };
    let before = tests(change.before);
    let after = tests(&change.after);
    if before.named.is_empty() && after.named.is_empty() && !is_test_file {
        return Vec::new();
    }
    let mut faults = Vec::new();
    if before
        .named
        .iter()
        .any(|(name, count)| after.named.get(name).unwrap_or(&0) < count)
    {
        faults.push("takes a test away");
    }
    if after.checks < before.checks {
        faults.push("takes checks out of tests");
    }
    if after.exact < before.exact {
        faults.push("makes checks of tests weaker");
    }
    if after.voids > before.voids {
        faults.push("makes tests void");
    }
    let has_tests = !after.named.is_empty();
    faults.extend(weakened(change, &language, has_tests));
    faults.extend(bypass::fault(change, |line| language.is_check(line)));
    faults
}

impl Language {
    fn of(name: &str) -> Option<Self> {
        let languages = &LANGUAGES.as_ref()?.language;
        let is_meant = |language: &&Written| language.names.iter().any(|known| known == name);
        let language = languages.iter().find(is_meant)?;
        Some(Self {
            test: any_of(&language.test).ok()?,
            check: any_of(&language.check).ok()?,
            exact: any_of(&language.exact).ok()?,
            void: match language.void.as_slice() {
                [] => None,
                void => Some(any_of(void).ok()?),
            },
        })
    }

    /// The tests of a text, whose checks begin behind so many lines.
    fn tests(&self, text: &str, begin: usize) -> Tests {
        let with_checks: String = text.split_inclusive('\n').skip(begin).collect();
        let count = |regex: &Regex| regex.find_iter(with_checks.as_bytes()).count();
        let void = self.void.as_ref();
        let mut tests = Tests {
            checks: count(&self.check),
            exact: count(&self.exact),
            voids: void.map_or(0, |void| void.find_iter(text.as_bytes()).count()),
            ..Tests::default()
        };
        for captures in self.test.captures_iter(text.as_bytes()) {
            let name = captures.iter().skip(1).flatten().next();
            let name = name.map_or("", |name| {
                std::str::from_utf8(name.as_bytes()).unwrap_or("")
            });
            *tests.named.entry(name.to_owned()).or_default() += 1;
        }
        tests
    }

    fn is_check(&self, line: &str) -> bool {
        self.check.is_match(line.as_bytes()) || self.exact.is_match(line.as_bytes())
    }
}

/// How many lines of a source come before its tests, where the language sets them apart (`#[cfg(test)]`,
/// <https://doc.rust-lang.org/book/ch11-03-test-organization.html>): what fails there is the program, not a check of it.
fn lines_before_tests(text: &str) -> usize {
    let begins = |line: &str| line.trim_start().starts_with("#[cfg(test)]");
    text.lines().position(begins).unwrap_or(0)
}

/// Whether the path says that tests lie there.
pub(super) fn is_test_path(path: &str) -> bool {
    let path = path.to_lowercase();
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", &path));
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let is_folder = |folder: &str| {
        matches!(
            folder,
            "test" | "tests" | "spec" | "specs" | "__tests__" | "t" | "e2e"
        )
    };
    folders.split('/').any(is_folder)
        || stem.starts_with("test_")
        || ["test", "tests", "spec", "specs"]
            .iter()
            .any(|end| stem.ends_with(end))
}

/// Lines that check nothing, leave a test early, or say the opposite of what stood there.
fn weakened(change: &Change<'_>, language: &Language, has_tests: bool) -> Option<&'static str> {
    let is_test = is_test_path(change.file.path.as_str());
    let begin = if is_test {
        0
    } else {
        lines_before_tests(&change.after)
    };
    let lines = |side: Side| {
        let edits = change.hunks.iter().flatten();
        edits
            .filter(move |edit| edit.side == side && edit.number > begin)
            .map(|edit| edit.text.trim())
    };
    if lines(Side::New).any(|line| language.is_check(line) && is_vacuous(line)) {
        return Some("adds a check that always passes");
    }
    let leaves = |line: &str| {
        let line = line.trim_end_matches([';', '}', ' ']);
        LEAVES.contains(&line) || line.ends_with(" return") || line.ends_with("{return")
    };
    if is_test && has_tests && lines(Side::New).any(leaves) {
        return Some("leaves a test early");
    }
    let is_flipped =
        |new: &str| lines(Side::Old).any(|old| old != new && same_but_for_operators(old, new));
    let is_suspect = |line: &str| is_test || language.is_check(line);
    if lines(Side::New).any(|new| is_suspect(new) && is_flipped(new)) {
        return Some("turns the condition of a test around");
    }
    None
}

/// Whether two lines differ in nothing but what compares and negates.
pub(super) fn same_but_for_operators(old: &str, new: &str) -> bool {
    operands(old) == operands(new)
}

fn operands(line: &str) -> String {
    let words = line
        .split_whitespace()
        .filter(|word| !matches!(*word, "not" | "and" | "or" | "is" | "in" | "unless" | "if"));
    let line: String = words.collect();
    // What stands in quotes is no operator.
    let mut is_quoted = false;
    let has_quotes = line.matches('"').count().is_multiple_of(2);
    let is_operand = |c: &char| {
        is_quoted ^= *c == '"' && has_quotes;
        is_quoted || !"!=<>&|".contains(*c)
    };
    line.chars().filter(is_operand).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_can_be_read_and_knows_every_language_of_code() {
        let file: File = toml::from_str(include_str!("tests.toml")).unwrap();
        for language in &file.language {
            for sources in [
                &language.test,
                &language.check,
                &language.exact,
                &language.void,
            ] {
                any_of(sources).unwrap();
            }
        }
        let known: Vec<&String> = file
            .language
            .iter()
            .flat_map(|language| &language.names)
            .collect();
        for line in include_str!("places.toml")
            .split("[[kind]]")
            .filter(|kind| kind.contains("family = \"code\""))
        {
            let name = line.split('"').nth(1).unwrap();
            assert!(known.iter().any(|known| *known == name), "{name}");
        }
    }
}
