//! What a file of data is by what stands in it: the table of `infrastructure.toml`.

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
    any: Vec<String>,
    #[serde(default)]
    all: Vec<String>,
}

struct Document {
    what: String,
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
        })
    };
    file.document.into_iter().map(compiled).collect()
});

/// What the file is, before its change or with it, if that is no application's own data.
pub(super) fn fault(change: &Change<'_>) -> Option<String> {
    if change.file.kind.family != Family::Data {
        return None;
    }
    let Some(documents) = DOCUMENTS.as_ref() else {
        return Some("cannot be judged".to_owned());
    };
    let is_one = |document: &&Document| {
        [change.before, &change.after]
            .iter()
            .any(|text| document.is(text.as_bytes()))
    };
    let found = documents.iter().find(is_one)?;
    Some(format!("is {}", found.what))
}

impl Document {
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
