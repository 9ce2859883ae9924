//! A draft pull request, made step by step. Each step looks for what an earlier try has left, so running it again makes nothing twice.

use shared::clock::Clock;
use shared::failure::{CallError, Classify as _, Effect, FailureKind};
use shared::outbound::Fixed;
use shared::secrets::Secrets;

use super::ask::Ask;
use super::body::{Content, NewBlob, NewCommit, NewEntry, NewPull, NewRef, NewTree, OurRef, Path};
use super::client::GitHubClient;
use super::endpoint::{NEW_BLOB, NEW_COMMIT, NEW_PULL, NEW_REF, NEW_TREE, REMOVE_REF};
use super::failure::Failed;
use super::tree::Found;
use super::{Proposal, Proposed, Thread, answer};
use crate::patch::ChangedFile;
use crate::repository::{Branch, Repository, Sha};

/// A step's result, or why there can be no pull request.
type Step<T> = Result<Result<T, String>, CallError>;

/// Takes what a step made, or returns why it did not.
macro_rules! or_refuse {
    ($step:expr) => {
        match $step {
            Ok(made) => made,
            Err(why) => return Ok(Proposed::Refused(why)),
        }
    };
}

impl<S: Secrets, C: Clock> GitHubClient<'_, S, C> {
    pub(super) async fn proposed(
        &self,
        repository: &Repository,
        proposal: &Proposal<'_>,
    ) -> Result<Proposed, CallError> {
        let ask = Ask::new(NEW_REF, repository);
        let named = proposal.marker.branch(proposal.base_sha);
        let named = named.and_then(|branch| Some((OurRef::of(&branch)?, branch)));
        let (our_ref, branch) = named.ok_or_else(|| {
            let why = "the fingerprint is not made of hexadecimal digits";
            ask.error((FailureKind::Permanent, Effect::None), why)
        })?;
        if let Some(thread) = self.pull_of(repository, &branch).await? {
            return Ok(Proposed::Draft(thread));
        }
        let base = proposal.base_branch;
        if self.tip(repository, base).await?.is_none() {
            let why = format!("there is no branch `{}` any more", base.as_str());
            return Ok(Proposed::Refused(why));
        }
        let Some(commit) = self.commit(repository, proposal.base_sha).await? else {
            return Ok(Proposed::Refused(
                "the commit is not in this repository".to_owned(),
            ));
        };
        let tree = or_refuse!(
            self.new_tree(repository, &commit.tree.sha, proposal)
                .await?
        );
        let ask = ask.body(&NewRef {
            r#ref: our_ref,
            sha: match self.is_ours(repository, &branch, &tree, proposal).await? {
                Some(true) => return self.draft(repository, &branch, proposal).await,
                Some(false) => return Ok(Proposed::Refused(taken(&branch))),
                None => or_refuse!(self.new_commit(repository, &tree, proposal).await?),
            },
        });
        if let Err(failed) = self.ask(&ask).await {
            // It is there all the same, made by us now or by another worker of ours: then it is used.
            match self.is_ours(repository, &branch, &tree, proposal).await {
                Ok(Some(true)) => {}
                Ok(Some(false)) => return Ok(Proposed::Refused(taken(&branch))),
                _ if failed.is_refusal() => return Ok(Proposed::Refused(failed.said)),
                _ => return Err(failed.error),
            }
        }
        self.draft(repository, &branch, proposal).await
    }

    /// Whether the branch is at a commit on the base with our tree; `None` where there is no such branch.
    async fn is_ours(
        &self,
        repository: &Repository,
        branch: &Branch,
        tree: &Sha,
        proposal: &Proposal<'_>,
    ) -> Result<Option<bool>, CallError> {
        let Some(tip) = self.tip(repository, branch).await? else {
            return Ok(None);
        };
        let commit = self.commit(repository, &tip).await?;
        Ok(Some(commit.is_some_and(|commit| {
            let parents: Vec<&Sha> = commit.parents.iter().map(|parent| &parent.sha).collect();
            commit.tree.sha == *tree && parents == [proposal.base_sha]
        })))
    }

    /// The base's tree with the proposal's files in it. Files keep their modes; a new one is an ordinary file.
    async fn new_tree(
        &self,
        repository: &Repository,
        base: &Sha,
        proposal: &Proposal<'_>,
    ) -> Step<Sha> {
        let mut entries = Vec::new();
        for file in proposal.files.files() {
            let found = self.found(repository, base, file.path()).await?;
            let mode = match (found, file.is_new()) {
                (Found::File { mode, .. }, false) => mode,
                (Found::Nothing, true) => "100644",
                _ => return Ok(Err(not_as_expected(file))),
            };
            let ask = Ask::new(NEW_BLOB, repository).body(&NewBlob {
                content: Content::of(file),
                encoding: Fixed("utf-8"),
            });
            let sha = match self.stored(&ask).await? {
                Ok(sha) => sha,
                Err(why) => return Ok(Err(why)),
            };
            entries.push(NewEntry {
                path: Path::of(file),
                mode: Fixed(mode),
                r#type: Fixed("blob"),
                sha,
            });
        }
        let ask = Ask::new(NEW_TREE, repository).body(&NewTree {
            base_tree: base.clone(),
            tree: entries,
        });
        let stored = self.stored(&ask).await?;
        Ok(stored.and_then(|tree| {
            let is_other = tree != *base;
            is_other
                .then_some(tree)
                .ok_or_else(|| "it changes nothing".to_owned())
        }))
    }

    async fn new_commit(
        &self,
        repository: &Repository,
        tree: &Sha,
        proposal: &Proposal<'_>,
    ) -> Step<Sha> {
        let ask = Ask::new(NEW_COMMIT, repository).body(&NewCommit {
            message: proposal.title.clone(),
            tree: tree.clone(),
            parents: vec![proposal.base_sha.clone()],
        });
        self.stored(&ask).await
    }

    /// Stores an object, which harms nothing if nobody refers to it.
    async fn stored(&self, ask: &Ask<'_>) -> Step<Sha> {
        match self.get::<answer::Object>(ask).await {
            Ok(object) => Ok(Ok(object.sha)),
            Err(failed) if failed.is_refusal() => Ok(Err(failed.said)),
            Err(failed) => Err(failed.error),
        }
    }

    /// Opens the pull request. Where there can be none, the branch goes again.
    async fn draft(
        &self,
        repository: &Repository,
        branch: &Branch,
        proposal: &Proposal<'_>,
    ) -> Result<Proposed, CallError> {
        let ask = Ask::new(NEW_PULL, repository).body(&NewPull {
            title: proposal.title.clone(),
            head: branch.clone(),
            base: proposal.base_branch.clone(),
            body: proposal.body.clone(),
            draft: true,
        });
        let failed = match self.get::<answer::Pull>(&ask).await {
            Ok(pull) => {
                self.label(repository, pull.number).await;
                return Ok(Proposed::Draft(Thread {
                    number: pull.number,
                    is_pull_request: true,
                    is_open: true,
                }));
            }
            Err(failed) => failed,
        };
        // It is there all the same, made by us now or by another worker of ours.
        let may_be_there = failed.error.effect() == Effect::Unknown || failed.is_refusal();
        if may_be_there && let Ok(Some(thread)) = self.pull_of(repository, branch).await {
            self.label(repository, thread.number).await;
            return Ok(Proposed::Draft(thread));
        }
        self.without_draft(repository, branch, failed).await
    }

    async fn without_draft(
        &self,
        repository: &Repository,
        branch: &Branch,
        failed: Failed,
    ) -> Result<Proposed, CallError> {
        if failed.is_refusal() {
            self.remove(repository, branch).await?;
            return Ok(if no_drafts(&failed.said) {
                Proposed::NoDrafts
            } else {
                Proposed::Refused(failed.said)
            });
        }
        if failed.error.kind() == FailureKind::Permanent && failed.error.effect() == Effect::None {
            // Nobody will come back for the branch; that it stays is no worse than what is told already.
            self.remove(repository, branch).await.ok();
        }
        Err(failed.error)
    }

    async fn remove(&self, repository: &Repository, branch: &Branch) -> Result<(), CallError> {
        if !branch.is_ours() {
            return Ok(());
        }
        let ask = Ask::new(REMOVE_REF, repository).part(format!("heads/{}", branch.as_str()));
        match self.ask(&ask).await {
            Ok(_) => Ok(()),
            // "Reference does not exist": it is gone already.
            Err(failed) if failed.is(422) || failed.is(404) => Ok(()),
            Err(failed) => Err(failed.error),
        }
    }
}

/// GitHub's words where a plan has no drafts: "Draft pull requests are not supported in this repository."
fn no_drafts(said: &str) -> bool {
    said.to_ascii_lowercase()
        .contains("draft pull requests are not supported")
}

fn taken(branch: &Branch) -> String {
    format!(
        "the branch `{}` is there already, with something else",
        branch.as_str()
    )
}

fn not_as_expected(file: &ChangedFile) -> String {
    let path = file.path().as_str();
    format!("`{path}` is not at the commit what the patch takes it for")
}
