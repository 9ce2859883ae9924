//! Which lines explain the failure: parsers of known formats, a scorer for the rest, and the choice among them.
//!
//! A [`Collector`] takes the lines one after the other. One automaton finds in a single pass over a line all that any format, word or
//! wrapper looks for; only lines with a find cost more. What may explain the failure becomes a block; the best blocks are kept, in bounded
//! memory, and are chosen from at the end, when it is known which commands failed.

mod block;
mod choice;
mod formats;
mod gather;
mod opener;
mod pool;
mod recent;
mod regions;
mod scan;
mod score;
mod shape;
mod words;
mod wrapper;

#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::analysis::Range;
use crate::baseline::Baseline;
use crate::line::Line;
use crate::segment::{Place, Step};
use choice::Shown;
use gather::Gatherer;
use recent::Recent;
use score::Scored;

pub use aho_corasick::BuildError;

/// How much is shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Settings {
    /// The excerpt never has more lines; mostly it has far fewer.
    pub max_lines: usize,
}

impl Default for Settings {
    /// A hundred lines: two screens.
    fn default() -> Self {
        Self { max_lines: 100 }
    }
}

/// What explains the failure.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Evidence {
    /// The best block, from the line that opened it; `None` where nothing stands out.
    pub decisive: Option<Range>,
    /// Best first, without overlap, at most [`Settings::max_lines`] lines together.
    pub excerpt: Vec<Range>,
    /// The shown lines, in the order of the excerpt, without the blank ones.
    pub quotes: Vec<Quote>,
    /// What would be shown by default, where that is something else: how much a reader wants to see must not change what a failure is
    /// taken for.
    pub judged: Option<Vec<Quote>>,
    /// Why each range of the excerpt is shown, in its order.
    pub why: Vec<Why>,
    /// The index of the step that the decisive lines belong to.
    pub step: usize,
}

/// A line as it is quoted: the words of its beginning, at most twice as many bytes as are shown.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Quote {
    pub number: u64,
    pub text: String,
}

impl Quote {
    /// So much of a line is shown: enough for a diagnostic. Whoever shows it redacts the text first, and cuts it then.
    pub const MOST_BYTES: usize = 600;
}

/// Why a range is shown.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Why {
    pub range: Range,
    pub score: i32,
    /// Its parts add up to the score.
    pub parts: Vec<Part>,
}

/// A part of a score.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Part {
    pub name: &'static str,
    pub points: i32,
}

/// Takes the lines of a log one after the other, and chooses at the end. Holds less than 20 MiB whatever the log.
#[derive(Debug)]
pub struct Collector<'b> {
    settings: Settings,
    gatherer: Gatherer<'b>,
}

impl<'b> Collector<'b> {
    /// With a baseline, lines that passing runs have too explain nothing.
    ///
    /// # Errors
    /// When the automaton of all formats cannot be built, which this crate's own formats never cause.
    pub fn new(settings: Settings, baseline: Option<&'b Baseline>) -> Result<Self, BuildError> {
        Ok(Self {
            settings,
            gatherer: Gatherer::new(baseline.filter(|baseline| !baseline.is_empty()))?,
        })
    }

    /// The next line of the log, and its place.
    pub fn push(&mut self, line: &Line<'_>, place: &Place) {
        self.gatherer.push(line, place);
    }

    /// Chooses. `steps` are those of the whole log, as the places count them.
    pub fn finish(self, steps: &[Step]) -> Evidence {
        let gathered = self.gatherer.finish();
        let scored = score::rank(gathered.blocks, &gathered.regions, gathered.lines, steps);
        let plan = if gathered.is_compared {
            &choice::COMPARED
        } else {
            &choice::ALONE
        };
        let tail = gathered.tail.first().zip(gathered.tail.last());
        let tail = tail.map(|(first, last)| Range {
            start: first.number,
            end: last.number,
        });
        let choose = |settings: Settings| {
            let shown = choice::choose(&scored, plan, settings.max_lines, tail);
            Evidence::of(&scored, &shown, &gathered.tail)
        };
        let evidence = choose(self.settings);
        if self.settings == Settings::default() {
            return evidence;
        }
        Evidence {
            judged: Some(choose(Settings::default()).quotes),
            ..evidence
        }
    }
}

impl Evidence {
    fn of(scored: &[Scored], shown: &[Shown], tail: &[Recent]) -> Self {
        let mut evidence = Self::default();
        if let Some(best) = scored.first().map(|best| &best.block) {
            evidence.decisive = Some(Range {
                start: best.anchor,
                end: best.end,
            });
            evidence.step = best.step;
        }
        for Shown { range, index } in shown {
            evidence.excerpt.push(*range);
            let candidate = index.and_then(|index| scored.get(index));
            evidence.why.push(Why {
                range: *range,
                score: candidate.map_or(0, |candidate| candidate.score),
                parts: candidate
                    .map(|candidate| candidate.parts.clone())
                    .unwrap_or_default(),
            });
            match candidate {
                Some(candidate) => evidence.quotes.extend(quotes(&candidate.block, *range)),
                None => evidence.quotes.extend(tail_quotes(tail, *range)),
            }
        }
        evidence
    }
}

fn quotes(block: &block::Block, range: Range) -> impl Iterator<Item = Quote> {
    let inside = block
        .lines
        .iter()
        .filter(move |(number, _)| (range.start..=range.end).contains(number));
    inside.map(|(number, text)| Quote {
        number: *number,
        text: text.clone(),
    })
}

fn tail_quotes(tail: &[Recent], range: Range) -> impl Iterator<Item = Quote> {
    tail.iter()
        .filter(move |line| (range.start..=range.end).contains(&line.number))
        .filter(|line| !line.text.is_empty())
        .map(|line| Quote {
            number: line.number,
            text: line.text.clone(),
        })
}
