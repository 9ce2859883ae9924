//! What passing runs of the same job say too, so that it explains nothing.

pub(crate) mod mask;

use std::collections::HashSet;

/// The templates of the lines of passing runs.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Baseline {
    templates: HashSet<u32>,
}

impl Baseline {
    /// Adds a line of a passing run.
    pub fn learn(&mut self, text: &str) {
        self.templates.insert(short(mask::template(text)));
    }

    /// Whether a passing run has such a line.
    pub fn knows(&self, text: &str) -> bool {
        self.templates.contains(&short(mask::template(text)))
    }

    pub fn is_empty(&self) -> bool {
        self.templates.is_empty()
    }
}

/// 32 bits: among 10,000 templates one foreign line in 400,000 is taken for known.
fn short(template: u64) -> u32 {
    u32::try_from((template ^ (template >> 32)) & 0xffff_ffff).unwrap_or_default()
}
