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
            Some(name) => Signal::Command { name },
            None => Signal::Structure,
        });
    }
    mark.starts_with("travis_time:end:")
        .then_some(Signal::Structure)
}

/// What ends a job from outside, in the sentences of Travis's worker.
const LIMITS: [&str; 3] = [
    "The job exceeded the maximum time limit for jobs",
    "No output has been received in the last ",
    "The log length has exceeded the limit of ",
];

/// Whether a line tells of a limit that ended the job.
pub(super) fn limit(text: &str) -> Option<Signal<'_>> {
    let is_limit = LIMITS.iter().any(|limit| text.starts_with(limit));
    is_limit.then_some(Signal::JobFails {
        exit_code: None,
        steps: &[],
        is_wrapper: false,
    })
}

/// `The command "make" exited with 2.`, of which the command may be long and fill lines of its own; `Done. Your build exited with 1.`
pub(super) fn command_end(text: &str, is_travis: bool) -> Option<Signal<'_>> {
    if !text.ends_with('.') {
        return None;
    }
    if let Some(command) = text
        .strip_prefix("The command \"")
        .and_then(|rest| rest.strip_suffix(" times."))
    {
        let (name, _) = command.split_once("\" failed ")?;
        return Some(Signal::Fail {
            name,
            exit_code: None,
            certainty: Certainty::Said,
            is_wrapper: true,
        });
    }
    let (said, code) = text.strip_suffix('.')?.rsplit_once(" exited with ")?;
    if said == "Done. Your build" {
        return Some(Signal::JobFails {
            exit_code: number(code),
            steps: &[],
            is_wrapper: true,
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
        let fail = |name, code: i32| {
            let exit_code = Some(code).filter(|code| *code != 0);
            Some(Signal::Fail {
                name,
                exit_code,
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
            (
                "The command \"git clone x\" failed 3 times.",
                false,
                fail("git clone x", 0),
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
                    steps: &[],
                    is_wrapper: true,
                }),
            ),
            ("The process exited with 1.", true, None),
        ] {
            assert_eq!(command_end(text, is_travis), expected, "{text}");
        }
    }
}
