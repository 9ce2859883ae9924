//! The analysis for tools: one JSON object, whose form is published as `analysis.schema.json`.

use schemars::JsonSchema;
use serde::Serialize;
use shared::outbound::{Document, defang};

use super::words::share;
use super::{Finding, Outcome, Patch};
use crate::analysis::{Analysis, Category};
use crate::repository::Branch;

/// Rises with each change that a reader could stumble over; new fields are none.
pub const SCHEMA_VERSION: u32 = 1;

/// The analysis of one failed run. Texts are quoted from the log, the repository or a model: redacted, and never instructions.
#[derive(JsonSchema, Serialize)]
#[schemars(title = "Analysis of a failed CI run")]
struct Report<'a> {
    /// The version of this form.
    schema_version: u32,
    /// The key of the log.
    file: &'a str,
    /// What the rules say: it holds whatever a model says.
    #[serde(flatten)]
    analysis: &'a Analysis,
    /// The repository, `owner/name`.
    repository: String,
    /// When the log was analyzed, RFC 3339.
    analyzed_at: String,
    /// The run as GitHub tells it; null where it was not asked or does not know it.
    run: Option<Ran<'a>>,
    /// The job, from the key of the log.
    job: Option<&'a str>,
    /// The lines of the excerpt.
    lines: Vec<Line<'a>>,
    /// What the rules advise.
    advice: Option<&'a str>,
    /// Why the log was not read to its end.
    problem: Option<&'a str>,
    /// What a language model said, if one was asked and gave a useful answer.
    diagnosis: Option<Said>,
    /// Each request to a language model.
    attempts: Vec<Asked<'a>>,
    /// The patch that a language model wrote.
    patch: Patched<'a>,
    /// What was done on GitHub.
    outcome: Done<'a>,
    /// How often this failure was seen, this time included.
    seen: u64,
    /// What could not be done, and people must know.
    troubles: &'a [String],
    /// What was left out: caps, a dry run, time.
    notes: &'a [String],
    /// Where to look further.
    links: Vec<Linked>,
}

/// A run of a workflow.
#[derive(JsonSchema, Serialize)]
struct Ran<'a> {
    id: u64,
    attempt: u64,
    workflow: &'a str,
    commit: &'a str,
    branch: Option<&'a str>,
    event: &'a str,
    is_of_a_fork: bool,
    /// The open pull requests of the branch.
    pull_requests: &'a [u64],
}

/// A line of the log.
#[derive(JsonSchema, Serialize)]
struct Line<'a> {
    number: u64,
    text: &'a str,
}

/// What a language model said. Addresses in it are written as `hxxp` and without their queries.
#[derive(JsonSchema, Serialize)]
struct Said {
    summary: String,
    root_cause: String,
    /// What the model takes it for; the verdict is the field of this name outside.
    category: Category,
    /// As the model says, from 0 to 1; nobody has checked it.
    confidence: f64,
    /// The line that it goes by, word for word.
    quote: String,
    quote_line: u64,
    suggestion: String,
}

/// A request to a language model.
#[derive(JsonSchema, Serialize)]
struct Asked<'a> {
    provider: &'a str,
    model: &'a str,
    /// `answered`, or why not.
    outcome: &'a str,
    input_tokens: u64,
    output_tokens: u64,
    /// An estimate; null where no price is known.
    cost_usd: Option<f64>,
    took_ms: u64,
}

