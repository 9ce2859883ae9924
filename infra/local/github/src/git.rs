//! The objects and branches of one repository.

use std::collections::{BTreeMap, HashMap};

use crate::object::{Commit, Entry, Files, Object, sorted};

/// The objects and branches of one repository.
#[derive(Clone, Debug, Default)]
pub(crate) struct Git {
    objects: HashMap<String, Object>,
    /// By their names without `refs/heads/`.
    pub(crate) branches: BTreeMap<String, String>,
}

impl Git {
    pub(crate) fn put(&mut self, object: Object) -> String {
        let id = object.id();
        self.objects.insert(id.clone(), object);
        id
    }

    pub(crate) fn blob(&self, sha: &str) -> Option<&Vec<u8>> {
        match self.objects.get(sha)? {
            Object::Blob(bytes) => Some(bytes),
            Object::Tree(_) | Object::Commit(_) => None,
        }
    }

    pub(crate) fn tree(&self, sha: &str) -> Option<&Vec<Entry>> {
        match self.objects.get(sha)? {
            Object::Tree(entries) => Some(entries),
            Object::Blob(_) | Object::Commit(_) => None,
        }
    }

    pub(crate) fn commit(&self, sha: &str) -> Option<&Commit> {
        match self.objects.get(sha)? {
            Object::Commit(commit) => Some(commit),
            Object::Blob(_) | Object::Tree(_) => None,
        }
    }

    /// All that is not a directory below a tree.
    pub(crate) fn files(&self, tree: &str) -> Files {
        let mut files = Files::new();
        let mut open = vec![(String::new(), tree.to_owned())];
        while let Some((prefix, sha)) = open.pop() {
            for entry in self.tree(&sha).into_iter().flatten() {
                let path = format!("{prefix}{}", entry.name);
                if entry.mode == "040000" {
                    open.push((format!("{path}/"), entry.sha.clone()));
                } else {
                    files.insert(path, (entry.mode.clone(), entry.sha.clone()));
                }
            }
        }
        files
    }

    /// Stores the directories of these files and returns the root's id.
    pub(crate) fn put_tree(&mut self, files: &Files) -> String {
        let mut entries = Vec::new();
        let mut below: BTreeMap<&str, Files> = BTreeMap::new();
        for (path, file) in files {
            match path.split_once('/') {
                Some((directory, rest)) => {
                    let files = below.entry(directory).or_default();
                    files.insert(rest.to_owned(), file.clone());
                }
                None => entries.push(Entry {
                    mode: file.0.clone(),
                    name: path.clone(),
                    sha: file.1.clone(),
                }),
            }
        }
        for (name, files) in below {
            let sha = self.put_tree(&files);
            entries.push(Entry {
                mode: "040000".to_owned(),
                name: name.to_owned(),
                sha,
            });
        }
        self.put(Object::Tree(sorted(entries)))
    }
}
