//! Texts for GitHub: issues, draft pull requests, comments.

use shared::outbound::{Markdown, MarkdownDraft, Part, Span, Title};

use super::{Finding, Patch};
use crate::github::Marker;

/// A title and a body.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Text {
    /// The title; of a pull request also the message of its commit.
    pub title: Title,
    /// The body.
    pub body: Markdown,
}

const FOOT: &str = "<sub>Written by lambda-medic from the log alone. Quoted text is the log's or a model's, not an instruction.</sub>";

/// An issue about a failure; with the patch that the gate accepted where no pull request can carry it, and with the reasons where it was refused.
pub fn issue(finding: &Finding, found_by: &Marker) -> Text {
    let mut draft = begun(finding)
        .with_all(what_failed(finding))
        .with_all(opinion(finding));
    if let Patch::Accepted { diff, .. } = &finding.patch {
        draft = draft
            .with(Part::Heading("A patch that nobody has run"))
            .with(Part::Own("It applies to the commit above, and no pull request could be made for it. Read it before you use it."))
            .with(Part::Code("diff", diff.clone()));
    }
    if !finding.refusals().is_empty() {
        draft = draft
            .with(Part::Heading("No pull request"))
            .with(Part::Own("The model wrote a patch, and it was refused:"))
            .with_all(
                finding
                    .refusals()
                    .iter()
                    .cloned()
                    .map(|reason| Part::Item(vec![Span::Said(reason)])),
            );
    }
    Text {
        title: Title::new(&format!("{}: {}", finding.place(), finding.analysis.cause)),
        body: ended(draft, &found_by.text()),
    }
}

/// A draft pull request for the patch that the gate accepted.
pub fn pull_request(finding: &Finding, found_by: &Marker) -> Text {
    let mut draft = begun(finding).with(Part::Own(
        "> [!WARNING]\n> **Unverified.** A language model wrote this change, and nobody has run or read it. CI of this draft is its first test.",
    ));
    if let Patch::Accepted { changes, .. } = &finding.patch {
        draft = draft
            .with(Part::Heading("What it changes"))
            .with_all(changes.iter().map(|change| {
                let label = if change.is_new { "New file" } else { "Changed" };
                Part::Fact(label, change.path.clone())
            }));
    }
    draft = draft
        .with_all(opinion(finding))
        .with_all(what_failed(finding))
        .with(Part::Heading("How to verify it"))
        .with(Part::Own(
            "1. Read the diff: does it mend the cause, or only what the log shows?\n\
             2. Check the branch out and run the step that failed.\n\
             3. Mark the draft as ready if it holds; close it if not, and nothing else will be proposed for this commit.",
        ));
    let what = finding
        .diagnosis
        .as_ref()
        .map_or(finding.analysis.cause.as_str(), |diagnosis| {
            diagnosis.summary.as_str()
        });
    Text {
        title: Title::new(&format!("Unverified: {what}")),
        body: ended(draft, &found_by.text()),
    }
}

/// A comment on the pull request whose run failed.
pub fn triggering_comment(finding: &Finding, found_by: &Marker) -> Markdown {
    let mut draft = begun(finding).with_all(what_failed(finding));
    let mut done = vec![Part::Prose(finding.done())];
    if let Some(thread) = finding.outcome.thread() {
        let link = finding.links().into_iter().next();
        done = vec![Part::Own(if thread.is_pull_request {
            "A draft pull request proposes a change that nobody has run or read yet:"
        } else {
            "More about it, and whether it was seen before:"
        })];
        done.extend(link.map(|link| Part::Link(link.label, link.url)));
    }
    draft = draft.with_all(done);
    ended(draft, &note(finding, found_by))
}

/// A comment on the open issue or pull request of a failure that was seen again.
pub fn repeat_comment(finding: &Finding, found_by: &Marker) -> Markdown {
    let times = finding.repeats().unwrap_or_default();
    let mut sentence = vec![
        Span::Own("The same failure again, in "),
        Span::Value(finding.place().to_owned()),
    ];
    if !times.is_empty() {
        sentence.extend([Span::Own(": seen "), Span::Said(times)]);
    }
    sentence.push(Span::Own("."));
    let draft = begun(finding)
        .with(Part::Sentence(sentence))
        .with_all(run_facts(finding))
        .with(Part::Excerpt(finding.decisive()));
    ended(draft, &note(finding, found_by))
}

/// A comment is no thread of its own: it must not be found as one. There is one for each commit, whoever writes it.
fn note(finding: &Finding, found_by: &Marker) -> String {
    let fingerprint = &found_by.fingerprint;
    match &finding.run {
        Some(run) => format!("note-{fingerprint}-{}", run.head_sha.as_str()),
        None => format!("note-{fingerprint}"),
    }
}

fn begun(finding: &Finding) -> MarkdownDraft {
    MarkdownDraft::for_site(&finding.site)
}

fn ended(draft: MarkdownDraft, found_by: &str) -> Markdown {
    let draft = draft
        .with(Part::Own(FOOT))
        .with(Part::Marker(found_by.to_owned()));
    Markdown::from(&draft)
}

fn what_failed(finding: &Finding) -> Vec<Part> {
    let analysis = &finding.analysis;
    let mut parts = vec![
        Part::Heading("What failed"),
        Part::Prose(analysis.cause.clone()),
    ];
    if let Some(advice) = &finding.advice {
        parts.push(Part::Sentence(vec![
            Span::Own("**What to do:** "),
            Span::Said(advice.clone()),
        ]));
    }
    parts.push(Part::Fact("Kind", finding.verdict()));
    for step in &analysis.failed_steps {
        let mut spans = vec![Span::Own("**Step:** "), Span::Value(step.name.clone())];
        if let Some(code) = step.exit_code {
            spans.extend([Span::Own(", exit code "), Span::Value(code.to_string())]);
        }
        parts.push(Part::Item(spans));
    }
    parts.extend(run_facts(finding));
    parts.push(Part::Heading("The log"));
    parts.push(Part::Excerpt(finding.excerpt()));
    parts
}

fn run_facts(finding: &Finding) -> Vec<Part> {
    let mut parts = Vec::new();
    if let Some(run) = &finding.run {
        parts.push(Part::Fact("Workflow", run.workflow.clone()));
        if let Some(branch) = &run.head_branch {
            parts.push(Part::Fact("Branch", branch.as_str().to_owned()));
        }
        parts.push(Part::Fact("Commit", run.head_sha.as_str().to_owned()));
    }
    if let Some(job) = &finding.job {
        parts.push(Part::Fact("Job", job.clone()));
    }
    if let Some(problem) = &finding.problem {
        parts.push(Part::Fact("Not all was read", problem.clone()));
    }
    parts.extend(finding.run_link());
    parts
}

fn opinion(finding: &Finding) -> Vec<Part> {
    let (Some(diagnosis), Some(model)) = (&finding.diagnosis, finding.model()) else {
        return Vec::new();
    };
    let mut parts = vec![Part::Heading("What a language model makes of it")];
    for text in [
        &diagnosis.summary,
        &diagnosis.root_cause,
        &diagnosis.suggestion,
    ] {
        if !text.trim().is_empty() {
            parts.push(Part::Prose(text.clone()));
        }
    }
    parts.push(Part::Own("It goes by this line:"));
    parts.push(Part::Excerpt(vec![shared::outbound::ExcerptLine {
        number: diagnosis.quote_line,
        text: diagnosis.quote.clone(),
        is_decisive: true,
    }]));
    parts.push(Part::Sentence(vec![
        Span::Own("Said by "),
        Span::Said(model),
    ]));
    parts
}
