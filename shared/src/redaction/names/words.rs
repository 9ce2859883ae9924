//! The words that names of values are made of.

use super::Strength;

/// Parts of names of secrets, in lower case without separators, with what their value is called when it is hidden.
#[rustfmt::skip]
pub(super) const PARTS: [(&str, &str, Strength); 33] = [
    ("password", "password", Strength::Password),
    ("passwd", "password", Strength::Password),
    ("passphrase", "password", Strength::Password),
    ("passwort", "password", Strength::Password),
    ("passcode", "password", Strength::Password),
    ("secret", "secret", Strength::Secret),
    ("token", "token", Strength::Secret),
    ("apikey", "api-key", Strength::Secret),
    ("accesskey", "api-key", Strength::Secret),
    ("accountkey", "api-key", Strength::Secret),
    ("privatekey", "private-key", Strength::Secret),
    ("masterkey", "api-key", Strength::Secret),
    ("signingkey", "api-key", Strength::Secret),
    ("encryptionkey", "api-key", Strength::Secret),
    ("authkey", "api-key", Strength::Secret),
    ("licensekey", "license-key", Strength::Secret),
    ("credential", "credential", Strength::Secret),
    ("authorization", "authorization", Strength::Secret),
    ("signature", "signature", Strength::Key),
    ("mnemonic", "credential", Strength::Secret),
    ("webhook", "webhook", Strength::Key),
    ("jwt", "token", Strength::Secret),
    ("bearer", "token", Strength::Secret),
    ("license", "license-key", Strength::Key),
    ("licence", "license-key", Strength::Key),
    ("private", "private-key", Strength::Key),
    ("access", "api-key", Strength::Key),
    ("cookie", "cookie", Strength::Secret),
    ("connectionstring", "credential", Strength::Secret),
    ("creds", "credential", Strength::Secret),
    ("oauth", "token", Strength::Key),
    ("sessionid", "token", Strength::Key),
    ("sessionkey", "token", Strength::Secret),
];

/// Whole words, or the ends of words written together, of names of secrets.
#[rustfmt::skip]
pub(super) const ENDS: [(&str, &str, Strength); 10] = [
    ("pwd", "password", Strength::Password),
    ("pass", "password", Strength::Password),
    ("pat", "token", Strength::Secret),
    ("pw", "password", Strength::Password),
    ("key", "api-key", Strength::Key),
    ("keys", "api-key", Strength::Key),
    ("auth", "token", Strength::Key),
    ("sas", "signature", Strength::Key),
    ("salt", "secret", Strength::Key),
    ("cred", "credential", Strength::Secret),
];

/// Words that end like a secret's name and are none.
#[rustfmt::skip]
pub(super) const OTHER_WORDS: [&str; 23] = [
    "recvkeys", "askpass", "buypass", "oldpwd", "nopass", "gpgkey", "rsakey", "publickey", "hostkey", "monkey", "turkey", "hotkey",
    "whiskey", "donkey", "jockey", "hockey", "bypass", "compass", "trespass", "surpass", "encompass", "cachekey", "foreignkey",
];

/// Words in the name of a value that is no secret however random it looks: content, versions and traces of requests.
#[rustfmt::skip]
pub(super) const BENIGN: [&str; 61] = [
    "sha", "sha1", "sha256", "sha512", "sha384", "md5", "commit", "digest", "hash", "checksum", "etag", "integrity", "revision",
    "rev", "trace", "traceid", "span", "spanid", "traceparent", "request", "requestid", "correlation", "build", "image", "layer",
    "container", "cache", "fingerprint", "thumbprint", "ref", "version", "resolved", "head", "tree", "blob", "parent", "merge",
    "snapshot", "task", "pod", "instance", "run", "job", "artifact", "nonce", "runner", "worker", "invocation", "crc", "changeset",
    "ray", "uuid", "guid", "oid", "serial", "seed", "package", "gpg", "pubkey", "h1", "zh",
];
