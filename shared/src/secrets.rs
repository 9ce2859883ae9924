//! Secrets that people keep in SSM as `SecureString` parameters: read when needed, kept for five minutes, never shown.

mod aws;

use std::fmt;
use std::future::Future;
use std::sync::Arc;

pub use self::aws::{SecretCache, SsmSecrets};
use crate::failure::CallError;

/// The value of a secret.
#[derive(Clone, Eq, PartialEq)]
pub struct Secret(Arc<str>);

impl Secret {
    /// `value` as a secret, without the line end that an editor leaves behind.
    pub fn new(value: &str) -> Self {
        Self(value.trim().into())
    }

    /// The value, for a header or a signature.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Where secrets come from.
pub trait Secrets: Sync {
    /// The secret in the parameter `name`; `None` where there is no such parameter. May be up to five minutes old.
    fn secret(&self, name: &str) -> impl Future<Output = Result<Option<Secret>, CallError>> + Send;

    /// The same, read anew because `refused` was not accepted (401): a rotation within the five minutes. Who asks again with
    /// a secret that is no longer the known one gets the known one without a call.
    fn renewed(
        &self,
        name: &str,
        refused: &Secret,
    ) -> impl Future<Output = Result<Option<Secret>, CallError>> + Send;
}
