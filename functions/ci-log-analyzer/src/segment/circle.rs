//! `CircleCI`: the last line of a step that failed.

use super::signal::{Certainty, Signal, number};

/// `Exited with code exit status 1`.
pub(super) fn signal(text: &str) -> Option<Signal<'_>> {
    let code = text.strip_prefix("Exited with code ")?;
    let code = code.strip_prefix("exit status ").unwrap_or(code);
    Some(Signal::Fail {
        name: "",
        exit_code: Some(number(code)?),
        certainty: Certainty::Said,
        is_wrapper: true,
    })
}
