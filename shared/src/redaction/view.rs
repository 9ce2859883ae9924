//! What a person would read of a line, with the way back to where each byte of it came from.

use std::borrow::Cow;
use std::ops::Range;

use super::bytes::{Set, at, cut, run_end};

/// A line as it is read: without control sequences and invisible characters, or decoded once.
#[derive(Clone, Debug)]
pub(super) struct View<'a> {
    bytes: Cow<'a, [u8]>,
    /// Where each kept byte ends in the original; empty when nothing was removed.
    origins: Vec<Range<usize>>,
}

impl<'a> View<'a> {
    /// The line without ANSI sequences (ECMA-48 5.4 and 8.3.89) and characters of no width.
    pub(super) fn of(line: &'a [u8]) -> Self {
        if line.is_ascii() && memchr::memchr2(0x1b, b'^', line).is_none() {
            return Self {
                bytes: Cow::Borrowed(line),
                origins: Vec::new(),
            };
        }
        Self::rewrite(line, |bytes, index| match invisible(bytes, index) {
            0 => None,
            length => Some((length, None)),
        })
    }

    /// The view with `%XX` decoded (RFC 3986 2.1); `None` where there is none.
    pub(super) fn url_decoded(&self) -> Option<View<'_>> {
        memchr::memchr(b'%', &self.bytes)?;
        let view = View::rewrite(&self.bytes, percent);
        view.is_changed().then(|| view.through(self))
    }

    /// The view with the escapes of JSON strings resolved (RFC 8259 7), twice escaped ones too, and the quotes of HTML.
    pub(super) fn unescaped(&self) -> Option<View<'_>> {
        memchr::memchr2(b'\\', b'&', &self.bytes)?;
        let view = View::rewrite(&self.bytes, escape);
        view.is_changed().then(|| view.through(self))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where `range` of the view lies in the original line.
    pub(super) fn original(&self, range: &Range<usize>) -> Range<usize> {
        if self.origins.is_empty() {
            return range.clone();
        }
        let start = self
            .origins
            .get(range.start)
            .map_or(0, |origin| origin.start);
        let last = range.end.saturating_sub(1);
        let end = self.origins.get(last).map_or(start, |origin| origin.end);
        start..end
    }

    fn is_changed(&self) -> bool {
        !self.origins.is_empty()
    }

    /// Copies `bytes`, asking `replace` at each index for how many bytes to take away and what to put there.
    fn rewrite(
        bytes: &'a [u8],
        replace: impl Fn(&[u8], usize) -> Option<(usize, Option<u8>)>,
    ) -> Self {
        let Some(first) = (0..bytes.len()).find(|index| replace(bytes, *index).is_some()) else {
            return Self {
                bytes: Cow::Borrowed(bytes),
                origins: Vec::new(),
            };
        };
        let mut kept = Vec::with_capacity(bytes.len());
        let mut origins = Vec::with_capacity(bytes.len());
        kept.extend_from_slice(cut(bytes, 0..first));
        origins.extend((0..first).map(|index| index..index + 1));
        let mut index = first;
        while index < bytes.len() {
            let (length, put) = replace(bytes, index).unwrap_or((1, Some(at(bytes, index))));
            if let Some(byte) = put {
                kept.push(byte);
                origins.push(index..index + length);
            }
            index += length.max(1);
        }
        Self {
            bytes: Cow::Owned(kept),
            origins,
        }
    }

    /// The same view, its origins told in terms of what `outer` was made from.
    fn through(mut self, outer: &View<'_>) -> Self {
        for origin in &mut self.origins {
            *origin = outer.original(origin);
        }
        self
    }
}

/// How many bytes at `index` show nothing: an ANSI sequence or a character without width. 0 where a visible one starts.
fn invisible(bytes: &[u8], index: usize) -> usize {
    match at(bytes, index) {
        0x1b => ansi(bytes, index + 1) + 1,
        // What is left of a sequence where a log was made printable.
        b'^' if at(bytes, index + 1) == b'[' && at(bytes, index + 2) == b'[' => {
            match csi(bytes, index + 3) {
                0 => 0,
                length => length + 3,
            }
        }
        0xc2 if at(bytes, index + 1) == 0xad => 2,
        0xcd if at(bytes, index + 1) == 0x8f => 2,
        0xe1 if cut(bytes, index..index + 3) == [0xe1, 0xa0, 0x8e] => 3,
        0xe2 => match (at(bytes, index + 1), at(bytes, index + 2)) {
            (0x80, 0x8b..=0x8f | 0xaa..=0xae) | (0x81, 0xa0..=0xaf) => 3,
            _ => 0,
        },
        0xef if cut(bytes, index..index + 3) == [0xef, 0xbb, 0xbf] => 3,
        _ => 0,
    }
}

