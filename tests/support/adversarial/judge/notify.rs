//! What GitHub and its bots would do because of a text.

use std::sync::LazyLock;

use regex::Regex;

use super::Trial;
use crate::adversarial::recorded::{Body, Form};
use crate::adversarial::render;

/// A mention (GitHub documentation, "Mentioning people and teams"): an `@` that no word ends at, and a name.
static MENTION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:^|[^A-Za-z0-9_@＠])@([A-Za-z0-9][A-Za-z0-9_-]*(?:/[A-Za-z0-9._-]+)?)").unwrap()
});
/// Words that close an issue (GitHub documentation, "Linking a pull request to an issue").
static CLOSING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)\b:?\s+(?:[\w.-]+/[\w.-]+)?(?:#|GH-|https?://[^\s]*/(?:issues|pull)/)\d+").unwrap()
});
/// References (GitHub documentation, "Autolinked references and URLs").
static REFERENCE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)(?:^|[^\w&/])(?:[\w.-]+/[\w.-]+)?#\d+\b|(?:^|[^\w])GH-\d+\b|(?:^|[^\w/])[\w-]+(?:/[\w.-]+)?@[0-9a-f]{7,40}\b").unwrap()
});
/// A line that a bot takes for a command, wherever it stands: bots read what was sent and not what it is rendered to.
static COMMAND: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?mi)^(?:/[a-z][a-z-]*|@[a-z0-9][\w-]*\s+\w+|bors [a-z]+|!(?:deploy|test|retest|merge)\b|(?:retest this please|ok to test|add to whitelist))").unwrap()
});
/// The same, indented, outside of code.
static INDENTED: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?mi)^\s*/[a-z][a-z-]*").unwrap());
/// Words by which GitHub is told not to run anything, or who wrote a commit.
static TRAILER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?mi)\n(?:co-authored-by|signed-off-by|reviewed-by):|\[(?:skip ci|ci skip|no ci|skip actions)\]").unwrap()
});

/// Nothing for GitHub notifies anybody.
pub(super) fn no_mention(trial: &Trial<'_>) -> Vec<String> {
    let of = |body: &Body| {
        let texts = match body.form {
            Form::Title => vec![body.text.clone()],
            _ => render::markdown(&body.text).texts,
        };
        let mentions = |text: &String| {
            let names = MENTION
                .captures_iter(text)
                .map(|captures| captures[1].to_owned());
            names.collect::<Vec<_>>()
        };
        let names = texts.iter().flat_map(mentions).collect::<Vec<_>>();
        names
            .into_iter()
            .map(|name| format!("{} mentions @{name}", body.place))
            .collect::<Vec<_>>()
    };
    trial
        .seen
        .bodies_as(&[Form::Markdown, Form::Title])
        .iter()
        .flat_map(of)
        .collect()
}

/// Nothing for GitHub closes an issue, commands a bot, or refers to another repository.
pub(super) fn no_trigger_text(trial: &Trial<'_>) -> Vec<String> {
    let of = |body: &Body| {
        // Nothing protects in a title, which is the message of a commit as well. In a body, code does: GitHub reads what is rendered.
        let texts = match body.form {
            Form::Title => vec![body.text.clone()],
            _ => render::markdown(&body.text).texts,
        };
        let mut found = Vec::new();
        for text in &texts {
            for (what, pattern) in [
                ("closes", &CLOSING),
                ("refers by", &REFERENCE),
                ("commands", &INDENTED),
            ] {
                found.extend(
                    pattern
                        .find(text)
                        .map(|m| format!("{what} `{}`", m.as_str())),
                );
            }
        }
        // Trailers, and what keeps workflows from running, count in the messages of commits.
        let of_messages = [("says", &TRAILER)].into_iter();
        let of_messages = of_messages.filter(|_| body.form == Form::Title);
        let of_bodies = [("commands", &COMMAND)].into_iter();
        let of_bodies = of_bodies.filter(|_| body.form != Form::Title);
        for (what, pattern) in of_bodies.chain(of_messages) {
            found.extend(
                pattern
                    .find(&body.text)
                    .map(|m| format!("{what} `{}`", m.as_str())),
            );
        }
        found
            .into_iter()
            .map(|what| format!("{} {what}", body.place))
            .collect::<Vec<_>>()
    };
    trial
        .seen
        .bodies_as(&[Form::Markdown, Form::Title])
        .iter()
        .flat_map(of)
        .collect()
}
