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
        let is_system = how.starts_with(" (system failure)");
        let steps = if is_system { &[] } else { SCRIPTS };
        let exit_code = number_after(how, &["exit code ", "exit status "]);
        // Without a code it says why: a time limit, an image that could not be pulled.
        let is_wrapper = exit_code.is_some() && !is_system;
        return Some(Signal::JobFails {
            exit_code,
            steps,
            is_wrapper,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_known() {
        for (mark, expected) in [
            (
                "section_start:1700000000:build",
                Some(Signal::Open {
                    name: "build",
                    kind: Kind::Work,
                }),
            ),
            (
                "section_start:1700000000:after_script",
                Some(Signal::Open {
                    name: "after_script",
                    kind: Kind::After,
                }),
            ),
            (
                "section_start:1700000000:unit_tests[collapsed=true]",
                Some(Signal::Open {
                    name: "unit_tests",
                    kind: Kind::Work,
                }),
            ),
            (
                "section_end:1700000000:build",
                Some(Signal::Close {
                    name: Some("build"),
                }),
            ),
            ("section_begin:1:x", None),
            ("section_start:1", None),
        ] {
            assert_eq!(section(mark), expected, "{mark}");
        }
    }

    #[test]
    fn the_runners_last_word_is_a_wrapper_only_where_it_gives_no_reason() {
        let fails = |exit_code, steps, is_wrapper| {
            Some(Signal::JobFails {
                exit_code,
                steps,
                is_wrapper,
            })
        };
        for (text, expected) in [
            (
                "ERROR: Job failed: exit code 3",
                fails(Some(3), SCRIPTS, true),
            ),
            (
                "ERROR: Job failed: execution took longer than 1h0m0s seconds",
                fails(None, SCRIPTS, false),
            ),
            (
                "ERROR: Job failed (system failure): prepare environment: exit code 1",
                fails(Some(1), &[], false),
            ),
            ("Job succeeded", Some(Signal::Structure)),
            ("ERROR: no", None),
        ] {
            assert_eq!(job_end(text), expected, "{text}");
        }
    }
}
