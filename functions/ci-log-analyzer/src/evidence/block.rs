//! A candidate: lines that may explain the failure.

use super::Quote;
use super::opener::{Flow, Grown, Opener};
use crate::line::whole_words;

/// Where a candidate comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Origin {
    /// A parser of a known format.
    Format,
    /// Words of failure in lines of no known format.
    Words,
    /// What comes right before a wrapper.
    Before,
    /// Lines that passing runs do not have.
    Novel,
}

/// The parser, and the weight of the opener.
pub(crate) type Kind = (&'static str, i32);

/// Lines in a row that may explain the failure.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) origin: Origin,
    /// The name of the parser.
    pub(crate) format: &'static str,
    pub(crate) weight: i32,
    /// The weight of the words of its most outspoken line.
    pub(crate) words: i32,
    /// The line that opened it.
    pub(crate) anchor: u64,
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) step: usize,
    pub(crate) region: u32,
    /// The masked form of the anchor.
    pub(crate) template: u64,
    /// How often the template opened a block before.
    pub(crate) repeats: u32,
    /// Whether passing runs say the anchor too.
    pub(crate) familiar: bool,
    /// The line that says most, and how much.
    pub(crate) peak: (i32, u64),
    pub(crate) lines: Vec<(u64, String)>,
}

/// A block that still grows.
#[derive(Debug)]
pub(crate) struct Open {
    pub(crate) block: Block,
    pub(crate) opener: &'static Opener,
    first: String,
    last: String,
    blanks: u8,
}

/// Lines are kept up to this length, and what a block may hold stays bounded. It is twice what is shown, so that redaction sees the
/// whole of what stands at the end of that.
const KEPT_BYTES: usize = 2 * Quote::MOST_BYTES;

/// The words of the beginning of the line.
pub(crate) fn cut(text: &str) -> &str {
    whole_words(text, KEPT_BYTES)
}

impl Block {
    pub(crate) fn len(&self) -> u64 {
        self.end - self.start + 1
    }

    pub(crate) fn push(&mut self, number: u64, text: &str, words: i32) {
        self.end = self.end.max(number);
        self.words = self.words.max(words);
        if words > self.peak.0 {
            self.peak = (words, number);
        }
        self.lines.push((number, cut(text).to_owned()));
    }

    /// Blocks of one kind say the same sort of thing.
    pub(crate) fn kind(&self) -> Kind {
        (self.format, self.weight)
    }

    /// The bytes it holds in memory.
    pub(crate) fn bytes(&self) -> usize {
        self.lines
            .iter()
            .map(|(_, text)| text.len() + 40)
            .sum::<usize>()
            + 200
    }
}

impl Open {
    pub(crate) fn new(block: Block, opener: &'static Opener, text: &str) -> Self {
        let first = cut(text).to_owned();
        Self {
            block,
            opener,
            last: first.clone(),
            first,
            blanks: 0,
        }
    }

    /// Offers the next line. A blank one is taken when a later line shows that the block goes on.
    pub(crate) fn offer(&mut self, number: u64, text: &str, words: i32) -> Flow {
        if text.trim_end().is_empty() {
            self.blanks = self.blanks.saturating_add(1);
            return if self.blanks > self.opener.blanks {
                Flow::End
            } else {
                Flow::Take
            };
        }
        let len = u16::try_from(self.block.end - self.block.anchor + 1).unwrap_or(u16::MAX);
        let grown = Grown {
            first: &self.first,
            last: &self.last,
            blanks: self.blanks,
            len,
        };
        let flow = self.opener.flow(&grown, text);
        if flow != Flow::End {
            self.block.push(number, text, words);
            self.last.clear();
            self.last.push_str(cut(text));
            self.blanks = 0;
        }
        flow
    }
}
