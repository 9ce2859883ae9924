//! What one sandbox keeps from invocation to invocation: tokens, and when GitHub may be asked again.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use shared::http::Credential;
use shared::secrets::Secret;

use super::NotBefore;
use crate::repository::Repository;

/// A token is not used in the last minutes of its hour: an invocation takes up to half a minute, and clocks differ.
const BEFORE_ITS_END: SignedDuration = SignedDuration::from_mins(5);

/// What one sandbox keeps from invocation to invocation.
#[derive(Default)]
pub struct Sandbox {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    accesses: HashMap<String, Access>,
    /// By owner, and whether for the search.
    not_before: HashMap<(String, bool), NotBefore>,
}

/// What one repository may be asked with.
#[derive(Clone, Debug)]
pub(super) struct Access {
    pub(super) credential: Credential,
    /// The secret that it came from: the App's key, or the token itself.
    pub(super) secret: Secret,
    /// As whom GitHub knows us.
    pub(super) who: Who,
    /// When it ends; `None` for a token that ends when people say so.
    pub(super) until: Option<Timestamp>,
}

/// As whom GitHub knows us.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Who {
    /// The App of this name.
    App(String),
    /// The user of this login.
    User(String),
}

impl Who {
    /// The login under which GitHub shows what we make.
    pub(super) fn login(&self) -> String {
        match self {
            Self::App(slug) => format!("{slug}[bot]"),
            Self::User(login) => login.clone(),
        }
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sandbox(..)")
    }
}

impl Sandbox {
    /// A token that is still good for an invocation.
    pub(super) fn access(&self, repository: &Repository, now: Timestamp) -> Option<Access> {
        let access = self.kept().accesses.get(&key(repository)).cloned()?;
        let is_good = access
            .until
            .is_none_or(|until| now + BEFORE_ITS_END < until);
        is_good.then_some(access)
    }

    pub(super) fn keep_access(&self, repository: &Repository, access: Access) {
        self.kept().accesses.insert(key(repository), access);
    }

    pub(super) fn forget_access(&self, repository: &Repository) {
        self.kept().accesses.remove(&key(repository));
    }

    pub(super) fn not_before(&self, scope: &(String, bool)) -> Option<NotBefore> {
        self.kept().not_before.get(scope).copied()
    }

    pub(super) fn wait_until(&self, scope: (String, bool), at: NotBefore) {
        self.kept().not_before.insert(scope, at);
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(repository: &Repository) -> String {
    repository.to_string().to_ascii_lowercase()
}
