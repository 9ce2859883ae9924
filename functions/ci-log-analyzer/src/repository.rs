//! A repository on GitHub, and what is named in it: each a type that only a well-formed name gets into.

use std::fmt;

use serde::{Deserialize, Serialize};
use shared::outbound::Gated;

/// A repository, `owner/name`.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Repository {
    owner: String,
    name: String,
}

/// A commit: 40 lower-case hexadecimal digits.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sha(String);

/// A branch, as Git allows its name (`git check-ref-format`), at most 255 bytes.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Branch(String);

/// A text that is not the name it should be.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not {0}")]
pub struct Malformed(&'static str);

impl Gated for Sha {}
impl Gated for Branch {}

impl Repository {
    /// The repository `owner/name`: letters, digits, `-`, `_` and `.`, as GitHub allows them.
    pub fn parse(text: &str) -> Option<Self> {
        let (owner, name) = text.split_once('/')?;
        let is_owner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let is_right = (1..=39).contains(&owner.len())
            && (1..=100).contains(&name.len())
            && owner.chars().all(is_owner)
            && name.chars().all(is_name)
            && !matches!(name, "." | "..");
        is_right.then(|| Self {
            owner: owner.to_owned(),
            name: name.to_owned(),
        })
    }

    /// Who owns it.
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// Its name, without the owner.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether both name the same: GitHub's names ignore case.
    pub fn is(&self, other: &Self) -> bool {
        self.owner.eq_ignore_ascii_case(&other.owner) && self.name.eq_ignore_ascii_case(&other.name)
    }
}

impl Sha {
    /// The commit `text`.
    pub fn parse(text: &str) -> Option<Self> {
        let is_digit = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
        (text.len() == 40 && text.bytes().all(is_digit)).then(|| Self(text.to_owned()))
    }

    /// Its 40 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Branch {
    /// The branch `text`, without `refs/heads/`.
    pub fn parse(text: &str) -> Option<Self> {
        let is_ordinary = |c: char| {
            !c.is_control()
                && !matches!(c, ' ' | '~' | '^' | ':' | '?' | '*' | '[' | '\\' | '\u{7f}')
        };
        let is_component = |part: &str| {
            !part.is_empty() && !part.starts_with('.') && part.strip_suffix(".lock").is_none()
        };
        let is_right = (1..=255).contains(&text.len())
            && text.chars().all(is_ordinary)
            && text.split('/').all(is_component)
            && !text.contains("..")
            && !text.contains("@{")
            && !text.starts_with('-')
            && !text.ends_with('.')
            && text != "@";
        is_right.then(|| Self(text.to_owned()))
    }

    /// Its name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is one of those that lambda-medic makes.
    pub fn is_ours(&self) -> bool {
        self.0.starts_with("medic/")
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

impl From<Repository> for String {
    fn from(repository: Repository) -> Self {
        repository.to_string()
    }
}

impl TryFrom<String> for Repository {
    type Error = Malformed;
    fn try_from(text: String) -> Result<Self, Malformed> {
        Self::parse(&text).ok_or(Malformed("a repository, `owner/name`"))
    }
}

impl From<Sha> for String {
    fn from(sha: Sha) -> Self {
        sha.0
    }
}

impl TryFrom<String> for Sha {
    type Error = Malformed;
    fn try_from(text: String) -> Result<Self, Malformed> {
        Self::parse(&text).ok_or(Malformed("a commit of 40 hexadecimal digits"))
    }
}

impl From<Branch> for String {
    fn from(branch: Branch) -> Self {
        branch.0
    }
}

impl TryFrom<String> for Branch {
    type Error = Malformed;
    fn try_from(text: String) -> Result<Self, Malformed> {
        Self::parse(&text).ok_or(Malformed("a branch"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_an_owner_and_a_name() {
        for text in ["acme/shop", "a-b/c.d_e"] {
            assert_eq!(
                Repository::parse(text).map(String::from).as_deref(),
                Some(text)
            );
        }
        for text in [
            "", "acme", "acme/", "/shop", "acme/..", "a/b/c", "a b/c", "a/b?c", "a/ö",
        ] {
            assert_eq!(Repository::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_commit_is_forty_digits() {
        let sha = "0123456789abcdef0123456789abcdef01234567";
        assert_eq!(Sha::parse(sha).map(String::from).as_deref(), Some(sha));
        for text in ["", "HEAD", "0123", &sha.to_uppercase(), &format!("{sha}0")] {
            assert_eq!(Sha::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_branch_is_what_git_allows() {
        for text in ["main", "feature/a-b_c.d", "größe", "medic/0123"] {
            assert_eq!(Branch::parse(text).map(String::from).as_deref(), Some(text));
        }
        for text in [
            "", "a b", "a..b", "/a", "a/", "a//b", ".a", "a/.b", "a.lock", "-a", "a.", "@",
            "a@{1}", "a\\b", "a\n", "a:b",
        ] {
            assert_eq!(Branch::parse(text), None, "{text}");
        }
    }
}
