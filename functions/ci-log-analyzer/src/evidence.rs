//! Which lines explain the failure: parsers of known formats, a scorer for the rest, and the choice among them.

mod block;
mod choice;
mod formats;
mod opener;
mod pool;
mod recent;
mod regions;
mod scan;
mod shape;
mod words;
mod wrapper;

use std::collections::HashMap;

use crate::analysis::Range;
use crate::baseline::{Baseline, mask};
use crate::line::Line;
use crate::segment::{Marker, Place, Step};
use block::{Block, Open, Origin};
use opener::{Flow, Lead, Opener};
use pool::Pool;
use recent::{Kind, Lines};
use regions::{Outcome, Regions};
use scan::{Scanner, Seen};
use wrapper::Wrapper;

pub use aho_corasick::BuildError;

/// How much is shown.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Settings {
    /// The excerpt never has more lines.
    pub max_lines: usize,
    /// From this score on the best candidate is taken for the answer, and little is shown beside it.
    pub sure: i32,
    pub lines_when_sure: usize,
    pub lines_when_unsure: usize,
    /// How much worse than the best a candidate may be that is shown too.
    pub margin_when_sure: i32,
    pub margin_when_unsure: i32,
    /// So many of the last lines of a failed step are shown too.
    pub tail: usize,
    /// What each further candidate of the same kind loses.
    pub variety: i32,
    pub last_bonus: i32,
    pub before: i32,
    pub late: i32,
    pub novel: i32,
    pub again: usize,
    pub vmax: i32,
    pub breadth: i32,
    /// The best candidate may be this long.
    pub longest: usize,
}

impl Default for Settings {
    fn default() -> Self {
        let number = |name: &str, value: i32| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(value);
        let count = |name: &str, value: i32| usize::try_from(number(name, value)).unwrap_or_default();
        Self {
            max_lines: 100,
            sure: number("SURE", 95),
            lines_when_sure: count("LSURE", 70),
            lines_when_unsure: count("LUNSURE", 100),
            margin_when_sure: number("MSURE", 28),
            margin_when_unsure: number("MUNSURE", 50),
            longest: count("LONGEST", 40),
            tail: count("TAIL", 5),
            again: count("AGAIN", 4),
            novel: number("NOVEL", 60),
            late: number("LATE", 0),
            vmax: number("VMAX", 4),
            breadth: number("BREADTH", 14),
            before: number("BEFORE", 8),
            last_bonus: number("LASTB", 6),
            variety: number("VARIETY", 6),
        }
    }
}

/// A part of a score.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Part {
    pub name: &'static str,
    pub points: i32,
}

/// Why a range is shown.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Why {
    pub range: Range,
    pub score: i32,
    pub parts: Vec<Part>,
}

/// A line as it is quoted: its number and its text, cut.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Quote {
    pub number: u64,
    pub text: String,
}

/// What explains the failure.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Evidence {
    pub decisive: Option<Range>,
    /// Best first, without overlap, within the budget.
    pub excerpt: Vec<Range>,
    /// The shown lines, in the order of the excerpt.
    pub quotes: Vec<Quote>,
    pub why: Vec<Why>,
    /// The first decisive line.
    pub line: Option<Quote>,
    /// The name of the parser that found it.
    pub format: Option<&'static str>,
    /// The index of the step it belongs to.
    pub step: usize,
}

/// Takes the lines of a log one after the other, in bounded memory, and chooses at the end.
#[derive(Debug)]
pub struct Collector {
    settings: Settings,
    baseline: Option<Baseline>,
    scanner: Scanner,
    recent: Lines,
    open: Option<Open>,
    novel: Option<Block>,
    pool: Pool,
    regions: Regions,
    templates: HashMap<u64, u32>,
    total: u64,
    marker: Option<u64>,
}

impl Collector {
    /// # Errors
    /// When the automaton of all formats cannot be built, which this crate's own formats never cause.
    pub fn new(settings: Settings, baseline: Option<Baseline>) -> Result<Self, BuildError> {
        Ok(Self {
            settings,
            baseline: baseline.filter(|baseline| !baseline.is_empty()),
            scanner: Scanner::new()?,
            recent: Lines::default(),
            open: None,
            novel: None,
            pool: Pool::default(),
            regions: Regions::default(),
            templates: HashMap::new(),
            total: 0,
            marker: None,
        })
    }

