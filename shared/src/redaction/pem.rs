//! Private keys in PEM (RFC 7468) and its relatives, over many lines and behind anything that a log puts before each.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::bytes::{Set, contains, cut};

/// A key of 16,384 bits has 200 lines; what goes on longer is no key.
const MOST_LINES: usize = 400;
/// Other output comes between the lines of a key; so many strange lines in a row mean that it ended without saying so.
const MOST_STRANGE: usize = 3;

/// Whether the lines that come are inside a private key.
#[derive(Clone, Debug, Default)]
pub(super) struct Pem {
    lines: usize,
    strange: usize,
    is_open: bool,
}

impl Pem {
    /// Inside a key, or outside any.
    pub(super) fn resumed(is_open: bool) -> Self {
        Self {
            is_open,
            ..Self::default()
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.is_open
    }

    /// The parts of a line that belong to private keys, in order.
    pub(super) fn ranges(&mut self, line: &[u8]) -> Vec<Range<usize>> {
        if !self.is_open && KEY.find(line).is_none() {
            return Vec::new();
        }
        let mut marks = Marks::of(line);
        let mut ranges = Vec::new();
        let mut began = None;
        let mut from = 0;
        while let Some((mark, is_begin)) = marks.next(from) {
            ranges.extend(self.part(line, began, from..mark.start));
            *self = Self::resumed(is_begin);
            began = is_begin.then_some(mark.end);
            from = mark.end.max(from + 1);
        }
        ranges.extend(match began {
            None if from == 0 && self.is_open => self.inside(line),
            _ => self.part(line, began, from..line.len()),
        });
        ranges.retain(|range| {
            cut(line, range.clone())
                .iter()
                .any(u8::is_ascii_alphanumeric)
        });
        ranges
    }

    /// What of a part of a line belongs to a key: all that follows its beginning, or what looks like the end of its text.
    fn part(&self, line: &[u8], began: Option<usize>, part: Range<usize>) -> Option<Range<usize>> {
        match began {
            Some(_) => Some(part),
            None if self.is_open => body(line, part),
            None => None,
        }
    }

    fn inside(&mut self, line: &[u8]) -> Option<Range<usize>> {
        self.lines += 1;
        let found = body(line, 0..line.len());
        let is_part = found.is_some() || is_header(line);
        self.strange = if is_part { 0 } else { self.strange + 1 };
        if self.lines > MOST_LINES || self.strange > MOST_STRANGE {
            self.close();
        }
        found
    }

    fn close(&mut self) {
        *self = Self::default();
    }
}

/// Where the lines that open and close private keys stand: they are never hidden, or what follows would be read differently.
pub(super) fn marks(line: &[u8]) -> Vec<Range<usize>> {
    let mut marks = Vec::new();
    let mut from = 0;
    while let Some(begin) = begin_marker(line, from) {
        from = begin.end;
        marks.push(begin.start.saturating_sub(5)..begin.end);
    }
    from = 0;
    while let Some(end) = end_marker(line, from) {
        from = end.end.max(from + 1);
        marks.push(end);
    }
    marks
}

/// Prepared once: it is looked for in every line.
static KEY: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"PRIVATE KEY"));

static BEGIN: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"BEGIN "));

/// The marks of a line in order; each is looked for once, however many there are.
struct Marks<'l> {
    line: &'l [u8],
    begin: Option<Range<usize>>,
    end: Option<Range<usize>>,
}

impl<'l> Marks<'l> {
    fn of(line: &'l [u8]) -> Self {
        Self {
            line,
            begin: begin_marker(line, 0),
            end: end_marker(line, 0),
        }
    }

