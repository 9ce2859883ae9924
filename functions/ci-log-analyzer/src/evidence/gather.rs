//! Makes blocks of lines while they come.

mod before;
mod borders;
mod runs;

use std::collections::HashMap;

use aho_corasick::BuildError;
use shared::template;

use super::block::{Block, Open, Origin};
use super::choice;
use super::opener::{Flow, Opener};
use super::pool::Pool;
use super::recent::{Kind, Lines, Recent};
use super::regions::{Outcome, Regions};
use super::scan::{Scanner, Seen};
use super::shape;
use super::wrapper::Wrapper;
use crate::baseline::Baseline;
use crate::line::Line;
use crate::segment::{Marker, Place};

/// Follows a log and keeps what may explain its failure.
#[derive(Debug)]
pub(crate) struct Gatherer<'b> {
    scanner: &'static Scanner,
    baseline: Option<&'b Baseline>,
    recent: Lines,
    open: Option<Open>,
    /// Lines in a row that passing runs do not have.
    novel: Option<Block>,
    pool: Pool,
    echo: Option<Block>,
    regions: Regions,
    /// How often each template opened a block.
    templates: HashMap<u64, u32>,
    lines: u64,
    tail: Vec<Recent>,
    /// The job of the present line, and its first line.
    job: (String, u64),
}

/// What was kept of a log.
#[derive(Debug)]
pub(crate) struct Gathered {
    /// In the order of the log.
    pub(crate) blocks: Vec<Block>,
    pub(crate) regions: Regions,
    /// The number of lines of the log.
    pub(crate) lines: u64,
    /// The last line with which GitHub Actions says that something failed, after those before it.
    pub(crate) tail: Vec<Recent>,
    /// Whether there was a baseline.
    pub(crate) is_compared: bool,
}

/// A line with all that is known about it.
#[derive(Clone, Copy, Debug)]
struct Looked<'a> {
    number: u64,
    text: &'a str,
    step: usize,
    seen: Seen,
    wrapper: Option<Wrapper>,
    /// Passing runs have it too.
    familiar: bool,
}

/// How much candidates of no known format weigh; calibrated with the formats' weights on labelled logs.
mod weight {
    pub(super) const WORDS: i32 = 24;
    pub(super) const BEFORE_END: i32 = 46;
    pub(super) const BEFORE_ECHO: i32 = 38;
    pub(super) const NOVEL: i32 = 20;
}

impl<'b> Gatherer<'b> {
    /// What was said so often is no news any more; a flood of errors must not cost more than other lines.
    const MOST_REPEATS: u32 = 200;

    pub(crate) fn new(baseline: Option<&'b Baseline>) -> Result<Self, BuildError> {
        Ok(Self {
            scanner: Scanner::shared()?,
            baseline,
            recent: Lines::default(),
            open: None,
            novel: None,
            pool: Pool::default(),
            echo: None,
            regions: Regions::default(),
            templates: HashMap::new(),
            lines: 0,
            tail: Vec::new(),
            job: (String::new(), 0),
        })
    }

    pub(crate) fn push(&mut self, line: &Line<'_>, place: &Place) {
        self.lines = line.number;
        self.job(line);
        let text = shape::bare(line.text);
        if text.trim_end().is_empty() {
            self.grow(line.number, "", 0);
            self.recent.push(line.number, "", Kind::Blank);
            return;
        }
        let is_error = text.starts_with("##[error]");
        let seen = self.scanner.look(text);
        let wrapper = match seen.wrapper {
            Some(Wrapper::Passed) => seen.wrapper,
            _ if is_error || place.marker == Marker::Failure => Some(Wrapper::Failed),
            found => found,
        };
        let familiar = self.baseline.is_some_and(|baseline| baseline.knows(text));
        let border = self.border(text, place.marker);
        self.take(&Looked {
            number: line.number,
            text,
            step: place.step,
            seen,
            wrapper,
            familiar,
        });
        let kind = match wrapper {
            _ if border => Kind::Border,
            Some(Wrapper::Passed) => Kind::Border,
            Some(_) => Kind::Wrapper,
            None => Kind::Plain,
        };
        self.recent.push(line.number, line.text, kind);
        if is_error {
            self.tail = self.recent.last(choice::ALONE.tail);
        }
        match wrapper {
            Some(Wrapper::Failed) => self.end(Outcome::Failed(line.number)),
            Some(Wrapper::Passed) => self.end(Outcome::Passed),
            _ => {}
        }
    }

