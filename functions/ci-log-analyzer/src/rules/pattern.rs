//! Regular expressions of rules, compiled when they are first needed.

use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};
use toml::Spanned;

/// What one compiled expression may take; `\w{1,1000}` nested twice takes more.
const MOST_REGEX_BYTES: usize = 1024 * 1024;

/// A regular expression that is compiled when it is first needed.
#[derive(Debug)]
pub(super) struct Pattern {
    pub(super) source: String,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    pub(super) fn of(alternatives: &[Spanned<String>]) -> Option<Self> {
        let sources: Vec<String> = alternatives
            .iter()
            .map(|source| format!("(?:{})", source.get_ref()))
            .collect();
        (!sources.is_empty()).then(|| Self {
            source: sources.join("|"),
            compiled: OnceLock::new(),
        })
    }

    pub(super) fn get(&self) -> Option<&Regex> {
        self.compiled
            .get_or_init(|| compile(&self.source).ok())
            .as_ref()
    }
}

/// Bytes and ASCII classes: logs are in every language, and tables of all of Unicode are megabytes.
pub(super) fn compile(source: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(source)
        .unicode(false)
        .size_limit(MOST_REGEX_BYTES)
        .dfa_size_limit(MOST_REGEX_BYTES)
        .build()
}