    /// The first mark from `from` on, and whether a key begins there.
    fn next(&mut self, from: usize) -> Option<(Range<usize>, bool)> {
        if self.begin.as_ref().is_some_and(|mark| mark.start < from) {
            self.begin = begin_marker(self.line, from);
        }
        if self.end.as_ref().is_some_and(|mark| mark.start < from) {
            self.end = end_marker(self.line, from);
        }
        let is_begin = match (&self.begin, &self.end) {
            (Some(begin), Some(end)) => begin.start < end.start,
            (begin, _) => begin.is_some(),
        };
        let mark = if is_begin { &self.begin } else { &self.end };
        Some((mark.clone()?, is_begin))
    }
}

fn begin_marker(line: &[u8], from: usize) -> Option<Range<usize>> {
    let rest = cut(line, from..line.len());
    BEGIN.find_iter(rest).find_map(|index| {
        let dashed = index
            .checked_sub(4)
            .is_some_and(|dash| memchr::memchr_iter(b'-', cut(rest, dash..index)).count() >= 3);
        let label = cut(rest, index..rest.len().min(index + 64));
        let end = marker_end(label)?;
        dashed.then_some(from + index..from + index + end)
    })
}

/// Where the dashes after `PRIVATE KEY` end.
fn marker_end(label: &[u8]) -> Option<usize> {
    let key = label
        .windows(11)
        .position(|window| window == b"PRIVATE KEY")?;
    let rest = cut(label, key..label.len());
    let dashes = rest.iter().position(|byte| *byte == b'-')?;
    let end = rest
        .iter()
        .skip(dashes)
        .take_while(|byte| matches!(byte, b'-' | b' '))
        .count();
    (dashes < 24).then_some(key + dashes + end)
}

fn end_marker(line: &[u8], from: usize) -> Option<Range<usize>> {
    let rest = cut(line, from..line.len());
    let mut ends = memchr::memmem::find_iter(rest, b"END ").map(|index| {
        let label = cut(rest, index..rest.len().min(index + 48));
        let name = memchr::memchr(b'-', label).unwrap_or(label.len());
        (index, index + name)
    });
    // What follows the dashes is another mark: the end of a certificate may stand right before the beginning of a key.
    let (index, name) =
        ends.find(|(index, name)| contains(cut(rest, *index..*name), b"private key"))?;
    let is_dash = |byte: &&u8| matches!(byte, b'-' | b' ');
    let before = cut(rest, 0..index).iter().rev().take_while(is_dash).count();
    let after = cut(rest, name..rest.len().min(name + 16));
    let after = after.iter().take_while(is_dash).count();
    Some(from + index - before..from + name + after)
}

/// The last word of the line if it can be a line of base64; a line of a key is 64 or 76 characters long, the last one shorter.
fn body(line: &[u8], within: Range<usize>) -> Option<Range<usize>> {
    let text = cut(line, within.clone());
    let trimmed = text.len() - text.iter().rev().take_while(|byte| is_edge(**byte)).count();
    let text = cut(text, 0..trimmed);
    let start = text
        .iter()
        .rposition(|byte| !Set::BASE64.has(*byte))
        .map_or(0, |index| index + 1);
    let word = cut(text, start..text.len());
    let is_only_word = cut(text, 0..start)
        .iter()
        .filter(|byte| byte.is_ascii_alphabetic())
        .count()
        < 4;
    let is_body = word.len() >= 16 || (is_only_word && word.len() >= 4);
    is_body.then_some(within.start + start..within.start + trimmed)
}

fn is_edge(byte: u8) -> bool {
    Set::BLANKS.has(byte)
        || Set::QUOTES.has(byte)
        || matches!(byte, b',' | b'\\' | b'n' | b'-') && byte != b'n'
}

/// A header (RFC 1421 4.6, RFC 9580 6.2.2) or an empty line.
fn is_header(line: &[u8]) -> bool {
    const HEADERS: [&[u8]; 6] = [
        b"Proc-Type",
        b"DEK-Info",
        b"Version:",
        b"Comment:",
        b"Charset:",
        b"[REDACTED:",
    ];
    HEADERS.iter().any(|header| contains(line, header))
        || line
            .iter()
            .filter(|byte| byte.is_ascii_alphabetic())
            .count()
            < 4
}