    /// Keeps the first line that only repeats that something failed, for a log that says nothing else.
    fn echo(&mut self, line: &Looked<'_>) {
        if self.echo.is_none() && line.seen.words > 0 {
            let mut block = self.block(line, Origin::Words, "words", weight::WORDS);
            block.push(line.number, line.text, line.seen.words);
            self.echo = Some(block);
        }
    }

    fn take(&mut self, line: &Looked<'_>) {
        if matches!(line.wrapper, Some(Wrapper::Failed | Wrapper::Passed)) {
            self.close();
        }
        let strength = line
            .seen
            .opener
            .map_or(0, |(_, opener)| i32::from(opener.weight))
            .max(line.seen.words);
        let taken = self.grow(line.number, line.text, strength);
        match line.seen.opener {
            Some((format, opener)) if opener.interrupts(taken) => self.begin(line, format, opener),
            None if taken.is_none() && line.wrapper.is_none() => self.outspoken(line),
            _ => {}
        }
        if self.baseline.is_some() && !line.familiar {
            self.novel(line, strength);
        }
        match line.wrapper {
            Some(Wrapper::Failed) => self.before(line, weight::BEFORE_END),
            Some(Wrapper::Echo) => {
                self.before(line, weight::BEFORE_ECHO);
                self.echo(line);
            }
            _ => {}
        }
    }

    /// Offers a line to the open block. Returns its opener if it took the line.
    fn grow(&mut self, number: u64, text: &str, strength: i32) -> Option<&'static Opener> {
        let open = self.open.as_mut()?;
        let opener = open.opener;
        match open.offer(number, text, strength) {
            Flow::Take => Some(opener),
            Flow::TakeLast => {
                self.close();
                Some(opener)
            }
            Flow::End => {
                self.close();
                None
            }
        }
    }

    /// A block of a known format begins.
    fn begin(&mut self, line: &Looked<'_>, format: &'static str, opener: &'static Opener) {
        self.close();
        let mut block = self.block(line, Origin::Format, format, i32::from(opener.weight));
        if block.repeats > Self::MOST_REPEATS {
            return;
        }
        self.lead(&mut block, opener);
        block.push(line.number, line.text, line.seen.words);
        self.open = Some(Open::new(block, opener, line.text));
    }

    fn block(
        &mut self,
        line: &Looked<'_>,
        origin: Origin,
        format: &'static str,
        weight: i32,
    ) -> Block {
        let template = template::hash(line.text);
        Block {
            origin,
            format,
            weight,
            words: 0,
            anchor: line.number,
            start: line.number,
            end: line.number,
            step: line.step,
            region: self.regions.current(),
            template,
            repeats: self.count(template),
            familiar: line.familiar,
            peak: (0, line.number),
            lines: Vec::new(),
        }
    }

    /// How often the template was met before. Bounded: what is new when the table is full counts as met for the first time.
    fn count(&mut self, template: u64) -> u32 {
        const MOST: usize = 16_384;
        if self.templates.len() >= MOST && !self.templates.contains_key(&template) {
            return 0;
        }
        let count = self.templates.entry(template).or_insert(0);
        let before = *count;
        *count = count.saturating_add(1);
        before
    }

    pub(crate) fn finish(mut self) -> Gathered {
        self.end(Outcome::Unknown);
        let mut blocks = self.pool.into_blocks();
        if blocks.is_empty() {
            blocks.extend(self.echo);
        }
        Gathered {
            blocks,
            regions: self.regions,
            lines: self.lines,
            tail: self.tail,
            is_compared: self.baseline.is_some(),
        }
    }
}
