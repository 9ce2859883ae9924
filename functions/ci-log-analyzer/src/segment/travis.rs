//! Travis CI: folds, timers and the exit codes of commands.

use super::signal::{Certainty, Kind, Signal, number};

/// `travis_fold:start:install.1`, `travis_fold:end:install.1`, and `travis_time:start:…` before the echo of a command.
pub(super) fn fold<'t>(mark: &'t str, text: &'t str) -> Option<Signal<'t>> {
    if let Some(name) = mark.strip_prefix("travis_fold:start:") {
        return Some(Signal::Open {
            name,
            kind: Kind::Work,
        });
    }
    if let Some(name) = mark.strip_prefix("travis_fold:end:") {
        return Some(Signal::Close { name: Some(name) });
    }
    if mark.starts_with("travis_time:start:") {
        return Some(match text.strip_prefix("$ ") {
            Some(name) => Signal::Begin {
                name,
                kind: Kind::Work,
            },
            None => Signal::Structure,
        });
    }
    mark.starts_with("travis_time:end:")
        .then_some(Signal::Structure)
}

/// `The command "make" exited with 2.`, of which the command may be long and fill lines of its own; `Done. Your build exited with 1.`
pub(super) fn command_end(text: &str, is_travis: bool) -> Option<Signal<'_>> {
    let (said, code) = text.strip_suffix('.')?.rsplit_once(" exited with ")?;
    if said == "Done. Your build" {
        return Some(Signal::JobFails {
            exit_code: number(code),
            section: &[],
        });
    }
    let command = said.strip_prefix("The command \"");
    let is_known = command.is_some() || is_travis;
    let name = command.unwrap_or_default().split('"').next()?;
    if !is_known || !(said.ends_with('"') || said.ends_with("\" failed and")) {
        return None;
    }
    // `exited with 1 during .` stops the build in the phase.
    match number(code)? {
        0 => Some(Signal::End),
        code => Some(Signal::Fail {
            name,
            exit_code: Some(code),
            certainty: Certainty::Said,
            is_wrapper: true,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_command_is_known() {
        let fail = |name, code| {
            Some(Signal::Fail {
                name,
                exit_code: Some(code),
                certainty: Certainty::Said,
                is_wrapper: true,
            })
        };
        for (text, is_travis, expected) in [
            (
                "The command \"make test\" exited with 2.",
                false,
                fail("make test", 2),
            ),
            (
                "The command \"make test\" failed and exited with 1 during .",
                true,
                fail("make test", 1),
            ),
            ("  done\" exited with 1.", true, fail("", 1)),
            ("  done\" exited with 1.", false, None),
            (
                "The command \"make\" exited with 0.",
                true,
                Some(Signal::End),
            ),
            (
                "Done. Your build exited with 1.",
                true,
                Some(Signal::JobFails {
                    exit_code: Some(1),
                    section: &[],
                }),
            ),
            ("The process exited with 1.", true, None),
        ] {
            assert_eq!(command_end(text, is_travis), expected, "{text}");
        }
    }
}
