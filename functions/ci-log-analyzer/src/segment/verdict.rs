//! Which of the steps that showed an error made the run fail.

use super::{
    End, Step,
    draft::{Draft, Failure},
    signal::{Certainty, Kind},
};

/// What steps do that run whatever happened before (`if: always()`, `if: failure()`): a step after a failed one with none of these
/// words in its name speaks for `continue-on-error`.
const AFTERMATH: [&str; 31] = [
    "artifact",
    "upload",
    "report",
    "publish",
    "codecov",
    "coverall",
    "coverage",
    "cache",
    "clean",
    "teardown",
    "tear down",
    "stop",
    "down",
    "dump",
    "collect",
    "log",
    "notify",
    "slack",
    "discord",
    "summar",
    "comment",
    "annotat",
    "status",
    "print",
    "show",
    "always",
    "debug",
    "tmate",
    " cat ",
    "archive",
    "result",
];

/// Decides how each step ended.
pub(super) fn steps(drafts: Vec<Draft>) -> Vec<Step> {
    let mut ends = vec![End::Unknown; drafts.len()];
    let mut start = 0;
    let mut undecided = Vec::new();
    for job in drafts.chunk_by(|one, next| one.job_number == next.job_number) {
        undecided.extend(decide(job, start, &mut ends));
        start += job.len();
    }
    // A run that failed has a step that failed: what was taken for tolerated or cancelled, if there is no other.
    if !ends.iter().any(|end| matches!(end, End::Failed { .. })) {
        for (index, end) in undecided {
            set(&mut ends, index, end);
        }
    }
    let step = |(draft, end): (Draft, End)| Step {
        job: Some(draft.job).filter(|job| !job.is_empty()),
        name: draft.name,
        lines: draft.lines,
        end,
    };
    drafts.into_iter().zip(ends).map(step).collect()
}

fn set(ends: &mut [End], index: usize, end: End) {
    if let Some(place) = ends.get_mut(index) {
        *place = end;
    }
}

/// Decides about one job. Returns the step that failed if the run failed nowhere else.
fn decide(job: &[Draft], start: usize, ends: &mut [End]) -> Option<(usize, End)> {
    let mut shown: Vec<(usize, Failure)> = Vec::new();
    let mut is_said = false;
    for (index, draft) in job.iter().enumerate() {
        let Some(failure) = draft.failure else {
            continue;
        };
        if draft.was_tolerated {
            set(ends, start + index, End::Tolerated);
        } else if failure.certainty == Certainty::Said {
            is_said = true;
            set(ends, start + index, failed(failure));
        } else {
            shown.push((index, failure));
        }
    }
    if is_said {
        return None;
    }
    if has_only_failed_steps(job) {
        let is_shown = shown
            .iter()
            .any(|(_, failure)| failure.certainty > Certainty::Cancelled);
        for (index, draft) in job.iter().enumerate() {
            let certainty = draft.failure.map(|failure| failure.certainty);
            // A step that was killed says nothing at all.
            if certainty > Some(Certainty::Cancelled) || (!is_shown && certainty.is_none()) {
                set(
                    ends,
                    start + index,
                    End::Failed {
                        exit_code: draft.failure.and_then(|failure| failure.exit_code),
                    },
                );
            }
        }
        return None;
    }
    among_shown(job, &shown, start, ends)
}

/// Decides where steps showed errors and the CI system does not say which of them mattered.
fn among_shown(
    job: &[Draft],
    shown: &[(usize, Failure)],
    start: usize,
    ends: &mut [End],
) -> Option<(usize, End)> {
    let is_work = |index: usize| {
        job.get(index)
            .is_some_and(|draft| draft.kind != Kind::After)
    };
    let has_work = shown.iter().any(|(index, _)| is_work(*index));
    let shown = || {
        shown
            .iter()
            .filter(|(index, _)| is_work(*index) || !has_work)
    };
    let most = shown().map(|(_, failure)| failure.certainty).max()?;
    let (last, failure) = shown().rfind(|(_, failure)| failure.certainty == most)?;
    // Until here steps ran that would not have, had a failure before them counted.
    let went_on = job
        .iter()
        .rposition(|step| step.kind != Kind::After && !is_aftermath(&step.name))
        .unwrap_or(0);
    for (index, failure) in shown().filter(|(_, failure)| failure.certainty == Certainty::Shown) {
        let end = if *index < went_on {
            End::Tolerated
        } else {
            failed(*failure)
        };
        set(ends, start + index, end);
    }
    if most == Certainty::Hinted && *last >= went_on {
        set(ends, start + last, failed(*failure));
    }
    Some((start + last, failed(*failure)))
}

fn failed(failure: Failure) -> End {
    End::Failed {
        exit_code: failure.exit_code,
    }
}

/// Whether the job is one of `gh run view --log-failed`, which leaves out the steps that did not make it fail: a whole one begins
/// and ends with steps that GitHub adds to every job.
fn has_only_failed_steps(job: &[Draft]) -> bool {
    job.iter().all(|draft| {
        draft.is_named && !matches!(draft.name.as_str(), "Set up job" | "Complete job")
    })
}

fn is_aftermath(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    AFTERMATH.iter().any(|word| name.contains(word))
}
