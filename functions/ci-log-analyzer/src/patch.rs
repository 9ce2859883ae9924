//! The patch gate: whether a unified diff that a language model wrote may become a draft pull request. Pure.

#[cfg(test)]
pub(crate) mod made_up;

use serde::Serialize;

/// A file of a repository by its path: relative, normalised, with `/`, in plain sight. Only this module makes one.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct RepoPath(String);

impl RepoPath {
    /// The path.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The files that a diff was made for.
pub trait Base {
    /// The bytes of the file at the base commit; `None` where there is none.
    fn file(&self, path: &RepoPath) -> Option<Vec<u8>>;
}

/// What the gate says of a diff.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// It may become a draft pull request.
    Accept(Accepted),
    /// It may not; each reason is a sentence for people.
    Refuse(Vec<String>),
}

/// A diff that passed the gate, applied.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Accepted {
    files: Vec<ChangedFile>,
}

impl Accepted {
    /// The files as they are with the patch, at least one.
    pub fn files(&self) -> &[ChangedFile] {
        &self.files
    }
}

/// A file as it is with the patch.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ChangedFile {
    path: RepoPath,
    content: String,
    is_new: bool,
}

impl ChangedFile {
    /// Its path.
    pub fn path(&self) -> &RepoPath {
        &self.path
    }

    /// Its whole text.
    pub fn content(&self) -> &str {
        &self.content
    }

    /// Whether it is not there at the base commit.
    pub fn is_new(&self) -> bool {
        self.is_new
    }
}
