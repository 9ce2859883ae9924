//! Evidence that more requests came with a fault.

use std::fmt;

/// How many requests there were for each period.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Load {
    /// Before the onset.
    pub before: f64,
    /// Since.
    pub since: f64,
}

impl Load {
    /// Whether it rose so much that it may be the cause.
    pub fn has_risen(&self) -> bool {
        self.since >= self.before * 1.5 && self.since > self.before
    }
}

impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "load rose: {} -> {} requests", self.before, self.since)
    }
}
