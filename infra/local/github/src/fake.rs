//! The fake as its users see it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::access::{App, Token, all_permissions};
use crate::fault::Fault;
use crate::git::Git;
use crate::limit::Limit;
use crate::object::{Commit, Files, Object};
use crate::server;
use crate::world::{Issue, Pull, Repo, World};

/// A running GitHub. It stops when it is dropped, and panics then if a request was none that GitHub's description allows.
#[derive(Debug)]
pub struct FakeGitHub {
    world: Arc<Mutex<World>>,
    server: JoinHandle<()>,
}

/// A request that came.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// `METHOD template`; `METHOD path` where the description has no such call.
    pub call: String,
    /// The path, as it came.
    pub path: String,
    /// The query.
    pub query: Vec<(String, String)>,
    /// The body; `Null` where there was none.
    pub body: Value,
    /// The status of the answer; 0 where none was sent.
    pub status: u16,
}

/// A run of a workflow.
#[derive(Clone, Debug)]
pub struct Run {
    /// Its id.
    pub id: u64,
    /// Which attempt.
    pub attempt: u64,
    /// The workflow.
    pub workflow: String,
    /// What ran.
    pub head_sha: String,
    /// The branch or tag.
    pub head_branch: String,
    /// The owner of the fork; `None` where it is the repository itself.
    pub fork_owner: Option<String>,
    /// `push`, `pull_request`, ...
    pub event: String,
    /// `failure`, ...
    pub conclusion: Option<String>,
    /// Who set it off.
    pub actor: String,
}

