//! The page: the same as `medic analyze --html` makes, with what was done and what a model said.

use shared::outbound::Document;

use super::Finding;
use crate::view::{self, Beside, Opinion};

/// The page of a finding, for a browser.
pub fn page(finding: &Finding) -> Document {
    let repository = &finding.repository;
    let name = match &finding.run {
        Some(run) => format!("{repository} · {} · run {}", run.workflow, run.id),
        None => format!("{repository} · {}", finding.object.key),
    };
    let beside = Beside {
        outcome: Some(finding.done()),
        refusals: finding.refusals().to_vec(),
        opinion: opinion(finding),
        facts: facts(finding),
        links: finding.links(),
    };
    view::page(&finding.shown(&name), &beside)
}

fn opinion(finding: &Finding) -> Option<Opinion> {
    let diagnosis = finding.diagnosis.as_ref()?;
    Some(Opinion {
        by: finding.model()?,
        summary: diagnosis.summary.clone(),
        root_cause: diagnosis.root_cause.clone(),
        suggestion: diagnosis.suggestion.clone(),
        quote: diagnosis.quote.clone(),
        quote_line: diagnosis.quote_line,
    })
}

fn facts(finding: &Finding) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    if let Some(run) = &finding.run {
        if let Some(branch) = &run.head_branch {
            facts.push(("Branch", branch.as_str().to_owned()));
        }
        facts.push(("Commit", run.head_sha.as_str().to_owned()));
        facts.push(("Attempt", run.attempt.to_string()));
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
    let troubles = finding.troubles.iter().cloned();
    facts.extend(troubles.map(|trouble| ("Could not be done", trouble)));
    let notes = finding.notes.iter().cloned();
    facts.extend(notes.map(|note| ("Left out", note)));
    facts.push(("Analyzed", finding.at.to_string()));
    facts.push(("Log", finding.object.to_string()));
    facts
}
