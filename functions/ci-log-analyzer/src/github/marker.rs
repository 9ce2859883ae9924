//! By what our own issues and pull requests are found again. Pure.

use crate::repository::{Branch, Sha};

use super::Marker;

/// Fingerprints are shorter.
const MOST_DIGITS: usize = 64;

/// As many digits of a commit as tell it from all others of a repository.
const SHORT: usize = 12;

impl Marker {
    /// What the body of an issue or a pull request carries as its [`Part::Marker`](shared::outbound::Part::Marker), so that
    /// [`GitHub::find`](super::GitHub::find) finds it.
    pub fn text(&self) -> String {
        match &self.base {
            Some(base) => format!("{}-{}", self.fingerprint, base.as_str()),
            None => self.fingerprint.clone(),
        }
    }

    /// The branch of a proposal for `base`; `None` where the fingerprint is none.
    pub fn branch(&self, base: &Sha) -> Option<Branch> {
        let prefix = branch_prefix(&self.fingerprint)?;
        Branch::parse(&format!("{prefix}{}", short(base)))
    }
}

/// With what the branches of all proposals for a failure begin; `None` where the fingerprint is none.
pub(super) fn branch_prefix(fingerprint: &str) -> Option<String> {
    is_fingerprint(fingerprint).then(|| format!("medic/{fingerprint}-"))
}

/// Hexadecimal digits, and not too many: it becomes part of a path and of a question to GitHub's search.
pub(super) fn is_fingerprint(text: &str) -> bool {
    (1..=MOST_DIGITS).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// What is searched for.
pub(super) fn hidden(fingerprint: &str) -> String {
    format!("lambda-medic:{fingerprint}")
}

/// Whether a body of ours carries the marker of a failure, with whatever base.
///
/// Only the comments at its very end count: what lies before them quotes others, who may well quote a marker.
pub(super) fn carries(body: &str, fingerprint: &str) -> bool {
    let lines = body.lines().rev().map(str::trim);
    lines
        .filter(|line| !line.is_empty())
        .map_while(marked)
        .any(|text| {
            let rest = text.strip_prefix(fingerprint);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        })
}

/// The marker at the very end of a body.
pub(super) fn last_marker(body: &str) -> Option<&str> {
    marked(body.trim_end().lines().next_back()?.trim())
}

/// The text of the marker that is this line.
fn marked(line: &str) -> Option<&str> {
    let inside = line.strip_prefix("<!--")?.strip_suffix("-->")?;
    inside.trim().strip_prefix("lambda-medic:")
}

fn short(sha: &Sha) -> &str {
    sha.as_str().get(..SHORT).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use shared::outbound::{Markdown, MarkdownDraft, Part};

    use super::*;

    #[test]
    fn a_body_carries_the_markers_at_its_very_end_only() {
        let cases = [
            ("<!-- lambda-medic:ab12 -->", true),
            ("text\r\n<!-- lambda-medic:ab12-0123456789ab -->\r\n", true),
            (
                "text\n\n<!-- lambda-medic:ab12 -->\n\n<!-- lambda-medic:ff -->",
                true,
            ),
            ("<!-- lambda-medic:ab12 -->\ntext", false),
            (
                "<!-- lambda-medic:ab12 -->\ntext\n<!-- lambda-medic:ff -->",
                false,
            ),
            ("text\n<!-- lambda-medic:ab123 -->", false),
            ("text\n<!-- lambda-medic:ab1 -->", false),
            ("lambda-medic:ab12", false),
            ("`<!-- lambda-medic:ab12 -->`", false),
            ("", false),
        ];
        for (body, expected) in cases {
            assert_eq!(carries(body, "ab12"), expected, "{body}");
        }
        let marker = Marker {
            fingerprint: "ab12".to_owned(),
            base: None,
        };
        let draft = MarkdownDraft::default()
            .with(Part::Code("text", "<!-- lambda-medic:ff -->".to_owned()))
            .with(Part::Marker(marker.text()));
        let body = Markdown::from(&draft);
        assert!(carries(body.as_str(), "ab12"), "{}", body.as_str());
        assert!(!carries(body.as_str(), "ff"), "{}", body.as_str());
    }

    #[test]
    fn a_branch_is_named_by_the_failure_and_the_commit() {
        let base = Sha::parse("0123456789abcdef0123456789abcdef01234567").unwrap();
        let marker = |fingerprint: &str| Marker {
            fingerprint: fingerprint.to_owned(),
            base: Some(base.clone()),
        };
        let cases = [
            ("ab12", Some("medic/ab12-0123456789ab")),
            ("", None),
            ("../x", None),
            ("a b", None),
        ];
        for (fingerprint, expected) in cases {
            let branch = marker(fingerprint).branch(&base);
            assert_eq!(branch.as_ref().map(Branch::as_str), expected);
        }
        let text = "ab12-0123456789abcdef0123456789abcdef01234567";
        assert_eq!(marker("ab12").text(), text);
    }
}