    /// The next line of the log.
    pub fn push(&mut self, line: &Line<'_>, place: &Place) {
        self.total = line.number;
        let text = line.text;
        let number = line.number;
        if text.trim_end().is_empty() {
            self.grow(number, "", 0);
            self.recent.push(number, "", Kind::Blank, 0, true);
            return;
        }
        let seen = self.scanner.look(text);
        let familiar = self.baseline.as_ref().is_some_and(|baseline| baseline.knows(text));
        let wrapper = match seen.wrapper {
            Some(Wrapper::Passed) => Some(Wrapper::Passed),
            _ if place.marker == Marker::Failure || text.starts_with("##[error]") => Some(Wrapper::Failed),
            found => found,
        };
        if text.starts_with("##[error]") {
            self.marker = Some(line.number);
        }
        let echo = text.starts_with("$ ");
        let border = place.marker == Marker::Structure || echo;
        if echo {
            self.close();
            self.regions.echo();
        } else if border {
            self.border(Outcome::Unknown);
        }
        if matches!(wrapper, Some(Wrapper::Failed | Wrapper::Passed)) {
            self.close();
        }
        let strength = seen.opener.map_or(0, |(_, opener)| i32::from(opener.weight)).max(seen.words);
        let taken = self.grow(number, text, strength);
        self.consider(number, text, place.step, &seen, taken, familiar, wrapper);
        if self.baseline.is_some() && !familiar && !text.starts_with("Finished: ") && seen.words > -20 {
            self.novel(number, text, place.step, strength);
        }
        if let Some(wrapper) = wrapper {
            self.wrapped(number, place.step, wrapper);
        }
        let kind = match (border, wrapper) {
            (true, _) | (_, Some(Wrapper::Passed)) => Kind::Border,
            (_, Some(_)) => Kind::Wrapper,
            _ => Kind::Plain,
        };
        self.recent.push(number, text, kind, seen.words, familiar);
        match wrapper {
            Some(Wrapper::Failed) => self.border(Outcome::Failed(number)),
            Some(Wrapper::Passed) => self.border(Outcome::Passed),
            _ => {}
        }
    }

    fn border(&mut self, outcome: Outcome) {
        self.close();
        if let Some(run) = self.novel.take() {
            self.pool.push(run);
        }
        self.regions.end(outcome);
    }

    fn close(&mut self) {
        if let Some(open) = self.open.take() {
            self.pool.push(open.block);
        }
    }

