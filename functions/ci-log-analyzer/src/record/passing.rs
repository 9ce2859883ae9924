//! The record of a job's passing runs: what each of the last of them says, so that the oldest can be forgotten.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use shared::records::Record;

use super::hash;
use crate::baseline::Baseline;

/// So many runs make a baseline: what only one of them said is forgotten soon, what changes from run to run is in all.
const MOST_RUNS: usize = 3;

/// The record of the passing runs of one job.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct PassingRecord {
    schema_version: u32,
    nonce: String,
    /// The key of the baseline.
    pub baseline: String,
    runs: Vec<Learnt>,
    #[serde(flatten)]
    unknown: Map<String, Value>,
}

#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
struct Learnt {
    run: u64,
    attempt: u64,
    /// The file of the run's own baseline, in Base64.
    templates: String,
}

impl PassingRecord {
    /// The record of a job none of whose runs was learnt from.
    pub fn new(baseline: &str) -> Self {
        Self {
            schema_version: Self::SCHEMA_VERSION,
            nonce: String::new(),
            baseline: baseline.to_owned(),
            runs: Vec::new(),
            unknown: Map::new(),
        }
    }

    /// Where the record lies.
    pub fn key_of(baseline: &str) -> String {
        format!("ci/passing/{}.json", hash(&[baseline]))
    }

    /// Whether this run is learnt from, or is older than all that are.
    pub fn knows(&self, run: u64, attempt: u64) -> bool {
        let is_old = self.runs.len() >= MOST_RUNS
            && self
                .runs
                .iter()
                .all(|known| (known.run, known.attempt) > (run, attempt));
        is_old
            || self
                .runs
                .iter()
                .any(|known| (known.run, known.attempt) == (run, attempt))
    }

    /// The record with what a run says; the oldest goes, in whatever order they come.
    #[must_use]
    pub fn learnt(mut self, run: u64, attempt: u64, baseline: &Baseline) -> Self {
        if self.knows(run, attempt) {
            return self;
        }
        let templates = STANDARD.encode(baseline.write());
        self.runs.push(Learnt {
            run,
            attempt,
            templates,
        });
        self.runs.sort_by_key(|known| (known.run, known.attempt));
        let too_many = self.runs.len().saturating_sub(MOST_RUNS);
        self.runs.drain(..too_many);
        self
    }

    /// What these runs say together. One that is damaged says nothing.
    pub fn merged(&self) -> Baseline {
        let mut merged = Baseline::default();
        for learnt in &self.runs {
            let bytes = STANDARD.decode(&learnt.templates).unwrap_or_default();
            if let Ok(baseline) = Baseline::parse(&bytes) {
                merged.merge(&baseline);
            }
        }
        merged
    }
}

impl Record for PassingRecord {
    const SCHEMA_VERSION: u32 = 1;

    fn key(&self) -> String {
        Self::key_of(&self.baseline)
    }

    fn nonce(&self) -> &str {
        &self.nonce
    }

    fn set_nonce(&mut self, nonce: String) {
        self.nonce = nonce;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saying(lines: &[&str]) -> Baseline {
        lines.iter().copied().collect()
    }

    fn learnt(runs: &[(u64, &str)]) -> PassingRecord {
        let record = PassingRecord::new("baselines/acme/shop/test.baseline");
        runs.iter().fold(record, |record, (run, line)| {
            record.learnt(*run, 1, &saying(&[line]))
        })
    }

    #[test]
    fn the_last_three_runs_are_known_in_whatever_order_they_come() {
        let runs = [
            (4, "four"),
            (1, "one"),
            (3, "three"),
            (2, "two"),
            (3, "again"),
        ];
        let record = learnt(&runs);
        assert_eq!(record.merged(), saying(&["two", "three", "four"]));
        assert_eq!(
            record,
            learnt(&[(2, "two"), (3, "three"), (4, "four"), (1, "late")])
        );
        assert_eq!(
            [1, 2, 5].map(|run| record.knows(run, 1)),
            [true, true, false]
        );
    }

    #[test]
    fn a_damaged_entry_says_nothing() {
        let mut record = learnt(&[(1, "one"), (2, "two")]);
        record.runs[0].templates = "no base64!".to_owned();
        assert_eq!(record.merged(), saying(&["two"]));
    }
}
