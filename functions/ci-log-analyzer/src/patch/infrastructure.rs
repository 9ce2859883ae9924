//! What a file of data or of code is by what stands in it: the table of `infrastructure.toml`.

use std::sync::LazyLock;

use regex::bytes::RegexSet;
use serde::Deserialize;

use super::apply::Change;
use super::content::compiled;
use super::places::Family;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    document: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    what: String,
    #[serde(default)]
    code: bool,
    #[serde(default)]
    endings: Vec<String>,
    #[serde(default)]
    any: Vec<String>,
    #[serde(default)]
    all: Vec<String>,
}

struct Document {
    what: String,
    code: bool,
    endings: Vec<String>,
    any: RegexSet,
    all: RegexSet,
}

/// `None` only if the table that comes with the program could not be read: the tests see to it that it can.
static DOCUMENTS: LazyLock<Option<Vec<Document>>> = LazyLock::new(|| {
    let file: File = toml::from_str(include_str!("infrastructure.toml")).ok()?;
    let compiled = |document: Written| {
        Some(Document {
            any: compiled(&document.any).ok()?,
            all: compiled(&document.all).ok()?,
            what: document.what,
            code: document.code,
            endings: document.endings,
        })
    };
    file.document.into_iter().map(compiled).collect()
});

/// What the file is, before its change or with it, if that is no application's own data or program.
pub(super) fn fault(change: &Change<'_>) -> Option<String> {
    let is_code = match change.file.kind.family {
        Family::Data => false,
        Family::Code => true,
        Family::Page | Family::Query | Family::Prose => return None,
    };
    let path = change.file.path.as_str();
    let Some(documents) = DOCUMENTS.as_ref() else {
        return Some("cannot be judged".to_owned());
    };
    let is_one = |document: &&Document| {
        document.is_for(path, is_code)
            && [change.before, &change.after]
                .iter()
                .any(|text| document.is(text.as_bytes()))
    };
    let found = documents.iter().find(is_one)?;
    Some(format!("is {}", found.what))
}

impl Document {
    fn is_for(&self, path: &str, is_code: bool) -> bool {
        let has_ending = |ending: &String| path.ends_with(ending.as_str());
        self.code == is_code && (self.endings.is_empty() || self.endings.iter().any(has_ending))
    }

    fn is(&self, text: &[u8]) -> bool {
        let all = self.all.matches(text).iter().count();
        self.any.is_match(text) || (!self.all.is_empty() && all == self.all.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_can_be_read() {
        assert!(
            DOCUMENTS
                .as_ref()
                .is_some_and(|documents| documents.len() > 5)
        );
    }
}
