//! What passing runs of the same job say too, so that it explains nothing.
//!
//! A baseline is the set of the templates of the lines of passing runs: what stays of a line without its numbers, hashes, and other parts
//! that change from run to run. Of each template only 32 bits are kept, so that a baseline has a few KB and quotes nothing of the log.

mod file;

use std::collections::BTreeSet;

pub use file::DamagedBaseline;
use shared::template;

/// The templates of the lines of passing runs.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Baseline {
    templates: BTreeSet<u32>,
}

impl Baseline {
    /// So many templates are kept at most: a job with more different lines says something else each time.
    pub const MOST_TEMPLATES: usize = 200_000;

    /// Adds a line of a passing run.
    pub fn learn(&mut self, text: &str) {
        if self.templates.len() < Self::MOST_TEMPLATES {
            self.templates.insert(short(template::hash(text)));
        }
    }

    /// Adds what other passing runs say.
    pub fn merge(&mut self, other: &Self) {
        let room = Self::MOST_TEMPLATES.saturating_sub(self.templates.len());
        let new: Vec<u32> = other
            .templates
            .difference(&self.templates)
            .copied()
            .take(room)
            .collect();
        self.templates.extend(new);
    }

    /// Whether a passing run has such a line. Of 400,000 lines of no passing run, a baseline of 10,000 templates takes one for known.
    pub fn knows(&self, text: &str) -> bool {
        self.templates.contains(&short(template::hash(text)))
    }

    pub fn is_empty(&self) -> bool {
        self.templates.is_empty()
    }

    /// How many different templates there are.
    pub fn len(&self) -> usize {
        self.templates.len()
    }
}

impl<'a> FromIterator<&'a str> for Baseline {
    /// The baseline of the lines of one passing run.
    fn from_iter<I: IntoIterator<Item = &'a str>>(lines: I) -> Self {
        let mut baseline = Self::default();
        for line in lines {
            baseline.learn(line);
        }
        baseline
    }
}

fn short(template: u64) -> u32 {
    let folded = template ^ (template >> 32);
    let [first, second, third, fourth, ..] = folded.to_le_bytes();
    u32::from_le_bytes([first, second, third, fourth])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn learnt(lines: &[&str]) -> Baseline {
        lines.iter().copied().collect()
    }

    #[test]
    fn a_line_is_known_when_only_its_numbers_differ() {
        let baseline = learnt(&[
            "Compiling core v1.2.3 (/tmp/build-81)",
            "3 passed; 0 failed; finished in 0.52s",
        ]);
        let cases = [
            ("Compiling core v1.4.0 (/tmp/build-7)", true),
            ("19 passed; 0 failed; finished in 12.1s", true),
            ("19 passed; 2 failed; finished in 12.1s", false),
            ("Compiling shop v1.2.3 (/tmp/build-81)", false),
        ];
        for (line, known) in cases {
            assert_eq!(baseline.knows(line), known, "{line}");
        }
    }

    #[test]
    fn merging_knows_what_either_knows() {
        let mut baseline = learnt(&["one", "two"]);
        baseline.merge(&learnt(&["two", "three"]));
        assert_eq!(baseline, learnt(&["one", "two", "three"]));
    }
}