impl FakeGitHub {
    /// Starts one without repositories on a free port of 127.0.0.1.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let now = system_seconds();
        let world = Arc::new(Mutex::new(World {
            repositories: BTreeMap::new(),
            apps: Vec::new(),
            tokens: BTreeMap::new(),
            faults: crate::fault::Faults::default(),
            limit: Limit {
                remaining: Limit::PER_HOUR,
                reset: now + 3_600,
            },
            requests: Vec::new(),
            violations: Vec::new(),
            now,
            is_live: false,
            endpoint: format!("http://{}", listener.local_addr().unwrap()),
        }));
        let server = tokio::spawn(server::serve(listener, Arc::clone(&world)));
        Self { world, server }
    }

    /// The root of its API: what `GITHUB_API_URL` must be.
    pub fn endpoint(&self) -> String {
        self.world().endpoint.clone()
    }

    /// Registers an App, installed on every repository with all permissions that the client asks for.
    pub fn app(&self, id: &str, slug: &str, public_key: &str) {
        self.world().apps.push(App {
            id: id.to_owned(),
            slug: slug.to_owned(),
            key: public_key.to_owned(),
            permissions: all_permissions(),
        });
    }

    /// Takes a permission away from the Apps, as whoever installed them can.
    pub fn withdraw(&self, permission: &str) {
        for app in &mut self.world().apps {
            app.permissions.remove(permission);
        }
    }

    /// Lets `token` act as the user `login` on every repository, with all permissions that the client asks for.
    pub fn personal_token(&self, token: &str, login: &str) {
        let token_of = Token {
            login: login.to_owned(),
            app: None,
            repositories: None,
            permissions: all_permissions(),
            until: i64::MAX,
        };
        self.world().tokens.insert(token.to_owned(), token_of);
    }

    /// Ends every token.
    pub fn revoke_tokens(&self) {
        self.world().tokens.clear();
    }

    /// A repository `owner/name` with these files on its branch `main`; returns the commit. A path that ends with `*` is executable.
    pub fn repository(&self, name: &str, files: &[(&str, &str)]) -> String {
        let mut world = self.world();
        let id = 1_000 + world.repositories.len() as u64;
        let mut repo = Repo {
            id,
            full_name: name.to_owned(),
            default_branch: "main".to_owned(),
            git: Git::default(),
            issues: Vec::new(),
            pulls: Vec::new(),
            runs: Vec::new(),
            jobs: Vec::new(),
            opened: BTreeMap::new(),
            has_drafts: true,
            protected: Vec::new(),
            indexed: 0,
        };
        let sha = commit(&mut repo, files, world.now);
        repo.git.branches.insert("main".to_owned(), sha.clone());
        world.repositories.insert(name.to_ascii_lowercase(), repo);
        sha
    }

    /// Puts a link to `target` at `path` of a new commit on `main`; returns the commit.
    pub fn symbolic_link(&self, repository: &str, path: &str, target: &str) -> String {
        self.change(repository, |repo, now| {
            let tip = repo.git.branches["main"].clone();
            let tree = repo.git.commit(&tip).unwrap().tree.clone();
            let mut files = repo.git.files(&tree);
            let sha = repo.git.put(Object::Blob(target.as_bytes().to_vec()));
            files.insert(path.to_owned(), ("120000".to_owned(), sha));
            let sha = commit_files(repo, &files, now);
            repo.git.branches.insert("main".to_owned(), sha.clone());
            sha
        })
    }

    /// A new commit on a branch, which is made if need be: all files there are, as in [`repository`](Self::repository). Returns the commit.
    pub fn push(&self, repository: &str, branch: &str, files: &[(&str, &str)]) -> String {
        self.change(repository, |repo, now| {
            let sha = commit(repo, files, now);
            repo.git.branches.insert(branch.to_owned(), sha.clone());
            sha
        })
    }

    /// What came that GitHub's description does not allow, once: whoever takes it answers for it.
    pub fn take_violations(&self) -> Vec<String> {
        std::mem::take(&mut self.world().violations)
    }

    /// Makes or moves a branch.
    pub fn branch(&self, repository: &str, branch: &str, sha: &str) {
        self.change(repository, |repo, _| {
            repo.git.branches.insert(branch.to_owned(), sha.to_owned());
        });
    }

    /// Removes a branch.
    pub fn remove_branch(&self, repository: &str, branch: &str) {
        self.change(repository, |repo, _| repo.git.branches.remove(branch));
    }

    /// Lets nobody make branches whose names begin with `prefix`.
    pub fn protect(&self, repository: &str, prefix: &str) {
        self.change(repository, |repo, _| repo.protected.push(prefix.to_owned()));
    }

    /// Takes drafts away from the repository.
    pub fn without_drafts(&self, repository: &str) {
        self.change(repository, |repo, _| repo.has_drafts = false);
    }

    /// A run of a workflow of the repository.
    pub fn run(&self, repository: &str, run: Run) {
        self.change(repository, |repo, _| repo.runs.push(run));
    }

    /// An issue that somebody opens; returns its number.
    pub fn open_issue(&self, repository: &str, login: &str, body: &str) -> u64 {
        self.change(repository, |repo, now| {
            let number = repo.next_number();
            repo.opened.insert(number, now);
            repo.issues.push(Issue {
                number,
                title: "an issue".to_owned(),
                body: body.to_owned(),
                login: login.to_owned(),
                labels: Vec::new(),
                comments: Vec::new(),
                is_open: true,
            });
            number
        })
    }

    /// A pull request that somebody opens from the fork of `head_owner`, or from the repository itself; returns its number.
    pub fn open_pull(&self, repository: &str, head_owner: &str, head: &str) -> u64 {
        self.change(repository, |repo, now| {
            let number = repo.next_number();
            repo.opened.insert(number, now);
            repo.pulls.push(Pull {
                issue: Issue {
                    number,
                    title: "a pull request".to_owned(),
                    body: String::new(),
                    login: head_owner.to_owned(),
                    labels: Vec::new(),
                    comments: Vec::new(),
                    is_open: true,
                },
                head: head.to_owned(),
                head_owner: head_owner.to_owned(),
                base: "main".to_owned(),
                is_draft: false,
            });
            number
        })
    }

    /// Closes an issue or a pull request.
    pub fn close(&self, repository: &str, number: u64) {
        self.change(repository, |repo, _| {
            repo.thread_mut(number).unwrap().is_open = false;
        });
    }

    /// Takes a label away, as people do.
    pub fn unlabel(&self, repository: &str, number: u64) {
        self.change(repository, |repo, _| {
            repo.thread_mut(number).unwrap().labels.clear();
        });
    }

    /// Lets the search know what was made so far. Until then it does not, as GitHub's does for some minutes.
    pub fn index(&self, repository: &str) {
        self.change(repository, |repo, _| repo.indexed = repo.next_number());
    }

    /// Lets something go wrong.
    pub fn fail(&self, fault: Fault) {
        self.world().faults.add(fault);
    }

    /// Lets nothing go wrong any more.
    pub fn heal(&self) {
        self.world().faults.clear();
    }

    /// Leaves so many calls until the hour's limit is reached, which begins anew after these seconds.
    pub fn allow(&self, remaining: u64, seconds: i64) {
        let mut world = self.world();
        world.limit = Limit {
            remaining,
            reset: world.now + seconds,
        };
    }

    /// From now on its time is the machine's.
    pub fn let_time_pass(&self) {
        self.world().is_live = true;
    }

    /// Lets time pass.
    pub fn pass(&self, seconds: i64) {
        self.world().now += seconds;
    }

    /// Its time, in seconds since the epoch.
    pub fn now(&self) -> i64 {
        self.world().now
    }

    /// The requests that came, oldest first.
    pub fn requests(&self) -> Vec<Request> {
        self.world().requests.clone()
    }

    /// The issues, oldest first.
    pub fn issues(&self, repository: &str) -> Vec<Issue> {
        self.change(repository, |repo, _| repo.issues.clone())
    }

    /// The pull requests, oldest first.
    pub fn pulls(&self, repository: &str) -> Vec<Pull> {
        self.change(repository, |repo, _| repo.pulls.clone())
    }

    /// The branches and their commits.
    pub fn branches(&self, repository: &str) -> BTreeMap<String, String> {
        self.change(repository, |repo, _| repo.git.branches.clone())
    }

    /// The files of a branch, by their paths: mode and text.
    pub fn files(&self, repository: &str, branch: &str) -> BTreeMap<String, (String, String)> {
        self.change(repository, |repo, _| {
            let tip = &repo.git.branches[branch];
            let tree = &repo.git.commit(tip).unwrap().tree;
            let files = repo.git.files(tree).into_iter();
            files
                .map(|(path, (mode, sha))| {
                    let bytes = repo.git.blob(&sha).unwrap();
                    (path, (mode, String::from_utf8_lossy(bytes).into_owned()))
                })
                .collect()
        })
    }

    pub(crate) fn change<T>(
        &self,
        repository: &str,
        change: impl FnOnce(&mut Repo, i64) -> T,
    ) -> T {
        let mut world = self.world();
        let now = world.now;
        change(world.repo_mut(repository).unwrap(), now)
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for FakeGitHub {
    fn drop(&mut self) {
        self.server.abort();
        let violations = self.take_violations();
        assert!(
            violations.is_empty() || std::thread::panicking(),
            "not what GitHub's description allows:\n{}",
            violations.join("\n")
        );
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "tokens are signed with the machine's time, so the fake begins with it"
)]
pub(crate) fn system_seconds() -> i64 {
    Timestamp::now().as_second()
}

fn commit(repo: &mut Repo, files: &[(&str, &str)], now: i64) -> String {
    let mut stored = Files::new();
    for (path, text) in files {
        let sha = repo.git.put(Object::Blob(text.as_bytes().to_vec()));
        let (path, mode) = match path.strip_suffix('*') {
            Some(path) => (path, "100755"),
            None => (*path, "100644"),
        };
        stored.insert(path.to_owned(), (mode.to_owned(), sha));
    }
    commit_files(repo, &stored, now)
}

fn commit_files(repo: &mut Repo, files: &Files, now: i64) -> String {
    let tree = repo.git.put_tree(files);
    let parents = repo.git.branches.get("main").cloned();
    repo.git.put(Object::Commit(Commit {
        tree,
        parents: parents.into_iter().collect(),
        message: "A commit".to_owned(),
        author: repo.owner().to_owned(),
        seconds: now,
    }))
}
