//! What is known about a failed run: the contract of `medic analyze --json`.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::segment::{End, Steps};

/// The analysis of one log. Lines are 1-based in the original file, counted by `\n`; ranges include both ends.
#[derive(Clone, Debug, JsonSchema, PartialEq, Serialize)]
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
    /// How many different secrets were taken out of what is quoted; each line of a private key counts.
    pub redactions: usize,
}

/// A step that failed and made the run fail.
#[derive(Clone, Debug, Eq, JsonSchema, PartialEq, Serialize)]
pub struct FailedStep {
    pub name: String,
    /// 1-based in its job, in the order of the log.
    pub number: usize,
    pub exit_code: Option<i32>,
}

/// Lines `start` to `end`, both included.
#[derive(Clone, Copy, Debug, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Range {
    pub start: u64,
    pub end: u64,
}

/// The kind of failure.
#[derive(
    Clone,
    Copy,
    Debug,
    serde::Deserialize,
    Eq,
    Hash,
    JsonSchema,
    Ord,
    PartialEq,
    PartialOrd,
    Serialize,
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

impl FailedStep {
    /// The steps that made the run fail, in the order of the log.
    pub fn all(steps: &Steps) -> Vec<Self> {
        let mut numbers: HashMap<&str, usize> = HashMap::new();
        let numbered = steps.steps.iter().map(|step| {
            let number = numbers
                .entry(step.job.as_deref().unwrap_or_default())
                .or_insert(0);
            *number += 1;
            (*number, step)
        });
        numbered
            .filter_map(|(number, step)| match step.end {
                End::Failed { exit_code } => Some(Self {
                    name: step.name.clone(),
                    number,
                    exit_code,
                }),
                End::Unknown | End::Tolerated => None,
            })
            .collect()
    }
}
