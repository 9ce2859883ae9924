//! Which job and step of the run a line belongs to, and which of them failed.

mod ansible;
mod buildkite;
mod circle;
mod dialect;
mod draft;
mod github;
mod gitlab;
mod jenkins;
mod signal;
mod taskcluster;
mod track;
mod travis;
mod verdict;

#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::line::{Columns, Line};
use dialect::Listener;
use signal::{Kind, Signal};
use track::Track;

/// What a line is to the run, beside its text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Place {
    /// Index into [`Steps`]'s list.
    pub step: usize,
    pub marker: Marker,
}

/// What the CI system itself says with a line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Marker {
    /// Nothing: the line is the output of a command, or tells a cause in the CI system's words (a time limit, a lost runner).
    Output,
    /// A step, a group, a section begins or ends, or the command about to be run is echoed.
    Structure,
    /// The CI system says that something failed (`##[error]Process completed…`, `ERROR: Job failed`), in words of its own: a
    /// wrapper, not a cause.
    Failure,
}

/// One step, in the order of the log.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Step {
    /// The job it belongs to, where the log says so.
    pub job: Option<String>,
    /// Its name as the CI system shows it, at most twice as many bytes as are shown; empty where the log does not name it.
    pub name: String,
    /// Its first and last line. Of sections within sections, the outer one's range holds the inner one's.
    pub lines: (u64, u64),
    pub end: End,
}

impl Step {
    /// Names are for people; a script without line ends is not one. Whoever shows a name redacts it first, and cuts it then.
    pub const MOST_NAME_BYTES: usize = 256;
}

/// How a step ended, as far as the log tells.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub enum End {
    /// The log does not say; mostly it went well.
    Unknown,
    Failed {
        exit_code: Option<i32>,
    },
    /// It failed, and the run went on as if it had not (`continue-on-error`).
    Tolerated,
}

/// The steps of a log, in its order; at most [`Steps::MOST`].
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Steps {
    pub steps: Vec<Step>,
}

impl Steps {
    /// Steps beyond so many are one with the last: a run has dozens, and a log that prints their marks without end must not fill
    /// the memory.
    pub const MOST: usize = 10_000;

    /// The steps that made the run fail.
    pub fn failed(&self) -> impl DoubleEndedIterator<Item = &Step> {
        self.steps
            .iter()
            .filter(|step| matches!(step.end, End::Failed { .. }))
    }
}

/// Follows a log line by line.
#[derive(Debug, Default)]
pub struct Segmenter {
    listener: Listener,
    track: Track,
    /// Within the echo of a command: so many of its lines were seen.
    echoed: Option<usize>,
}

impl Segmenter {
    /// Some scripts are long, but an echo whose end is lost must not hide the output.
    const ECHO_LINES: usize = 1000;

    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next line and says what it is and which step it belongs to.
    pub fn push(&mut self, line: &Line<'_>) -> Place {
        self.track.at(line.number);
        let Columns { job, step, folds } = line.columns.unwrap_or_default();
        // `gh` does not always find out which step a line belongs to.
        let step = if step == "UNKNOWN STEP" { "" } else { step };
        if !step.is_empty() {
            self.listener.is_of_gh();
        }
        // A line without columns is one with the line before: its text had a line end in it.
        if !job.is_empty() {
            self.track.place(job, step);
        }
        for fold in folds.lines() {
            let signal = self.listener.fold(fold, line.text);
            self.apply(signal);
        }
        let signal = self.listener.text(line.text);
        let marker = match signal {
            Signal::Output => self.marker(folds, line.text),
            Signal::Fail { is_wrapper, .. } | Signal::JobFails { is_wrapper, .. } if is_wrapper => {
                Marker::Failure
            }
            Signal::Fail { .. } | Signal::JobFails { .. } | Signal::Tolerate => Marker::Output,
            _ => Marker::Structure,
        };
        self.apply(signal);
        Place {
            step: self.track.line(),
            marker,
        }
    }

    /// What a text is of which nothing is heard.
    fn marker(&mut self, folds: &str, text: &str) -> Marker {
        if let Some(lines) = &mut self.echoed {
            *lines += 1;
            if *lines > Self::ECHO_LINES {
                self.echoed = None;
            }
            return Marker::Structure;
        }
        if self.listener.is_heading(folds, text) {
            Marker::Structure
        } else {
            Marker::Output
        }
    }

    /// The steps, and how they ended.
    pub fn finish(self) -> Steps {
        Steps {
            steps: verdict::steps(self.track.finish()),
        }
    }

    fn apply(&mut self, signal: Signal<'_>) {
        // Where the log says on each line which step it is of, no mark begins another.
        let has_name = self.track.is_named();
        match signal {
            Signal::Output | Signal::Structure => {}
            Signal::Echo { name } => {
                self.echoed = Some(0);
                if let Some(name) = name.filter(|_| !has_name) {
                    self.track.begin(name, Kind::Work);
                }
            }
            Signal::EchoEnds => self.echoed = None,
            Signal::Job { name, kind } => {
                if !has_name {
                    self.track.job(name, kind);
                }
            }
            Signal::Begin { name, kind } => {
                if !has_name {
                    self.track.begin(name, kind);
                }
            }
            Signal::Command { name } => self.track.command(name),
            Signal::End => self.track.end(),
            Signal::Open { name, kind } => self.track.open(name, kind),
            Signal::Close { name } => self.track.close(name),
            Signal::Skipped => self.track.skip(),
            Signal::Fail {
                name,
                exit_code,
                certainty,
                ..
            } => self.track.fail(name, exit_code, certainty),
            Signal::JobFails {
                exit_code, steps, ..
            } => self.track.job_fails(exit_code, steps),
            Signal::Tolerate => self.track.tolerate(),
        }
    }
}

/// Segments anything, the way fuzzers and property tests ask, and checks what holds for every log.
///
/// # Panics
/// Where a promise of this module is broken.
#[doc(hidden)]
pub fn fuzz(data: &[u8]) -> Steps {
    let text = String::from_utf8_lossy(data);
    let (mut segmenter, mut places, mut number) = (Segmenter::new(), Vec::new(), 0);
    for text in text.lines() {
        number += 1;
        let (text, columns) = match text.split_once('\t') {
            Some((job, text)) => {
                let step = text.get(..2).unwrap_or_default();
                (
                    text,
                    Some(Columns {
                        job,
                        step,
                        folds: text,
                    }),
                )
            }
            None => (text, None),
        };
        places.push((
            number,
            segmenter.push(&Line {
                number,
                text,
                columns,
            }),
        ));
    }
    let steps = segmenter.finish();
    assert!(steps.steps.len() <= Steps::MOST, "steps are bounded");
    for (number, place) in places {
        let step = steps.steps.get(place.step);
        let holds = step.is_some_and(|step| step.lines.0 <= number && number <= step.lines.1);
        assert!(holds, "a line is within its step");
    }
    steps
}
