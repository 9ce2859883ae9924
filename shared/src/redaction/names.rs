//! What the name of a value says about it: a password, a key, an id, or a checksum.

mod words;

use self::words::{BENIGN, ENDS, OTHER_WORDS, PARTS};
use super::bytes::contains;

/// How sure a name is that its value is a secret; the less sure, the more the value itself must look like one.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Strength {
    /// Something one signs in with; its value is made of anything.
    Password,
    /// A token, a secret, an API key.
    Secret,
    /// A key of some kind, a licence, an authorisation.
    Key,
    /// Who somebody is to a service: half of a credential, hidden where it was drawn at random.
    Identity,
}

/// The name in lower case, and where its words are.
#[derive(Clone, Debug, Default)]
pub(super) struct Name {
    squashed: Vec<u8>,
    words: Vec<Vec<u8>>,
}

impl Name {
    /// Splits at separators and where a capital follows a small letter.
    pub(super) fn of(name: &[u8]) -> Self {
        let mut words: Vec<Vec<u8>> = vec![Vec::new()];
        let mut previous = 0;
        for byte in name.iter().copied().take(128) {
            let is_word = byte.is_ascii_alphanumeric();
            if !is_word || (byte.is_ascii_uppercase() && previous_is_small(previous)) {
                words.push(Vec::new());
            }
            if is_word && let Some(word) = words.last_mut() {
                word.push(byte.to_ascii_lowercase());
            }
            previous = byte;
        }
        words.retain(|word| !word.is_empty());
        Self {
            squashed: words.concat(),
            words,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The kind of secret that a value of this name is, unless the name is none of a secret.
    pub(super) fn secret(&self) -> Option<(&'static str, Strength)> {
        let part = PARTS.iter().find(|(part, ..)| self.has(part));
        if self.is_only("sig") {
            return Some(("signature", Strength::Key));
        }
        let found = part.or_else(|| ENDS.iter().find(|(end, ..)| self.has_end(end.as_bytes())))?;
        Some((found.1, found.2))
    }

    /// Whether the value says who one is to a service.
    pub(super) fn identity(&self) -> Option<(&'static str, Strength)> {
        const PARTS: [&str; 8] = [
            "clientid",
            "username",
            "userid",
            "merchant",
            "appid",
            "projectid",
            "accountid",
            "serviceid",
        ];
        let is_found = PARTS
            .iter()
            .any(|part| contains(&self.squashed, part.as_bytes()));
        let is_client = self
            .words
            .iter()
            .any(|word| word == b"client" || word == b"app")
            && self.words.last().is_some_and(|word| word == b"id");
        (is_found || is_client || self.is_user()).then_some(("identifier", Strength::Identity))
    }

    /// Whether the name says that the value is a checksum, a version or an id of a request.
    pub(super) fn is_benign(&self) -> bool {
        let is_amazon_id =
            contains(&self.squashed, b"amzid") || contains(&self.squashed, b"amzcfid");
        is_amazon_id
            || self
                .words
                .iter()
                .any(|word| BENIGN.iter().any(|benign| word == benign.as_bytes()))
    }

    /// Whether the name ends in a word of checksums and versions: the hash of a token is none.
    pub(super) fn ends_benign(&self) -> bool {
        self.words
            .last()
            .is_some_and(|last| BENIGN.iter().any(|benign| last == benign.as_bytes()))
    }

    /// Whether the value is about a secret (its kind, length, name, place) rather than the secret.
    pub(super) fn is_about(&self) -> bool {
        const ABOUT: [&str; 40] = [
            "type",
            "length",
            "len",
            "size",
            "count",
            "file",
            "path",
            "dir",
            "name",
            "format",
            "policy",
            "expiry",
            "expires",
            "expiration",
            "ttl",
            "url",
            "uri",
            "endpoint",
            "algorithm",
            "alg",
            "rotation",
            "enabled",
            "required",
            "provider",
            "manager",
            "arn",
            "version",
            "index",
            "ring",
            "usage",
            "limit",
            "limits",
            "max",
            "min",
            "tokens",
            "field",
            "header",
            "prompt",
            "age",
            "status",
        ];
        self.words
            .last()
            .is_some_and(|last| ABOUT.iter().any(|about| last == about.as_bytes()))
    }

    /// The words of ids: their value is only worth hiding where it was drawn at random.
    pub(super) fn is_identity(&self) -> bool {
        const WORDS: [&str; 19] = [
            "client",
            "app",
            "account",
            "project",
            "user",
            "org",
            "organization",
            "workspace",
            "site",
            "store",
            "merchant",
            "tenant",
            "team",
            "api",
            "public",
            "pub",
            "username",
            "sid",
            "merchantid",
        ];
        self.words
            .iter()
            .any(|word| WORDS.iter().any(|wanted| word == wanted.as_bytes()))
    }

    /// Whether the name is one of a password by the word `pass`, which tests print when they succeed.
    pub(super) fn has_pass(&self) -> bool {
        !contains(&self.squashed, b"password")
            && contains(&self.squashed, b"pass")
            && !contains(&self.squashed, b"passw")
    }

    /// Whether the name ends in `user`, as those of settings do.
    pub(super) fn is_user(&self) -> bool {
        self.words.len() > 1
            && self
                .words
                .last()
                .is_some_and(|word| word == b"user" || word == b"username")
    }

    pub(super) fn is_only(&self, word: &str) -> bool {
        self.squashed == word.as_bytes()
    }

    fn has(&self, part: &str) -> bool {
        self.squashed
            .windows(part.len())
            .any(|window| window == part.as_bytes())
    }

    fn has_end(&self, end: &[u8]) -> bool {
        let has_end = self
            .words
            .iter()
            .any(|word| word == end || (end.len() > 2 && end != b"pat" && word.ends_with(end)));
        has_end && !OTHER_WORDS.iter().any(|word| self.has(word))
    }
}

fn previous_is_small(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}
