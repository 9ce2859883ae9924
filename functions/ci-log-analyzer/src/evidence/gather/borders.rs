//! Where something else begins: a job, a step, a command.

use super::Gatherer;
use crate::evidence::recent::Lines;
use crate::evidence::regions::Outcome;
use crate::line::Line;
use crate::segment::Marker;

impl Gatherer<'_> {
    /// Ends everything where another job begins: what comes from different machines explains nothing of each other. A line that names no
    /// job is of the one before it.
    pub(super) fn job(&mut self, line: &Line<'_>) {
        let Some(columns) = line.columns.filter(|columns| !columns.job.is_empty()) else {
            return;
        };
        let (job, first) = &mut self.job;
        if job == columns.job {
            return;
        }
        columns.job.clone_into(job);
        *first = line.number;
        self.end(Outcome::Unknown);
        self.recent = Lines::default();
    }

    /// Whether the line begins something new: a step, or the output of a command that is echoed after a `$`, as Travis and Yarn do.
    pub(super) fn border(&mut self, text: &str, marker: Marker) -> bool {
        let is_echo = text.starts_with("$ ");
        if is_echo {
            self.close();
            self.regions.echo();
        } else if marker == Marker::Structure {
            self.end(Outcome::Unknown);
        }
        is_echo || marker == Marker::Structure
    }

    pub(super) fn end(&mut self, outcome: Outcome) {
        self.close();
        if let Some(run) = self.novel.take() {
            self.pool.push(run);
        }
        self.regions.end(outcome);
    }

    pub(super) fn close(&mut self) {
        if let Some(open) = self.open.take() {
            self.pool.push(open.block);
        }
    }
}
