//! Buildkite's groups, and CircleCI's last line.

use super::signal::{Certainty, Kind, Signal, number};

/// Whether a line tells that the log is Buildkite's: its agent begins with a group of its own. `---` and `+++` alone are also what
/// differences of files are made of.
pub(super) fn is_first(text: &str) -> bool {
    text.starts_with("~~~ Preparing ")
        || text.starts_with("~~~ Running ")
        || text.starts_with("~~~ :")
}

/// `--- Build`, `+++ Test`, `~~~ Running hook`, `^^^ +++`, `🚨 Error: The command exited with status 1`.
pub(super) fn signal(text: &str) -> Option<Signal<'_>> {
    if let Some(name) = text.strip_prefix("~~~ ") {
        let kind = if name.contains("exit hook") || name.starts_with("Uploading ") {
            Kind::After
        } else {
            Kind::Work
        };
        return Some(Signal::Begin { name, kind });
    }
    if let Some(name) = text
        .strip_prefix("--- ")
        .or_else(|| text.strip_prefix("+++ "))
    {
        return Some(Signal::Begin {
            name,
            kind: Kind::Work,
        });
    }
    if text.starts_with("^^^ ") {
        return Some(Signal::Structure);
    }
    let code = text.strip_prefix("🚨 Error: The command exited with status ")?;
    Some(Signal::Fail {
        name: "",
        exit_code: number(code),
        certainty: Certainty::Said,
        is_wrapper: true,
    })
}

/// `Exited with code exit status 1`, after the output of a step in CircleCI.
pub(super) fn circle(text: &str) -> Option<Signal<'_>> {
    let code = text.strip_prefix("Exited with code ")?;
    let code = code.strip_prefix("exit status ").unwrap_or(code);
    Some(Signal::Fail {
        name: "",
        exit_code: Some(number(code)?),
        certainty: Certainty::Said,
        is_wrapper: true,
    })
}
