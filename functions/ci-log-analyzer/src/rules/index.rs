//! Which rules are worth asking about a line: one pass of one automaton over it, for all literals of all rules.

use aho_corasick::AhoCorasick;

use super::parse::Rule;

/// The literals of an ordered list of rules.
#[derive(Debug)]
pub(super) struct Index {
    /// `None` where no rule has a literal, or the literals make no automaton (4 GiB of them would not).
    automaton: Option<AhoCorasick>,
    /// The rule that each literal belongs to.
    owners: Vec<usize>,
    /// The rules without a literal: asked about every line.
    always: Vec<usize>,
}

impl Index {
    pub(super) fn of(rules: &[Rule]) -> Self {
        let literals = || {
            let numbered = rules.iter().enumerate();
            numbered.flat_map(|(order, rule)| rule.any.iter().map(move |any| (order, any)))
        };
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(literals().map(|(_, any)| any))
            .ok();
        let always = |(order, rule): (usize, &Rule)| {
            (automaton.is_none() || rule.any.is_empty()).then_some(order)
        };
        Self {
            always: rules.iter().enumerate().filter_map(always).collect(),
            owners: literals().map(|(order, _)| order).collect(),
            automaton,
        }
    }

    /// The rules that may know `line`, in order, each once.
    pub(super) fn candidates(&self, line: &str) -> Vec<usize> {
        let mut candidates = self.always.clone();
        if let Some(automaton) = &self.automaton {
            let found = automaton.find_overlapping_iter(line);
            candidates
                .extend(found.filter_map(|found| self.owners.get(found.pattern().as_usize())));
        }
        candidates.sort_unstable();
        candidates.dedup();
        candidates
    }
}
