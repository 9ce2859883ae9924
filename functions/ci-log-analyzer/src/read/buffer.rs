//! The one buffer that all bytes go through, cut at `\n`.

use std::{fmt, ops::Range};

use memchr::{memchr, memmem, memrchr};

use super::ReadError;

/// Large enough that a read is rare beside the lines in it, small enough for a processor's cache.
const SIZE: usize = 256 * 1024;

/// Of a line that fills the buffer: what is kept of its beginning, where time stamps and columns are.
const HEAD: usize = 1024;

/// Of a line that fills the buffer: what is kept of what it shows. More than a cleaned line may have, as colours are yet to go.
const SHOWN: usize = 64 * 1024;

/// A line of so many bytes is shown whole, or nearly ([`Line::MAX_BYTES`](crate::line::Line::MAX_BYTES)): what stands before is not moved.
const EARLY: usize = 6 * 1024;

/// Where one of them stands in a line, it is worth showing.
const FAILURES: [&[u8]; 7] = [
    b"error",
    b"Error",
    b"ERROR",
    b"fatal",
    b"panicked",
    b"Exception",
    b"FAILED",
];

/// Of a line in which something is left out: what is kept of its beginning, where its time stamp is. Quotations are short.
const FRONT: usize = 160;

/// What stands where something was left out.
const GAP: &[u8] = b"... ";

/// Bytes read and not yet given out.
pub(super) struct Buffer {
    bytes: Vec<u8>,
    start: usize,
    searched: usize,
    end: usize,
    ended: bool,
}

impl fmt::Debug for Buffer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Buffer")
            .field("start", &self.start)
            .field("end", &self.end)
            .finish_non_exhaustive()
    }
}

impl Buffer {
    pub(super) fn new() -> Self {
        Self {
            bytes: vec![0; SIZE],
            start: 0,
            searched: 0,
            end: 0,
            ended: false,
        }
    }

    /// The bytes of a range that [`Buffer::line`] gave, until the next call to it.
    pub(super) fn get(&self, range: Range<usize>) -> &[u8] {
        self.bytes.get(range).unwrap_or_default()
    }

    /// Takes the next line, without its `\n`, if it is in the buffer to its end.
    pub(super) fn line(&mut self) -> Option<Range<usize>> {
        let start = self.start;
        if let Some(length) = memchr(b'\n', self.get(self.searched..self.end)) {
            let end = self.searched + length;
            self.start = end + 1;
            self.searched = self.start;
            return Some(self.shown(start..end));
        }
        self.searched = self.end;
        if !self.ended || start == self.end {
            return None;
        }
        self.start = self.end;
        Some(self.shown(start..self.end))
    }

    /// The line in this range, what failed in it not too far behind.
    fn shown(&mut self, range: Range<usize>) -> Range<usize> {
        let start = range.start;
        let line = self.bytes.get_mut(range).unwrap_or_default();
        start..start + bring_failure_forward(line)
    }

    /// Whether nothing more comes, until [`Buffer::begin`].
    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }

    /// What is in the buffer is the end of a text.
    pub(super) fn end(&mut self) {
        self.ended = true;
    }

    /// What is in the buffer is of no use.
    pub(super) fn stop(&mut self) {
        self.start = self.end;
        self.searched = self.end;
        self.ended = true;
    }

    /// Another text begins.
    pub(super) fn begin(&mut self) {
        self.ended = false;
    }

    /// Reads once, and returns how many bytes came. None means that the text has ended.
    pub(super) fn fill(
        &mut self,
        read: impl FnOnce(&mut [u8]) -> Result<usize, ReadError>,
    ) -> Result<usize, ReadError> {
        if self.start > 0 {
            self.bytes.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.end == SIZE {
            self.end = match bring_failure_forward(&mut self.bytes) {
                SIZE => shorten(&mut self.bytes),
                length => length.min(HEAD + SHOWN),
            };
        }
        self.searched = self.end;
        let free = self.bytes.get_mut(self.end..).unwrap_or_default();
        let count = read(free)?.min(free.len());
        self.end += count;
        self.ended = count == 0;
        Ok(count)
    }
}

