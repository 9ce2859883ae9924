//! Checks that stand where they were and do not do what they did: behind a condition, with any value, of something else.

use super::super::apply::Change;
use super::super::diff::Side;

/// What may keep the lines below it from being run, or from failing.
const OPENERS: [&str; 22] = [
    "if",
    "for",
    "while",
    "try",
    "except",
    "catch",
    "unless",
    "else",
    "elif",
    "switch",
    "match",
    "case",
    "loop",
    "until",
    "rescue",
    "select",
    "when",
    "def",
    "fn",
    "function",
    "setTimeout",
    "lambda",
];

/// What equals whatever it is compared with.
const ANYTHING: [&str; 9] = [
    "expect.anything(",
    "expect.any(",
    "mock.ANY",
    "== ANY",
    "(ANY)",
    "any()",
    "mock.Anything",
    "anything(",
    "Arg.Any",
];

/// What brings a name of the program into a test.
const IMPORTS: [&str; 6] = ["import ", "from ", "use ", "require", "const {", "using "];

/// How the change gets round a check that was there; `is_check` says whether a line is one.
pub(super) fn fault(change: &Change<'_>, is_check: impl Fn(&str) -> bool) -> Option<&'static str> {
    let lines = |side: Side| {
        let edits = change.hunks.iter().flatten();
        edits
            .filter(move |edit| edit.side == side)
            .map(|edit| edit.text)
    };
    let checks = || lines(Side::Old).filter(|line| is_check(line));
    let is_behind_condition = change.hunks.iter().any(|hunk| {
        let added = || hunk.iter().filter(|edit| edit.side == Side::New);
        let opens = added().any(|edit| opens(edit.text));
        checks().any(|old| {
            added().any(|new| conditional(old, new.text) || (opens && is_deeper(old, new.text)))
        })
    });
    if is_behind_condition {
        return Some("puts a check of a test behind a condition");
    }
    let anything = |side: Side| {
        let counts =
            lines(side).map(|line| ANYTHING.iter().filter(|any| line.contains(**any)).count());
        counts.sum::<usize>()
    };
    if checks().next().is_some() && anything(Side::New) > anything(Side::Old) {
        return Some("makes checks of tests weaker");
    }
    let replaces = |line: &str| defined(line).is_some_and(|name| imports(change.before, name));
    lines(Side::New)
        .any(replaces)
        .then_some("puts something else in the place of what is tested")
}

fn opens(line: &str) -> bool {
    let line = line.trim_start().trim_start_matches(['}', ' ']);
    let word = line.split(|c: char| !c.is_alphanumeric()).next();
    word.is_some_and(|word| OPENERS.contains(&word))
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

fn is_deeper(old: &str, new: &str) -> bool {
    old.trim() == new.trim() && indent(new) > indent(old)
}

/// Whether `new` is the line `old` with a condition before or behind it.
fn conditional(old: &str, new: &str) -> bool {
    let (old, new) = (
        old.trim().trim_end_matches(';'),
        new.trim().trim_end_matches(';'),
    );
    let before = new.strip_suffix(old).filter(|before| !before.is_empty());
    let behind = new.strip_prefix(old).map(str::trim_start);
    let is_asked = |before: &str| opens(before) || before.contains("&&") || before.contains("=> ");
    before.is_some_and(is_asked)
        || behind.is_some_and(|behind| {
            behind.starts_with("if ")
                || behind.starts_with("unless ")
                || behind.starts_with(".catch")
        })
}

/// The name that a line of the outermost level gives a meaning.
fn defined(line: &str) -> Option<&str> {
    let mut line = line;
    for word in [
        "const ",
        "let ",
        "var ",
        "def ",
        "async ",
        "function ",
        "fn ",
    ] {
        line = line.strip_prefix(word).unwrap_or(line);
    }
    let end = line.find(|c: char| !c.is_alphanumeric() && c != '_')?;
    let (name, rest) = line.split_at_checked(end)?;
    let rest = rest.trim();
    let is_given = rest.starts_with('(') && rest.ends_with(['{', ':'])
        || rest.starts_with('=') && !rest.starts_with("==") && !rest.contains("require(");
    (is_given && !name.is_empty()).then_some(name)
}

fn imports(text: &str, name: &str) -> bool {
    let is_import = |line: &&str| IMPORTS.iter().any(|import| line.starts_with(import));
    let names = |line: &str| {
        let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
        words.any(|word| word == name)
    };
    text.lines().filter(is_import).any(names)
}
