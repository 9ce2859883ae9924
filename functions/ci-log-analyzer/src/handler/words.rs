//! SEAM: what is written and asked. Each function becomes a call of `report::...` and `llm::prompt::asking` when they are merged.

use serde_json::json;
use shared::outbound::{
    Document, Draft, Markdown, MarkdownDraft, Page, Part, Prompt, PromptText, Title,
};

use super::case::Case;
use crate::evidence::Quote;
use crate::github::Marker;
use crate::objects::Output;
use crate::patch::RepoPath;

/// A question and the lines that it shows.
pub(super) struct Asking {
    pub(super) prompt: Prompt,
    pub(super) quotes: Vec<Quote>,
}

pub(super) fn asking(case: &Case, _files: &[(RepoPath, String)], _nonce: &str) -> Asking {
    let prompt = Prompt {
        system: PromptText::own("Explain."),
        user: PromptText::own("Excerpt."),
    };
    Asking {
        prompt,
        quotes: case.examined.quotes.clone(),
    }
}

pub(super) fn documents(case: &Case) -> Vec<Output> {
    let done = &case.done;
    let json = json!({
        "analysis": case.examined.analysis,
        "advice": case.examined.advice,
        "problem": case.examined.problem,
        "diagnosis": case.diagnosis,
        "pull_request": done.pull_request,
        "issue": done.issue,
        "comments": done.comments,
        "refused_patch": done.refused_patch,
        "notes": done.notes,
        "troubles": done.troubles,
        "seen": case.failure.as_ref().map(|failure| failure.count),
    });
    let json = Document::json(&json).map(Output::Json);
    let mut page = Page::default();
    page.text(case.fingerprint());
    let html = Output::Html(Document::from(page));
    json.into_iter().chain([html]).collect()
}

pub(super) fn proposal(case: &Case, marker: &Marker) -> (Title, Markdown) {
    (
        title(case),
        body(case, Part::Marker(marker.fingerprint.clone())),
    )
}

pub(super) fn issue(case: &Case) -> (Title, Markdown) {
    let marker = Part::Marker(case.fingerprint().to_owned());
    (title(case), body(case, marker))
}

pub(super) fn repeat(case: &Case) -> Markdown {
    body(case, Part::Own("It failed again."))
}

pub(super) fn notice(case: &Case) -> Markdown {
    body(case, Part::Own("It failed."))
}

pub(super) fn mail(case: &Case) -> Draft {
    Draft {
        title: case.examined.analysis.cause.clone(),
        lists: vec![
            ("Not done", case.done.troubles.clone()),
            ("Notes", case.done.notes.clone()),
        ],
        ..Draft::default()
    }
}

fn title(case: &Case) -> Title {
    Title::new(&case.examined.analysis.cause)
}

fn body(case: &Case, last: Part) -> Markdown {
    let why = Part::Prose(case.examined.analysis.cause.clone());
    let sha = case.known_run().map(|run| run.head_sha.as_str().to_owned());
    let draft = MarkdownDraft::default().with(why).with(last);
    Markdown::from(&draft.with(Part::Fact("Commit", sha.unwrap_or_default())))
}
