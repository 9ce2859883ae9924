//! Which host a command goes to, and the key that proves it. It comes from the playbook file, never from an alarm's text.

use std::fmt;
use std::str::FromStr;

use russh::keys::{Algorithm, HashAlg, PublicKey};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Where to log in, and who the host must prove to be.
#[derive(Clone, Debug, Deserialize, Eq, Hash, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SshHost {
    /// Where it listens: `host`, `host:port` or `[IPv6 address]:port`; without a port 22.
    pub address: SshAddress,
    /// The account whose `authorized_keys` has the forced command.
    pub user: SshUser,
    /// The one key that it may prove to be with, as a line of `/etc/ssh/ssh_host_ed25519_key.pub`.
    pub host_key: HostKey,
}

/// A host name or address with an optional port.
#[derive(Clone, Debug, Deserialize, Eq, Hash, JsonSchema, PartialEq, Serialize)]
#[serde(try_from = "String", into = "String")]
#[schemars(
    with = "String",
    extend("pattern" = r"^([A-Za-z0-9][A-Za-z0-9.-]{0,252}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?$")
)]
pub struct SshAddress {
    host: String,
    port: u16,
}

/// The name of an account as `useradd` allows it: up to 32 letters, digits, hyphens, underscores and dots.
#[derive(Clone, Debug, Deserialize, Eq, Hash, JsonSchema, PartialEq, Serialize)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("pattern" = r"^[A-Za-z_][A-Za-z0-9_.-]{0,31}$"))]
pub struct SshUser(String);

/// The public key of a host: ed25519 or ECDSA, without its comment.
#[derive(Clone, Debug, Deserialize, Eq, Hash, JsonSchema, PartialEq, Serialize)]
#[serde(try_from = "String", into = "String")]
#[schemars(
    with = "String",
    extend("pattern" = r"^(ssh-ed25519|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]{1,512}={0,2}( .*)?$")
)]
pub struct HostKey(PublicKey);

/// A text that is none of the three.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum NotAnSshHost {
    /// Not an address.
    #[error("`{0}` is not an address: use `host`, `host:port` or `[IPv6 address]:port`")]
    Address(String),
    /// Not a user.
    #[error("`{0}` is not the name of an account: use 1 to 32 letters, digits, `-`, `_` and `.`")]
    User(String),
    /// Not a host key. The whole line is long, and somebody may have taken the wrong file: it is not repeated.
    #[error(
        "the host key is not a public key that is supported here: use the line of `ssh_host_ed25519_key.pub`, or of `ssh_host_ecdsa_key.pub`"
    )]
    HostKey,
}

/// SSH's own port (RFC 4253, section 4.1).
const DEFAULT_PORT: u16 = 22;

/// A line with an ECDSA key on the largest curve has 268 characters before its comment.
const LONGEST_LINE: usize = 1024;

impl SshAddress {
    /// The host and port as the system's resolver takes them: an IPv6 address has no brackets.
    pub(super) fn parts(&self) -> (&str, u16) {
        let host = self.host.strip_prefix('[').unwrap_or(&self.host);
        (host.strip_suffix(']').unwrap_or(host), self.port)
    }
}

impl FromStr for SshAddress {
    type Err = NotAnSshHost;

    fn from_str(text: &str) -> Result<Self, NotAnSshHost> {
        let refused = || NotAnSshHost::Address(text.chars().take(300).collect());
        // The last colon of `[::1]` belongs to the address.
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port_number(port)),
            _ => (text, Some(DEFAULT_PORT)),
        };
        if is_host_name(host) || is_bracketed_ipv6(host) {
            let host = host.to_owned();
            port.map(|port| Self { host, port }).ok_or_else(refused)
        } else {
            Err(refused())
        }
    }
}

/// `parse` alone would also take `+22`.
fn port_number(text: &str) -> Option<u16> {
    let digits = text.chars().all(|c| c.is_ascii_digit());
    let number = digits.then(|| text.parse().ok()).flatten();
    number.filter(|number| *number != 0)
}

/// Labels are not looked at one by one: the resolver refuses what is wrong with them.
fn is_host_name(text: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    text.len() <= 253
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(is_allowed)
}

fn is_bracketed_ipv6(text: &str) -> bool {
    let address = text.strip_prefix('[').and_then(|t| t.strip_suffix(']'));
    address.is_some_and(|address| address.parse::<std::net::Ipv6Addr>().is_ok())
}

impl FromStr for SshUser {
    type Err = NotAnSshHost;

    fn from_str(text: &str) -> Result<Self, NotAnSshHost> {
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
        let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if begins && text.len() <= 32 && text.chars().all(is_allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAnSshHost::User(text.chars().take(300).collect()))
        }
    }
}

impl HostKey {
    /// The fingerprint as `ssh-keygen -l` prints it, `SHA256:...`.
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.0)
    }

    /// Whether this is the key.
    pub(super) fn is(&self, key: &PublicKey) -> bool {
        self.0.key_data() == key.key_data()
    }

    /// Its algorithm.
    pub(super) fn algorithm(&self) -> Algorithm {
        self.0.algorithm()
    }
}

/// The fingerprint of any key.
pub(super) fn fingerprint(key: &PublicKey) -> String {
    key.fingerprint(HashAlg::Sha256).to_string()
}

/// Whether keys of this algorithm are supported here. RSA is not: verifying it is compiled out.
pub(super) fn is_supported(algorithm: &Algorithm) -> bool {
    matches!(algorithm, Algorithm::Ed25519 | Algorithm::Ecdsa { .. })
}

impl FromStr for HostKey {
    type Err = NotAnSshHost;

    fn from_str(line: &str) -> Result<Self, NotAnSshHost> {
        if line.len() > LONGEST_LINE {
            return Err(NotAnSshHost::HostKey);
        }
        let key = PublicKey::from_openssh(line.trim()).map_err(|_| NotAnSshHost::HostKey)?;
        if is_supported(&key.algorithm()) {
            Ok(Self(PublicKey::from(key.key_data().clone())))
        } else {
            Err(NotAnSshHost::HostKey)
        }
    }
}

impl fmt::Display for SshAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl fmt::Display for SshUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for HostKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_openssh().map_err(|_| fmt::Error)?)
    }
}

/// What serde needs: from a text and back to one.
macro_rules! as_text {
    ($($name:ty),*) => {$(
        impl TryFrom<String> for $name {
            type Error = NotAnSshHost;

            fn try_from(text: String) -> Result<Self, NotAnSshHost> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.to_string()
            }
        }
    )*};
}

as_text!(SshAddress, SshUser, HostKey);
