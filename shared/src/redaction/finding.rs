//! A secret's place in a line.

use std::ops::Range;

/// Where a secret stands and what it is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Finding {
    pub(super) range: Range<usize>,
    /// A short lower-case name, such as `github-token`.
    pub(super) kind: &'static str,
}

impl Finding {
    pub(super) fn new(range: Range<usize>, kind: &'static str) -> Self {
        Self { range, kind }
    }
}

/// Joins findings that overlap; what begins first names the whole, and a longer one a shorter.
pub(super) fn merge(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.retain(|finding| !finding.range.is_empty());
    findings.sort_by(|a, b| {
        a.range
            .start
            .cmp(&b.range.start)
            .then(b.range.end.cmp(&a.range.end))
    });
    let mut merged: Vec<Finding> = Vec::with_capacity(findings.len());
    for finding in findings {
        match merged.last_mut() {
            Some(last) if finding.range.start < last.range.end => {
                last.range.end = last.range.end.max(finding.range.end);
                if is_vague(last.kind) && !is_vague(finding.kind) {
                    last.kind = finding.kind;
                }
            }
            _ => merged.push(finding),
        }
    }
    merged
}

/// Kinds that a name or a look gave; an issuer's own form says more.
fn is_vague(kind: &str) -> bool {
    matches!(
        kind,
        "token" | "secret" | "api-key" | "credential" | "authorization" | "encoded"
    )
}
