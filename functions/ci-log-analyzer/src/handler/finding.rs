//! What a case is to people and to models: the [`Finding`] that all texts are made from, and the question.

use jiff::Timestamp;
use shared::outbound::Site;

use super::case::Case;
use crate::decision::RunFacts;
use crate::github::{Marker, Thread};
use crate::llm::prompt::{self, Asking, SourceFile};
use crate::patch::RepoPath;
use crate::report::{Finding, Object, Outcome};

/// Where this installation keeps and shows things.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    pub(super) bucket: &'a str,
    pub(super) site: &'a Site,
    pub(super) at: Timestamp,
}

impl Case {
    /// The case as it stands.
    pub(super) fn finding(&self, place: Place<'_>) -> Finding {
        let object = |key: &str| Object {
            bucket: place.bucket.to_owned(),
            key: key.to_owned(),
        };
        let examined = &self.examined;
        Finding {
            repository: self.log.repository().clone(),
            site: place.site.clone(),
            object: object(self.log.as_str()),
            page: Some(object(&self.log.analysis("html"))),
            at: place.at,
            run: self.known_run().cloned(),
            job: self.log.job().map(str::to_owned),
            analysis: examined.analysis.clone(),
            quotes: examined.quotes.clone(),
            advice: examined.advice.clone(),
            problem: examined.problem.clone(),
            diagnosis: self.diagnosis.clone(),
            attempts: self.attempts.clone(),
            patch: self.done.patch.clone(),
            outcome: self.outcome(),
            seen: self.seen(),
            troubles: self.done.troubles.clone(),
            notes: self.done.notes.clone(),
        }
    }

    /// By what a thread about the failure is found again.
    pub(super) fn marker(&self) -> Marker {
        Marker {
            fingerprint: self.fingerprint().to_owned(),
            base: None,
        }
    }

    /// How often the failure had been seen with this log: the same on each try, so that texts are.
    fn seen(&self) -> u64 {
        let failure = self.failure.as_ref();
        let sighting = failure.and_then(|failure| {
            let mut sightings = failure.sightings.iter();
            sightings.find(|sighting| sighting.log == self.id)
        });
        sighting.map_or(1, |sighting| sighting.nth)
    }

    fn outcome(&self) -> Outcome {
        let thread = |number, is_pull_request| Thread {
            number,
            is_pull_request,
            is_open: true,
        };
        if let Some(number) = self.done.pull_request {
            return Outcome::Proposed(thread(number, true));
        }
        if let Some(number) = self.done.issue {
            return Outcome::Opened(thread(number, false));
        }
        let ours = self.threads.iter();
        let mut ours = ours.chain(
            self.failure
                .as_ref()
                .and_then(|failure| failure.thread.as_ref()),
        );
        match ours.find(|thread| thread.is_open) {
            Some(open) if self.done.comments.contains(&open.number) => {
                Outcome::Commented(open.clone())
            }
            Some(open) => Outcome::Known(open.clone()),
            None => Outcome::Nothing(self.why_nothing()),
        }
    }

    fn why_nothing(&self) -> String {
        let Some(decision) = &self.decision else {
            return match &self.run {
                RunFacts::Unknown(reason) => reason.clone(),
                _ => "nothing was decided yet".to_owned(),
            };
        };
        if decision.answer.is_chosen() && decision.is_rehearsal {
            return "this is a dry run".to_owned();
        }
        if decision.answer.is_chosen() {
            let last = self.done.troubles.last().or(self.done.notes.last());
            return last.cloned().unwrap_or("it was not done".to_owned());
        }
        decision.answer.against.join(", and ")
    }
}

/// The question about a case, with the files that its excerpt names.
pub(super) fn asking(case: &Case, files: &[(RepoPath, String)], nonce: &str) -> Asking {
    let quotes = &case.examined.quotes;
    let texts = || quotes.iter().map(|quote| quote.text.as_str());
    let named: Vec<Vec<u64>> = files
        .iter()
        .map(|(path, _)| named_lines(texts(), path.as_str()))
        .collect();
    let files = files.iter().zip(&named);
    let files: Vec<SourceFile<'_>> = files
        .map(|((path, content), lines)| SourceFile {
            path: path.as_str(),
            content,
            lines,
        })
        .collect();
    let case = prompt::Case {
        analysis: &case.examined.analysis,
        quotes,
        files: &files,
    };
    prompt::asking(case, nonce)
}

/// So many places in one file are enough to find one's way.
const MOST_PLACES: usize = 10;

/// The lines of a file that texts name: `src/a.rs:12:3`, `src/a.ts(12,3)`, `File "src/a.py", line 12`.
fn named_lines<'t>(texts: impl Iterator<Item = &'t str>, path: &str) -> Vec<u64> {
    let places = texts.flat_map(|text| text.split(path).skip(1));
    let numbers = places.filter_map(|rest| {
        let rest = rest.trim_start_matches(['"', '\'', '`', ',', ' ']);
        let rest = rest
            .strip_prefix("line ")
            .or_else(|| rest.strip_prefix([':', '(']))?;
        let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
        digits.parse().ok()
    });
    let mut lines: Vec<u64> = numbers.take(MOST_PLACES).collect();
    lines.sort_unstable();
    lines.dedup();
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_that_a_log_names_are_found() {
        let cases = [
            ("  --> src/a.rs:12:3", vec![12]),
            ("src/a.rs(7,1): error TS1005", vec![7]),
            ("File \"src/a.rs\", line 9, in f", vec![9]),
            (
                "/home/runner/work/r/r/src/a.rs:12 and src/a.rs:4",
                vec![4, 12],
            ),
            ("src/a.rs is wrong, src/b.rs:3", vec![]),
            ("src/a.rs:99999999999999999999", vec![]),
        ];
        for (text, lines) in cases {
            assert_eq!(named_lines([text].into_iter(), "src/a.rs"), lines, "{text}");
        }
    }
}
