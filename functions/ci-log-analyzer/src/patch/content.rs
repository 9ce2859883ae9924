//! What a proposal may not add: the table of `content.toml`, asked about the added lines of a file.

use std::sync::{LazyLock, OnceLock};

use regex::bytes::{RegexSet, RegexSetBuilder};
use serde::Deserialize;

use super::apply::{Change, Edit};
use super::code_text;
use super::diff::Side;
use super::places::{Family, Kind};

/// So many lines before an added one are looked at with it, when they leave something open.
const MOST_OPEN_LINES: usize = 8;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    rule: Vec<Written>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    what: String,
    #[serde(default, rename = "in")]
    within: Vec<String>,
    added: Vec<String>,
    #[serde(default)]
    new_in_file: bool,
}

/// A rule, whose expressions are compiled when a file is of its kind: together they take a second of a small function.
#[derive(Debug)]
struct Rule {
    written: Written,
    patterns: OnceLock<Option<RegexSet>>,
}

/// `None` only if the table that comes with the program could not be read: the tests see to it that it can.
static RULES: LazyLock<Option<Vec<Rule>>> = LazyLock::new(|| {
    let file: File = toml::from_str(include_str!("content.toml")).ok()?;
    let rule = |written| Rule {
        written,
        patterns: OnceLock::new(),
    };
    Some(file.rule.into_iter().map(rule).collect())
});

/// ASCII classes, and lines are lines.
pub(super) fn compiled(sources: &[String]) -> Result<RegexSet, regex::Error> {
    RegexSetBuilder::new(sources)
        .unicode(false)
        .multi_line(true)
        .size_limit(super::MOST_REGEX_BYTES)
        .build()
}

/// What `change` adds that it may not.
pub(super) fn faults(change: &Change<'_>) -> Vec<String> {
    let Some(rules) = RULES.as_ref() else {
        return vec!["cannot be judged".to_owned()];
    };
    let added = Added::of(change);
    let is_meant = |rule: &&Rule| rule.is_for(change.file.kind);
    let meant = rules.iter().filter(is_meant);
    let broken = meant.filter(|rule| rule.is_broken(&added, change.before));
    let mut faults: Vec<String> = broken.map(|rule| rule.written.what.clone()).collect();
    faults.dedup();
    faults
}

impl Rule {
    fn is_for(&self, kind: Kind) -> bool {
        let is_meant = |name: &String| name == kind.family.name() || name == kind.language;
        match self.written.within.as_slice() {
            [] => kind.family != Family::Prose,
            within => within.iter().any(is_meant),
        }
    }

    /// A rule that cannot be asked is broken.
    fn is_broken(&self, added: &Added, before: &str) -> bool {
        let patterns = self
            .patterns
            .get_or_init(|| compiled(&self.written.added).ok());
        let Some(patterns) = patterns.as_ref() else {
            return true;
        };
        if !self.written.new_in_file {
            let mut texts = added.texts.iter();
            return texts.any(|text| patterns.is_match(text.as_bytes()));
        }
        let known = patterns.matches(before.as_bytes());
        let is_new = |text: &String| {
            let found = patterns.matches(text.as_bytes());
            found.iter().any(|pattern| !known.matched(pattern))
        };
        added.texts.iter().any(is_new)
    }
}

/// The added lines in the forms in which they are looked at.
struct Added {
    texts: Vec<String>,
}

impl Added {
    /// As they stand; without comments, so that none parts a name; and with texts that are put together from pieces put together.
    fn of(change: &Change<'_>) -> Self {
        let mut texts = Vec::new();
        for hunk in &change.hunks {
            for block in blocks(hunk) {
                let bare = code_text::without_comments(&block, change.file.kind.comments);
                let joined = joined(&bare);
                texts.extend([block, bare, joined]);
            }
        }
        texts.dedup();
        Self { texts }
    }
}

/// Runs of added lines, each with the lines before it that leave a bracket or an expression open.
fn blocks(hunk: &[Edit<'_>]) -> Vec<String> {
    let new: Vec<&Edit<'_>> = hunk.iter().filter(|edit| edit.side != Side::Old).collect();
    let mut blocks = Vec::new();
    let mut begun = None;
    for (index, edit) in new.iter().enumerate() {
        match (edit.side, begun) {
            (Side::New, None) => begun = Some(index),
            (Side::Both, Some(start)) => {
                blocks.push(start..index);
                begun = None;
            }
            _ => {}
        }
    }
    blocks.extend(begun.map(|start| start..new.len()));
    let text = |block: std::ops::Range<usize>| {
        let start = opened(&new, block.start);
        let lines = new.get(start..block.end).unwrap_or_default();
        let lines: Vec<&str> = lines.iter().map(|edit| edit.text).collect();
        lines.join("\n")
    };
    blocks.into_iter().map(text).collect()
}

/// Where the expression begins in whose midst the line at `start` stands.
fn opened(lines: &[&Edit<'_>], start: usize) -> usize {
    let before = lines.get(..start).unwrap_or_default();
    let is_open = |edit: &&&Edit<'_>| {
        let text = edit.text.trim_end();
        let count = |c| text.matches(c).count();
        text.ends_with(['(', '[', ',', '\\', '=', '+', '|', '&', '.']) || count('(') > count(')')
    };
    let open = before
        .iter()
        .rev()
        .take(MOST_OPEN_LINES)
        .take_while(is_open);
    start - open.count()
}

/// Without the quotes and signs between pieces of one text.
fn joined(text: &str) -> String {
    let mut joined = text.to_owned();
    for quote in ['"', '\'', '`'] {
        for sign in ["+", ".", "..", "<>", "++", "&", ""] {
            for space in ["", " "] {
                if sign.is_empty() && space.is_empty() {
                    continue;
                }
                joined = joined.replace(&format!("{quote}{space}{sign}{space}{quote}"), "");
            }
        }
        joined = without_seams(&joined, quote);
    }
    joined
}

/// Without two quotes between letters: where a text ends and the next begins at once.
fn without_seams(text: &str, quote: char) -> String {
    let seam = format!("{quote}{quote}");
    let is_letter = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
    let mut whole = String::with_capacity(text.len());
    for (index, piece) in text.split(&seam).enumerate() {
        let is_seam = is_letter(whole.chars().last()) && is_letter(piece.chars().next());
        if index > 0 && !is_seam {
            whole.push_str(&seam);
        }
        whole.push_str(piece);
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_can_be_read_and_names_families_and_languages_that_there_are() {
        let file: File = toml::from_str(include_str!("content.toml")).unwrap();
        let places = include_str!("places.toml");
        for rule in file.rule {
            for name in &rule.within {
                let is_known = ["language", "family"]
                    .iter()
                    .any(|key| places.contains(&format!("{key} = \"{name}\"")));
                assert!(is_known, "{name}");
            }
            if let Err(error) = compiled(&rule.added) {
                panic!("{}: {error}", rule.what);
            }
        }
    }
}
