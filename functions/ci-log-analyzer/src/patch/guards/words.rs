//! Words that speak of protection, in the names of a program.

use std::collections::BTreeMap;

/// Beginnings of words that speak of protection whatever surrounds them.
const WORDS: [&str; 59] = [
    "verif",
    "authen",
    "authori",
    "authz",
    "authn",
    "unauth",
    "permit",
    "permission",
    "csrf",
    "xsrf",
    "signature",
    "signed",
    "sanit",
    "forbid",
    "forbidden",
    "denied",
    "deny",
    "hmac",
    "credential",
    "admin",
    "superuser",
    "login",
    "allowlist",
    "whitelist",
    "denylist",
    "blacklist",
    "blocklist",
    "password",
    "passwd",
    "secret",
    "jwt",
    "acl",
    "rbac",
    "ratelimit",
    "throttl",
    "encrypt",
    "decrypt",
    "tls",
    "ssl",
    "privileg",
    "captcha",
    "mfa",
    "otp",
    "nonce",
    "trusted",
    "untrusted",
    "htmlspecialchars",
    "htmlentities",
    "prepared",
    "bcrypt",
    "argon",
    "scrypt",
    "pbkdf",
    "gensalt",
    "secure",
    "samesite",
    "helmet",
    "constanttime",
    "timingsafe",
];

/// Words that do so only in a file, or among lines, of protection.
const MORE_WORDS: [&str; 12] = [
    "token", "valid", "escap", "session", "role", "scope", "owner", "check", "expir", "origin",
    "policy", "access",
];

/// Short words that are meant only as they are.
const WHOLE: [&str; 11] = [
    "acl", "tls", "ssl", "mfa", "otp", "jwt", "deny", "admin", "permit", "role", "auth",
];

/// The words of protection in a text, in their short form, with how often they are there.
pub(super) fn words(text: &str, is_about: bool) -> BTreeMap<&'static str, usize> {
    let mut found = BTreeMap::new();
    for part in split(text) {
        let of = |word: &&&'static str| {
            if WHOLE.contains(word) {
                part == **word
            } else {
                part.starts_with(**word)
            }
        };
        let more = if is_about { MORE_WORDS.as_slice() } else { &[] };
        if let Some(word) = WORDS.iter().chain(more).find(of) {
            *found.entry(*word).or_default() += 1;
        } else if part == "auth" {
            *found.entry("auth").or_default() += 1;
        }
    }
    found
}

/// The words that names are made of, in lower case: `isAdmin_user` is `is`, `admin`, `user`.
pub(super) fn split(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut was_lower = false;
    for c in text.chars() {
        let begins = c.is_uppercase() && was_lower;
        if (!c.is_alphanumeric() || begins) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
        was_lower = c.is_lowercase();
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_of_words() {
        assert_eq!(
            split("isAdmin_user(HTTPKey)"),
            ["is", "admin", "user", "httpkey"]
        );
        let found = words("if (!verifyToken(t)) return DENIED; permits", false);
        assert_eq!(
            found.into_iter().collect::<Vec<_>>(),
            [("denied", 1), ("verif", 1)]
        );
    }
}
