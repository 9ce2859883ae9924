//! Names with `*` for anything, many at a time.

use regex::bytes::{Regex, RegexBuilder};
use serde::Deserialize;

/// Names of files, in lower case.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub(super) struct Globs(Regex);

impl TryFrom<Vec<String>> for Globs {
    type Error = regex::Error;

    fn try_from(globs: Vec<String>) -> Result<Self, regex::Error> {
        let escaped = globs
            .iter()
            .map(|glob| regex::escape(glob).replace(r"\*", ".*"));
        let any = escaped.collect::<Vec<_>>().join("|");
        let regex = RegexBuilder::new(&format!("^(?s:{any})$"));
        compiled(regex).map(Self)
    }
}

impl Globs {
    /// Whether `name` is one of these names.
    pub(super) fn any(&self, name: &str) -> bool {
        self.0.is_match(name.as_bytes())
    }
}

/// ASCII classes: the tables of Unicode are large, and these are not what they are for.
fn compiled(mut regex: RegexBuilder) -> Result<Regex, regex::Error> {
    regex
        .unicode(false)
        .size_limit(super::MOST_REGEX_BYTES)
        .build()
}
