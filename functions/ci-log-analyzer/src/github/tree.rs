//! Files at a commit, with their modes: read from Git's trees, because the contents API follows symbolic links.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use shared::clock::Clock;
use shared::failure::{CallError, Effect, FailureKind};
use shared::secrets::Secrets;

use super::answer;
use super::ask::Ask;
use super::client::GitHubClient;
use super::endpoint::{BLOB, COMMIT, TREE};
use crate::patch::RepoPath;
use crate::repository::{Repository, Sha};

/// Larger files are not what a small fix is for.
const MOST_FILE_BYTES: u64 = 256 * 1024;

/// Trees that were read in this invocation: they never change.
#[derive(Debug, Default)]
pub(super) struct Trees {
    read: Mutex<HashMap<Sha, Arc<answer::Tree>>>,
}

/// What is at a path.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Found {
    /// Nothing, and a file could be made there.
    Nothing,
    /// An ordinary file.
    File {
        sha: Sha,
        /// `100644` or `100755`, as Git writes it.
        mode: &'static str,
        size: u64,
    },
    /// Something else, or something else is in the way: a directory, a symbolic link, another repository.
    Other,
}

impl<S: Secrets, C: Clock> GitHubClient<'_, S, C> {
    /// The file's bytes; `None` where there is none, or it is no ordinary file, or a large one.
    pub(super) async fn file_at(
        &self,
        repository: &Repository,
        path: &RepoPath,
        sha: &Sha,
    ) -> Result<Option<Vec<u8>>, CallError> {
        let Some(commit) = self.commit(repository, sha).await? else {
            return Ok(None);
        };
        let found = self.found(repository, &commit.tree.sha, path).await?;
        let Found::File { sha, size, .. } = found else {
            return Ok(None);
        };
        if size > MOST_FILE_BYTES {
            return Ok(None);
        }
        let ask = Ask::new(BLOB, repository).part(sha.as_str());
        let blob: answer::Blob = self.get(&ask).await?;
        let text: String = blob.content.split_ascii_whitespace().collect();
        let bytes = (blob.encoding == "base64")
            .then(|| STANDARD.decode(text).ok())
            .flatten();
        let why = "GitHub's answer is no file in base64";
        let unreadable = || ask.error((FailureKind::Permanent, Effect::None), why);
        bytes.ok_or_else(unreadable).map(Some)
    }

    /// The commit; `None` where this repository has none such.
    pub(super) async fn commit(
        &self,
        repository: &Repository,
        sha: &Sha,
    ) -> Result<Option<answer::Commit>, CallError> {
        let ask = Ask::new(COMMIT, repository).part(sha.as_str());
        self.find_one(&ask).await
    }

    /// What is at `path` in the tree `root`.
    pub(super) async fn found(
        &self,
        repository: &Repository,
        root: &Sha,
        path: &RepoPath,
    ) -> Result<Found, CallError> {
        let mut directory = root.clone();
        let mut names = path.as_str().split('/').peekable();
        while let Some(name) = names.next() {
            let tree = self.tree(repository, &directory).await?;
            let entry = tree.entries.iter().find(|entry| entry.path == name);
            let Some(entry) = entry else {
                return missing(repository, &directory, &tree);
            };
            match (entry.mode.as_str(), names.peek()) {
                ("040000", Some(_)) => directory = entry.sha.clone(),
                (_, Some(_)) => return Ok(Found::Other),
                (_, None) => return Ok(leaf(entry)),
            }
        }
        Ok(Found::Other)
    }

    async fn tree(
        &self,
        repository: &Repository,
        sha: &Sha,
    ) -> Result<Arc<answer::Tree>, CallError> {
        if let Some(tree) = self.trees.get(sha) {
            return Ok(tree);
        }
        let ask = Ask::new(TREE, repository).part(sha.as_str());
        let tree: Arc<answer::Tree> = Arc::new(self.get(&ask).await?);
        self.trees.put(sha, &tree);
        Ok(tree)
    }
}

impl Trees {
    fn get(&self, sha: &Sha) -> Option<Arc<answer::Tree>> {
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.get(sha).cloned()
    }

    fn put(&self, sha: &Sha, tree: &Arc<answer::Tree>) {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.insert(sha.clone(), Arc::clone(tree));
    }
}

/// A directory of which GitHub shows only a part may have what was not found.
fn missing(repository: &Repository, sha: &Sha, tree: &answer::Tree) -> Result<Found, CallError> {
    if !tree.truncated {
        return Ok(Found::Nothing);
    }
    let ask = Ask::new(TREE, repository).part(sha.as_str());
    let why = "GitHub shows only a part of this directory";
    Err(ask.error((FailureKind::Permanent, Effect::None), why))
}

fn leaf(entry: &answer::TreeEntry) -> Found {
    let mode = match entry.mode.as_str() {
        "100644" => "100644",
        "100755" => "100755",
        _ => return Found::Other,
    };
    Found::File {
        sha: entry.sha.clone(),
        mode,
        size: entry.size.unwrap_or(u64::MAX),
    }
}