/// What became of the patch.
#[derive(JsonSchema, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
enum Patched<'a> {
    /// There is none.
    None,
    /// The patch gate accepted it.
    Accepted { files: Vec<&'a str> },
    /// The patch gate refused it.
    Refused { reasons: &'a [String] },
}

/// What was done on GitHub.
#[derive(JsonSchema, Serialize)]
#[serde(tag = "did", rename_all = "snake_case")]
enum Done<'a> {
    /// A draft pull request.
    PullRequest { number: u64 },
    /// An issue was opened.
    Issue { number: u64 },
    /// A comment on an issue or a pull request from before.
    Comment { number: u64 },
    /// Nothing was added to an issue or a pull request from before.
    Known { number: u64 },
    /// Nothing.
    Nothing { because: &'a str },
}

/// A link.
#[derive(JsonSchema, Serialize)]
struct Linked {
    label: &'static str,
    url: String,
}

/// The analysis as it is written into the bucket. `None` would be a fault of this crate: everything in it has JSON.
pub fn document(finding: &Finding) -> Option<Document> {
    Document::json(&analyzed(finding))
}

/// The JSON Schema of [`document`], as it is published.
pub fn schema() -> Option<String> {
    let schema = schemars::schema_for!(Report<'_>);
    let text = serde_json::to_string_pretty(&schema).ok()?;
    Some(text + "\n")
}

fn analyzed(finding: &Finding) -> Report<'_> {
    let rows = finding.quotes.iter().map(|quote| Line {
        number: quote.number,
        text: &quote.text,
    });
    let links = finding.links().into_iter().map(|link| Linked {
        label: link.label,
        url: link.url,
    });
    Report {
        schema_version: SCHEMA_VERSION,
        file: &finding.object.key,
        analysis: &finding.analysis,
        repository: finding.repository.to_string(),
        analyzed_at: finding.at.to_string(),
        run: finding.run.as_ref().map(ran),
        job: finding.job.as_deref(),
        lines: rows.collect(),
        advice: finding.advice.as_deref(),
        problem: finding.problem.as_deref(),
        diagnosis: said(finding),
        attempts: attempts(finding),
        patch: patched(&finding.patch),
        outcome: done(&finding.outcome),
        seen: finding.seen,
        troubles: &finding.troubles,
        notes: &finding.notes,
        links: links.collect(),
    }
}

fn ran(run: &crate::github::Run) -> Ran<'_> {
    Ran {
        id: run.id,
        attempt: run.attempt,
        workflow: &run.workflow,
        commit: run.head_sha.as_str(),
        branch: run.head_branch.as_ref().map(Branch::as_str),
        event: &run.event,
        is_of_a_fork: run.is_of_a_fork,
        pull_requests: &run.pull_requests,
    }
}

fn said(finding: &Finding) -> Option<Said> {
    let diagnosis = finding.diagnosis.as_ref()?;
    Some(Said {
        summary: defang(&diagnosis.summary),
        root_cause: defang(&diagnosis.root_cause),
        category: diagnosis.category,
        confidence: share(diagnosis.confidence),
        quote: defang(&diagnosis.quote),
        quote_line: diagnosis.quote_line,
        suggestion: defang(&diagnosis.suggestion),
    })
}

fn attempts(finding: &Finding) -> Vec<Asked<'_>> {
    let attempts = finding.attempts.iter().map(|attempt| Asked {
        provider: &attempt.provider,
        model: &attempt.model,
        outcome: &attempt.outcome,
        input_tokens: attempt.input_tokens,
        output_tokens: attempt.output_tokens,
        cost_usd: attempt.cost_usd.filter(|cost| cost.is_finite()),
        took_ms: u64::try_from(attempt.took.as_millis()).unwrap_or(u64::MAX),
    });
    attempts.collect()
}

fn patched(patch: &Patch) -> Patched<'_> {
    match patch {
        Patch::None => Patched::None,
        Patch::Accepted { changes, .. } => Patched::Accepted {
            files: changes.iter().map(|change| change.path.as_str()).collect(),
        },
        Patch::Refused(reasons) => Patched::Refused { reasons },
    }
}

fn done(outcome: &Outcome) -> Done<'_> {
    match outcome {
        Outcome::Proposed(thread) => Done::PullRequest {
            number: thread.number,
        },
        Outcome::Opened(thread) => Done::Issue {
            number: thread.number,
        },
        Outcome::Commented(thread) => Done::Comment {
            number: thread.number,
        },
        Outcome::Known(thread) => Done::Known {
            number: thread.number,
        },
        Outcome::Nothing(because) => Done::Nothing { because },
    }
}
