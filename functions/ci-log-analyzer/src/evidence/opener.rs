//! How a format says that a block begins at a line, and how far the block reaches.

use super::shape;

/// A line that begins a block: one of the needles stands at the spot.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opener {
    pub(crate) needles: &'static [&'static str],
    pub(crate) spot: Spot,
    /// What else must be true of the line.
    pub(crate) shape: fn(&str) -> bool,
    /// How often such a block is what a person would quote, from 0 to 100.
    pub(crate) weight: u8,
    pub(crate) lead: Lead,
    pub(crate) growth: Growth,
    /// How many blank lines in a row the block may hold.
    pub(crate) blanks: u8,
    /// The longest block in lines: what comes after says no more.
    pub(crate) max: u16,
}

/// Where in the line the needle stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Spot {
    Start,
    /// At the first character that is not a blank.
    Trimmed,
    End,
    Anywhere,
}

/// Lines before the first one that belong to the block.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Lead {
    None,
    /// As long as the test holds, at most so many.
    Run(fn(&str) -> bool, u8),
}

/// Which of the lines that follow belong to the block.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Growth {
    Line,
    /// Deeper indented than the first.
    Indented,
    /// Up to the first blank line.
    Paragraph,
    /// Stack frames: indented lines, `at …`, `Caused by: …`.
    Stack,
    /// Up to a line that begins (blanks aside) with one of these; the second says whether it belongs to the block.
    Until(&'static [&'static str], bool),
    /// As long as the test holds.
    While(fn(&Grown<'_>, &str) -> bool),
}

/// What a block is before a line is added to it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grown<'a> {
    /// The line that opened the block.
    pub(crate) first: &'a str,
    /// The last line that is not blank.
    pub(crate) last: &'a str,
    /// Blank lines since then.
    pub(crate) blanks: u8,
    pub(crate) len: u16,
}

/// What becomes of a line after an open block.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Flow {
    Take,
    /// It is the block's last line.
    TakeLast,
    /// It is not part of the block, which ended before it.
    End,
}

/// An opener of blocks of one line, with needles at the start of the line; the other properties are set by the methods.
pub(crate) const fn opener(weight: u8, needles: &'static [&'static str]) -> Opener {
    Opener {
        needles,
        spot: Spot::Start,
        shape: shape::any,
        weight,
        lead: Lead::None,
        growth: Growth::Line,
        blanks: 0,
        max: 100,
    }
}

impl Opener {
    pub(crate) const fn at(mut self, spot: Spot) -> Self {
        self.spot = spot;
        self
    }

    pub(crate) const fn shaped(mut self, shape: fn(&str) -> bool) -> Self {
        self.shape = shape;
        self
    }

    pub(crate) const fn led_by(mut self, test: fn(&str) -> bool, most: u8) -> Self {
        self.lead = Lead::Run(test, most);
        self
    }

    pub(crate) const fn grows(mut self, growth: Growth) -> Self {
        self.growth = growth;
        self
    }

    pub(crate) const fn blanks(mut self, blanks: u8) -> Self {
        self.blanks = blanks;
        self
    }

    pub(crate) const fn max(mut self, max: u16) -> Self {
        self.max = max;
        self
    }

    /// Whether the needle found at `at` begins a block here.
    pub(crate) fn opens(&self, text: &str, needle: &str, at: usize) -> bool {
        let placed = match self.spot {
            Spot::Start => at == 0,
            Spot::Trimmed => at == shape::indent(text),
            Spot::End => at + needle.len() == text.trim_end().len(),
            Spot::Anywhere => true,
        };
        placed
            && text.as_bytes().get(at..at + needle.len()) == Some(needle.as_bytes())
            && (self.shape)(text)
    }

    /// Whether a block begins at a line that an open block takes: only where that one is a guess, and this one is far better.
    pub(crate) fn interrupts(&self, taken: Option<&Opener>) -> bool {
        taken.is_none_or(|taken| taken.weight < 80 && taken.weight + 5 < self.weight)
    }

    /// Whether a line that is not blank belongs to the block.
    pub(crate) fn flow(&self, grown: &Grown<'_>, text: &str) -> Flow {
        if grown.blanks > self.blanks || grown.len >= self.max {
            return Flow::End;
        }
        let takes = match self.growth {
            Growth::Line => false,
            Growth::Indented => shape::indent(text) > shape::indent(grown.first),
            Growth::Paragraph => grown.blanks == 0,
            Growth::Stack => shape::is_frame(text),
            Growth::Until(ends, with_end) => {
                let body = text.trim_start();
                if ends.iter().any(|end| body.starts_with(end)) {
                    return if with_end { Flow::TakeLast } else { Flow::End };
                }
                true
            }
            Growth::While(test) => test(grown, text),
        };
        if takes { Flow::Take } else { Flow::End }
    }
}