    /// Offers a line to the open block. Returns its weight if it took the line.
    fn grow(&mut self, number: u64, text: &str, words: i32) -> Option<u8> {
        let open = self.open.as_mut()?;
        let weight = open.weight();
        match open.offer(number, text, words) {
            Flow::Take => Some(weight),
            Flow::TakeLast => {
                self.close();
                Some(weight)
            }
            Flow::End => {
                self.close();
                None
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "prototype")]
    fn consider(&mut self, number: u64, text: &str, step: usize, seen: &Seen, taken: Option<u8>, familiar: bool, wrapper: Option<Wrapper>) {
        if let Some((format, opener)) = seen.opener {
            if taken.is_none_or(|weight| weight + 5 < opener.weight && weight < 80) {
                self.close();
                let mut block = self.block(Origin::Format, format, i32::from(opener.weight), number, text, step, familiar);
                self.lead(&mut block, opener);
                block.push(number, text, seen.words);
                self.open = Some(Open::new(block, opener, text));
            }
            return;
        }
        if taken.is_some() || wrapper.is_some() || seen.words < 14 {
            return;
        }
        if let Some(last) = self.pool.last_mut().filter(|last| last.origin == Origin::Words && last.end + 2 >= number && last.len() < 12) {
            last.push(number, text, seen.words);
            return;
        }
        let mut block = self.block(Origin::Words, "words", 24, number, text, step, familiar);
        block.push(number, text, seen.words);
        self.pool.push(block);
    }

    #[expect(clippy::too_many_arguments, reason = "prototype")]
    fn block(&mut self, origin: Origin, format: &'static str, weight: i32, number: u64, text: &str, step: usize, familiar: bool) -> Block {
        let template = mask::template(text);
        let repeats = self.count(template);
        Block { origin, format, weight, words: 0, anchor: number, start: number, end: number, step, region: self.regions.current(), template, repeats, familiar, peak: (0, number), lines: Vec::new() }
    }

    /// How often the template was met before. Bounded: what is new when the table is full counts as met for the first time.
    fn count(&mut self, template: u64) -> u32 {
        const MOST: usize = 16_384;
        if self.templates.len() >= MOST && !self.templates.contains_key(&template) {
            return 0;
        }
        let count = self.templates.entry(template).or_insert(0);
        *count = count.saturating_add(1);
        *count - 1
    }

    fn lead(&self, block: &mut Block, opener: &Opener) {
        let Lead::Run(test, most) = opener.lead else { return };
        let mut found: Vec<(u64, String)> = self
            .recent
            .back()
            .take(usize::from(most))
            .take_while(|line| line.kind != Kind::Border && line.kind != Kind::Wrapper && test(&line.text))
            .map(|line| (line.number, line.text.clone()))
            .collect();
        while found.last().is_some_and(|(_, text)| text.is_empty()) {
            found.pop();
        }
        if let Some((number, _)) = found.last() {
            block.start = *number;
        }
        block.lines = found.into_iter().rev().collect();
    }

    /// Collects lines in a row that passing runs do not have.
    fn novel(&mut self, number: u64, text: &str, step: usize, strength: i32) {
        if let Some(run) = self.novel.as_mut().filter(|run| run.end + 2 >= number && run.len() < 100) {
            run.push(number, text, strength);
            return;
        }
        if let Some(run) = self.novel.take() {
            self.pool.push(run);
        }
        let mut run = self.block(Origin::Novel, "novel", self.settings.novel, number, text, step, false);
        run.push(number, text, strength);
        self.novel = Some(run);
    }

    /// A wrapper points to what comes right before it.
    fn wrapped(&mut self, number: u64, step: usize, wrapper: Wrapper) {
        let weight = match wrapper {
            Wrapper::Passed => return,
            Wrapper::Failed => 46,
            Wrapper::Echo => 38,
        };
        let before: Vec<(u64, String, i32, bool)> = self
            .recent
            .back()
            .skip_while(|line| line.kind == Kind::Blank)
            .take(usize::try_from(self.settings.before).unwrap_or(12))
            .enumerate()
            .take_while(|(index, line)| line.kind == Kind::Plain || line.kind == Kind::Blank && *index < 4)
            .map(|(_, line)| line)
            .map(|line| (line.number, line.text.clone(), line.words, line.familiar))
            .collect();
        let before = match before.iter().rposition(|(_, text, ..)| text.starts_with("The command \"")) {
            Some(at) => before.get(at + 1..).unwrap_or_default().to_vec(),
            None => before,
        };
        let Some((last, text, ..)) = before.first().cloned() else { return };
        if last + 12 < number {
            return;
        }
        let familiar = before.iter().all(|(_, _, _, familiar)| *familiar);
        let mut block = self.block(Origin::Before, "before", weight, last, &text, step, familiar);
        for (number, text, words, _) in before.into_iter().rev() {
            block.start = block.start.min(number);
            block.push(number, &text, words);
        }
        self.pool.push(block);
    }

    /// Chooses. `steps` are those of the whole log.
    pub fn finish(mut self, steps: &[Step]) -> Evidence {
        self.close();
        if let Some(run) = self.novel.take() {
            self.pool.push(run);
        }
        let blocks = std::mem::take(&mut self.pool).into_blocks();
        let context = choice::Context { regions: &self.regions, steps, total: self.total, with_baseline: self.baseline.is_some(), late: self.settings.late };
        let scored = choice::rank(blocks, &context);
        let mut shown = choice::excerpt(&scored, &self.settings);
        if let Some(marker) = self.marker {
            choice::tail(&mut shown, marker, &self.settings);
        }
        let mut evidence = Evidence::default();
        if let Some(best) = scored.first() {
            evidence.decisive = Some(Range { start: best.block.anchor.min(best.block.end), end: best.block.end });
            evidence.line = best.block.lines.iter().find(|(number, _)| *number == best.block.anchor).map(|(number, text)| Quote { number: *number, text: text.clone() });
            evidence.format = Some(best.block.format);
            evidence.step = best.block.step;
        }
        for (range, index) in shown {
            evidence.excerpt.push(range);
            let Some(candidate) = scored.get(index) else { continue };
            evidence.why.push(Why { range, score: candidate.score, parts: candidate.parts.clone() });
            let inside = candidate.block.lines.iter().filter(|(number, _)| (range.start..=range.end).contains(number));
            evidence.quotes.extend(inside.map(|(number, text)| Quote { number: *number, text: text.clone() }));
        }
        evidence
    }
}
