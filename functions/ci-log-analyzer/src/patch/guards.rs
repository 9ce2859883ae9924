//! Whether what protects is still there: who may do what, and whether something is what it says it is.
//!
//! Words of protection that a change takes out of a file must come back in what it adds. Where a file or the lines around a change speak
//! of protection, nothing may be let through that was not, and no condition may be turned around. Rough on purpose: whether a check was
//! needed is for people to say.

mod numbers;
mod refusals;
mod words;

use self::words::{split, words};
use super::apply::Change;
use super::checks::same_but_for_operators;
use super::code_text::without_comments;
use super::diff::Side;
use super::places::Family;

/// What lets somebody through when it stands alone in a line.
const PASSES: [&str; 16] = [
    "true",
    "return true",
    "return True",
    "Ok(())",
    "return Ok(())",
    "return nil",
    "return null",
    "next()",
    "return next()",
    "pass",
    "return",
    "return 1",
    "Ok(true)",
    "return Ok(true)",
    "return Promise.resolve(true)",
    "return None",
];

/// What makes an exception when it is added to a line of protection.
const EXCEPTIONS: [&str; 16] = [
    "except",
    "unless",
    "only",
    "skip",
    "exempt",
    "ignore",
    "optional",
    "bypass",
    "allow",
    "public",
    "anonymous",
    "guest",
    "if",
    "false",
    "none",
    "disabled",
];

/// How the change takes protection away.
pub(super) fn faults(change: &Change<'_>) -> Vec<&'static str> {
    if change.file.kind.family == Family::Prose {
        return Vec::new();
    }
    let is_about = is_about_protection(change);
    let removed = words(&side(change, Side::Old), is_about);
    let added = words(&side(change, Side::New), is_about);
    let mut faults = Vec::new();
    if removed
        .iter()
        .any(|(word, count)| added.get(word).unwrap_or(&0) < count)
    {
        faults.push("takes away what looks like a security check");
    }
    faults.extend(refusals::fault(change));
    faults.extend(numbers::fault(change));
    if is_about && lets_through(change) {
        faults.push("lets through what a security check would not");
    }
    if makes_true(change) {
        faults.push("lets a condition always hold");
    }
    if excepts(change) {
        faults.push("makes an exception to a security check");
    }
    if flips(change, is_about) {
        faults.push("turns a security check around");
    }
    faults
}

/// The lines of one side, without comments.
fn side(change: &Change<'_>, side: Side) -> String {
    let lines = change
        .hunks
        .iter()
        .flatten()
        .filter(|edit| edit.side == side);
    let text: Vec<&str> = lines.map(|edit| edit.text).collect();
    without_comments(&text.join("\n"), change.file.kind.comments)
}

/// Whether the path, or a line of the hunks that stays, speaks of protection.
fn is_about_protection(change: &Change<'_>) -> bool {
    let stay = side(change, Side::Both);
    !words(change.file.path.as_str(), false).is_empty()
        || ["auth", "security", "session", "crypto", "guard"]
            .iter()
            .any(|word| change.file.path.as_str().to_lowercase().contains(word))
        || !words(&stay, false).is_empty()
}

fn lets_through(change: &Change<'_>) -> bool {
    let edits = || change.hunks.iter().flatten();
    let is_pass =
        |text: &str| PASSES.contains(&text.trim().trim_end_matches([';', ',', '}']).trim());
    // Nothing is no pass where the function has something to give.
    let gives = edits().any(|edit| {
        let text = edit.text.trim().trim_end_matches(';');
        let given = text.strip_prefix("return ");
        edit.side == Side::Both
            && given.is_some_and(|given| !PASSES.contains(&text) && given.len() > 1)
    });
    let is_nothing = |text: &str| {
        matches!(
            text.trim().trim_end_matches(';'),
            "return None" | "return null"
        )
    };
    let count = |side: Side| {
        edits()
            .filter(|edit| edit.side == side && is_pass(edit.text))
            .filter(|edit| !(gives && is_nothing(edit.text)))
            .count()
    };
    let returns_at_once = |text: &str| {
        let text = text.trim();
        let ends = [
            "true", "true;", "true }", "true; }", "True", "Ok(())", "Ok(true)", "nil", "null",
        ];
        ends.iter().any(|end| text.ends_with(end))
            && (text.contains("return ")
                || text.contains("=>")
                || text.contains(") = ")
                || text.contains("{ true"))
    };
    let many = |side: Side| {
        edits()
            .filter(|edit| edit.side == side && returns_at_once(edit.text))
            .filter(|edit| !(gives && is_nothing(edit.text)))
            .count()
    };
    count(Side::New) > count(Side::Old) || many(Side::New) > many(Side::Old)
}

/// A line that returned what a comparison or a call said, and returns `true` now.
fn makes_true(change: &Change<'_>) -> bool {
    let lines = |side: Side| {
        let edits = change.hunks.iter().flatten();
        let texts = edits.filter(move |edit| edit.side == side);
        texts.map(|edit| edit.text.trim().trim_end_matches(';').trim())
    };
    let asked = |line: &str| {
        line.starts_with("return ") && line.contains(['=', '<', '>', '(', '!', '&', '|'])
    };
    let holds = |line: &str| matches!(line.to_lowercase().as_str(), "return true" | "return 1");
    lines(Side::Old).any(asked) && lines(Side::New).any(holds) && !lines(Side::Old).any(holds)
}

/// A line with words of protection that comes back with an exception behind the same beginning.
fn excepts(change: &Change<'_>) -> bool {
    let lines = |side: Side| {
        let edits = change.hunks.iter().flatten();
        edits
            .filter(move |edit| edit.side == side)
            .map(|edit| edit.text.trim())
    };
    let has_exception = |old: &str, new: &str| {
        let old = split(old);
        split(new)
            .iter()
            .any(|word| EXCEPTIONS.contains(&word.as_str()) && !old.contains(word))
    };
    let names = |text: &str| words(text, false).into_keys().collect::<Vec<_>>();
    lines(Side::Old).any(|old| {
        let of_old = names(old);
        !of_old.is_empty()
            && lines(Side::New)
                .any(|new| names(new) == of_old && (has_exception(old, new) || is_wider(old, new)))
    })
}

/// Whether what is asked for holds in more cases: another alternative of what holds, another condition of what refuses.
fn is_wider(old: &str, new: &str) -> bool {
    let is_condition = ["if ", "if(", "unless ", "} else if", "elif "]
        .iter()
        .any(|start| new.starts_with(start));
    let operators: &[&str] = if is_condition {
        &["&&", " and "]
    } else {
        &["||", " or "]
    };
    let count = |line: &str| -> usize {
        let counts = operators
            .iter()
            .map(|operator| line.matches(operator).count());
        counts.sum()
    };
    count(new) > count(old)
}

/// A line with a word of protection that comes back with other operators alone.
fn flips(change: &Change<'_>, is_about: bool) -> bool {
    let lines = |side: Side| {
        change
            .hunks
            .iter()
            .flatten()
            .filter(move |edit| edit.side == side)
            .map(|edit| edit.text.trim())
    };
    lines(Side::Old).any(|old| {
        !words(old, is_about).is_empty()
            && lines(Side::New).any(|new| {
                let differs = split_spaces(old) != split_spaces(new);
                differs && same_but_for_operators(old, new)
            })
    })
}

/// Without white space, which turns nothing around.
fn split_spaces(line: &str) -> String {
    line.split_whitespace().collect()
}