/// The length of an ANSI sequence after its ESC.
fn ansi(bytes: &[u8], index: usize) -> usize {
    match at(bytes, index) {
        b'[' => csi(bytes, index + 1) + 1,
        b']' => operating_system_command(bytes, index),
        b' '..=b'/' => 2,
        b'0'..=b'~' => 1,
        _ => 0,
    }
}

/// Parameters, intermediates and the final byte of a control sequence; 0 where it is broken off.
fn csi(bytes: &[u8], from: usize) -> usize {
    // Real sequences are short; a longer one is text that somebody made look like one.
    let window = cut(bytes, from..bytes.len().min(from + 64));
    let body = window
        .iter()
        .take_while(|byte| matches!(byte, 0x20..=0x3f))
        .count();
    match window.get(body) {
        Some(0x40..=0x7e) => body + 1,
        _ => 0,
    }
}

/// `ESC ]` up to BEL or `ESC \`; only the introducer where there is no end nearby.
fn operating_system_command(bytes: &[u8], from: usize) -> usize {
    let window = cut(bytes, from..bytes.len().min(from + 2_048));
    match window.iter().position(|byte| matches!(byte, 0x07 | 0x1b)) {
        Some(end) if window.get(end) == Some(&0x07) => end + 1,
        Some(end) if window.get(end + 1) == Some(&b'\\') => end + 2,
        _ => 1,
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the shape that rewrite asks for")]
fn put(length: usize, byte: u8) -> Option<(usize, Option<u8>)> {
    Some((length, Some(byte)))
}

fn percent(bytes: &[u8], index: usize) -> Option<(usize, Option<u8>)> {
    if at(bytes, index) != b'%' {
        return None;
    }
    let byte = hex_pair(at(bytes, index + 1), at(bytes, index + 2))?;
    put(3, byte)
}

fn hex_pair(high: u8, low: u8) -> Option<u8> {
    Some(nibble(high)? << 4 | nibble(low)?)
}

pub(super) fn nibble(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

fn escape(bytes: &[u8], index: usize) -> Option<(usize, Option<u8>)> {
    match at(bytes, index) {
        b'\\' => {}
        b'&' => return reference(bytes, index),
        _ => return None,
    }
    let slashes = run_of_backslashes(bytes, index);
    let after = index + slashes;
    match at(bytes, after) {
        b'n' | b'r' | b't' => put(slashes + 1, b' '),
        byte @ (b'"' | b'\'' | b'/') => put(slashes + 1, byte),
        b'u' => {
            let high = hex_pair(at(bytes, after + 1), at(bytes, after + 2))?;
            let low = hex_pair(at(bytes, after + 3), at(bytes, after + 4))?;
            // Beyond ASCII no rule cares which character it is.
            put(
                slashes + 5,
                if high == 0 && low < 0x80 { low } else { 0x80 },
            )
        }
        _ => None,
    }
}

/// A quote as HTML writes it (HTML, 13.1.4 Character references).
fn reference(bytes: &[u8], index: usize) -> Option<(usize, Option<u8>)> {
    const QUOTES: [(&[u8], u8); 4] = [
        (b"&quot;", b'"'),
        (b"&#34;", b'"'),
        (b"&apos;", b'\''),
        (b"&#39;", b'\''),
    ];
    let rest = cut(bytes, index..bytes.len());
    let (text, quote) = QUOTES.iter().find(|(text, _)| rest.starts_with(text))?;
    put(text.len(), *quote)
}

/// A string escaped twice or three times has a row of backslashes before each escape.
fn run_of_backslashes(bytes: &[u8], index: usize) -> usize {
    let window = cut(bytes, index..bytes.len().min(index + 8));
    window.iter().take_while(|byte| **byte == b'\\').count()
}

/// Runs of `set` in `bytes` of at least `least` bytes.
pub(super) fn runs(
    bytes: &[u8],
    set: Set,
    least: usize,
) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut index = 0;
    std::iter::from_fn(move || {
        while index < bytes.len() {
            let end = run_end(bytes, index, set);
            let run = index..end;
            index = end + 1;
            if run.len() >= least {
                return Some(run);
            }
        }
        None
    })
}
