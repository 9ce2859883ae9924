//! Somebody else's text in answers, cut to what is worth keeping.

use crate::collect::one_line as line;

/// ECS, CloudWatch and load balancers explain themselves in about a thousand characters at most.
const LONGEST: usize = 1_024;

/// The text on one line, or the beginning of it.
pub(super) fn one_line(text: &str) -> String {
    line(text, LONGEST)
}
