//! Secrets: those of the environment, and those that stand in the input.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::Trial;
use super::plain::{lines_of, plain};
use crate::adversarial::canaries;
use crate::adversarial::recorded::Body;

/// Forms of secrets that are known for what they are.
static KNOWN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|(?:AKIA|ASIA)[A-Z0-9]{16}|sk-[A-Za-z0-9_-]{16,}",
        r"|xox[abprs]-[A-Za-z0-9-]{10,}|glpat-[A-Za-z0-9_-]{16,}|npm_[A-Za-z0-9]{20,}|AIza[A-Za-z0-9_-]{30,}",
        r"|pypi-[A-Za-z0-9_-]{16,}|dop_v1_[a-f0-9]{32,}|hf_[A-Za-z0-9]{20,}|SG\.[A-Za-z0-9_.-]{20,}",
        r"|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+",
    ))
    .unwrap()
});
/// A value that is given a secret's name, or stands in an address before the host.
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)(?:password|passwd|pwd|secret|token|api_?key|access_?key|credential)[A-Za-z_]*["']?\s*[=:]\s*["']?([^\s"'&,;]{6,})|://[^\s:/@]+:([^\s@/]{4,})@|bearer\s+([A-Za-z0-9._~+/-]{12,})"#).unwrap()
});
/// What could be a random text.
static TOKEN: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[A-Za-z0-9+/_=-]{16,}").unwrap());

/// So much of a secret is as bad as all of it.
const PART: usize = 16;

/// Nothing that left contains `text`, or a canary.
pub(super) fn lacks(trial: &Trial<'_>, text: Option<&str>) -> Vec<String> {
    let found = |body: &Body| {
        let shown = plain(body.text.as_bytes());
        let what = match text {
            Some(text) => shown.contains(text).then_some(text),
            None => canaries::found_in(&shown),
        };
        what.map(|what| format!("{} contains {what}", body.place))
    };
    trial.seen.bodies().iter().filter_map(found).collect()
}

/// Nothing that left contains the secret of the input, or a good part of it.
pub(super) fn absent(trial: &Trial<'_>) -> Vec<String> {
    let secrets = secrets(trial.input);
    if secrets.is_empty() {
        return vec!["the input has no secret that the check could look for".to_owned()];
    }
    let parts: BTreeSet<String> = secrets.iter().flat_map(|secret| parts(secret)).collect();
    let found = |body: &Body| {
        let shown: String = plain(body.text.as_bytes());
        // Neither a line's end nor a time stamp between two parts makes them less of a secret.
        let joined: String = shown.split_whitespace().collect();
        let part = parts
            .iter()
            .find(|part| shown.contains(part.as_str()) || joined.contains(part.as_str()))?;
        Some(format!("{} contains {part}", body.place))
    };
    trial.seen.bodies().iter().filter_map(found).collect()
}

/// The secrets in an input: those of a known form, else those that are called so, else what looks random.
pub(super) fn secrets(input: &[u8]) -> Vec<String> {
    let (text, lines) = (plain(input), lines_of(input));
    let text = text.as_str();
    let mut found: Vec<String> = KNOWN
        .find_iter(text)
        .map(|m| m.as_str().to_owned())
        .collect();
    found.extend(key_lines(&lines));
    let named = NAMED
        .captures_iter(text)
        .filter_map(|captures| captures.iter().skip(1).flatten().next());
    found.extend(named.map(|m| m.as_str().to_owned()));
    if found.is_empty() {
        let is_random = |token: &&str| {
            let has = |kind: fn(&u8) -> bool| token.as_bytes().iter().any(kind);
            has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic)
        };
        found.extend(
            TOKEN
                .find_iter(text)
                .map(|m| m.as_str())
                .filter(is_random)
                .map(str::to_owned),
        );
    }
    found.retain(|secret| secret.len() >= 4);
    found
}

/// The lines of private keys.
fn key_lines(lines: &[String]) -> Vec<String> {
    let mut is_key = false;
    let mut key = Vec::new();
    for line in lines {
        if line.contains("-----BEGIN") && line.contains("PRIVATE KEY") {
            is_key = true;
        } else if line.contains("-----END") {
            is_key = false;
        } else if is_key && line.len() >= PART {
            key.push(line.clone());
        }
    }
    key
}

/// A secret that is short, or each good part of one that is long.
fn parts(secret: &str) -> Vec<String> {
    let characters: Vec<char> = secret.chars().collect();
    if characters.len() <= PART {
        return vec![secret.to_owned()];
    }
    characters
        .windows(PART)
        .map(|part| part.iter().collect())
        .collect()
}
