//! Characters that hide text, turn it around or drive a terminal.

use std::sync::LazyLock;

use regex::Regex;

use super::Trial;
use super::plain::is_deceptive;
use crate::adversarial::recorded::{Body, Form};

/// A command to the runner of GitHub Actions ("Workflow commands"), in the present form and the one before.
static WORKFLOW: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?m)^\s*(?:::[a-zA-Z-]+(?:\s[^:\n]*)?::|##\[[a-zA-Z-]+)").unwrap()
});

/// Nothing that left has escape sequences, direction, zero-width or tag characters, NUL, or a workflow command at the start of
/// a line.
pub(super) fn no_control_characters(trial: &Trial<'_>) -> Vec<String> {
    trial.seen.bodies().iter().filter_map(found).collect()
}

fn found(body: &Body) -> Option<String> {
    let is_bad = |c: &char| is_deceptive(*c) || (c.is_control() && !matches!(c, '\n' | '\t'));
    // A document's line ends may be those of the network.
    let text = body.text.replace("\r\n", "\n");
    if let Some(c) = text.chars().find(is_bad) {
        return Some(format!("{} has {}", body.place, c.escape_unicode()));
    }
    // A model is told lines as they are, and its answer passes the gate again.
    // Nor does a value of a document begin a line.
    let is_run = !matches!(body.form, Form::Prompt | Form::Value);
    let command = WORKFLOW.find(&text).filter(|_| is_run)?;
    Some(format!("{} commands `{}`", body.place, command.as_str()))
}