/// Shortens a line that fills the buffer and goes on: to what follows its last `\r` (a progress bar), after a piece of its
/// beginning. Returns the new length. Depends on the line alone and not on the pieces it was read in.
fn shorten(line: &mut [u8]) -> usize {
    let trailing = line.iter().rev().take_while(|byte| **byte == b'\r').count();
    let shown = line.get(..line.len() - trailing).unwrap_or_default();
    let after = memrchr(b'\r', shown).map_or(0, |at| at + 1);
    let keep = after..shown.len().min(after + SHOWN);
    if after <= HEAD {
        return keep.end;
    }
    let Some(mark) = line.get_mut(HEAD) else {
        return keep.end;
    };
    *mark = b'\r';
    let length = keep.len();
    line.copy_within(keep, HEAD + 1);
    HEAD + 1 + length
}

/// Moves the first word of failure of a line that is too long to be shown to behind a piece of its beginning, if it is not there already.
/// Returns the new length.
fn bring_failure_forward(line: &mut [u8]) -> usize {
    let length = line.len();
    if length <= EARLY {
        return length;
    }
    let words = FAILURES.iter();
    let first = words.filter_map(|word| memmem::find(line, word)).min();
    // Of a progress bar the end is shown.
    let is_plain = memrchr(b'\r', line.trim_ascii_end()).is_none();
    let Some(at) = first.filter(|at| *at > EARLY && is_plain) else {
        return length;
    };
    line.copy_within(at.., FRONT);
    if let Some(gap) = line.get_mut(FRONT - GAP.len()..FRONT) {
        gap.copy_from_slice(GAP);
    }
    FRONT + length - at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[u8], piece: usize) -> Vec<Vec<u8>> {
        let (mut buffer, mut rest, mut lines) = (Buffer::new(), text, Vec::new());
        loop {
            while let Some(range) = buffer.line() {
                lines.push(buffer.get(range).to_vec());
            }
            if buffer.has_ended() {
                return lines;
            }
            let fill = |free: &mut [u8]| {
                let count = piece.min(free.len()).min(rest.len());
                free[..count].copy_from_slice(&rest[..count]);
                rest = &rest[count..];
                Ok(count)
            };
            buffer.fill(fill).unwrap();
        }
    }

    #[test]
    fn what_follows_the_last_newline_is_a_line_if_it_is_not_empty() {
        for (text, expected) in [
            ("", vec![]),
            ("\n", vec![""]),
            ("a\n", vec!["a"]),
            ("a\n\nb", vec!["a", "", "b"]),
            ("a\r\nb\rc\n", vec!["a\r", "b\rc"]),
        ] {
            let expected: Vec<Vec<u8>> = expected
                .into_iter()
                .map(|line| line.as_bytes().to_vec())
                .collect();
            assert_eq!(lines(text.as_bytes(), 1), expected, "{text:?}");
            assert_eq!(lines(text.as_bytes(), SIZE), expected, "{text:?}");
        }
    }

    #[test]
    fn of_an_endless_line_the_beginning_is_kept() {
        let mut text = vec![b'x'; 3 * SIZE];
        text.extend_from_slice(b"\nnext");
        let lines = lines(&text, 50_000);
        assert_eq!(lines.len(), 2);
        assert!(lines[0].len() < SIZE && lines[0].iter().all(|byte| *byte == b'x'));
        assert_eq!(lines[1], b"next");
    }

    #[test]
    fn of_an_endless_progress_bar_the_last_state_is_kept() {
        let mut text = b"12:00 ".to_vec();
        for percent in 0..100_000 {
            text.extend_from_slice(format!("{percent} of 100000\r").as_bytes());
        }
        text.push(b'\n');
        for piece in [7_777, SIZE] {
            let line = lines(&text, piece).remove(0);
            assert!(line.starts_with(b"12:00 0 of 100000\r"));
            assert!(line.ends_with(b"\r99999 of 100000\r"));
        }
    }
}
