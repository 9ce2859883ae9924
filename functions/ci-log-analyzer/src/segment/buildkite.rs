//! Buildkite: groups, and the last line of a command that failed.

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
