//! By what our own issues and pull requests are found again. Pure.

use crate::repository::{Branch, Sha};

use super::Marker;

/// Fingerprints are shorter.
const MOST_DIGITS: usize = 64;

/// As many digits of a commit as tell it from all others of a repository.
const SHORT: usize = 12;

impl Marker {
    /// What the body of an issue or a pull request carries as its first or last part
    /// ([`Part::Marker`](shared::outbound::Part::Marker)), so that [`GitHub::find`](super::GitHub::find) finds it.
    pub fn hidden(&self) -> String {
        match &self.base {
            Some(base) => format!("{}-{}", hidden(&self.fingerprint), short(base)),
            None => hidden(&self.fingerprint),
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
    format!("lambda-medic-{fingerprint}")
}

/// Whether a body of ours carries the marker of a failure, with whatever base.
///
/// Only its first and its last line count: what lies between them quotes others, who may well quote a marker.
pub(super) fn carries(body: &str, fingerprint: &str) -> bool {
    let hidden = hidden(fingerprint);
    let mut lines = body.lines().map(str::trim).filter(|line| !line.is_empty());
    let (first, last) = (lines.next(), lines.next_back());
    first.into_iter().chain(last).any(|line| {
        let inside = line
            .strip_prefix("<!--")
            .and_then(|line| line.strip_suffix("-->"));
        let rest = inside.and_then(|inside| inside.trim().strip_prefix(&hidden));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    })
}

fn short(sha: &Sha) -> &str {
    sha.as_str().get(..SHORT).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_carries_a_marker_in_its_first_or_last_line_only() {
        let cases = [
            ("<!-- lambda-medic-ab12 -->", true),
            ("<!--lambda-medic-ab12-->\n\ntext", true),
            ("text\r\n<!-- lambda-medic-ab12-0123456789ab -->\r\n", true),
            ("text\n<!-- lambda-medic-ab12 -->\ntext", false),
            ("text\n<!-- lambda-medic-ab123 -->", false),
            ("text\n<!-- lambda-medic-ab1 -->", false),
            ("lambda-medic-ab12", false),
            ("`<!-- lambda-medic-ab12 -->`", false),
            ("", false),
        ];
        for (body, expected) in cases {
            assert_eq!(carries(body, "ab12"), expected, "{body}");
        }
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
        assert_eq!(marker("ab12").hidden(), "lambda-medic-ab12-0123456789ab");
    }
}
