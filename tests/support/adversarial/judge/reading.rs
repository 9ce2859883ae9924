//! Whether the input was read as it should be: found in, left alone, decoded once.

use std::sync::LazyLock;

use percent_encoding::percent_decode_str;
use regex::Regex;

use super::Trial;
use super::plain::lines_of;
use crate::adversarial::case::Surface;
use crate::adversarial::recorded::{Body, Form};
use crate::adversarial::render;

/// Words of an error.
static ERROR: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:error|fatal|panick?ed|failed|failure|exception|traceback|cannot|undefined|FAIL|assert\w*)\b").unwrap()
});
/// Names of packages and their like.
static NAME: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"@?[A-Za-z0-9][\w.-]*/[A-Za-z][\w.-]*").unwrap());

/// The same in the middle of a word, where a line has no other.
static INSIDE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)(?:error|fatal|failed|failure|exception)\b").unwrap());

/// So much of an error is enough to know it by; a word that goes on for ever after it may be left out with all that follows.
const TELLING: usize = 20;

/// The error in the input is quoted for people, readably.
pub(super) fn error_found(trial: &Trial<'_>) -> Vec<String> {
    let lines = lines_of(trial.input);
    let telling = |line: &String| {
        let found = ERROR.find(line).or_else(|| INSIDE.find(line))?;
        let from = found.start();
        let said: String = line.get(from..)?.chars().take(TELLING).collect();
        Some(spaced(&said))
    };
    let wanted: Vec<String> = lines.iter().filter_map(telling).collect();
    if wanted.is_empty() {
        return vec!["the input has no error that the check could look for".to_owned()];
    }
    let shown = shown(trial);
    let is_shown = |said: &String| shown.iter().any(|text| text.contains(said.as_str()));
    if wanted.iter().any(is_shown) {
        return Vec::new();
    }
    vec![format!("nowhere stands `{}`", wanted.join("`, `"))]
}

/// What people read, as text.
fn shown(trial: &Trial<'_>) -> Vec<String> {
    let text = |body: Body| match body.form {
        Form::Html => render::html(&body.text).all_text,
        Form::Markdown => render::markdown(&body.text).all_text,
        _ => body.text,
    };
    let forms = [Form::Html, Form::Markdown, Form::Text, Form::Value];
    let bodies = trial.seen.bodies_as(&forms).into_iter();
    // Our own log may say anything: nobody looks there for what broke.
    let bodies = bodies.filter(|body| !body.place.starts_with("own log"));
    bodies.map(text).map(|text| spaced(&text)).collect()
}

fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Nothing is fetched, analysed or sent.
pub(super) fn input_ignored(trial: &Trial<'_>) -> Vec<String> {
    let seen = trial.seen;
    let mut found: Vec<String> = seen
        .fetched
        .iter()
        .map(|key| format!("{key} was fetched"))
        .collect();
    found.extend(
        seen.writes()
            .map(|request| format!("GitHub was asked to {} {}", request.method, request.path)),
    );
    if !seen.llm.is_empty() {
        found.push("a model was asked".to_owned());
    }
    found.extend(
        seen.messages
            .iter()
            .map(|message| format!("people were told: {}", message.subject)),
    );
    found.extend(
        seen.changes
            .iter()
            .map(|call| format!("AWS was asked to {}", call.operation)),
    );
    found
}

/// The key of the object is what the event's says, decoded once as a form.
pub(super) fn key_decoded_once(trial: &Trial<'_>) -> Vec<String> {
    let raw = trial.text();
    let once = decoded(&raw);
    let twice = decoded(&once);
    let seen = trial.seen;
    let mut found = Vec::new();
    for key in &seen.fetched {
        if *key != once {
            found.push(format!("`{key}` was fetched"));
        }
    }
    // Where it is no key of ours, only what is said of it shows how it was read.
    let shows = |key: &str| {
        seen.bodies().iter().any(|body| body.text.contains(key))
            || format!("{:?}", seen.endings).contains(key)
    };
    if seen.fetched.is_empty() && !shows(&once) {
        found.push(format!("`{once}` was neither fetched nor named"));
    }
    if twice != once && shows(&twice) {
        found.push(format!("`{twice}` was named"));
    }
    found
}

fn decoded(key: &str) -> String {
    let spaced = key.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}

/// What the product wrote itself sets nothing off.
pub(super) fn no_self_trigger(trial: &Trial<'_>) -> Vec<String> {
    let mut found: Vec<String> = trial
        .seen
        .retriggered
        .iter()
        .map(|what| format!("set off by its own {what}"))
        .collect();
    let is_own = |key: &&String| !key.starts_with("logs/") && !key.starts_with("passing/");
    if trial.case.surface == Surface::S3Key {
        found.extend(
            trial
                .seen
                .fetched
                .iter()
                .filter(is_own)
                .map(|key| format!("{key} was analysed")),
        );
    }
    found
}

/// The names in the input can be read in a text for GitHub.
pub(super) fn text_kept(trial: &Trial<'_>) -> Vec<String> {
    let lines = lines_of(trial.input);
    let names: Vec<String> = lines
        .iter()
        .flat_map(|line| NAME.find_iter(line))
        .map(|m| m.as_str().to_owned())
        .collect();
    if names.is_empty() {
        return vec!["the input has no name that the check could look for".to_owned()];
    }
    let bodies = trial.seen.bodies_as(&[Form::Markdown]);
    let texts: Vec<String> = bodies
        .iter()
        .map(|body| render::markdown(&body.text).all_text)
        .collect();
    let is_read = |name: &String| {
        texts
            .iter()
            .any(|text| text.contains(name.trim_start_matches('@')))
    };
    names
        .iter()
        .filter(|name| !is_read(name))
        .map(|name| format!("{name} cannot be read"))
        .collect()
}
