//! The key to log in with. Nothing here shows any of it.

use std::fmt;
use std::sync::Arc;

use russh::keys::{PrivateKey, PrivateKeyWithHashAlg};
use thiserror::Error;

use super::host::{fingerprint, is_supported};

/// A private key. It is wiped from memory when the last copy of it goes.
#[derive(Clone)]
pub struct SshKey(pub(super) Arc<PrivateKey>);

/// Why a text is no key to log in with. It repeats nothing of the text.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum NotAnSshKey {
    /// Not a key, or one in another format.
    #[error(
        "it is not a private key in OpenSSH's format, which begins with -----BEGIN OPENSSH PRIVATE KEY-----"
    )]
    Unreadable,
    /// A key with a passphrase.
    #[error("the private key has a passphrase; remove it with `ssh-keygen -p`, SSM encrypts it")]
    Encrypted,
    /// A key of another algorithm.
    #[error("the private key is neither ed25519 nor ECDSA; make one with `ssh-keygen -t ed25519`")]
    Unsupported,
}

/// More than any parameter of SSM can hold (8 KB: Systems Manager user guide, "Managing parameter tiers").
const LONGEST_KEY: usize = 8 * 1024;

impl SshKey {
    /// Parses the text of a key file.
    pub fn parse(text: &str) -> Result<Self, NotAnSshKey> {
        if text.len() > LONGEST_KEY {
            return Err(NotAnSshKey::Unreadable);
        }
        let key = PrivateKey::from_openssh(text.trim()).map_err(|_| NotAnSshKey::Unreadable)?;
        if key.is_encrypted() {
            Err(NotAnSshKey::Encrypted)
        } else if is_supported(&key.algorithm()) {
            Ok(Self(Arc::new(key)))
        } else {
            Err(NotAnSshKey::Unsupported)
        }
    }

    /// The fingerprint of its public half, as `ssh-keygen -l` prints it: what `sshd` logs.
    pub fn fingerprint(&self) -> String {
        fingerprint(self.0.public_key())
    }

    /// As the library takes it. The hash is chosen for RSA only.
    pub(super) fn for_login(&self) -> PrivateKeyWithHashAlg {
        PrivateKeyWithHashAlg::new(Arc::clone(&self.0), None)
    }
}

impl fmt::Debug for SshKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SshKey(..)")
    }
}
