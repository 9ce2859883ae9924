//! Python's tracebacks, pytest, unittest, mypy and the linters (their documentation of output; pytest: "Managing pytest's output").

use crate::evidence::opener::{Grown, Growth, Opener, Spot, opener};
use crate::evidence::shape;

pub(super) const OPENERS: &[Opener] = &[
    opener(80, &["Traceback (most recent call last"])
        .at(Spot::Trimmed)
        .grows(Growth::While(traceback))
        .blanks(1)
        .max(60),
    opener(90, &["____"])
        .shaped(titled)
        .grows(Growth::Until(&["____", "====", "!!!!"], false))
        .blanks(3)
        .max(140),
    opener(88, &["FAIL: ", "ERROR: test", "ERROR: set", "ERROR: "])
        .shaped(unittest)
        .grows(Growth::Until(&["======", "Ran "], false))
        .blanks(2),
    opener(76, &["= short test summary info ="])
        .at(Spot::Anywhere)
        .grows(Growth::While(summary))
        .max(60),
    opener(66, &["FAILED ", "ERROR "])
        .shaped(node_id)
        .grows(Growth::While(summary))
        .max(40),
    opener(70, &["E   ", "E       "])
        .grows(Growth::While(expanded))
        .max(20),
    opener(72, &["collected 0 items"])
        .grows(Growth::Paragraph)
        .blanks(1)
        .max(6),
    opener(60, &["no tests ran"]).at(Spot::Anywhere),
    opener(80, &["!!!!!!!! "])
        .at(Spot::Anywhere)
        .grows(Growth::Paragraph)
        .max(4),
    opener(82, &["would reformat "])
        .grows(Growth::While(reformat))
        .max(30),
    opener(68, &["Found "]).shaped(|text| text.contains(" error")),
    // pre-commit: the hook, its dashes, then what it printed.
    opener(80, &["Failed"])
        .at(Spot::End)
        .shaped(|text| text.contains("...."))
        .grows(Growth::While(hook))
        .blanks(1)
        .max(14),
    opener(70, &[": error: "])
        .at(Spot::Anywhere)
        .shaped(mypy)
        .grows(Growth::While(more_mypy))
        .max(30),
];

/// Frames are indented; the exception is the first line that is not; a chained traceback follows a sentence and a blank line.
fn traceback(grown: &Grown<'_>, text: &str) -> bool {
    let base = shape::indent(grown.first);
    let chained = |line: &str| {
        let body = line.trim_start();
        body.starts_with("During handling of")
            || body.starts_with("The above exception was")
            || body.starts_with("Traceback (most")
    };
    if chained(text) {
        return true;
    }
    let ended = shape::indent(grown.last) <= base && !chained(grown.last) && grown.len > 1;
    !ended && (grown.blanks == 0 || chained(grown.last))
}

/// `____ test_name ____`, the head of a failure in pytest's report.
fn titled(text: &str) -> bool {
    let name = text.trim().trim_matches('_');
    text.trim_end().ends_with("__") && name.starts_with(' ') && name.len() > 2
}

/// `FAIL: test_x (module.Case)`
fn unittest(text: &str) -> bool {
    let Some((_, name)) = text.split_once(": ") else {
        return false;
    };
    !name.contains(": ")
        && (name.contains(" (") && name.ends_with(')')
            || !name.contains(' ') && name.contains("test"))
}

fn node_id(text: &str) -> bool {
    text.contains("::") || text.contains(".py")
}

fn summary(_: &Grown<'_>, text: &str) -> bool {
    ["FAILED ", "ERROR ", "= ", "=="]
        .iter()
        .any(|start| text.starts_with(start))
        && !text.contains(" summary ")
}

fn expanded(_: &Grown<'_>, text: &str) -> bool {
    text.starts_with("E ") || shape::is_located(text)
}

fn reformat(_: &Grown<'_>, text: &str) -> bool {
    text.starts_with("would reformat ")
        || text.starts_with("Oh no!")
        || text.contains("would be reformatted")
}

fn hook(_: &Grown<'_>, text: &str) -> bool {
    !text.contains("....")
}

fn mypy(text: &str) -> bool {
    shape::is_located_error(text) && text.contains(".py")
}

fn more_mypy(_: &Grown<'_>, text: &str) -> bool {
    shape::is_located(text) || text.starts_with("Found ")
}
