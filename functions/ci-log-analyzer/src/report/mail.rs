//! The mail: what failed, where, the decisive line, what to do, who, and links; in this order, because a phone shows little at once.

use shared::outbound::Draft;

use super::{Finding, Outcome};

/// The mail of a finding.
pub fn mail(finding: &Finding) -> Draft {
    let repeat = if finding.seen > 1 { "again: " } else { "" };
    Draft {
        title: format!("{}: {repeat}{} failed", finding.repository, finding.place()),
        summary: finding.analysis.cause.clone(),
        excerpt: finding.decisive(),
        facts: facts(finding),
        lists: lists(finding),
        links: finding.links(),
    }
}

fn facts(finding: &Finding) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    if let Some(advice) = &finding.advice {
        facts.push(("What to do", advice.clone()));
    }
    facts.push(("Who", finding.who().to_owned()));
    facts.push(("Done", finding.done()));
    facts.push(("Kind", finding.verdict()));
    if let Some(run) = &finding.run {
        let branch = run
            .head_branch
            .as_ref()
            .map_or("-", |branch| branch.as_str());
        facts.push(("Workflow", run.workflow.clone()));
        facts.push(("Branch", branch.to_owned()));
        facts.push(("Commit", run.head_sha.as_str().to_owned()));
    }
    if let Some(job) = &finding.job {
        facts.push(("Job", job.clone()));
    }
    if let Some(repeats) = finding.repeats() {
        facts.push(("Seen", repeats));
    }
    if let Some(problem) = &finding.problem {
        facts.push(("Not all was read", problem.clone()));
    }
    facts.extend(finding.page.as_ref().map(|page| ("Page", page.to_string())));
    facts
}

fn lists(finding: &Finding) -> Vec<(&'static str, Vec<String>)> {
    let mut lists = Vec::new();
    if !finding.troubles.is_empty() {
        lists.push(("Could not be done", finding.troubles.clone()));
    }
    if !finding.notes.is_empty() {
        lists.push(("Left out", finding.notes.clone()));
    }
    if let (Some(diagnosis), Some(model)) = (&finding.diagnosis, finding.model()) {
        let mut said = vec![
            diagnosis.summary.clone(),
            diagnosis.root_cause.clone(),
            diagnosis.suggestion.clone(),
        ];
        said.retain(|text| !text.trim().is_empty());
        said.push(format!(
            "It goes by line {}: {}",
            diagnosis.quote_line, diagnosis.quote
        ));
        said.push(model);
        lists.push(("A language model's opinion", said));
    }
    let refusals = finding.refusals();
    if !refusals.is_empty() && !matches!(finding.outcome, Outcome::Proposed(_)) {
        lists.push(("Why its patch was refused", refusals.to_vec()));
    }
    let steps = finding.analysis.failed_steps.iter().skip(1);
    let steps: Vec<String> = steps.map(|step| step.name.clone()).collect();
    if !steps.is_empty() {
        lists.push(("Also failed", steps));
    }
    lists
}
