//! Secrets that are told by the form their issuer gave them.

mod cloud;
mod development;
mod services;

use std::ops::Range;

use super::budget::{Budget, TooMuch};
use super::bytes::{Set, at, before, cut, run_end, run_end_within};
use super::finding::Finding;
use super::plain::is_placeholder;
use super::shape::Shape;

/// The form of one issuer's secret: a prefix and what follows it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    pub(super) kind: &'static str,
    pub(super) prefix: &'static str,
    rest: &'static [Part],
}

/// A part of a secret after its prefix.
#[derive(Clone, Copy, Debug)]
enum Part {
    /// So many bytes of a set: all that are there, which must not be more than the most.
    Run(Set, usize, usize),
    /// Exactly this.
    Text(&'static str),
}

use Part::{Run, Text};

const fn rule(kind: &'static str, prefix: &'static str, rest: &'static [Part]) -> Rule {
    Rule { kind, prefix, rest }
}

/// All rules; their order is that of the patterns of the gate.
pub(super) fn rules() -> impl Iterator<Item = &'static Rule> {
    cloud::RULES
        .iter()
        .chain(development::RULES)
        .chain(services::RULES)
}

impl Rule {
    /// The secret whose prefix is at `hit`.
    pub(super) fn find(
        &self,
        bytes: &[u8],
        hit: &Range<usize>,
        budget: &mut Budget,
    ) -> Result<Option<Finding>, TooMuch> {
        let Some(end) = self.end(bytes, hit, budget)? else {
            return Ok(None);
        };
        // Some issuers of the same prefix use the rest of base64 too.
        let end = if matches!(at(bytes, end), b'+' | b'/' | b'=') && !self.rest.is_empty() {
            run_end(bytes, end, Set::PADDED)
        } else {
            end
        };
        budget.spend(end - hit.start)?;
        Ok(self.accept(bytes, hit, end))
    }

    fn end(
        &self,
        bytes: &[u8],
        hit: &Range<usize>,
        budget: &mut Budget,
    ) -> Result<Option<usize>, TooMuch> {
        let first = at(self.prefix.as_bytes(), 0);
        if cut(bytes, hit.clone()) != self.prefix.as_bytes()
            || (Set::ALNUM.has(first)
                && self.prefix.len() < 6
                && Set::ALNUM.has(before(bytes, hit.start)))
        {
            return Ok(None);
        }
        let mut end = hit.end;
        for part in self.rest {
            let (next, fits) = part.end(bytes, end);
            budget.spend(next - end)?;
            if !fits {
                return Ok(None);
            }
            end = next;
        }
        Ok(Some(end))
    }

    fn accept(&self, bytes: &[u8], hit: &Range<usize>, end: usize) -> Option<Finding> {
        // More of a word follows: it only began like a secret.
        if Set::WORD.has(at(bytes, end)) {
            return None;
        }
        let secret = cut(bytes, hit.start..end);
        let tail = cut(bytes, hit.end..end);
        let shape = Shape::of(tail);
        let is_exact = tail.len() >= 20
            && self
                .rest
                .iter()
                .all(|part| matches!(part, Run(_, least, most) if least == most));
        let is_drawn = is_exact
            || self.prefix.len() >= 6
            || tail.len() > 60
            || shape.digits >= 2
            || shape.changes >= 4
            || tail.iter().all(u8::is_ascii_uppercase);
        (is_drawn && !(tail.len() <= 24 && is_placeholder(secret)))
            .then(|| Finding::new(hit.start..end, self.kind))
    }
}

impl Part {
    /// Where the part ends, and whether it is one.
    fn end(self, bytes: &[u8], from: usize) -> (usize, bool) {
        match self {
            Run(set, least, most) => {
                let end = run_end_within(bytes, from, set, most + 1);
                (end, (least..=most).contains(&(end - from)))
            }
            Text(text) => {
                let end = from + text.len();
                (end, cut(bytes, from..end) == text.as_bytes())
            }
        }
    }
}
