//! Taskcluster, and what runs on it: mozharness, and buildbot before them.

use super::signal::{Certainty, Kind, Signal, number_after};

/// The actions of mozharness in which a job does its work; those after them gather and clean up.
const WORK: &[&str] = &["run-tests", "build"];

/// `[taskcluster 2026-01-02 03:04:05.678Z] …`, `[taskcluster:error] …`, `[mozharness: …] Running build step.`
pub(super) fn signal(text: &str) -> Option<Signal<'_>> {
    if let Some(rest) = text.strip_prefix("[mozharness: ") {
        return mozharness(rest.split_once("] ")?.1);
    }
    if text.starts_with("[taskcluster:error]") {
        let exit_code = number_after(text, &["exit status ", "exit code: ", "exit code "]);
        // Without a status it says why: `Task aborted - max run time exceeded`.
        return Some(Signal::JobFails {
            exit_code,
            steps: WORK,
            is_wrapper: exit_code.is_some(),
        });
    }
    let rest = text.strip_prefix("[taskcluster ")?;
    if rest.contains("] Unsuccessful task run with exit code: ") {
        return Some(Signal::JobFails {
            exit_code: number_after(rest, &["exit code: "]),
            steps: WORK,
            is_wrapper: true,
        });
    }
    Some(Signal::Structure)
}

fn mozharness(said: &str) -> Option<Signal<'_>> {
    if let Some(name) = said
        .strip_prefix("Running ")
        .and_then(|rest| rest.strip_suffix(" step."))
    {
        return Some(Signal::Begin {
            name,
            kind: Kind::Work,
        });
    }
    let how = said.strip_prefix("Finished ")?;
    if how.ends_with(" step (failed)") {
        return Some(Signal::Fail {
            name: "",
            exit_code: None,
            certainty: Certainty::Said,
            is_wrapper: true,
        });
    }
    how.ends_with(" step (success)").then_some(Signal::End)
}

/// `========= Started compile …`, `========= Finished compile (results: 2, elapsed: 3 secs)`.
pub(super) fn buildbot(text: &str) -> Option<Signal<'_>> {
    let rest = text.strip_prefix("========= ")?;
    if let Some(name) = rest.strip_prefix("Started ") {
        return Some(Signal::Begin {
            name: name.split(" (results:").next()?,
            kind: Kind::Work,
        });
    }
    let results = number_after(rest.strip_prefix("Finished ")?, &["(results: "])?;
    // buildbot.process.results: success, warnings, failure, skipped, exception, retry, cancelled.
    match results {
        2 | 4 | 5 => Some(Signal::Fail {
            name: "",
            exit_code: None,
            certainty: Certainty::Said,
            is_wrapper: true,
        }),
        _ => Some(Signal::End),
    }
}
