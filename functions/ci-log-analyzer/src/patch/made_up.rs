//! Paths and patched files for tests of what comes after the gate.

use super::{Accepted, ChangedFile, RepoPath};

pub(crate) fn path(path: &str) -> RepoPath {
    RepoPath(path.to_owned())
}

/// A path, its text with the patch, and whether it is new.
pub(crate) fn accepted(files: &[(&str, &str, bool)]) -> Accepted {
    let files = files.iter().map(|(name, content, is_new)| ChangedFile {
        path: path(name),
        content: (*content).to_owned(),
        is_new: *is_new,
    });
    Accepted {
        files: files.collect(),
    }
}
