//! Which files a proposal may touch: the tables of `places.toml`, asked about a path.

use std::sync::LazyLock;

use serde::Deserialize;

use super::glob::Globs;

/// What kind of file a path names.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Kind {
    pub(super) language: &'static str,
    pub(super) family: Family,
    pub(super) comments: Comments,
}

/// What a file is for.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Family {
    /// Programs and their tests.
    Code,
    /// What a browser shows.
    Page,
    /// Questions to a database.
    Query,
    /// Settings of the application, translations, tables.
    Data,
    /// What people read.
    Prose,
}

/// How comments are written.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Comments {
    C,
    Hash,
    Python,
    Dash,
    Percent,
    Semicolon,
    Markup,
    None,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    kind: Vec<WrittenKind>,
    folders: Folders,
    names: Names,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenKind {
    language: String,
    family: Family,
    comments: Comments,
    extensions: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Folders {
    anywhere: Vec<String>,
    outside_sources: Vec<String>,
    not_for_data: Vec<String>,
    not_for_prose: Vec<String>,
    data_roots: Vec<String>,
    source_roots: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Names {
    deny: Globs,
    deny_outside_sources: Globs,
    deny_data: Globs,
    root_data: Globs,
    modules: Vec<String>,
}

/// `None` only if the table that comes with the program could not be read: the tests see to it that it can.
static PLACES: LazyLock<Option<File>> =
    LazyLock::new(|| toml::from_str(include_str!("places.toml")).ok());

impl Family {
    /// As the tables call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Page => "page",
            Self::Query => "query",
            Self::Data => "data",
            Self::Prose => "prose",
        }
    }
}

/// What kind of file `path`, which is well-formed, names; or why a proposal may not touch it.
pub(super) fn kind(path: &str) -> Result<Kind, &'static str> {
    let places = PLACES.as_ref().ok_or("cannot be judged")?;
    let path = path.to_lowercase();
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path.as_str()));
    let folders: Vec<&str> = folders.split('/').filter(|name| !name.is_empty()).collect();
    let kind = places
        .kind_of(name)
        .ok_or("is not of a kind that a proposal may touch")?;
    places.folders.check(&folders, kind)?;
    places.names.check(&folders, name, kind, &places.folders)?;
    Ok(kind)
}

/// Whether a new file at `path` would be taken for a module that a language brings with it: at the top of where programs look for theirs.
pub(super) fn takes_the_place_of_a_module(path: &str, kind: Kind) -> bool {
    let Some(places) = PLACES.as_ref() else {
        return true;
    };
    let path = path.to_lowercase();
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", &path));
    let folder = folders.rsplit('/').next().unwrap_or_default();
    let is_top = folder.is_empty()
        || matches!(folder, "test" | "tests" | "spec")
        || places
            .folders
            .source_roots
            .iter()
            .any(|root| root == folder);
    let stem = name.split('.').next().unwrap_or_default();
    let has_modules = matches!(kind.language, "python" | "ruby");
    has_modules && is_top && places.names.modules.iter().any(|module| module == stem)
}

impl File {
    fn kind_of(&'static self, name: &str) -> Option<Kind> {
        let (stem, extension) = name.rsplit_once('.')?;
        let is_of = |kind: &&WrittenKind| kind.extensions.iter().any(|known| known == extension);
        let kind = self.kind.iter().find(is_of).filter(|_| !stem.is_empty())?;
        Some(Kind {
            language: &kind.language,
            family: kind.family,
            comments: kind.comments,
        })
    }
}

impl Folders {
    fn check(&self, folders: &[&str], kind: Kind) -> Result<(), &'static str> {
        let lies_in = |names: &[String], within: &[&str]| {
            within
                .iter()
                .any(|folder| names.iter().any(|name| name == folder))
        };
        let above_sources = self.above_sources(folders);
        let is_closed = lies_in(&self.anywhere, folders)
            || lies_in(&self.outside_sources, above_sources)
            || match kind.family {
                Family::Data => lies_in(&self.not_for_data, folders),
                Family::Prose => lies_in(&self.not_for_prose, folders),
                Family::Code | Family::Page | Family::Query => false,
            };
        if is_closed {
            return Err(
                "lies in a folder of builds, infrastructure, tools, agents or other people's code",
            );
        }
        let is_data = kind.family == Family::Data && !folders.is_empty();
        if is_data && !lies_in(&self.data_roots, folders) && above_sources.len() == folders.len() {
            return Err("is data in a folder that is none of data or of sources");
        }
        Ok(())
    }

    /// The folders before the first source root; all, where there is none.
    fn above_sources<'a, 'n>(&self, folders: &'a [&'n str]) -> &'a [&'n str] {
        let is_root = |folder: &&str| self.source_roots.iter().any(|root| root == folder);
        let end = folders.iter().position(is_root).unwrap_or(folders.len());
        folders.get(..end).unwrap_or_default()
    }
}

impl Names {
    fn check(
        &self,
        folders: &[&str],
        name: &str,
        kind: Kind,
        places: &Folders,
    ) -> Result<(), &'static str> {
        let is_data = matches!(kind.family, Family::Data | Family::Prose);
        let is_outside = places.above_sources(folders).len() == folders.len();
        let is_closed = self.deny.any(name)
            || (is_data && self.deny_data.any(name))
            || (kind.family == Family::Code && is_outside && self.deny_outside_sources.any(name));
        if is_closed {
            return Err(
                "has a name that builds, dependencies, test runners, CI, infrastructure, agents or owners go by",
            );
        }
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let is_root_data = folders.is_empty() && kind.family == Family::Data;
        if is_root_data && !self.root_data.any(stem) {
            return Err("is data in the root folder, where tools keep their settings");
        }
        Ok(())
    }
}
