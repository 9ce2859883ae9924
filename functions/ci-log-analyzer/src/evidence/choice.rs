//! Which candidates are shown, in which order, and how many lines of them.

mod excerpt;

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use super::block::{Kind, Origin};
use super::score::Scored;
use crate::analysis::Range;
use excerpt::Excerpt;

pub(crate) use excerpt::Shown;

/// How the room is shared. The numbers are the best trade-off seen on 361 labelled
/// logs; no part of those was kept back from choosing them.
#[derive(Debug)]
pub(crate) struct Plan {
    /// From this score of the best candidate on, little is shown beside it.
    sure: i32,
    lines_when_sure: usize,
    lines_when_unsure: usize,
    /// How much worse than the best a candidate may be.
    margin_when_sure: i32,
    margin_when_unsure: i32,
    /// Of a longer block only the head, and what is around its strongest line, is shown.
    longest: usize,
    /// What each further candidate of a kind loses, so that kinds take turns; at most four times.
    variety: i32,
    /// The last candidate of the best one's kind is shown in so many lines: where a failure is reported again, the last report counts.
    again: usize,
    /// How much worse still a candidate of a new kind may be, of which a few lines are shown.
    breadth: i32,
    /// So many of the last lines of a failed step of GitHub Actions: they say in short what failed.
    pub(crate) tail: usize,
}

/// Without a passing log.
pub(crate) const ALONE: Plan = Plan {
    sure: 95,
    lines_when_sure: 70,
    lines_when_unsure: 100,
    margin_when_sure: 28,
    margin_when_unsure: 50,
    longest: 40,
    variety: 6,
    again: 4,
    breadth: 14,
    tail: 8,
};

/// With a passing log what it lacks is nearly all that counts, however long.
pub(crate) const COMPARED: Plan = Plan {
    lines_when_sure: 100,
    margin_when_sure: 40,
    longest: 100,
    again: 0,
    breadth: 0,
    tail: 0,
    ..ALONE
};

/// The lines to show, best first, without overlap, at most `max_lines` together. `tail` are the last ones of a failed step.
pub(crate) fn choose(
    scored: &[Scored],
    plan: &Plan,
    max_lines: usize,
    tail: Option<Range>,
) -> Vec<Shown> {
    let mut choice = Choice {
        scored,
        plan,
        excerpt: Excerpt::new(max_lines),
        kinds: HashMap::new(),
    };
    choice.best();
    choice.again();
    choice.breadth();
    if let Some(tail) = tail {
        choice.excerpt.tail(tail, plan.tail);
    }
    choice.excerpt.shown()
}

struct Choice<'a> {
    scored: &'a [Scored],
    plan: &'a Plan,
    excerpt: Excerpt,
    /// How many candidates of each kind were chosen.
    kinds: HashMap<Kind, i32>,
}

impl Choice<'_> {
    /// Worse candidates than the first so many are never shown.
    const CONSIDERED: usize = 128;
    const BREADTH_LINES: usize = 30;
    const BREADTH_BLOCK: usize = 8;

    fn top(&self) -> i32 {
        self.scored.first().map_or(0, |best| best.score)
    }

    fn is_sure(&self) -> bool {
        self.top() >= self.plan.sure
    }

    fn floor(&self) -> i32 {
        self.top()
            - if self.is_sure() {
                self.plan.margin_when_sure
            } else {
                self.plan.margin_when_unsure
            }
    }

    /// The best candidates, where those of a kind that was shown already count less each time.
    fn best(&mut self) {
        let last = self.last_of_kinds();
        let budget = if self.is_sure() {
            self.plan.lines_when_sure
        } else {
            self.plan.lines_when_unsure
        };
        let mut waiting: Vec<usize> = (0..self.scored.len().min(Self::CONSIDERED)).collect();
        let mut templates: HashSet<u64> = HashSet::new();
        while self.excerpt.len() < budget {
            let next = waiting
                .iter()
                .enumerate()
                .filter_map(|(at, index)| Some((self.worth(*index, &last)?, Reverse(*index), at)))
                .max();
            let Some((worth, Reverse(index), at)) = next else {
                break;
            };
            waiting.swap_remove(at);
            let Some(block) = self.scored.get(index).map(|scored| &scored.block) else {
                break;
            };
            if worth < self.floor() && self.excerpt.len() > 0 {
                break;
            }
            *self.kinds.entry(block.kind()).or_insert(0) += 1;
            if templates.insert(block.template) || block.origin != Origin::Format {
                self.show(index, self.plan.longest.min(budget - self.excerpt.len()));
            }
        }
    }

    /// The score less what was shown of the kind already. The last of a kind loses one turn less: with the first, it frames the rest.
    fn worth(&self, index: usize, last: &HashMap<Kind, usize>) -> Option<i32> {
        let candidate = self.scored.get(index)?;
        let kind = candidate.block.kind();
        let chosen = self.kinds.get(&kind).copied().unwrap_or_default().min(4);
        let turns = if last.get(&kind) == Some(&index) {
            (chosen - 1).max(0)
        } else {
            chosen
        };
        Some(candidate.score - self.plan.variety * turns)
    }

    fn last_of_kinds(&self) -> HashMap<Kind, usize> {
        let mut last: HashMap<Kind, (u64, usize)> = HashMap::new();
        for (index, candidate) in self.scored.iter().enumerate().take(Self::CONSIDERED) {
            let entry = last.entry(candidate.block.kind()).or_insert((0, index));
            *entry = (*entry).max((candidate.block.start, index));
        }
        last.into_iter()
            .map(|(kind, (_, index))| (kind, index))
            .collect()
    }

    /// The beginning of the last candidate that is as good as the best and of its kind.
    fn again(&mut self) {
        let Some(best) = self.scored.first() else {
            return;
        };
        let like_best = |other: &&Scored| {
            other.block.kind() == best.block.kind() && other.score + 12 >= best.score
        };
        let last = self
            .scored
            .iter()
            .enumerate()
            .filter(|(_, other)| like_best(other))
            .max_by_key(|(_, other)| other.block.start);
        if let Some((index, _)) = last {
            self.show(index, self.plan.again);
        }
    }

    /// A few lines of each kind of which nothing is shown: summaries, mostly.
    fn breadth(&mut self) {
        let most = self.excerpt.len() + Self::BREADTH_LINES;
        let floor = self.floor() - self.plan.breadth;
        for (index, candidate) in self.scored.iter().enumerate().take(Self::CONSIDERED) {
            if self.plan.breadth == 0 || candidate.score < floor || self.excerpt.len() >= most {
                return;
            }
            let block = &candidate.block;
            if block.origin == Origin::Format && !self.kinds.contains_key(&block.kind()) {
                self.kinds.insert(block.kind(), 1);
                self.show(index, Self::BREADTH_BLOCK);
            }
        }
    }

    /// Shows at most `room` lines of a candidate.
    fn show(&mut self, index: usize, room: usize) {
        if let Some(candidate) = self.scored.get(index) {
            self.excerpt.show(&candidate.block, index, room);
        }
    }
}
