//! Git's objects, and their ids: SHA-1 over what Git stores.

use std::collections::BTreeMap;

use sha1::{Digest as _, Sha1};

/// An object of a repository.
#[derive(Clone, Debug)]
pub(crate) enum Object {
    /// A file's content.
    Blob(Vec<u8>),
    /// A directory.
    Tree(Vec<Entry>),
    /// A commit.
    Commit(Commit),
}

/// A line of a directory.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Entry {
    pub(crate) mode: String,
    pub(crate) name: String,
    pub(crate) sha: String,
}

/// A commit.
#[derive(Clone, Debug)]
pub(crate) struct Commit {
    pub(crate) tree: String,
    pub(crate) parents: Vec<String>,
    pub(crate) message: String,
    pub(crate) author: String,
    pub(crate) seconds: i64,
}

/// Directories sort as if their names ended with a slash.
pub(crate) fn sorted(mut entries: Vec<Entry>) -> Vec<Entry> {
    entries.sort_by_key(|entry| {
        let end = if entry.mode == "040000" { "/" } else { "" };
        format!("{}{end}", entry.name).into_bytes()
    });
    entries
}

impl Object {
    /// Its id.
    pub(crate) fn id(&self) -> String {
        let (kind, content) = match self {
            Self::Blob(bytes) => ("blob", bytes.clone()),
            Self::Tree(entries) => ("tree", tree_bytes(entries)),
            Self::Commit(commit) => ("commit", commit.text().into_bytes()),
        };
        let mut hash = Sha1::new();
        hash.update(format!("{kind} {}\0", content.len()));
        hash.update(&content);
        hex::encode(hash.finalize())
    }
}

impl Commit {
    fn text(&self) -> String {
        let parents = self
            .parents
            .iter()
            .map(|parent| format!("parent {parent}\n"));
        let parents: Vec<String> = parents.collect();
        let parents = parents.concat();
        let by = format!(
            "{} <{}@example.invalid> {} +0000",
            self.author, self.author, self.seconds
        );
        format!(
            "tree {}\n{parents}author {by}\ncommitter {by}\n\n{}",
            self.tree, self.message
        )
    }
}

fn tree_bytes(entries: &[Entry]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in entries {
        let mode = entry.mode.trim_start_matches('0');
        bytes.extend(format!("{mode} {}\0", entry.name).into_bytes());
        bytes.extend(hex::decode(&entry.sha).unwrap());
    }
    bytes
}

/// The files of a tree, by their whole paths: mode and id.
pub(crate) type Files = BTreeMap<String, (String, String)>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_have_the_ids_that_git_gives_them() {
        // `git hash-object`, `git mktree` and `git commit-tree` say so.
        let blob = Object::Blob(b"hello\n".to_vec());
        assert_eq!(blob.id(), "ce013625030ba8dba906f756967f9e9ca394464a");
        assert_eq!(
            Object::Tree(Vec::new()).id(),
            "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
        );
        let file = Entry {
            mode: "100644".to_owned(),
            name: "hello".to_owned(),
            sha: blob.id(),
        };
        let tree = Object::Tree(vec![file]);
        assert_eq!(tree.id(), "b4d01e9b0c4a9356736dfddf8830ba9a54f5271c");
        let commit = Object::Commit(Commit {
            tree: tree.id(),
            parents: Vec::new(),
            message: "first".to_owned(),
            author: "acme".to_owned(),
            seconds: 1_800_000_000,
        });
        assert_eq!(commit.id(), "fe28474555e8f8e90f8f6b96024ad8e94efc3973");
    }
}
