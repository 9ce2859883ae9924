//! The list of steps as it grows, and which of them is the present one.

use super::{
    Steps,
    draft::{Draft, Failure, shortened},
    github,
    signal::{Certainty, Kind},
};

/// Sections within sections; deeper ones are one with the one around them.
const DEPTH: usize = 16;

/// Where in the list of steps the log is.
#[derive(Debug, Default)]
pub(super) struct Track {
    drafts: Vec<Draft>,
    number: u64,
    job: String,
    job_number: usize,
    /// The step that the present line's columns name.
    step: String,
    current: Option<usize>,
    open: Vec<usize>,
    /// Whether the present step was over with the line before.
    has_ended: bool,
    /// A section within another that was still open when that ended: its commands broke off.
    broken_off: Option<usize>,
    /// Where the present job failed, and the number of steps when that was found out: looking again would cost time on each line
    /// of a log that says it over and over.
    failed: Option<(usize, usize)>,
}

impl Track {
    /// The next line is of this number.
    pub(super) fn at(&mut self, number: u64) {
        self.number = number;
        if std::mem::take(&mut self.has_ended) {
            self.current = self.open.last().copied();
        }
    }

    /// The next line is of this job, and of this step unless that is empty.
    pub(super) fn place(&mut self, job: &str, step: &str) {
        if job != self.job {
            if !self.drafts.is_empty() {
                self.next_job();
            }
            job.clone_into(&mut self.job);
            self.step.clear();
        }
        if step != self.step {
            step.clone_into(&mut self.step);
            if !step.is_empty() {
                self.begin(step, github::kind(step));
            }
        }
    }

    /// Whether the log itself says on its lines which step they are of.
    pub(super) fn is_named(&self) -> bool {
        !self.step.is_empty()
    }

    /// Another job begins.
    pub(super) fn next_job(&mut self) {
        // A job that has only just begun is that job.
        if self
            .drafts
            .last()
            .is_some_and(|draft| draft.job_number == self.job_number)
        {
            self.job_number += 1;
        }
        self.current = None;
        self.open.clear();
        self.broken_off = None;
        self.failed = None;
    }

    /// Another job begins with a step of a name. What came before it in a log that says nothing else was of that step too.
    pub(super) fn job(&mut self, name: &str, kind: Kind) {
        let job = self.job_number;
        let mut of_job = self
            .drafts
            .iter_mut()
            .rev()
            .take_while(|draft| draft.job_number == job);
        match (of_job.next(), of_job.next()) {
            (Some(draft), None) if draft.name.is_empty() && draft.failure.is_none() => {
                name.clone_into(&mut draft.name);
            }
            _ => {
                self.next_job();
                self.begin(name, kind);
            }
        }
    }

    /// The line belongs to the present step; its index.
    pub(super) fn line(&mut self) -> usize {
        let index = self.present();
        let number = self.number;
        for index in self.open.iter().chain(&[index]) {
            if let Some(draft) = self.drafts.get_mut(*index) {
                draft.lines.1 = number;
            }
        }
        index
    }

    pub(super) fn begin(&mut self, name: &str, kind: Kind) {
        self.current = Some(self.add(name, kind));
        self.has_ended = false;
    }

    /// A command begins, which is a step if nothing is open.
    pub(super) fn command(&mut self, name: &str) {
        if self.open.is_empty() {
            self.begin(name, Kind::Work);
        }
    }

    /// The step is over after this line.
    pub(super) fn end(&mut self) {
        self.has_ended = true;
    }

    pub(super) fn open(&mut self, name: &str, kind: Kind) {
        let index = self.add(name, kind);
        self.current = Some(index);
        self.has_ended = false;
        if self.open.len() < DEPTH {
            self.open.push(index);
        }
    }

    pub(super) fn close(&mut self, name: Option<&str>) {
        let drafts = &self.drafts;
        let is_it = |index: &usize| {
            name.is_none_or(|name| drafts.get(*index).is_some_and(|draft| draft.name == name))
        };
        let Some(at) = self.open.iter().rposition(is_it) else {
            return;
        };
        self.line();
        let closed = self.open.get(at).copied();
        if self.open.len() > at + 1 {
            self.broken_off = self.open.last().copied();
        }
        self.open.truncate(at);
        // What follows a closed section belongs to the one around it; without one, to itself, until another begins.
        self.current = self.open.last().copied().or(closed);
    }

    pub(super) fn skip(&mut self) {
        let index = self.present();
        if let Some(draft) = self.drafts.get_mut(index) {
            draft.kind = Kind::After;
        }
    }

    pub(super) fn fail(&mut self, name: &str, exit_code: Option<i32>, certainty: Certainty) {
        let index = self.present();
        self.fail_at(index, exit_code, certainty);
        if let Some(draft) = self
            .drafts
            .get_mut(index)
            .filter(|draft| draft.name.is_empty())
        {
            draft.name = shortened(name);
        }
    }

    /// The present job failed where it broke off, in the last step of one of the names, or in the last one that worked. If the
    /// failed step is known already, that adds at most the exit code.
    pub(super) fn job_fails(&mut self, exit_code: Option<i32>, names: &[&str]) {
        self.present();
        if let Some((index, _)) = self.failed.filter(|(_, steps)| *steps == self.drafts.len()) {
            return self.fail_at(index, exit_code, Certainty::Said);
        }
        let job = self.job_number;
        let last = |is_it: &dyn Fn(&Draft) -> bool| {
            self.drafts
                .iter()
                .rposition(|draft| draft.job_number == job && is_it(draft))
        };
        let known = last(&|draft| {
            draft
                .failure
                .is_some_and(|failure| failure.certainty == Certainty::Said)
        });
        let index = known
            .or(self.broken_off)
            .or_else(|| last(&|draft| names.contains(&draft.name.as_str())))
            .or_else(|| last(&|draft| draft.kind != Kind::After && !draft.name.is_empty()))
            .or_else(|| last(&|_| true));
        if let Some(index) = index {
            self.failed = Some((index, self.drafts.len()));
            self.fail_at(index, exit_code, Certainty::Said);
        }
    }

    pub(super) fn tolerate(&mut self) {
        let index = self.present();
        if let Some(draft) = self.drafts.get_mut(index) {
            draft.was_tolerated = true;
        }
    }

    pub(super) fn finish(self) -> Vec<Draft> {
        self.drafts
    }

    fn fail_at(&mut self, index: usize, exit_code: Option<i32>, certainty: Certainty) {
        let Some(draft) = self.drafts.get_mut(index) else {
            return;
        };
        let before = draft.failure;
        draft.failure = Some(Failure {
            exit_code: before.and_then(|before| before.exit_code).or(exit_code),
            certainty: before.map_or(certainty, |before| before.certainty.max(certainty)),
        });
    }

    fn present(&mut self) -> usize {
        if let Some(index) = self.current {
            return index;
        }
        let index = self.add("", Kind::Work);
        self.current = Some(index);
        index
    }

    fn add(&mut self, name: &str, kind: Kind) -> usize {
        if self.drafts.len() >= Steps::MOST {
            return self.drafts.len() - 1;
        }
        self.drafts.push(Draft {
            job: shortened(&self.job),
            job_number: self.job_number,
            name: shortened(name),
            lines: (self.number, self.number),
            kind,
            failure: None,
            was_tolerated: false,
            is_named: self.is_named(),
        });
        self.drafts.len() - 1
    }
}
