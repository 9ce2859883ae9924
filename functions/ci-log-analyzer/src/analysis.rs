//! What is known about a failed run: the contract of `medic analyze --json`.

use std::collections::HashMap;

use serde::Serialize;

use crate::baseline::Baseline;
use crate::evidence::{BuildError, Collector, Evidence, Settings};
use crate::read::{Lines, ReadError, Totals};
use crate::segment::{End, Segmenter, Steps};

/// The analysis of one log. Lines are 1-based in the original file, counted by `\n`; ranges include both ends.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Analysis {
    pub total_lines: u64,
    pub failed_steps: Vec<FailedStep>,
    /// The lines that explain the failure best; `None` where nothing stands out.
    pub decisive: Option<Range>,
    /// What a person should be shown, best first.
    pub excerpt: Vec<Range>,
    pub category: Category,
    /// How often such a verdict is right, from 0 to 1.
    pub confidence: f64,
    /// The name of the rule that chose the category.
    pub rule: Option<String>,
    /// A sentence for people; quotes the decisive line, redacted.
    pub cause: String,
    /// The identity under which repeats are grouped.
    pub fingerprint: String,
    /// Whether parts of the log were not read.
    pub truncated: bool,
    /// How many secrets were taken out of what is quoted.
    pub redactions: usize,
}

/// A step that failed and made the run fail.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct FailedStep {
    pub name: String,
    /// 1-based in its job, in the order of the log.
    pub number: usize,
    pub exit_code: Option<i32>,
}

/// Lines `start` to `end`, both included.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Range {
    pub start: u64,
    pub end: u64,
}

/// The kind of failure.
#[derive(
    Clone, Copy, Debug, serde::Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Category {
    Code,
    Test,
    Dependency,
    Lint,
    Infrastructure,
    Flaky,
    Timeout,
    Resource,
    Configuration,
    Permission,
    Unknown,
}

/// What one pass over a log gives, before it is redacted, named by the rules and written down.
#[derive(Debug)]
pub struct Examined {
    pub totals: Totals,
    pub steps: Steps,
    pub evidence: Evidence,
    /// Why the log was not read to its end, where it was not; what came before is examined all the same.
    pub problem: Option<ReadError>,
}

/// What is said about the failure beside the lines: the work of the rules, the fingerprint and the redaction.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    pub category: Category,
    pub confidence: f64,
    pub rule: Option<String>,
    pub cause: String,
    pub fingerprint: String,
    pub redactions: usize,
}

/// Reads a log to its end, in bounded memory, and finds the lines that explain its failure.
///
/// # Errors
/// When the automaton of all formats cannot be built, which this crate's own formats never cause.
pub fn examine(
    lines: &mut Lines<'_>,
    settings: Settings,
    baseline: Option<Baseline>,
) -> Result<Examined, BuildError> {
    let mut segmenter = Segmenter::new();
    let mut collector = Collector::new(settings, baseline)?;
    let problem = loop {
        match lines.next() {
            Ok(Some(line)) => collector.push(&line, &segmenter.push(&line)),
            Ok(None) => break None,
            Err(error) => break Some(error),
        }
    };
    let steps = segmenter.finish();
    let evidence = collector.finish(&steps.steps);
    Ok(Examined {
        totals: lines.totals(),
        steps,
        evidence,
        problem,
    })
}

/// Learns from a passing log.
///
/// # Errors
/// When it cannot be read to its end: half a passing log would take what the other half says for new.
pub fn learn(lines: &mut Lines<'_>, baseline: &mut Baseline) -> Result<(), ReadError> {
    while let Some(line) = lines.next()? {
        baseline.learn(line.text);
    }
    Ok(())
}

impl Examined {
    /// The analysis as it is written down.
    pub fn into_analysis(self, verdict: Verdict) -> Analysis {
        Analysis {
            total_lines: self.totals.lines,
            failed_steps: self.failed_steps(),
            decisive: self.evidence.decisive,
            excerpt: self.evidence.excerpt,
            category: verdict.category,
            confidence: verdict.confidence,
            rule: verdict.rule,
            cause: verdict.cause,
            fingerprint: verdict.fingerprint,
            truncated: self.totals.truncated || self.problem.is_some(),
            redactions: verdict.redactions,
        }
    }

    fn failed_steps(&self) -> Vec<FailedStep> {
        let mut numbers: HashMap<&str, usize> = HashMap::new();
        let numbered = self.steps.steps.iter().map(|step| {
            let number = numbers
                .entry(step.job.as_deref().unwrap_or_default())
                .or_insert(0);
            *number += 1;
            (*number, step)
        });
        numbered
            .filter_map(|(number, step)| match step.end {
                End::Failed { exit_code } => Some(FailedStep {
                    name: step.name.clone(),
                    number,
                    exit_code,
                }),
                End::Unknown | End::Tolerated => None,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::Limits;

    const LOG: &str = "\
2026-03-01T10:00:00.0000000Z ##[group]Run cargo build
2026-03-01T10:00:00.0000000Z cargo build
2026-03-01T10:00:00.0000000Z ##[endgroup]
2026-03-01T10:00:01.0000000Z    Compiling shop v0.1.0
2026-03-01T10:00:02.0000000Z error[E0308]: mismatched types
2026-03-01T10:00:02.0000000Z  --> src/basket.rs:3:5
2026-03-01T10:00:02.0000000Z   |
2026-03-01T10:00:02.0000000Z 3 |     total
2026-03-01T10:00:02.0000000Z   |     ^^^^^ expected `u64`, found `u32`
2026-03-01T10:00:02.0000000Z
2026-03-01T10:00:02.0000000Z error: could not compile `shop` (lib) due to 1 previous error
2026-03-01T10:00:02.0000000Z ##[error]Process completed with exit code 101.
";

    fn examined(log: &str, baseline: Option<Baseline>) -> Examined {
        let mut lines = Lines::open(log.as_bytes(), &Limits::default()).unwrap();
        examine(&mut lines, Settings::default(), baseline).unwrap()
    }

    #[test]
    fn a_failed_build_is_explained_by_its_first_error() {
        let analysis = examined(LOG, None).into_analysis(Verdict {
            category: Category::Code,
            confidence: 0.9,
            rule: None,
            cause: String::new(),
            fingerprint: String::new(),
            redactions: 0,
        });
        assert_eq!(
            (analysis.total_lines, analysis.decisive, analysis.truncated),
            (12, Some(Range { start: 5, end: 9 }), false)
        );
        assert_eq!(analysis.excerpt.first(), Some(&Range { start: 5, end: 9 }));
        let failed: Vec<_> = analysis
            .failed_steps
            .iter()
            .map(|step| (step.number, step.exit_code))
            .collect();
        assert_eq!(failed, [(1, Some(101))]);
    }

    #[test]
    fn what_passing_runs_say_too_explains_nothing() {
        let mut baseline = Baseline::default();
        let passing = "error: the cache is cold\nall 12 tests passed\n";
        learn(
            &mut Lines::open(passing.as_bytes(), &Limits::default()).unwrap(),
            &mut baseline,
        )
        .unwrap();
        let found = examined(
            "error: the cache is cold\nthe widget is too wide\nall 11 tests passed\n",
            Some(baseline),
        );
        assert_eq!(found.evidence.decisive, Some(Range { start: 2, end: 2 }));
    }

    #[test]
    fn a_log_that_says_nothing_has_no_decisive_line() {
        let found = examined("all is well\n", None);
        assert_eq!(found.evidence, Evidence::default());
    }
}
