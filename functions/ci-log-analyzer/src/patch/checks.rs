//! Whether the tests are what they were: none gone, and none that checks less. The table of `tests.toml` says what a test is.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::bytes::{Regex, RegexBuilder};
use serde::Deserialize;

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
}

struct Language {
    names: Vec<String>,
    test: Regex,
    check: Regex,
    exact: Regex,
}

/// Tests by their name, with how often there is one, and how many checks.
#[derive(Debug, Default, Eq, PartialEq)]
struct Tests {
    named: BTreeMap<String, usize>,
    checks: usize,
    exact: usize,
}

/// `None` only if the table that comes with the program could not be read: the tests see to it that it can.
static LANGUAGES: LazyLock<Option<Vec<Language>>> = LazyLock::new(|| {
    let file: File = toml::from_str(include_str!("tests.toml")).ok()?;
    let compiled = |language: Written| {
        Some(Language {
            test: any_of(&language.test).ok()?,
            check: any_of(&language.check).ok()?,
            exact: any_of(&language.exact).ok()?,
            names: language.names,
        })
    };
    file.language.into_iter().map(compiled).collect()
});

fn any_of(sources: &[String]) -> Result<Regex, regex::Error> {
    RegexBuilder::new(&sources.join("|"))
        .unicode(false)
        .multi_line(true)
        .size_limit(super::MOST_REGEX_BYTES)
        .build()
}

/// What always passes, without spaces and in lower case.
const ALWAYS: [&str; 26] = [
    "assert(true",
    "assert(1)",
    "assert!(true",
    "assert!(!false",
    "asserttrue(true",
    "asserttrue(!false",
    "assertfalse(false",
    "assert_true(true",
    "expect(true)",
    "expect(!false",
    "expect(1)",
    "expect_true(true",
    "true(t,true",
    ".true(true",
    "istrue(true",
    "ok(true",
    "ok(1)",
    "ok(1,",
    "(1==1",
    "||true",
    "ortrue",
    "check(true",
    "require(true",
    "expect_true(1",
    "(true,true",
    "assert_(true",
];

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
    let Some(languages) = LANGUAGES.as_ref() else {
        return vec!["cannot be judged"];
    };
    let is_meant = |language: &&Language| language.names.iter().any(|name| name == kind.language);
    let Some(language) = languages.iter().find(is_meant) else {
        return vec!["is in a language whose tests are not known"];
    };
    let before = language.tests(&without_comments(change.before, kind.comments));
    let after = language.tests(&without_comments(&change.after, kind.comments));
    let is_about_tests = !before.named.is_empty()
        || !after.named.is_empty()
        || is_test_path(change.file.path.as_str());
    if !is_about_tests {
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
    faults.extend(weakened(change, language));
    faults
}

impl Language {
    fn tests(&self, text: &str) -> Tests {
        let mut tests = Tests {
            checks: self.check.find_iter(text.as_bytes()).count(),
            exact: self.exact.find_iter(text.as_bytes()).count(),
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
fn weakened(change: &Change<'_>, language: &Language) -> Option<&'static str> {
    let is_test = is_test_path(change.file.path.as_str());
    let lines = |side: Side| {
        let edits = change.hunks.iter().flatten();
        edits
            .filter(move |edit| edit.side == side)
            .map(|edit| edit.text.trim())
    };
    if lines(Side::New).any(|line| language.is_check(line) && is_vacuous(line)) {
        return Some("adds a check that always passes");
    }
    let leaves = |line: &str| {
        let line = line.trim_end_matches([';', '}', ' ']);
        LEAVES.contains(&line) || line.ends_with(" return") || line.ends_with("{return")
    };
    if is_test && lines(Side::New).any(leaves) {
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

/// Whether a line compares something with itself, or a constant with what it is.
fn is_vacuous(line: &str) -> bool {
    let compact: String = line.chars().filter(|c| !c.is_whitespace()).collect();
    let compact = compact.to_lowercase();
    let statement = compact.trim_end_matches(';');
    ["asserttrue", "assert1", "assertnotfalse", "asserttrue,"].contains(&statement)
        || ALWAYS.iter().any(|text| compact.contains(text))
        || compares_with_itself(&compact)
}

/// `a == a`, `(a, a)`, and `expect(a).toBe(a)`.
fn compares_with_itself(line: &str) -> bool {
    let inner = |text: &str| {
        let text = text
            .trim_start_matches("assert")
            .trim_matches(|c: char| "();!{}".contains(c));
        text.to_owned()
    };
    if let Some((left, right)) = line.split_once("==") {
        let left = inner(left.rsplit(['(', ' ']).next().unwrap_or_default());
        let right = inner(
            right
                .trim_start_matches('=')
                .split([')', ',', ';'])
                .next()
                .unwrap_or_default(),
        );
        if !left.is_empty() && left == right {
            return true;
        }
    }
    let arguments = line
        .split_once('(')
        .and_then(|(_, rest)| rest.rsplit_once(')'));
    let Some((arguments, _)) = arguments else {
        return false;
    };
    let halves = arguments
        .split_once(").")
        .and_then(|(left, right)| Some((left, right.split_once('(')?.1)));
    let is_same = |(left, right): (&str, &str)| !left.is_empty() && left == right;
    let parts: Vec<&str> = arguments.split(',').collect();
    let is_pair =
        matches!(parts.as_slice(), [left, right, ..] if left == right && !left.is_empty());
    is_pair || halves.is_some_and(is_same)
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
    line.chars().filter(|c| !"!=<>&|".contains(*c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_can_be_read_and_knows_every_language_of_code() {
        let file: File = toml::from_str(include_str!("tests.toml")).unwrap();
        for language in &file.language {
            for sources in [&language.test, &language.check, &language.exact] {
                for source in sources {
                    if let Err(error) = any_of(std::slice::from_ref(source)) {
                        panic!("{source}: {error}");
                    }
                }
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

    #[test]
    fn a_check_of_nothing_is_known() {
        for line in [
            "assert True",
            "assert!(true);",
            "expect(true).toBe(true)",
            "assertTrue(true);",
            "assert x == x",
            "assert_eq!(a, a);",
            "expect(n).toBe(n)",
            "assertEquals(5, 5);",
            "self.assertEqual(a, a)",
            "assert 1 == 1",
        ] {
            assert!(is_vacuous(line), "{line}");
        }
        for line in [
            "assert discount(100, 10) == 90",
            "assert_eq!(mean(&[]), 0.0);",
            "assertTrue(!inventory.has(\"b\"));",
            "expect(count(a)).toBe(5)",
            "assertEquals(5, sum(2, 3));",
            "assert!(is_true(&x));",
        ] {
            assert!(!is_vacuous(line), "{line}");
        }
    }
}
