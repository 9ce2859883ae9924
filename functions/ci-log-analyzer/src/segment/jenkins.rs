//! Jenkins: the stages of a pipeline, the build steps of other jobs, the result.

use super::signal::{Certainty, Kind, Signal, number};

/// `[Pipeline] { (Build)`, `[Pipeline] // stage` and the rest of the pipeline's own lines.
pub(super) fn pipeline(text: &str) -> Option<Signal<'_>> {
    let rest = text.strip_prefix("[Pipeline] ")?;
    if let Some(name) = rest
        .strip_prefix("{ (")
        .and_then(|rest| rest.strip_suffix(')'))
    {
        let kind = if name == "Declarative: Post Actions" {
            Kind::After
        } else {
            Kind::Work
        };
        return Some(Signal::Open { name, kind });
    }
    Some(if rest == "// stage" {
        Signal::Close { name: None }
    } else {
        Signal::Structure
    })
}

/// `Stage "Deploy" skipped due to earlier failure(s)`, `Build step 'Execute shell' marked build as failure`,
/// `ERROR: script returned exit code 1`, `Finished: FAILURE`.
pub(super) fn signal(text: &str) -> Option<Signal<'_>> {
    if let Some(rest) = text.strip_prefix("Build step '") {
        let name = rest.strip_suffix("' marked build as failure")?;
        return Some(Signal::Fail {
            name,
            exit_code: None,
            certainty: Certainty::Said,
            is_wrapper: true,
        });
    }
    if let Some(code) = text.strip_prefix("ERROR: script returned exit code ") {
        return Some(Signal::JobFails {
            exit_code: number(code),
            steps: &[],
            is_wrapper: true,
        });
    }
    match text {
        "Finished: FAILURE" => Some(Signal::JobFails {
            exit_code: None,
            steps: &[],
            is_wrapper: true,
        }),
        "Finished: SUCCESS" | "Finished: UNSTABLE" | "Finished: ABORTED" => Some(Signal::Structure),
        _ if text.starts_with("Stage \"") && text.contains("\" skipped due to ") => {
            Some(Signal::Skipped)
        }
        _ => None,
    }
}
