//! The plain forms: a subject and a text of labelled lines.

use std::fmt::Write as _;

use super::{Quoted, Quoting};

/// SNS refuses a subject of 100 characters or more, line breaks and anything but ASCII
/// (API reference of `Publish`, parameter `Subject`).
const MOST_SUBJECT_CHARACTERS: usize = 99;

pub(super) fn subject(title: &Quoted) -> String {
    let ascii: String = title
        .as_str()
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

pub(super) fn body(draft: &Quoting) -> String {
    let mut body = format!("{}\n\n{}\n\n", draft.title, draft.summary);
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
