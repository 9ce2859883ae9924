//! The plain forms: a subject and a text of labelled lines.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::{Quoted, Quoting};

/// SNS refuses a subject of 100 characters or more, line breaks and anything but ASCII
/// (API reference of `Publish`, parameter `Subject`).
const MOST_SUBJECT_CHARACTERS: usize = 99;

pub(super) fn subject(title: &Quoted) -> String {
    let ascii: String = inert(title)
        .chars()
        .map(|c| match c {
            ' '..='~' => c,
            '…' => '.',
            _ => '?',
        })
        .take(MOST_SUBJECT_CHARACTERS)
        .collect();
    match ascii.trim() {
        "" => "lambda-medic".to_owned(),
        trimmed => trimmed.to_owned(),
    }
}

/// A line that begins with others' words, with a bar before what a runner of GitHub Actions would obey if somebody shows it there.
fn inert(line: &Quoted) -> Cow<'_, str> {
    let line = line.as_str();
    if commands_a_runner(line) {
        Cow::Owned(format!("| {line}"))
    } else {
        Cow::Borrowed(line)
    }
}

/// Whether a line is a command to the runner ("Workflow commands", GitHub's documentation), which looks behind leading blanks.
pub(super) fn commands_a_runner(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("::") || line.starts_with("##[")
}

pub(super) fn body(draft: &Quoting) -> String {
    let (title, summary) = (inert(&draft.title), inert(&draft.summary));
    let mut body = format!("{title}\n\n{summary}\n\n");
    excerpt(draft, &mut body);
    for (label, value) in &draft.facts {
        // Writing to a String cannot fail.
        let _ = writeln!(body, "{label}: {value}");
    }
    for (label, items) in &draft.lists {
        let _ = writeln!(body, "\n{label}:");
        for item in items {
            let _ = writeln!(body, "- {item}");
        }
    }
    if !draft.links.is_empty() {
        body.push('\n');
    }
    for link in &draft.links {
        let _ = writeln!(body, "{}: {}", link.label, link.url);
    }
    body
}

/// Each line under its number; a mark before those that matter most, so that a long line that breaks on a small screen stays one.
fn excerpt(draft: &Quoting, body: &mut String) {
    for line in &draft.excerpt {
        let mark = if line.is_decisive { '>' } else { ' ' };
        // Writing to a String cannot fail.
        let _ = writeln!(body, "{mark} {} | {}", line.number, line.text);
    }
    if !draft.excerpt.is_empty() {
        body.push('\n');
    }
}
