//! What tells whether two sets of lines are the same. Pure.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// How many lines there are, and the digest of all of them with their moments, in the order of time.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fingerprint {
    /// How many.
    pub lines: usize,
    /// Hexadecimal digits of SHA-256.
    pub sha256: String,
}

/// The fingerprint of lines with their moments in milliseconds, whatever their order.
pub fn fingerprint<'a>(lines: impl IntoIterator<Item = (i64, &'a str)>) -> Fingerprint {
    let mut lines: Vec<(i64, &str)> = lines.into_iter().collect();
    lines.sort_unstable();
    let mut digest = Sha256::new();
    for (at, message) in &lines {
        digest.update(format!("{at} {} {message}\n", message.len()));
    }
    Fingerprint {
        lines: lines.len(),
        sha256: hex::encode(digest.finalize()),
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digest = self.sha256.get(..12).unwrap_or(&self.sha256);
        write!(f, "{} lines, sha256 {digest}…", self.lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_and_moments_count_not_their_order() {
        let one = fingerprint([(1, "a"), (2, "b")]);
        assert_eq!(one, fingerprint([(2, "b"), (1, "a")]));
        for other in [
            fingerprint([(1, "a")]),
            fingerprint([(1, "a"), (1, "b")]),
            fingerprint([(1, "a"), (2, "b"), (2, "b")]),
            fingerprint([(1, "a\n2 1 b")]),
        ] {
            assert_ne!(one, other);
        }
    }
}
