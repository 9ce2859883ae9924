//! Conditions that only refuse, and what they ask: taken away, they let through what they did not.

use std::sync::LazyLock;

use regex::Regex;

use super::super::apply::{Change, Edit};
use super::super::diff::Side;
use super::side;

/// What a refusal asks: whose something is, where it lies, how long it is.
static ASKS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let names = r"(?i:\b\w*staff\b)|\brequire(?:[A-Z_]\w*)|(?i:\b(?:user|tenant|account|owner|author|customer)_?id\b)|\bis_relative_to\b|\bsizeof\b";
    let lengths = r"(?:\blen\b|\blength\b|\bstrlen\b|\bsize\b|\bcount\b)[^<>=\n]*(?:[<>]=?)|[^-=<>][<>]=?[^<>=\n]*(?:\blen\b|\blength\b|\bstrlen\b|\bsize\b)";
    Regex::new(&format!("{names}|{lengths}")).ok()
});

/// What refuses, when it stands alone below a condition or behind it.
static REFUSES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?:^|[\s{:)])(?:raise\b|throw\b|abort\s*\(|die\b|return\s+(?:-1|false|False|None|null|nil|Err\b|error\b|err\b|nil,|\w*(?:[Nn]ot_?[Ff]ound|[Ff]orbidden|[Uu]nauthori[sz]ed|[Rr]edirect|[Dd]en\w+|[Rr]eject\w*|[Bb]ad_?[Rr]equest)\b)|bail!|Err\()|\b(?:400|401|403|404|422)\b").ok()
});

/// How the change takes such a condition away.
pub(super) fn fault(change: &Change<'_>) -> Option<&'static str> {
    let (Some(asks), Some(refuses)) = (ASKS.as_ref(), REFUSES.as_ref()) else {
        return Some("cannot be judged");
    };
    let count = |side: Side| -> usize {
        let hunks = change.hunks.iter();
        hunks.map(|hunk| refusals(hunk, side, asks, refuses)).sum()
    };
    let required = |of: Side| names(&side(change, of), asks);
    let lost = count(Side::Old) > count(Side::New) || required(Side::Old) > required(Side::New);
    lost.then_some("takes away a condition that refuses")
}

/// How many conditions of one side refuse, with what stands below them: in so many words, or by what they ask.
fn refusals(hunk: &[Edit<'_>], side: Side, asks: &Regex, refuses: &Regex) -> usize {
    let is_there = |edit: &&Edit<'_>| edit.side == side || edit.side == Side::Both;
    let lines: Vec<&Edit<'_>> = hunk.iter().filter(is_there).collect();
    let is_refusal = |at: usize, edit: &Edit<'_>| {
        if edit.side != side || !is_condition(edit.text.trim()) {
            return false;
        }
        let below = lines.get(at + 1).filter(|below| below.side == side);
        let below = below.map_or("", |below| below.text);
        let mut texts = [edit.text, below].into_iter();
        let does = texts.find(|text| refuses.is_match(text));
        does.is_some_and(|does| asks.is_match(edit.text) || is_loud(does))
    };
    let refusals = lines.iter().enumerate();
    refusals.filter(|(at, edit)| is_refusal(*at, edit)).count()
}

/// How often something is required of a request without a condition, or of a row in a query.
fn names(text: &str, asks: &Regex) -> usize {
    let is_use = |line: &&str| {
        let upper = line.to_uppercase();
        line.contains(".use(")
            || line.starts_with('@')
            || upper.starts_with("WHERE ")
            || upper.starts_with("AND ")
    };
    let lines = text.lines().map(str::trim);
    lines
        .filter(is_use)
        .filter(|line| asks.is_match(line))
        .count()
}

fn is_condition(line: &str) -> bool {
    let line = line.trim_start_matches(['}', ' ']);
    ["if ", "if(", "unless ", "guard ", "elif ", "else if"]
        .iter()
        .any(|start| line.starts_with(start))
}

/// Whether it refuses in so many words, rather than giving nothing.
fn is_loud(text: &str) -> bool {
    let quiet = ["None", "null", "nil", "-1", "false", "False", "err"];
    let text = text.trim().trim_end_matches([';', '}', ' ']);
    !quiet.iter().any(|end| text.ends_with(end))
}
