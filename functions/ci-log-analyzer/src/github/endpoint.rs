//! Every call that can be made to GitHub. What is not in the table cannot be asked for: no merge, no update of a branch, no setting.

use shared::failure::{Effect, FailureKind};
use shared::http::{Method, Url};

/// A call of GitHub's REST API, by its method and the template of its path (<https://docs.github.com/rest>).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Endpoint {
    /// Whether it changes something.
    pub verb: Verb,
    /// The path, with each variable part in braces.
    pub template: &'static str,
    /// What it does to its object, for errors: `"read"`.
    pub does: &'static str,
}

/// A method.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verb {
    /// Reads.
    Get,
    /// Makes something.
    Post,
    /// Removes something.
    Delete,
}

impl Verb {
    /// The same kind of failure: what only reads has no effect, whatever became of it.
    pub(super) fn what_it_can(
        self,
        (kind, effect): (FailureKind, Effect),
    ) -> (FailureKind, Effect) {
        match self {
            Self::Get => (kind, Effect::None),
            Self::Post | Self::Delete => (kind, effect),
        }
    }

    /// The method's name in HTTP.
    pub fn method(self) -> Method {
        match self {
            Self::Get => Method::GET,
            Self::Post => Method::POST,
            Self::Delete => Method::DELETE,
        }
    }
}

macro_rules! endpoints {
    ($($name:ident = $verb:ident $template:literal, $does:literal;)*) => {
        $(pub(super) const $name: Endpoint = Endpoint { verb: Verb::$verb, template: $template, does: $does };)*
        /// All of them.
        pub const ENDPOINTS: &[Endpoint] = &[$($name),*];
    };
}

endpoints! {
    USER = Get "/user", "ask who is";
    REPOSITORY = Get "/repos/{owner}/{repo}", "read the repository";
    INSTALLATION = Get "/repos/{owner}/{repo}/installation", "find the App's installation on";
    NEW_TOKEN = Post "/app/installations/{installation_id}/access_tokens", "get an installation token for";
    RUN = Get "/repos/{owner}/{repo}/actions/runs/{run_id}/attempts/{attempt_number}", "read the run";
    COMMIT = Get "/repos/{owner}/{repo}/git/commits/{commit_sha}", "read the commit";
    TREE = Get "/repos/{owner}/{repo}/git/trees/{tree_sha}", "read the tree";
    BLOB = Get "/repos/{owner}/{repo}/git/blobs/{file_sha}", "read the file";
    REF = Get "/repos/{owner}/{repo}/git/ref/{ref}", "read the branch";
    REFS = Get "/repos/{owner}/{repo}/git/matching-refs/{ref}", "list the branches";
    NEW_BLOB = Post "/repos/{owner}/{repo}/git/blobs", "store a file in";
    NEW_TREE = Post "/repos/{owner}/{repo}/git/trees", "store a tree in";
    NEW_COMMIT = Post "/repos/{owner}/{repo}/git/commits", "store a commit in";
    NEW_REF = Post "/repos/{owner}/{repo}/git/refs", "make the branch";
    REMOVE_REF = Delete "/repos/{owner}/{repo}/git/refs/{ref}", "remove the branch";
    PULLS = Get "/repos/{owner}/{repo}/pulls", "list the pull requests of";
    NEW_PULL = Post "/repos/{owner}/{repo}/pulls", "open a draft pull request in";
    ISSUES = Get "/repos/{owner}/{repo}/issues", "list the issues of";
    NEW_ISSUE = Post "/repos/{owner}/{repo}/issues", "open an issue in";
    NEW_LABELS = Post "/repos/{owner}/{repo}/issues/{issue_number}/labels", "label";
    COMMENTS = Get "/repos/{owner}/{repo}/issues/{issue_number}/comments", "list the comments of";
    NEW_COMMENT = Post "/repos/{owner}/{repo}/issues/{issue_number}/comments", "comment on";
    SEARCH = Get "/search/issues", "search the issues of";
}

/// The address of `endpoint` below `root` with `parts` in place of its braces. A part may have slashes, as a ref has; everything else in
/// it is encoded. `None` where the number of parts is another, or a part would climb.
pub(super) fn address(root: &Url, endpoint: Endpoint, parts: &[&str]) -> Option<Url> {
    let mut url = root.clone();
    let mut parts = parts.iter();
    let mut segments = url.path_segments_mut().ok()?;
    segments.pop_if_empty();
    for segment in endpoint.template.split('/').skip(1) {
        let part = if segment.starts_with('{') {
            *parts.next()?
        } else {
            segment
        };
        for piece in part.split('/') {
            if matches!(piece, "" | "." | "..") {
                return None;
            }
            segments.push(piece);
        }
    }
    drop(segments);
    parts.next().is_none().then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address_of(endpoint: Endpoint, parts: &[&str]) -> Option<String> {
        let root = Url::parse("https://ghe.example/api/v3/").unwrap();
        address(&root, endpoint, parts).map(String::from)
    }

    #[test]
    fn an_address_has_its_parts_encoded_and_in_their_place() {
        let cases: [(Endpoint, &[&str], Option<&str>); 7] = [
            (USER, &[], Some("https://ghe.example/api/v3/user")),
            (
                REF,
                &["acme", "shop", "heads/größe/a#b?c%2f"],
                Some(
                    "https://ghe.example/api/v3/repos/acme/shop/git/ref/heads/gr%C3%B6%C3%9Fe/a%23b%3Fc%252f",
                ),
            ),
            (REPOSITORY, &["acme"], None),
            (REPOSITORY, &["acme", "shop", "more"], None),
            (REPOSITORY, &["acme", ".."], None),
            (REF, &["acme", "shop", "heads/../../x"], None),
            (REF, &["acme", "shop", "heads//x"], None),
        ];
        for (endpoint, parts, expected) in cases {
            assert_eq!(
                address_of(endpoint, parts).as_deref(),
                expected,
                "{parts:?}"
            );
        }
    }
}
