//! GitLab CI: sections, and the runner's last word. After its documentation "Job logs: custom collapsible sections".

use super::signal::{Kind, Signal, number_after};

/// The sections of the runner in which a job's own script runs.
const SCRIPTS: &[&str] = &["step_script", "build_script"];

/// `section_start:1700000000:name[collapsed=true]`, `section_end:1700000000:name`.
pub(super) fn section(mark: &str) -> Option<Signal<'_>> {
    let (is_start, rest) = match mark.strip_prefix("section_start:") {
        Some(rest) => (true, rest),
        None => (false, mark.strip_prefix("section_end:")?),
    };
    let (_, name) = rest.split_once(':')?;
    let name = name.split(['[', ' ']).next()?;
    Some(if is_start {
        Signal::Open {
            name,
            kind: kind(name),
        }
    } else {
        Signal::Close { name: Some(name) }
    })
}

/// `ERROR: Job failed: exit code 1`, `Job succeeded`.
pub(super) fn job_end(text: &str) -> Option<Signal<'_>> {
    if let Some(how) = text.strip_prefix("ERROR: Job failed") {
        // A system failure is one of the section it happened in.
        let section = if how.starts_with(" (system failure)") {
            &[]
        } else {
            SCRIPTS
        };
        return Some(Signal::JobFails {
            exit_code: number_after(how, &["exit code ", "exit status "]),
            section,
        });
    }
    (text == "Job succeeded").then_some(Signal::Structure)
}

/// What the runner does after the script, whatever came of it.
fn kind(name: &str) -> Kind {
    let is_after = name == "after_script"
        || name.starts_with("upload_artifacts")
        || name.starts_with("archive_cache")
        || name.starts_with("cleanup_");
    if is_after { Kind::After } else { Kind::Work }
}
